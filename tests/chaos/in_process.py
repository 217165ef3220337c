"""Quick functions for a simulated organisation: the real handlers in this process instead of one
process each, and a clock that no wait takes time of.

A scan takes a second and a kill costs no start of a process, so that a hundred faults can be
tried. Only the outermost wire differs from `Simulation`: an answer with HTTP 504 is no answer at
all, and a function that is killed ends at its next call. Leases and waits run by `Clock`.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import io
import json
import logging
import math
import os
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, ClassVar

import boto3
import botocore.loaders
import botocore.regions
import botocore.session
import httpx2
import pytest
import requests
from aws_lambda_powertools.utilities.parameters import base
from botocore.client import ClientCreator
from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import ReadTimeoutError
from botocore.httpsession import URLLib3Session

from whyspike.simulator import retry_waits
from whyspike.simulator.functions import network, service
from whyspike.simulator.functions.runtime_api import InvocationResult
from whyspike.simulator.functions.worker import Function, died
from whyspike.steps.explain_anomaly import ask_claude
from whyspike.wire import claude

SILENCE = 504  # how the simulation says that it gave no answer in time
LAMBDA_SECONDS = 900.0


class Killed(BaseException):
    """The function is gone: nothing after this call happens."""


class Kills:
    """Deaths of functions over an event: the first right after call `at` of a try, the next `step`
    calls later in another try, and so on `deaths` times. `died` says who died after which call,
    `longest` the most calls of a try that lived."""

    def __init__(self, at: int, step: int, deaths: int) -> None:
        self._calls = range(at, at + step * deaths, step)
        self._deaths: Counter[tuple[str, bytes]] = Counter()
        self.died: set[tuple[str, int]] = set()
        self.longest: Counter[str] = Counter()

    def strikes(self, function: str, event: bytes, call: int) -> bool:
        """Whether the function dies now, after this call of its try."""
        so_far = self._deaths[function, event]
        if so_far == len(self._calls) or call != self._calls[so_far]:
            return False
        self._deaths[function, event] += 1
        self.died.add((function, call))
        return True


class Clock:
    """Stands in for the modules `time` and `datetime` where whyspike or the simulation waits:
    whoever sleeps moves it."""

    def __init__(self) -> None:
        self.slept = 0.0

    def sleep(self, seconds: float) -> None:
        self.slept += max(seconds, 0.0)

    def time(self) -> float:
        return time.time() + self.slept

    def monotonic(self) -> float:
        return time.monotonic() + self.slept

    @property
    def datetime(self) -> type[datetime]:
        clock = self

        class Shifted(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
                return datetime.now(tz or UTC) + timedelta(seconds=clock.slept)

        return Shifted


# Where whyspike and the simulation wait, or ask how late it is for a lease.
WAITING = (
    "botocore.endpoint",
    "whyspike.simulator.aws.services",
    "whyspike.simulator.claude.endpoint",
    "whyspike.simulator.receivers.served",
    "whyspike.simulator.receivers.teams",
    "whyspike.simulator.receivers.webhook",
    "whyspike.simulator.slack.workspace",
    "whyspike.steps.delivery.mail_outlet",
    "whyspike.steps.delivery.targets",
    "whyspike.steps.delivery.teams_outlet",
    "whyspike.steps.delivery.webhook_outlet",
    "whyspike.steps.detect_anomalies.commitments",
    "whyspike.wire.cloudtrail",
    "whyspike.wire.slack",
)
DATED = (
    "whyspike.steps.delivery.outbox",
    "whyspike.steps.delivery.shown",
    "whyspike.steps.delivery.slack_outlet",
)


class _Invoked:
    """The worker whose handler runs: one at a time, since the environment is the process's."""

    lock = threading.Lock()
    worker: InProcessWorker | None = None


class InProcessWorker:
    """One execution environment of a function; stands in for functions.worker.Worker.

    `parameters` are variables of the environment that somebody changed after the deployment.
    """

    parameters: ClassVar[dict[str, str]] = {}
    kills: ClassVar[Kills | None] = None
    cached_since: ClassVar[int] = 0  # what Secrets Manager told before that is asked anew

    def __init__(self, function: Function, environment: Mapping[str, str], log: Path) -> None:
        self._function = function
        self._environment = {
            **function.environment,
            **environment,
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        self._log = log
        self._killed = False
        self._calls, self._event = 0, b""
        self._clients: dict[Any, Any] = {}
        self._session: boto3.session.Session | None = None
        self._cached: dict[str, Any] = {}
        self._cached_at = 0
        self._app: ModuleType | None = None

    @property
    def alive(self) -> bool:
        return not self._killed

    def kill(self) -> None:
        self._killed = True

    def close(self) -> None:
        self._killed = True

    def calls(self) -> None:
        """Before each outgoing call."""
        if self._killed:
            raise Killed

    def called(self) -> None:
        """After each outgoing call, whose answer nobody has seen yet."""
        self._calls += 1
        name = self._function.logical_id
        if self.kills and not self._killed and self.kills.strikes(name, self._event, self._calls):
            self.kill()
        self.calls()

    def invoke(self, payload: bytes) -> InvocationResult:
        with _Invoked.lock, self._running():
            self._calls, self._event = 0, payload
            try:
                app = self._loaded()
                answer = json.dumps(app.handler(json.loads(payload), self._context())).encode()
            except Killed:
                pass
            except Exception as error:  # noqa: BLE001 as the runtime does
                told = {"errorType": type(error).__name__, "errorMessage": str(error)}
                if not self._killed:
                    return InvocationResult(json.dumps(told).encode(), error=True)
            if self._killed:
                return died("Runtime.ExitError", "Error: Runtime exited with error: signal: killed")
            if self.kills:
                name, longest = self._function.logical_id, self.kills.longest
                longest[name] = max(longest[name], self._calls)
            return InvocationResult(answer)

    def client(self, name: str, **options: Any) -> Any:
        """As boto3.client; kept, as a warm function would find its connections."""
        if self._session is None:
            self._session = boto3.session.Session()
        key = json.dumps([name, {n: repr(v) for n, v in options.items() if n != "config"}])
        if key not in self._clients:
            made = self._session.client(  # type: ignore[call-overload]
                name, endpoint_url=self._environment["AWS_ENDPOINT_URL"], **options
            )
            made.meta.events.register("before-send", self._send)
            self._clients[key] = made
        return self._clients[key]

    def _send(self, request: Any, **_: Any) -> Any:
        self.calls()
        answer = _SENDER.send(request)
        self.called()
        if answer.status_code == SILENCE:
            raise ReadTimeoutError(endpoint_url=request.url)
        return answer

    def _context(self) -> SimpleNamespace:
        began = time.monotonic()
        left = lambda: int((LAMBDA_SECONDS - (time.monotonic() - began)) * 1000)  # noqa: E731
        return SimpleNamespace(
            function_name=self._function.name,
            memory_limit_in_mb=self._function.memory_mb,
            invoked_function_arn=self._function.arn,
            aws_request_id="00000000-0000-4000-8000-000000000000",
            get_remaining_time_in_millis=left,
        )

    def _loaded(self) -> ModuleType:
        if self._app is None:
            name = f"chaos_{self._function.logical_id}"
            spec = importlib.util.spec_from_file_location(name, self._function.code / "app.py")
            assert spec is not None
            assert spec.loader is not None
            self._app = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(self._app)
        return self._app

    @contextlib.contextmanager
    def _running(self) -> Iterator[None]:
        before = dict(os.environ)
        os.environ.update(self._environment | self.parameters)
        _PROVIDERS.clear()
        if self._cached_at == self.cached_since:
            _PROVIDERS.update(self._cached)
        _Invoked.worker = self
        try:
            with contextlib.redirect_stdout(_LogStream(self._log)):
                yield
        finally:
            _Invoked.worker = None
            self._cached = dict(_PROVIDERS)
            self._cached_at = self.cached_since
            for added in set(os.environ) - set(before):
                del os.environ[added]
            os.environ.update(before)


class _LogStream(io.TextIOBase):
    def __init__(self, file: Path) -> None:
        self._file = file

    def write(self, text: str) -> int:
        with self._file.open("a", encoding="utf-8") as log:
            return log.write(text)


class _RootLog(logging.Handler):
    """What Lambda's runtime logs of modules that know no Powertools."""

    def emit(self, record: logging.LogRecord) -> None:
        if _Invoked.worker is not None:
            sys.stdout.write(self.format(record) + "\n")


_PROVIDERS: dict[str, Any] = vars(base)["DEFAULT_PROVIDERS"]
_SENDER = URLLib3Session(timeout=60)
_LOADER = botocore.loaders.create_loader()
_CREATE_CLASS = vars(ClientCreator)["_create_client_class"]
_CLASSES: dict[str, Any] = {}
_ENDPOINTS: dict[int, EndpointProvider] = {}


def _endpoints(**data: Any) -> EndpointProvider:
    """The rules for a service's endpoints; the loader keeps the data that they are made of."""
    known = id(data["ruleset_data"])
    if known not in _ENDPOINTS:
        _ENDPOINTS[known] = EndpointProvider(**data)
    return _ENDPOINTS[known]


def _client_class(creator: ClientCreator, name: str, model: Any) -> Any:
    """The class of a service's clients, which botocore makes anew for each client."""
    if name not in _CLASSES:
        _CLASSES[name] = _CREATE_CLASS(creator, name, model)
    return _CLASSES[name]


@contextlib.contextmanager
def in_process(patch: pytest.MonkeyPatch) -> Iterator[Clock]:
    """Within, the functions of a `Simulation` run here, and nobody waits."""
    clock = Clock()
    for name in WAITING:
        patch.setattr(f"{name}.time", clock)
    for name in DATED:
        patch.setattr(f"{name}.datetime", clock.datetime)
    patch.setattr(ask_claude, "ask", functools.partial(claude.ask, sleep=clock.sleep))
    # A process that starts reads the descriptions of AWS; here they are read once.
    patch.setattr(botocore.session, "create_loader", lambda *_: _LOADER)
    patch.setattr(ClientCreator, "_create_client_class", _client_class)
    patch.setattr(botocore.regions, "EndpointProvider", _endpoints)
    patch.setattr(service, "Worker", InProcessWorker)
    patch.setattr(retry_waits, "time", clock)
    patch.setattr(retry_waits, "MAX_REAL_SECONDS", math.inf)
    for name in ("whyspike.wire.clients", "whyspike.wire.event_bus", "whyspike.wire.ses"):
        patch.setattr(f"{name}.boto3", SimpleNamespace(client=_client, Session=boto3.Session))
    for function in (network.getaddrinfo, network.create_connection):
        patch.setattr(socket, function.__name__, function)
    _watch(patch, requests.Session, requests.ReadTimeout)
    _watch(patch, httpx2.Client, httpx2.ReadTimeout)
    root = _RootLog()
    logging.getLogger().addHandler(root)
    try:
        yield clock
    finally:
        logging.getLogger().removeHandler(root)
        _PROVIDERS.clear()


def _client(name: str, **options: Any) -> Any:
    if _Invoked.worker is None:
        return boto3.client(name, **options)  # type: ignore[call-overload]
    return _Invoked.worker.client(name, **options)


def _watch(patch: pytest.MonkeyPatch, kind: Any, silence: type[Exception]) -> None:
    """Kills and silence at the calls of a library for HTTP."""
    send = kind.send

    def watched(session: Any, request: Any, **options: Any) -> Any:
        worker = _Invoked.worker
        if worker is None:
            return send(session, request, **options)
        worker.calls()
        answer = send(session, request, **options)
        worker.called()
        if answer.status_code == SILENCE:
            raise silence("no answer came in time")
        return answer

    patch.setattr(kind, "send", watched)
