"""The one table from what others raise and answer into whyspike.errors.

A row is what was seen: AWS's error code, an HTTP status, a word of Slack's, or the name of an
exception's class. What has no row is nobody's plan and travels as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError

from whyspike.errors import (
    ChangedMeanwhile,
    CostExplorerDenied,
    MemberRoleDenied,
    Missing,
    NotReady,
    OrganizationAccessDenied,
    Refused,
    Throttled,
    Uncertain,
    Unreachable,
    WhyspikeError,
)
from whyspike.payload import UNREADABLE

Fact = type[WhyspikeError]


def _rows(fact: Fact, *seen: str) -> dict[str, Fact]:
    return dict.fromkeys(seen, fact)


_AWS_THROTTLES = _rows(
    Throttled,
    "LimitExceededException",
    "RequestLimitExceeded",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
)
_AWS = {
    **_AWS_THROTTLES,
    **_rows(Unreachable, "EndpointConnectionError", "ConnectTimeoutError"),
    **_rows(Uncertain, "ReadTimeoutError", "ConnectionClosedError"),
}

# Between two pages of a query, which is asked anew from its start.
CE_LOST_PLACE = (
    "BillExpirationException",
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidNextTokenException",
    "RequestChangedException",
)
ANY = "any other"  # the row for what AWS refuses with a code that no other row names

TABLE: Mapping[str, Mapping[str, Fact]] = {
    "sts": {
        **_AWS,
        **_rows(MemberRoleDenied, "AccessDenied", "AccessDeniedException", "ValidationError"),
        # an opt-in Region, on in the hub and off in the account
        **_rows(MemberRoleDenied, "RegionDisabledException"),
    },
    "ce": {
        **_AWS,
        **_rows(CostExplorerDenied, "AccessDenied", "AccessDeniedException"),
        **_rows(NotReady, "DataUnavailableException"),
        **_rows(Uncertain, *CE_LOST_PLACE),
    },
    # an old day, looked at again: resource ids are kept for 14 days
    "ce with resources": {
        **_AWS,
        **_rows(Uncertain, *CE_LOST_PLACE),
        **_rows(CostExplorerDenied, "AccessDenied", "AccessDeniedException"),
        **_rows(NotReady, "DataUnavailableException", "ValidationException"),
    },
    # AWS's own detector, which no scan hangs on
    "ce anomalies": {
        **_AWS,
        **_rows(CostExplorerDenied, "AccessDenied", "AccessDeniedException"),
        **_rows(Uncertain, *CE_LOST_PLACE),
        **_rows(Refused, ANY),
    },
    # Savings Plans and reservations, of six services and more
    "commitments": {**_AWS, **_rows(Refused, ANY)},
    "organizations": {
        **_AWS,
        **_rows(
            OrganizationAccessDenied, "AccessDeniedException", "AWSOrganizationsNotInUseException"
        ),
    },
    "budgets": {
        **_AWS,
        # no budgets there, or not the caller's
        **_rows(Refused, "AccessDeniedException", "InvalidParameterException", "NotFoundException"),
        **_rows(Uncertain, "ExpiredNextTokenException", "InternalErrorException"),
        **_rows(Uncertain, "InvalidNextTokenException"),
    },
    "account": {
        **_AWS,
        **_rows(Refused, "AccessDeniedException"),
        **_rows(Missing, "ResourceNotFoundException"),
    },
    "cloudtrail": {
        **_AWS,
        **_rows(
            Refused,
            "AccessDenied",
            "AccessDeniedException",
            "InvalidClientTokenId",
            "OptInRequired",
            "UnauthorizedOperation",
            "UnrecognizedClientException",
        ),
        # an answer that is not as the API says
        **_rows(Uncertain, "BotoCoreError", "ResponseParserError", "ValueError", ANY),
    },
    # of a request, and of one entry in an answer with FailedEntryCount
    "events": {
        **_AWS,
        **_rows(Uncertain, "InternalFailure", "InternalException"),
        **_rows(Refused, ANY),
    },
    "sesv2": {**_AWS, **_rows(Refused, ANY)},
    "dynamodb": {
        **_AWS,
        **_rows(Throttled, "ProvisionedThroughputExceededException"),
        **_rows(
            ChangedMeanwhile,
            "ConditionalCheckFailedException",
            "TransactionConflictException",
            "TransactionInProgressException",
        ),
        # reasons of a TransactionCanceledException
        **_rows(ChangedMeanwhile, "ConditionalCheckFailed", "TransactionConflict"),
        **_rows(Throttled, "ProvisionedThroughputExceeded", "ThrottlingError"),
    },
    "s3": {
        **_AWS,
        **_rows(Missing, "NoSuchKey", "404"),
        **_rows(Throttled, "SlowDown"),
        # the body of an object ends early, or takes too long to come
        **_rows(Uncertain, "IncompleteReadError", "ResponseStreamingError"),
        **_rows(Uncertain, "OperationAborted", "RequestTimeout"),
    },
    "states": {**_AWS, **_rows(Refused, "ExecutionAlreadyExists")},
    "secretsmanager": {
        **_AWS,
        # no such secret, or one that nobody has stored a value in
        **_rows(Missing, "ResourceNotFoundException"),
        **_rows(Uncertain, "InternalServiceError"),
        **_rows(Refused, ANY),
    },
    "claude": {
        **_rows(Throttled, "429", "529"),
        **_rows(Uncertain, "408", "409", "500", "502", "503", "504"),
        **_rows(Refused, "4xx"),
    },
    "webhook": {
        **_rows(Throttled, "429"),
        **_rows(Refused, "1xx", "3xx", "4xx"),
        **_rows(Uncertain, "408", "5xx"),
    },
    "slack": {
        **_rows(Throttled, "429"),
        **_rows(Refused, "4xx", ANY),
        **_rows(Unreachable, "ConnectTimeout", "NewConnectionError", "NameResolutionError"),
        **_rows(Uncertain, "5xx", "RequestException"),
        # "some aspect of the operation may have succeeded"
        **_rows(
            Uncertain, "internal_error", "fatal_error", "request_timeout", "service_unavailable"
        ),
    },
}


def fact_of(source: str, *seen: str) -> Fact | None:
    """What happened, told by the first of `seen` that has a row; None when none has."""
    rows = TABLE[source]
    return next((rows[name] for name in seen if name in rows), None)


def fact_of_status(source: str, status: int) -> Fact | None:
    """What an HTTP status tells; None for an answer."""
    return fact_of(source, str(status), f"{status // 100}xx")


def fact_of_error(source: str, error: BaseException) -> Fact | None:
    """What an exception tells: AWS's code (of a transaction the reasons, a condition first), or the
    most special class of it or of what it wraps."""
    if isinstance(error, ClientError):
        unwell = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400) >= 500
        reasons = sorted(str(each.get("Code")) for each in _cancellations(error))
        named = fact_of(source, error.response["Error"]["Code"], *reasons)
        return named or (Uncertain if unwell else fact_of(source, ANY))
    return fact_of(source, *_class_names(error))


def _cancellations(error: ClientError) -> Iterable[Mapping[str, object]]:
    answer: Mapping[str, Any] = error.response
    reasons: Iterable[Mapping[str, object]] = answer.get("CancellationReasons") or ()
    return reasons


def _class_names(error: BaseException) -> Iterable[str]:
    """Of what the exception wraps before its own: requests hides why there was no connection in
    urllib3's reason."""
    wrapped = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(wrapped, BaseException):
        yield from (kind.__name__ for kind in type(wrapped).__mro__)
    yield from (kind.__name__ for kind in type(error).__mro__)


