"""The page behind [Details]: a signed address in, what is known of that incident out. The address
is checked before anything is read."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from whyspike.errors import BadSignature, InvalidInput
from whyspike.incidents.incident import Incident, what_happened
from whyspike.incidents.page_links import AskedPage, asked_page
from whyspike.model import Scan
from whyspike.steps.configuration import Configuration
from whyspike.wire.bucket import ScanBucket
from whyspike.wire.clients import client
from whyspike.wire.secrets import slack_secret
from whyspike.wire.table.incidents import IncidentTable
from whyspike.words.days import moment

logger = logging.getLogger(__name__)

MAX_OPENED = 60  # times an hour that one incident's page is made, whoever asks for it
_ASK_FINOPS = "Or ask the FinOps team: the report has every incident."


@dataclass(frozen=True)
class ShownPage:
    """What a browser gets."""

    status: int
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def outcome(self) -> str:
        """How it counts."""
        return {200: "Shown", 410: "Ended"}.get(self.status, "Refused")

    @property
    def answer(self) -> dict[str, Any]:
        """The result of a function behind a URL."""
        return {"statusCode": self.status, "headers": dict(self.headers), "body": self.body}


def incident_page(
    method: str, path: str, query: str, config: Configuration, now: datetime
) -> ShownPage:
    """200 with the page; 404 for an address that we did not sign, or whose incident is no longer
    kept; 410 for one that has ended; 429 for one that is opened over and over; 405 for anything
    but GET."""
    if method != "GET":
        return ShownPage(405, headers={"Allow": "GET, POST"})
    secret = slack_secret(config.slack_secret_id).signing_secret or ""
    try:
        asked = asked_page(secret, path, query)
    except BadSignature:  # no trace but a metric, as for a press that nobody signed
        return _plain(
            404,
            "There is no such page",
            "The address is not whole: mail programs cut long ones. Open it again from the message"
            " in Slack or from the mail.",
        )
    if asked.until <= now:
        return _ended(asked)
    table = IncidentTable(client("dynamodb"), config.table_name)
    if not table.count_opening(asked.incident_id, MAX_OPENED, now):
        return _plain(
            429,
            "Opened too often",
            f"This page was opened {MAX_OPENED} times in this hour. Try again in the next.",
            headers={"Retry-After": str(3600 - int(now.timestamp()) % 3600)},
        )
    try:
        incident = table.read(asked.incident_id)
    except (InvalidInput, KeyError, ValueError) as error:
        logger.warning("the page of incident %s has no row to read: %r", asked.incident_id, error)
        return _plain(
            503,
            "This incident cannot be read",
            "Another version of whyspike stored it.",
            _ASK_FINOPS,
        )
    if incident is None:
        return _plain(404, "This incident is no longer kept", _ASK_FINOPS)
    return _shown(incident, asked, ScanBucket(client("s3"), config.bucket_name), table)


def _shown(
    incident: Incident, asked: AskedPage, bucket: ScanBucket, table: IncidentTable
) -> ShownPage:
    # Only here: Slack waits for the answer to a press, which needs none of it.
    from whyspike.digest import incident_page as pages
    from whyspike.steps.incident_views import stored_view

    day = incident.last_scan_date
    word = what_happened(incident, day)
    view = stored_view(incident, word, Scan(day.isoformat(), day), bucket, table)
    body = pages.incident_page(view, day, asked.until)
    logger.info("page of incident %s shown", incident.incident_id)
    return ShownPage(200, body, _headers())


def _ended(asked: AskedPage) -> ShownPage:
    return _plain(
        410,
        "This address has ended",
        f"It showed an incident until {moment(asked.until, year=True)}.",
        "In Slack, press Details below the message once more: it has just sent you, and nobody"
        " else, a new address.",
        f"A mail has only the one. {_ASK_FINOPS}",
    )


def _plain(
    status: int, title: str, *lines: str, headers: Mapping[str, str] | None = None
) -> ShownPage:
    from whyspike.digest.incident_page import plain_page

    return ShownPage(status, plain_page(title, *lines), {**_headers(), **(headers or {})})


def _headers() -> dict[str, str]:
    """Nobody keeps the page, lists it, frames it, or learns its address from a link in it."""
    from whyspike.digest.report import shared_parts

    return {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": f"{shared_parts()['policy']}; frame-ancestors 'none'",
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Robots-Tag": "noindex, nofollow",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }
