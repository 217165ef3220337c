"""AWS's JSON services as botocore's service models describe them: requests and answers are checked
against the model."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel, Shape
from botocore.validate import ParamValidator


class AwsError(Exception):
    """What a service answers instead of a result; `code` is the error name that clients see."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


@cache
def service_model(service: str) -> ServiceModel:
    return ServiceModel(Loader().load_service_model(service, "service-2"), service_name=service)


def check_request(service: str, operation: str, request: Mapping[str, Any]) -> None:
    """Raises AwsError ValidationException when the request does not fit the model (types, required,
    unknown, ranges, enumerations)."""
    model = service_model(service)
    if operation not in model.operation_names:
        raise AwsError("UnknownOperationException", f"{service} has no operation {operation}", 404)
    shape = model.operation_model(operation).input_shape
    faults = list(_faults(shape, request, operation))
    if faults:
        raise AwsError(
            "ValidationException", f"{len(faults)} validation error detected: {faults[0]}"
        )


def check_answer(service: str, operation: str, answer: Mapping[str, Any]) -> None:
    """Raises AssertionError when the simulator is about to give an answer that the model does not
    know.

    Of a list, its ends are read; texts may be any, since they are what somebody wrote into the
    organisation folder.
    """
    shape = service_model(service).operation_model(operation).output_shape
    faults = [
        fault
        for fault in _faults(shape, _ends(answer), operation)
        if "regular expression" not in fault
    ]
    if faults:
        raise AssertionError(f"simulated {service} {operation}: {faults[0]}")


def record_faults(service: str, shape: str, record: Mapping[str, Any]) -> str:
    """The first thing in which a record differs from the shape of this name in the service's model;
    "" when it fits."""
    return next(_faults(service_model(service).shape_for(shape), record, shape), "")


def _ends(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _ends(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_ends(member) for member in (value if len(value) <= 4 else value[:2] + value[-2:])]
    return value


def _faults(shape: Shape | None, value: Any, where: str) -> Iterator[str]:
    if shape is None:
        return
    try:
        report = ParamValidator().validate(value, shape)
    except (OverflowError, RecursionError) as error:  # a time before or after all times
        yield f"{where}: {error}"
        return
    if report.has_errors():
        yield report.generate_report().splitlines()[0]
        return
    yield from _deep_faults(shape, value, where)


def _deep_faults(shape: Any, value: Any, where: str) -> Iterator[str]:
    """What ParamValidator leaves to the service: unknown members, enumerations, patterns and upper
    limits."""
    yield from _own_faults(shape, value, where)
    for part, inner, place in _parts(shape, value, where):
        yield from _deep_faults(part, inner, place)


def _parts(shape: Any, value: Any, where: str) -> list[tuple[Any, Any, str]]:
    """(shape, value, place) of each thing that a value holds."""
    match shape.type_name:
        case "structure":
            known = shape.members
            return [
                (known[name], inner, f"{where}.{name}")
                for name, inner in value.items()
                if name in known
            ]
        case "list":
            return [
                (shape.member, inner, f"{where}[{position}]")
                for position, inner in enumerate(value)
            ]
        case "map":
            return [(shape.value, inner, f"{where}.{key}") for key, inner in value.items()]
    return []


def _own_faults(shape: Any, value: Any, where: str) -> Iterator[str]:
    match shape.type_name:
        case "structure":
            yield from (f"{where}.{name} is unknown" for name in value if name not in shape.members)
        case "list":
            yield from _too_large(shape, len(value), where)
        case "string":
            yield from _text_faults(shape, value, where)
            yield from _too_large(shape, len(value), where)
        case "integer" | "long":
            yield from _too_large(shape, value, where)


@cache
def _in_python(pattern: str) -> re.Pattern[str]:
    """A pattern of the models, which are Java's: it knows Unicode classes, and flags anywhere."""
    flags = re.DOTALL | (re.IGNORECASE if "(?i)" in pattern else 0)
    known = re.sub(r"\\p\{\w+\}", r"\\w\\s", pattern.replace("(?i)", ""))
    return re.compile(known, flags)


def _text_faults(shape: Any, value: str, where: str) -> Iterator[str]:
    failed = f"Value '{value}' at '{where}' failed to satisfy constraint: Member must satisfy"
    if shape.enum and value not in shape.enum:
        yield f"{failed} enum value set: {shape.enum}"
    pattern = shape.metadata.get("pattern")
    if pattern and not _in_python(pattern).fullmatch(value):
        yield f"{failed} regular expression pattern: {pattern}"


def _too_large(shape: Shape, size: int, where: str) -> Iterator[str]:
    limit = shape.metadata.get("max")
    if limit is not None and size > limit:
        yield f"Value at '{where}' failed to satisfy constraint: Member must be at most {limit}"