@contextmanager
def mapped(source: str, what: str, remedy: str = "", *, reads: bool = False) -> Iterator[None]:
    """Around one call to `source`: a failure that has a row is raised as its fact, with `what` was
    asked and what was answered; `remedy` is for who can mend it. A call that only `reads` leaves
    nothing behind, so that it is never Uncertain."""
    try:
        yield
    except Exception as error:
        fact = fact_of_error(source, error)
        if fact is None:
            raise
        if reads and fact is Uncertain:
            fact = Unreachable
        code, said = _said(error)
        text = f"{what}: {code}: {said}".rstrip(": ")
        if issubclass(fact, Refused):
            raise fact(text, code, remedy=remedy) from error
        raise fact(text, remedy=remedy) from error


@contextmanager
def understood(who: str) -> Iterator[None]:
    """Around the reading of an answer: one that is not as the API says is no answer, and raised as
    Uncertain. What was asked for may have been done."""
    try:
        yield
    except UNREADABLE as error:
        raise Uncertain(
            f"{who} answered with something that cannot be read ({type(error).__name__})"
        ) from error


def _said(error: Exception) -> tuple[str, str]:
    if isinstance(error, ClientError):
        return error.response["Error"]["Code"], error.response["Error"].get("Message", "")
    return type(error).__name__, str(error)
