"""The doctor at doors that AWS or an organisation keeps shut: Regions, clocks, function URLs, and a
digest that nobody gets."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import pytest
import requests

from tests.support.doctor_clients import Client, clients, only, refused, with_parameters
from whyspike.cli.doctor.findings import CheckResult
from whyspike.cli.doctor.hub import check_region, read_deployed
from whyspike.cli.doctor.services import check_slack


@pytest.mark.parametrize(
    ("answer", "status"), [("ENABLED_BY_DEFAULT", "ok"), ("ENABLED", "warning")]
)
def test_a_region_that_accounts_may_have_off_is_a_warning(answer: str, status: str) -> None:
    account = Client(get_region_opt_status={"RegionOptStatus": answer})
    found = only(check_region(clients(account=account), with_parameters()))
    assert found.status == status
    assert status == "ok" or "on by default" in found.remedy


def test_a_wrong_clock_is_not_taken_for_a_missing_login() -> None:
    sts = Client(get_caller_identity=refused("GetCallerIdentity", "InvalidSignatureException"))
    found = read_deployed(clients(sts=sts), "whyspike", "us-east-1")
    assert isinstance(found, CheckResult)
    assert "clock is wrong" in found.detail
    assert "log in" not in found.remedy


@pytest.mark.parametrize(
    ("status", "of_page", "found", "remedy"),
    [
        (401, 404, "ok", ""),
        (401, 502, "failed", "log of RecordFeedback"),
        (401, 401, "failed", "deploy this version again"),
        (403, 403, "failed", "PublicFeedbackUrl=false"),
        (502, 502, "failed", "log of RecordFeedback"),
    ],
)
def test_a_feedback_url_that_a_guardrail_forbids_is_told_from_one_that_works(
    monkeypatch: pytest.MonkeyPatch, status: int, of_page: int, found: str, remedy: str
) -> None:
    answer, page = requests.Response(), requests.Response()
    page.status_code = of_page
    answer.status_code, answer._content = status, b'{"ok": false, "error": "x"}'
    monkeypatch.setattr(requests, "post", lambda *_, **__: answer)
    monkeypatch.setattr(requests, "get", lambda *_, **__: page)
    secret = '{"bot_token": "xoxb-1", "signing_secret": "s"}'
    manager = Client(get_secret_value={"SecretString": secret})
    results = {
        result.name: result
        for result in check_slack(clients(secretsmanager=manager), with_parameters())
    }
    assert results["feedback URL"].status == found
    assert remedy in results["feedback URL"].remedy


@pytest.mark.parametrize(
    ("owners", "told"),
    [('{"default_email": "finops@example.com"}', False), ("{}", True), ("no JSON", True)],
)
def test_a_digest_by_e_mail_alone_needs_an_address(owners: str, told: bool) -> None:
    manager = Client(get_secret_value={"SecretString": "{}"})
    bucket = Client(get_object={"Body": BytesIO(owners.encode())})
    by_mail = replace(with_parameters(EmailSender="w@example.com"), outputs={"BucketName": "scans"})
    found = list(check_slack(clients(secretsmanager=manager, s3=bucket), by_mail))
    assert ("digest" in [result.name for result in found]) == told
