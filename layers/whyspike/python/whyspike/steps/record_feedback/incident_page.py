"""The page behind [Details]: a signed address in, what is known of that incident out. The address
is checked before anything is read."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from whyspike.errors import (
    BadSignature,
    InvalidInput,
    Refused,
    Throttled,
    Uncertain,
    Unreachable,
)
from whyspike.incidents.incident import Incident, what_happened
from whyspike.incidents.page_links import AskedPage, PageLink, asked_page, page_link
from whyspike.model import Scan
from whyspike.steps.configuration import Configuration
from whyspike.wire.bucket import ScanBucket
from whyspike.wire.clients import client
from whyspike.wire.secrets import slack_secret
from whyspike.wire.table.incidents import IncidentTable
from whyspike.words.days import moment

logger = logging.getLogger(__name__)

MAX_OPENED = 60  # times an hour that one incident's page is made, whoever asks for it
MAX_RENEWED = 3  # times a day that one incident's owner is mailed a new address
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
        return {200: "Shown", 202: "Renewed", 410: "Ended"}.get(self.status, "Refused")

    @property
    def answer(self) -> dict[str, Any]:
        """The result of a function behind a URL."""
        return {"statusCode": self.status, "headers": dict(self.headers), "body": self.body}


@dataclass(frozen=True)
class Asked:
    """A request for a page; `host` is that of the URL that was called."""

    method: str
    host: str
    path: str
    query: str


def is_page(path: str) -> bool:
    return path.startswith("/incident/")


def incident_page(asked: Asked, config: Configuration, now: datetime) -> ShownPage:
    """200 with the page; 404 for an address that we did not sign, or whose incident is no longer
    kept; 410 for one that has ended, with a button that posts to it and 202 for that: the next
    address is mailed to the incident's owner, and is told to nobody else. 429 for what is asked
    over and over; 405 for anything but GET, and POST of a page."""
    if asked.method not in ("GET", "POST"):
        return ShownPage(405, headers={"Allow": "GET, POST"})
    secret = slack_secret(config.slack_secret_id).signing_secret or ""
    try:
        named = asked_page(secret, asked.path, asked.query)
    except BadSignature:  # no trace but a metric, as for a press that nobody signed
        return _plain(
            404,
            "There is no such page",
            "The address is not whole: mail programs cut long ones. Open it again from the message"
            " in Slack or from the mail.",
        )
    table = IncidentTable(client("dynamodb"), config.table_name)
    if not table.count_opening(named.incident_id, MAX_OPENED, now):
        return _plain(
            429,
            "Opened too often",
            f"This page was opened {MAX_OPENED} times in this hour. Try again in the next.",
            headers={"Retry-After": str(3600 - int(now.timestamp()) % 3600)},
        )
    try:
        incident = table.read(named.incident_id)
    except (InvalidInput, KeyError, ValueError) as error:
        logger.warning("the page of incident %s has no row to read: %r", named.incident_id, error)
        return _plain(
            503,
            "This incident cannot be read",
            "Another version of whyspike stored it.",
            _ASK_FINOPS,
        )
    if incident is None:
        return _plain(404, "This incident is no longer kept", _ASK_FINOPS)
    if named.until > now:
        return _shown(incident, named, ScanBucket(client("s3"), config.bucket_name), table)
    if not (config.email_sender and incident.owner and incident.owner.email):
        return _ended(named)
    if asked.method == "GET":
        return _ended(named, by_mail=True)
    link = page_link(f"https://{asked.host}", secret, named.incident_id, now)
    return _renewed(incident, link, incident.owner.email, config.email_sender, table, now)


def _renewed(
    incident: Incident,
    link: PageLink,
    recipient: str,
    sender: str,
    table: IncidentTable,
    now: datetime,
) -> ShownPage:
    """Who holds an address that has ended learns nothing by asking: the next one goes to the
    owner's mailbox."""
    if not table.count_renewal(incident.incident_id, MAX_RENEWED, now):
        return _plain(
            429,
            "Asked for too often",
            f"{MAX_RENEWED} addresses were mailed to the owner today. Look for them there, or among"
            " what your mail program took for spam; the next can be asked for tomorrow.",
            headers={"Retry-After": str(86_400 - int(now.timestamp()) % 86_400)},
        )
    # Only here: Slack waits for the answer to a press, which needs none of it.
    from whyspike.messages.new_address import new_address_mail
    from whyspike.wire import ses

    try:
        ses.send(ses.ses_client(), sender, recipient, new_address_mail(incident, link))
    except (Refused, Unreachable, Uncertain, Throttled) as error:
        logger.warning("no new address for %s was mailed: %s", incident.incident_id, error)
        return _plain(503, "The mail was not taken", "Try again in some minutes.", _ASK_FINOPS)
    logger.info("a new address for incident %s mailed", incident.incident_id)
    return _plain(
        202,
        "A new address is on its way",
        "It goes to the mailbox of the incident's owner, and to nobody else.",
    )


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


def _ended(asked: AskedPage, *, by_mail: bool = False) -> ShownPage:
    """With a button where the next address can be mailed: a mail program that looks behind links
    presses none."""
    lines = [
        f"It showed an incident until {moment(asked.until, year=True)}.",
        "In Slack, press Details below the message once more: it has just sent you, and nobody"
        " else, a new address.",
    ]
    if by_mail:
        lines.append("Or have one mailed to the incident's owner:")
        return _plain(410, "This address has ended", *lines, button="Mail a new address")
    return _plain(410, "This address has ended", *lines, _ASK_FINOPS)


def _plain(
    status: int,
    title: str,
    *lines: str,
    headers: Mapping[str, str] | None = None,
    button: str = "",
) -> ShownPage:
    from whyspike.digest.incident_page import plain_page

    body = plain_page(title, *lines, button=button)
    return ShownPage(status, body, {**_headers(button), **(headers or {})})


def _headers(button: str = "") -> dict[str, str]:
    """Nobody keeps the page, lists it, frames it, or learns its address from a link in it."""
    from whyspike.digest.incident_page import page_policy

    return {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": f"{page_policy(button)}; frame-ancestors 'none'",
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Robots-Tag": "noindex, nofollow",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }
