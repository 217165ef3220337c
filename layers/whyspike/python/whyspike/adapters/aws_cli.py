"""Which AWS CLI commands may be shown to a person: literal, valid, read-only. Checked against botocore's service models.

Nothing is run. A command passes when a shell would hand every word on unchanged, the service has the operation, every
option exists and its value fits (required options, enumerations, JSON and shorthand structures), the operation only
reads, and what it reads is settings and measurements: no secrets, no sessions, no contents of objects, queues or tables.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import jmespath
from botocore import xform_name
from botocore.exceptions import UnknownServiceError
from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel, Shape, StructureShape
from botocore.validate import ParamValidator
from jmespath.exceptions import JMESPathError

from whyspike.adapters.aws_cli_values import Unfit, value_of

LONGEST = 1500  # characters

# The CLI's name of a service -> botocore's, where they differ.
_CLI_SERVICES = {"s3api": "s3", "configservice": "config", "deploy": "codedeploy"}
# Options that every command takes -> whether a value follows. Those that change where or as whom it runs are left out.
_GLOBAL_OPTIONS = {
    "--region": True,
    "--output": True,
    "--query": True,
    "--max-items": True,
    "--page-size": True,
    "--starting-token": True,
    "--no-paginate": False,
    "--no-cli-pager": False,
}
_READS = re.compile(r"(?:describe|get|list|lookup|search|head|batch-get|batch-describe|filter|estimate)-")
_READS_TOO = frozenset({"logs start-query"})  # CloudWatch Logs Insights: a search that runs for a while
_SECRET = re.compile(
    r"secretsmanager (?:get-secret-value|batch-get-secret-value|get-random-password)"
    r"|ssm (?:get-parameter.*|get-command-invocation|get-maintenance-window-execution.*)"
    r"|sts (?!get-caller-identity$).*|kms (?:get-public-key|get-parameters-for-import)|signer .*|sso .*"
    r"|ec2 (?:get-password-data|get-console-.*|get-launch-template-data|describe-vpn-connections|get-vpn-connection.*)"
    r"|(?:ecr|ecr-public) get-(?:login.*|authorization-token|download-url.*)"
    r"|s3api (?:get-object|get-object-torrent|select-object-content)"
    r"|(?:dynamodb|dynamodbstreams|dax) (?:get-item|batch-get-item|get-records|get-shard-iterator)|kinesis get-.*"
    r"|iam (?:get-credential-report|get-login-profile|get-ssh-public-key|list-service-specific-credentials)"
    r"|lambda (?:get-function|get-layer-version.*)"
    r"|cognito-.* (?:get-credentials.*|get-open-id.*|get-user|list-users.*|describe-user-pool-client)"
    r"|eks get-token|(?:rds-data|sagemaker-featurestore-runtime|iot-data|mediastore-data|bedrock-agent-runtime) .*"
    r"|redshift-data .*|redshift get-cluster-credentials.*|redshift-serverless get-credentials|athena get-query-results.*"
    r"|codeartifact get-(?:authorization-token|package-version-asset)|codecommit get-(?:blob|file)|emr get-cluster-session-credentials"
    r"|lightsail .*(?:access|key|password).*|apigateway get-(?:api-key.*|usage-plan-key.*|sdk|export)|appsync list-api-keys"
    r"|glue get-(?:connection.*|user-defined.*)|quicksight get-.*-url|gamelift get-(?:instance|compute)-a.*|connect get-federation-token"
    r"|textract get-.*|transcribe get-.*transcription.*|workmail get-mailbox.*|workmailmessageflow .*|directconnect describe-virtual-.*"
)
_REGION = re.compile(r"(?:af|ap|ca|cn|eu|il|me|mx|sa|us)(?:-gov|-iso[a-z]?)?-(?:north|south|east|west|central)+(?:east|west)?-\d")
_PLACEHOLDER = re.compile(r"<[^>]*>|\{\{|\{[A-Za-z_-]+\}|\bYOUR[_-]|\byour-|\bX{4,}|\bREPLACE|\.\.\.|…|\bmy-(?:bucket|function|table)\b")
_ADDRESS = re.compile(r"(?:file|fileb|https?)://(?!sqs\.[a-z0-9-]+\.amazonaws\.com/\d{12}/[A-Za-z0-9_-]+(?:\.fifo)?$)")  # a queue's name
_LS = re.compile(r"s3://[a-z0-9][a-z0-9.-]{2,62}(?:/\S*)?")


def check_command(command: str) -> str:
    """The reason why `command` may not be shown, or "" for a literal, valid, read-only AWS CLI command."""
    try:
        service, operation, arguments = _split(_words(command))
        _check_operation(service, operation, arguments)
    except Unfit as reason:
        return str(reason)
    return ""


def service_of(command: str) -> str | None:
    """The service word of a command (`ec2`), None where it cannot be read."""
    return (operation_of(command) or "").partition(" ")[0] or None


def operation_of(command: str) -> str | None:
    """Service and operation of a command (`ec2 describe-volumes`), None where they cannot be read."""
    try:
        service, operation, _ = _split(_words(command))
    except Unfit:
        return None
    return f"{service} {operation}"


# ------------------------------------------------------------------ words


def _words(command: str) -> list[str]:
    """Words as a POSIX shell would pass them on; only quoting that needs no expansion is let through."""
    if len(command) > LONGEST:
        raise Unfit("too long")
    if not re.fullmatch(r"[ -~]*", command):
        raise Unfit("line break, control character or letter outside ASCII")
    words: list[str] = []
    word: str | None = None
    quote = ""
    for character in command:
        if quote:
            if character == quote:
                quote = ""
            elif quote == '"' and character in "$`\\!":
                raise Unfit("shell expansion inside double quotes")
            else:
                word = (word or "") + character
        elif character in "'\"":
            quote, word = character, word or ""
        elif character == " ":
            if word is not None:
                words.append(word)
            word = None
        elif character in "|&;<>()":
            raise Unfit("shell operator or placeholder")
        elif character in "$`\\*?{}!" or (character in "#~" and word is None):
            raise Unfit(f"shell expansion: {character} outside quotes")
        else:
            word = (word or "") + character
    if quote:
        raise Unfit("a quote is not closed")
    if word is not None:
        words.append(word)
    for candidate in words:
        if _PLACEHOLDER.search(candidate):
            raise Unfit(f"placeholder in {candidate[:40]}")
        if _ADDRESS.match(candidate.partition("=")[2] if candidate.startswith("--") else candidate):
            raise Unfit("reads a file or an address")
    return words


def _split(words: list[str]) -> tuple[str, str, list[str]]:
    """Service, operation and the rest; options before the service are moved behind the operation."""
    if words[:1] != ["aws"]:
        raise Unfit("not an aws command")
    rest = words[1:]
    leading: list[str] = []
    while rest and rest[0].startswith("--"):
        if rest[0] not in _GLOBAL_OPTIONS:
            raise Unfit(f"option {rest[0]} before the service")
        take = 1 + _GLOBAL_OPTIONS[rest[0]]
        leading, rest = leading + rest[:take], rest[take:]
    if len(rest) < 2 or rest[1].startswith("-"):
        raise Unfit("no operation")
    return rest[0], rest[1], rest[2:] + leading


def _options(arguments: list[str]) -> dict[str, list[str]]:
    """Option -> its words; `--option=value` is one word."""
    options: dict[str, list[str]] = {}
    name = ""
    for word in arguments:
        if word.startswith("--") and len(word) > 2:
            name, equals, value = word.partition("=")
            if name in options:
                raise Unfit(f"{name} twice")
            options[name] = [value] if equals else []
        elif not name:
            raise Unfit(f"stray word {word[:40]}")
        else:
            options[name].append(word)
    return options


# ------------------------------------------------------------------ operation and options


@cache
def _service(name: str) -> tuple[ServiceModel, dict[str, str]] | None:
    """Model of a service and its operations by their CLI names; loaded once."""
    try:
        model = ServiceModel(Loader().load_service_model(name, "service-2"), name)
    except (UnknownServiceError, ValueError):
        return None
    return model, {xform_name(operation, "-"): operation for operation in model.operation_names}


def _check_operation(service: str, operation: str, arguments: list[str]) -> None:
    if service == "s3":
        _check_s3(operation, arguments)
        return
    known = _service(_CLI_SERVICES.get(service, service)) if re.fullmatch(r"[a-z][a-z0-9-]{0,60}", service) else None
    if known is None or service in ("config", "codedeploy"):
        raise Unfit(f"no service {service[:40]}")
    model, operations = known
    if operation not in operations:
        raise Unfit(f"no operation {service} {operation[:60]}")
    if _SECRET.fullmatch(f"{service} {operation}"):
        raise Unfit(f"reads secrets or content: {service} {operation}")
    if not _READS.match(operation) and f"{service} {operation}" not in _READS_TOO:
        raise Unfit(f"not read-only: {service} {operation}")
    options = _options(arguments)
    if service == "ec2" and "userData" in options.get("--attribute", []):
        raise Unfit("reads secrets or content: user data")
    _check_options(model.operation_model(operations[operation]), options)


def _check_s3(operation: str, arguments: list[str]) -> None:
    """`aws s3 ls` is the one high-level command that only reads names."""
    if operation != "ls":
        raise Unfit(f"not read-only or reads content: s3 {operation[:40]}")
    flags = {"--recursive", "--human-readable", "--summarize"}
    words = [word for word in arguments if word not in flags]
    where = words[:1] if words and not words[0].startswith("--") else []
    if any(not _LS.fullmatch(word) for word in where):
        raise Unfit("not an S3 address")
    for name, values in _options(words[len(where) :]).items():
        _check_global(name, values)


def _check_options(operation: OperationModel, options: dict[str, list[str]]) -> None:
    shape = operation.input_shape
    members: dict[str, tuple[str, Shape]] = {}
    if isinstance(shape, StructureShape):
        members = {"--" + xform_name(name, "-"): (name, member) for name, member in shape.members.items()}
    parameters: dict[str, Any] = {}
    for name, words in options.items():
        positive = "--" + name.removeprefix("--no-")
        if name in members:
            key, member = members[name]
            try:
                parameters[key] = value_of(member, words)
            except Unfit as reason:
                raise Unfit(f"{name}: {reason}") from None
        elif name.startswith("--no-") and positive in members and members[positive][1].type_name == "boolean" and not words:
            parameters[members[positive][0]] = False
        else:
            _check_global(name, words)
    if shape is not None:
        report = ParamValidator().validate(parameters, shape)
        if report.has_errors():
            raise Unfit(report.generate_report().splitlines()[0][:200])


def _check_global(name: str, words: list[str]) -> None:
    if name not in _GLOBAL_OPTIONS:
        raise Unfit(f"no option {name[:60]}")
    if len(words) != int(_GLOBAL_OPTIONS[name]):
        raise Unfit(f"{name} takes {int(_GLOBAL_OPTIONS[name])} value")
    if name == "--region" and not _REGION.fullmatch(words[0]):
        raise Unfit(f"region {words[0][:40]}")
    if name == "--output" and words[0] not in ("json", "text", "table", "yaml"):
        raise Unfit(f"output {words[0][:40]}")
    if name in ("--max-items", "--page-size") and not words[0].isdecimal():
        raise Unfit(f"{name} takes a number")
    if name == "--query":
        try:
            jmespath.compile(words[0])
        except (JMESPathError, RecursionError) as error:
            raise Unfit(f"--query: {str(error).splitlines()[0][:120]}") from None
