"""Which AWS CLI commands may be shown to a person: literal, valid, read-only. Checked against
botocore's service models.

Nothing is run. A command passes when a shell would hand every word on unchanged, the service has
the operation, every option exists and its value fits (required options, enumerations, JSON and
shorthand structures), the operation only reads, and what it reads is settings and measurements: no
secrets, no sessions, no contents of objects, queues, tables or logs.
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

from whyspike.knowledge.denied_operations import is_denied
from whyspike.wire.aws_cli.split import GLOBAL_OPTIONS, options_of, split_command, words_of
from whyspike.wire.aws_cli.values import Unfit, value_of

# The CLI's name of a service -> botocore's, where they differ.
_CLI_SERVICES = {"s3api": "s3", "configservice": "config", "deploy": "codedeploy"}
_READS = re.compile(
    r"(?:describe|get|list|lookup|search|head|batch-get|batch-describe|filter|estimate)-"
)
_REGION = re.compile(
    r"(?:af|ap|ca|cn|eu|il|me|mx|sa|us)(?:-gov|-iso[a-z]?)?-(?:north|south|east|west|central)+(?:east|west)?-\d"
)
_LS = re.compile(r"s3://[a-z0-9][a-z0-9.-]{2,62}(?:/\S*)?")


def check_command(command: str) -> str:
    """The reason why `command` may not be shown, or "" for a literal, valid, read-only AWS CLI
    command."""
    try:
        service, operation, arguments = split_command(words_of(command))
        _check_operation(service, operation, arguments)
    except Unfit as reason:
        return str(reason)
    return ""


# ------------------------------------------------------------------ operation and options


@cache
def _service(name: str) -> ServiceModel | None:
    """Model of a service, loaded once; None where there is none."""
    try:
        return ServiceModel(Loader().load_service_model(name, "service-2"), name)
    except (UnknownServiceError, ValueError):
        return None


def _operation(model: ServiceModel, operation: str) -> OperationModel | None:
    """The operation of a name as the CLI writes it (`describe-db-instances`)."""
    letters = operation.replace("-", "")
    for name in model.operation_names:
        if name.lower() == letters and xform_name(name, "-") == operation:
            return model.operation_model(name)
    return None


def _check_operation(service: str, operation: str, arguments: list[str]) -> None:
    if service == "s3":
        _check_s3(operation, arguments)
        return
    known = (
        _service(_CLI_SERVICES.get(service, service))
        if re.fullmatch(r"[a-z][a-z0-9-]{0,60}", service)
        else None
    )
    if known is None or service in ("config", "codedeploy"):
        raise Unfit(f"no service {service[:40]}")
    model = _operation(known, operation)
    if model is None:
        raise Unfit(f"no operation {service} {operation[:60]}")
    if is_denied(service, operation):
        raise Unfit(f"reads secrets or content: {service} {operation}")
    if not _READS.match(operation):
        raise Unfit(f"not read-only: {service} {operation}")
    options = options_of(arguments)
    if service == "ec2" and "userData" in options.get("--attribute", []):
        raise Unfit("reads secrets or content: user data")
    _check_options(model, options)


def _check_s3(operation: str, arguments: list[str]) -> None:
    """`aws s3 ls` is the one high-level command that only reads names."""
    if operation != "ls":
        raise Unfit(f"not read-only or reads content: s3 {operation[:40]}")
    flags = {"--recursive", "--human-readable", "--summarize"}
    words = [word for word in arguments if word not in flags]
    where = words[:1] if words and not words[0].startswith("--") else []
    if any(not _LS.fullmatch(word) for word in where):
        raise Unfit("not an S3 address")
    for name, values in options_of(words[len(where) :]).items():
        _check_global(name, values)


def _check_options(operation: OperationModel, options: dict[str, list[str]]) -> None:
    shape = operation.input_shape
    members: dict[str, tuple[str, Shape]] = {}
    if isinstance(shape, StructureShape):
        members = {
            "--" + xform_name(name, "-"): (name, member) for name, member in shape.members.items()
        }
    parameters: dict[str, Any] = {}
    for name, words in options.items():
        positive = "--" + name.removeprefix("--no-")
        if name in members:
            key, member = members[name]
            try:
                parameters[key] = value_of(member, words)
            except Unfit as reason:
                raise Unfit(f"{name}: {reason}") from None
        elif (
            name.startswith("--no-")
            and positive in members
            and members[positive][1].type_name == "boolean"
            and not words
        ):
            parameters[members[positive][0]] = False
        else:
            _check_global(name, words)
    if shape is not None:
        report = ParamValidator().validate(parameters, shape)
        if report.has_errors():
            raise Unfit(report.generate_report().splitlines()[0][:200])


def _check_global(name: str, words: list[str]) -> None:
    if name not in GLOBAL_OPTIONS:
        raise Unfit(f"no option {name[:60]}")
    if len(words) != int(GLOBAL_OPTIONS[name]):
        raise Unfit(f"{name} takes {int(GLOBAL_OPTIONS[name])} value")
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
