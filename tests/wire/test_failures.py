"""The table from what others raise and answer into errors by fact."""

from __future__ import annotations

import pytest
import requests
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    IncompleteReadError,
    ReadTimeoutError,
)
from urllib3.exceptions import MaxRetryError, NewConnectionError

import whyspike.errors
from tests.support.deployed import PROJECT
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
from whyspike.wire.failures import TABLE, fact_of, fact_of_error, fact_of_status, mapped


def answered(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "Operation")


def no_connection() -> requests.ConnectionError:
    reason = NewConnectionError(None, "refused")
    return requests.ConnectionError(MaxRetryError(None, "/", reason))  # type: ignore[arg-type]


AWS = [
    ("sts", "AccessDenied", MemberRoleDenied),
    ("sts", "RegionDisabledException", MemberRoleDenied),
    ("sts", "Throttling", Throttled),
    ("sts", "ExpiredToken", None),
    ("ce", "InvalidNextTokenException", Uncertain),
    ("ce", "ExpiredTokenException", Uncertain),
    ("secretsmanager", "ResourceNotFoundException", Missing),
    ("secretsmanager", "DecryptionFailure", Refused),
    ("ce", "LimitExceededException", Throttled),
    ("ce", "DataUnavailableException", NotReady),
    ("ce", "AccessDeniedException", CostExplorerDenied),
    ("ce", "ValidationException", None),
    ("ce with resources", "ValidationException", NotReady),
    ("organizations", "AWSOrganizationsNotInUseException", OrganizationAccessDenied),
    ("organizations", "TooManyRequestsException", Throttled),
    ("account", "ResourceNotFoundException", Missing),
    ("cloudtrail", "OptInRequired", Refused),
    ("cloudtrail", "InternalError", Uncertain),
    ("sesv2", "TooManyRequestsException", Throttled),
    ("sesv2", "MailFromDomainNotVerifiedException", Refused),
    ("dynamodb", "ConditionalCheckFailedException", ChangedMeanwhile),
    ("dynamodb", "ProvisionedThroughputExceededException", Throttled),
    ("dynamodb", "ThrottlingException", Throttled),
    ("dynamodb", "ValidationException", None),
    ("s3", "NoSuchKey", Missing),
    ("s3", "SlowDown", Throttled),
    ("s3", "RequestTimeout", Uncertain),
    ("s3", "AccessDenied", None),
    ("states", "ExecutionAlreadyExists", Refused),
]


@pytest.mark.parametrize(("source", "code", "fact"), AWS)
def test_a_code_of_aws_is_a_fact_or_nobody_s_plan(
    source: str, code: str, fact: type[WhyspikeError] | None
) -> None:
    assert fact_of_error(source, answered(code)) is fact


@pytest.mark.parametrize(
    ("source", "error", "fact"),
    [
        ("sesv2", EndpointConnectionError(endpoint_url="https://email"), Unreachable),
        ("sesv2", ReadTimeoutError(endpoint_url="https://email"), Uncertain),
        ("cloudtrail", ValueError("invalid timestamp"), Uncertain),
        ("ce", ReadTimeoutError(endpoint_url="https://ce"), Uncertain),
        ("states", ReadTimeoutError(endpoint_url="https://states"), Uncertain),
        ("dynamodb", EndpointConnectionError(endpoint_url="https://dynamodb"), Unreachable),
        ("s3", IncompleteReadError(actual_bytes=1, expected_bytes=2), Uncertain),
        ("s3", ValueError("no JSON"), None),
        ("slack", requests.ConnectTimeout(), Unreachable),
        ("slack", no_connection(), Unreachable),
        ("slack", requests.ReadTimeout(), Uncertain),
        ("slack", requests.ConnectionError("reset"), Uncertain),
    ],
)
def test_an_exception_tells_whether_the_request_can_have_arrived(
    source: str, error: Exception, fact: type[WhyspikeError] | None
) -> None:
    assert fact_of_error(source, error) is fact


@pytest.mark.parametrize(
    ("source", "status", "fact"),
    [
        ("slack", 200, None),
        ("slack", 429, Throttled),
        ("slack", 404, Refused),
        ("slack", 500, Uncertain),
        ("claude", 529, Throttled),
        ("claude", 409, Uncertain),
        ("claude", 401, Refused),
        ("claude", 501, None),
    ],
)
def test_a_status_is_a_fact(source: str, status: int, fact: type[WhyspikeError] | None) -> None:
    assert fact_of_status(source, status) is fact


def test_a_word_of_slack_that_no_row_names_is_none() -> None:
    assert fact_of("slack", "fatal_error") is Uncertain
    assert fact_of("slack", "channel_not_found") is None


def test_a_mapped_failure_says_what_was_asked_what_was_answered_and_who_can_mend_it() -> None:
    with (
        pytest.raises(Refused, match=r"^SES: MessageRejected: no\. Remedy: mend it$") as raised,
        mapped("sesv2", "SES", "mend it"),
    ):
        raise answered("MessageRejected")
    assert raised.value.code == "MessageRejected"


def test_what_has_no_row_travels_as_it_is() -> None:
    with pytest.raises(ClientError), mapped("s3", "a key"):
        raise answered("AccessDenied")


def test_every_fact_of_the_table_is_an_error_that_the_contract_lists() -> None:
    contract = (PROJECT / "docs" / "contracts.md").read_text().split("## Errors")[1]
    for source, rows in TABLE.items():
        for seen, fact in rows.items():
            assert getattr(whyspike.errors, fact.__name__) is fact, (source, seen)
            assert f"`{fact.__name__}`" in contract


@pytest.mark.parametrize("source", ["ce", "sts", "organizations", "dynamodb", "s3", "sesv2"])
def test_a_service_that_is_unwell_may_have_done_it_whatever_its_word_for_that(source: str) -> None:
    unwell = ClientError(
        {"Error": {"Code": "Oops"}, "ResponseMetadata": {"HTTPStatusCode": 503}},  # type: ignore[typeddict-item]
        "Operation",
    )
    assert fact_of_error(source, unwell) is Uncertain


@pytest.mark.parametrize(
    ("reasons", "fact"),
    [
        (("None", "ConditionalCheckFailed"), ChangedMeanwhile),
        (("TransactionConflict", "None"), ChangedMeanwhile),
        (("ThrottlingError", "None"), Throttled),
        (("ThrottlingError", "ConditionalCheckFailed"), ChangedMeanwhile),
        (("ValidationError",), None),
    ],
)
def test_a_cancelled_transaction_is_told_by_its_reasons(
    reasons: tuple[str, ...], fact: type[WhyspikeError] | None
) -> None:
    cancelled = ClientError(
        {
            "Error": {"Code": "TransactionCanceledException"},
            "CancellationReasons": [{"Code": code} for code in reasons],
        },
        "TransactWriteItems",
    )
    assert fact_of_error("dynamodb", cancelled) is fact


def test_a_call_that_only_reads_leaves_nothing_behind_whatever_the_answer() -> None:
    unwell = ReadTimeoutError(endpoint_url="https://dynamodb")
    with pytest.raises(Unreachable), mapped("dynamodb", "a row", reads=True):
        raise unwell
    with pytest.raises(Uncertain), mapped("dynamodb", "a row"):
        raise unwell
