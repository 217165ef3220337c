"""The signed address of an incident's page: only what was signed for this incident and this end
opens."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest

from whyspike.errors import BadSignature
from whyspike.incidents.page_links import LINK_LASTS, asked_page, page_link

SECRET = "simulated-signing-secret"
INCIDENT, OTHER = "111122223333-2026-10-15-0123abcd", "444455556666-2026-10-15-0123abcd"
NOW = datetime(2026, 11, 7, 9, 30, 15, 250, tzinfo=UTC)
LINK = page_link("https://feedback.test/", SECRET, INCIDENT, NOW)
PATH, QUERY = urlsplit(LINK.url).path, urlsplit(LINK.url).query
SECONDS = int(LINK.until.timestamp())


def test_an_address_says_which_incident_and_until_when() -> None:
    asked = asked_page(SECRET, PATH, QUERY)

    assert (asked.incident_id, asked.until) == (INCIDENT, LINK.until)
    assert LINK.until == (NOW + LINK_LASTS).replace(microsecond=0)
    assert LINK.url.startswith(f"https://feedback.test/incident/{INCIDENT}?")


def test_the_secret_is_not_in_the_address() -> None:
    assert SECRET not in LINK.url


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (PATH.replace(INCIDENT, OTHER), QUERY),
        (PATH, QUERY.replace(str(SECONDS), str(SECONDS + 86_400))),
        (PATH, QUERY.replace(str(SECONDS), f"{SECONDS}0")),
        (PATH, QUERY.replace(str(SECONDS), f" {SECONDS}")),
        (PATH, QUERY.replace(str(SECONDS), "١٢٣")),
        (PATH, QUERY[:-1]),
        (PATH, QUERY.rpartition("=")[0] + "="),
        (PATH, QUERY + QUERY.partition("&")[2].replace("signature=", "&signature=")),
        (PATH, QUERY.partition("&")[0]),
        (PATH, QUERY.partition("&")[2]),
        (PATH, ""),
        (PATH, "&" * 20),
        (f"{PATH}/", QUERY),
        (f"/{PATH}", QUERY),
        ("/", QUERY),
        (f"/incident/../{INCIDENT}", QUERY),
    ],
    ids=[
        "another incident",
        "a later end",
        "a much later end",
        "a blank",
        "digits of another script",
        "a cut signature",
        "an empty signature",
        "two signatures",
        "no signature",
        "no end",
        "nothing",
        "only separators",
        "a slash behind",
        "a slash before",
        "no incident",
        "a way up",
    ],
)
def test_what_was_not_signed_so_opens_nothing(path: str, query: str) -> None:
    with pytest.raises(BadSignature):
        asked_page(SECRET, path, query)


@pytest.mark.parametrize("secret", ["another", ""])
def test_another_secret_opens_nothing(secret: str) -> None:
    with pytest.raises(BadSignature):
        asked_page(secret, PATH, QUERY)


def test_without_a_secret_nothing_is_signed_that_opens() -> None:
    unsigned = urlsplit(page_link("https://feedback.test/", "", INCIDENT, NOW).url)
    with pytest.raises(BadSignature):
        asked_page("", unsigned.path, unsigned.query)


@pytest.mark.parametrize(
    "signed",
    [f"v0:{SECONDS}:{INCIDENT}", f"{INCIDENT}\n{SECONDS}", f"{INCIDENT}{SECONDS}"],
    ids=["as Slack signs", "without a purpose", "without anything between"],
)
def test_a_signature_for_another_purpose_is_none_of_a_page(signed: str) -> None:
    code = hmac.new(SECRET.encode(), signed.encode(), hashlib.sha256)
    for signature in (
        code.hexdigest(),
        f"v0={code.hexdigest()}",
        urlsafe_b64encode(code.digest()).decode().rstrip("="),
    ):
        with pytest.raises(BadSignature):
            asked_page(SECRET, PATH, f"until={SECONDS}&signature={signature}")
