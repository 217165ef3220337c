"""A simulated organisation with whyspike deployed into it.

    with Simulation(load(folder)) as sim:
        sim.deploy()
        run = sim.scan()
        sim.bucket_json("scans/2026-03-12/digest.json")

One simulation runs in a process at a time, since moto's state belongs to the process.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from moto.moto_api._internal import moto_api_backend

from whyspike.simulator.aws import cost_explorer
from whyspike.simulator.aws.event_bus import PutEvent
from whyspike.simulator.aws.principals import Principal, Principals
from whyspike.simulator.aws.roles import policies_of
from whyspike.simulator.aws.services import Services
from whyspike.simulator.claude.endpoint import ClaudeEndpoint
from whyspike.simulator.deployed_files import PROJECT
from whyspike.simulator.deployment import REGION, Deployment, deploy_hub, deploy_roles
from whyspike.simulator.faults import Faults
from whyspike.simulator.front import Front
from whyspike.simulator.functions.failed import FunctionFailed
from whyspike.simulator.functions.runtime_emulator import invoke_built, read_built
from whyspike.simulator.functions.service import Functions
from whyspike.simulator.functions.worker import Function
from whyspike.simulator.http_server import HttpServer, moto_application
from whyspike.simulator.organization.folder import OrganizationFolder
from whyspike.simulator.organization.world import World
from whyspike.simulator.receivers.served import Receivers
from whyspike.simulator.recorder import Recorder
from whyspike.simulator.retry_waits import RetryWaits
from whyspike.simulator.scan_run import ScanProgress, ScanRun, run_scan, stop_scans
from whyspike.simulator.slack.workspace import SIGNING_SECRET, SlackEndpoint

SLACK_SECRET = json.dumps({"bot_token": "xoxb-simulated", "signing_secret": SIGNING_SECRET})
TARGETS_SECRET = "whyspike-targets"  # noqa: S105 its name
MAX_CONCURRENCY = 4  # accounts at once; more gains nothing where two processors do all the work


class Simulation:
    """`claude`: "simulated", "off" or "real" (asks Anthropic with ANTHROPIC_API_KEY). `parameters`
    override those of template.yaml, `environment` the variables of all functions. `slack_secret` is
    what the admin stores in the stack's secret; "": nothing yet. `also_at`: a further address of
    this machine under which everything answers, such as the one that containers reach. `teams` and
    `webhooks`: names of receivers, whose addresses stand in a secret then (TargetsSecretArn)."""

    def __init__(
        self,
        organization: OrganizationFolder,
        scan_date: date | None = None,
        *,
        faults: Mapping[str, int] | None = None,
        claude: str = "simulated",
        parameters: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
        template: Path = PROJECT / "template.yaml",
        roles: Path = PROJECT / "organization",
        workers: int = 2,
        page_size: int = cost_explorer.PAGE_SIZE,
        slack_secret: str = SLACK_SECRET,
        also_at: str = "",
        teams: Sequence[str] = (),
        webhooks: Sequence[str] = (),
    ) -> None:
        moto_api_backend.reset()
        self.organization = organization
        self.world = World(organization, scan_date or organization.scan_date)
        self.faults = Faults(faults)
        self.slack = SlackEndpoint(self.faults)
        self.claude = ClaudeEndpoint(self.faults)
        self.recorder = Recorder()
        self.receivers: Receivers | None = None
        if teams or webhooks:
            self.receivers = Receivers(self.faults, self.recorder, teams, webhooks)
        self.retry_waits = RetryWaits()
        self._claude = claude
        self._parameters, self._environment = dict(parameters or {}), dict(environment or {})
        self._template, self._roles = template, roles
        self._workers = workers
        self._slack_secret = slack_secret
        self._principals = Principals()
        self._clients: dict[tuple[str, str], Any] = {}
        self._services = Services(self.world, self._principals, self.faults, page_size)
        endpoints = {"slack": self.slack.handle, "claude": self._ask_claude}
        self._front = Front(
            moto_application(),
            self._services,
            self._principals,
            self.recorder,
            self.faults,
            endpoints,
        )
        self._server = HttpServer(self._front, also_at)
        self._logs = Path(tempfile.mkdtemp(prefix="whyspike-"))
        self.deployment: Deployment | None = None
        self.functions: Functions | None = None

    def __enter__(self) -> Simulation:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def url(self) -> str:
        """The one address under which everything answers."""
        return self._server.url

    def url_at(self, host: str) -> str:
        """The same address for callers who know this machine by another name."""
        return f"http://{host}:{self._server.port}"

    @property
    def administrator_key(self) -> str:
        """Access key of the hub account's administrator; any secret goes with it."""
        return self._principals.admin_key(self.organization.hub_account)

    def key_of(self, account_id: str) -> str:
        """Access key of the administrator of an account; any secret goes with it."""
        return self._principals.admin_key(account_id)

    @property
    def requests(self) -> list[dict[str, Any]]:
        """Every request so far: {"service", "operation", "account_id", "region", "status",
        "principal", ...}."""
        return self.recorder.entries

    @property
    def events(self) -> list[PutEvent]:
        """Every event that was put on an event bus so far."""
        return self._services.buses.put

    def deploy(self) -> Deployment:
        """Creates the stack, the roles of the other accounts and the functions' workers."""
        parameters = {
            "MaxConcurrency": str(MAX_CONCURRENCY),
            "ClaudeProvider": "off" if self._claude == "off" else "anthropic",
        }
        if self.receivers:
            parameters["TargetsSecretArn"] = self._targets_secret(self.receivers.secret)
        parameters |= self._parameters
        secrets = {"ClaudeSecret": json.dumps({"api_key": self._claude_key()})}
        if self._slack_secret:
            secrets["SlackSecret"] = self._slack_secret
        deployment = deploy_hub(
            self._template, self.organization, self.client, parameters, secrets, self.url
        )
        deploy_roles(self._roles, self.organization, self.client, parameters)
        self.functions = Functions(
            deployment.functions, self._worker_environment, self.faults, self._logs, self._workers
        )
        self._services.functions = self.functions
        role = deployment.state_machine_role
        self._front.interpreter = Principal(
            "ScanStateMachine", self.organization.hub_account, role, "scan", policies_of(role)
        )
        self.deployment = deployment
        return deployment

    def scan(
        self,
        scan_date: date | None = None,
        on_progress: Callable[[ScanProgress], None] | None = None,
        *,
        account_ids: Sequence[str] = (),
        name: str | None = None,
        timeout: float = 900.0,
        looking_back: bool = False,
    ) -> ScanRun:
        """Runs the state machine for a date and waits for it. The simulation's clock moves to the
        morning after (the bill is as known at the end of the date); `looking_back` leaves it where
        it is: AWS has then forgotten what it forgets.
        """
        day = scan_date or self.world.as_of
        self.world.as_of = self.world.as_of if looking_back else day
        event: dict[str, Any] = {
            "scan_date": day.isoformat(),
            "scheduled_time": self.world.now.isoformat(),
        }
        event |= {"account_ids": list(account_ids)} if account_ids else {}
        arn = self._deployed().state_machine_arn
        assert self.functions  # noqa: S101 set together with the deployment
        self.functions.warm(self._deployed().journey)
        before = len(self.requests)
        return run_scan(
            self.client("stepfunctions"),
            arn,
            name or f"scan-{day}-{os.urandom(4).hex()}",
            event,
            on_progress or (lambda _progress: None),
            lambda: any(
                entry["principal"] == "ScanStateMachine" for entry in self.requests[before:]
            ),
            timeout,
        )

    def invoke(self, function: str, event: Any) -> Any:
        """One function's answer to an event. Raises FunctionFailed with the error that it ended
        with."""
        self._deployed()
        assert self.functions  # noqa: S101 set together with the deployment
        outcome = self.functions.invoke(function, json.dumps(event).encode())
        answer = json.loads(outcome.payload or b"null")
        if outcome.error:
            raise FunctionFailed(answer)
        return answer

    def invoke_built(
        self, function: str, event: Any, build: Path = PROJECT / ".aws-sam" / "build"
    ) -> Any:
        """The same of the function as `sam build` left it, under Lambda's Runtime Interface
        Emulator (simulator/functions/runtime_emulator.py)."""
        self._deployed()
        assert self.functions  # noqa: S101 set together with the deployment
        return invoke_built(
            read_built(build, function),
            event,
            self.environment_of(function),
            build.parent / "emulator",
        )

    def environment_of(self, function: str, url: str = "") -> dict[str, str]:
        """All variables of a function that runs outside the simulation's own workers, which
        reaches the simulation at `url`."""
        self._deployed()
        assert self.functions  # noqa: S101 set together with the deployment
        deployed = self.functions.find(function)
        there = url or self.url
        given = {name: v.replace(self.url, there) for name, v in deployed.environment.items()}
        return {**given, **self._worker_environment(deployed, "", url)}

    def restate(
        self,
        account_id: str,
        usage_date: date,
        factor: float,
        *,
        seen_from: date,
        service: str | None = None,
    ) -> None:
        """From `seen_from` on, the bill says `factor` times as much for `usage_date` (of one
        service, or all)."""
        self.world.restate(account_id, usage_date, factor, seen_from=seen_from, service=service)

    def client(self, service: str, account_id: str | None = None) -> Any:
        """The boto3 client of an account's administrator (the hub's by default)."""
        of = (service, account_id or self.organization.hub_account)
        if of not in self._clients:
            self._clients[of] = self._client(*of)
        return self._clients[of]

    def _client(self, service: str, account_id: str) -> Any:
        key = self._principals.admin_key(account_id)
        config = Config(
            retries={"total_max_attempts": 1},
            read_timeout=900,
            signature_version="s3v4" if service == "s3" else None,
        )
        return boto3.client(  # type: ignore[call-overload]
            service,
            region_name=REGION,
            endpoint_url=self.url,
            aws_access_key_id=key,
            aws_secret_access_key="simulated",  # noqa: S106 signs nothing
            config=config,
        )

    def resource(self, logical_id: str) -> str:
        """The physical id of a resource of template.yaml."""
        return self._deployed().resources[logical_id]

    def bucket_keys(self, prefix: str = "") -> list[str]:
        pages = (
            self.client("s3")
            .get_paginator("list_objects_v2")
            .paginate(Bucket=self.resource("ScanBucket"), Prefix=prefix)
        )
        return [item["Key"] for page in pages for item in page.get("Contents", [])]

    def bucket_object(self, key: str) -> bytes:
        return bytes(
            self.client("s3").get_object(Bucket=self.resource("ScanBucket"), Key=key)["Body"].read()
        )

    def bucket_json(self, key: str) -> Any:
        return json.loads(self.bucket_object(key))

    def table_items(self) -> list[dict[str, Any]]:
        """All items of the incident table, in DynamoDB's JSON."""
        pages = (
            self.client("dynamodb")
            .get_paginator("scan")
            .paginate(TableName=self.resource("IncidentTable"))
        )
        return [item for page in pages for item in page["Items"]]

    def log(self, function: str) -> str:
        """What a function's workers wrote: logs and metrics."""
        return self.functions.log(function) if self.functions else ""

    def close(self) -> None:
        if self.deployment:
            stop_scans(self.client("stepfunctions"), self.deployment.state_machine_arn)
        if self.functions:
            self.functions.close()
        self._server.close()
        if self.receivers:
            self.receivers.close()
        shutil.rmtree(self._logs, ignore_errors=True)

    def _deployed(self) -> Deployment:
        if self.deployment is None:
            raise RuntimeError("call deploy() first")
        return self.deployment

    def _targets_secret(self, text: str) -> str:
        """The ARN of the secret of targets, which is somebody's own and not the stack's."""
        made = self.client("secretsmanager").create_secret(Name=TARGETS_SECRET, SecretString=text)
        return str(made["ARN"])

    def _claude_key(self) -> str:
        return (
            os.environ.get("ANTHROPIC_API_KEY", "")
            if self._claude == "real"
            else "sk-ant-simulated"
        )

    def _ask_claude(
        self, path: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Mapping[str, str], bytes]:
        return self.claude.handle(json.loads(body or b"null"), headers, path)

    def _worker_environment(
        self, function: Function, worker_id: str, url: str = ""
    ) -> dict[str, str]:
        """Credentials of the function's role, and addresses that lead back here; nothing else
        differs from a deployed function."""
        url = url or self.url
        account_id = self.organization.hub_account
        principal = Principal(
            function.logical_id,
            account_id,
            function.role_arn,
            function.name,
            policies_of(function.role_arn),
            worker_id,
        )
        here = f"{url}/_worker/{worker_id}"
        environment = {
            "AWS_ACCESS_KEY_ID": self._principals.issue(principal),
            "AWS_SECRET_ACCESS_KEY": "simulated",
            "AWS_SESSION_TOKEN": "simulated",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": url,
        }
        if "SLACK_API_URL" in function.environment:
            environment["SLACK_API_URL"] = f"{here}/slack/api/"
        if self._claude == "simulated":
            environment["ANTHROPIC_BASE_URL"] = f"{here}/claude"
            # signed, and judged by IAM like any call of AWS
            environment["ANTHROPIC_BEDROCK_BASE_URL"] = url
        elif self._claude == "real":
            environment |= {
                name: os.environ[name]
                for name in ("HTTPS_PROXY", "SSL_CERT_FILE", "ANTHROPIC_BASE_URL")
                if name in os.environ
            }
        if self.receivers:
            environment |= self.receivers.environment()
        return environment | self._environment
