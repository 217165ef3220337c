"""RecordFeedback: a pressed Slack button in, the incident's new state and message out; a signed
address in, the page of its incident out. Slack waits three seconds."""

from __future__ import annotations

import base64
import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

from whyspike.errors import (
    BadSignature,
    InvalidInput,
    Refused,
    Throttled,
    Uncertain,
    Unreachable,
)
from whyspike.incidents import feedback
from whyspike.incidents.incident import Feedback, Incident
from whyspike.incidents.notices import incident_of
from whyspike.incidents.page_links import page_link
from whyspike.steps.configuration import Configuration
from whyspike.steps.delivery.shown import ShownMessages
from whyspike.steps.delivery.targets import Targets
from whyspike.steps.record_feedback.hearing import Hearing
from whyspike.steps.record_feedback.incident_page import Asked, ShownPage, incident_page, is_page
from whyspike.wire.clients import client
from whyspike.wire.secrets import SlackSecret, slack_secret
from whyspike.wire.slack import Slack
from whyspike.wire.table.incidents import IncidentTable
from whyspike.wire.table.notices import NoticeTable
from whyspike.words import mrkdwn
from whyspike.words.days import moment

logger = logging.getLogger(__name__)

# seconds to connect, to answer: the press is stored before the message is brought up to date
_SLACK_TIMEOUT = (0.7, 1.0)
_SLACK_SECONDS = 1.7  # for all calls together
_BUS_TIMEOUT = (0.4, 0.4)  # what the bus does not take so fast, the next scan puts on it
_WRITERS = 8


@dataclass(frozen=True)
class HttpRequest:
    method: str = "POST"


@dataclass(frozen=True)
class RequestContext:
    """`domainName` is the host of the URL that was called."""

    domainName: str = ""
    http: HttpRequest = HttpRequest()


@dataclass(frozen=True)
class UrlRequest:
    """A function URL's event (payload format 2.0), as far as it is read here."""

    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    isBase64Encoded: bool = False
    rawPath: str = "/"
    rawQueryString: str = ""
    requestContext: RequestContext = RequestContext()

    @property
    def content(self) -> bytes:
        """Raises BadSignature for a body that is none: nobody can have signed it."""
        try:
            return base64.b64decode(self.body) if self.isBase64Encoded else self.body.encode()
        except ValueError:
            raise BadSignature("the body is not what Lambda makes of one") from None


@dataclass(frozen=True)
class Recorded:
    """The status that Slack gets, or a browser with `page`; `incident` is as it is now, after a
    press that was one of our buttons'."""

    status: int
    given: Feedback | None = None
    incident: Incident | None = None
    page: ShownPage | None = None


def record_feedback(request: UrlRequest, config: Configuration, now: datetime) -> Recorded:
    """200 for a press that was recorded, or is none of ours; 400 for what our buttons do not send,
    401 without Slack's signature, 404 where there is no such incident. What is not posted, or
    posted to a page, asks for a page."""
    method = request.requestContext.http.method
    if method != "POST" or is_page(request.rawPath):
        asked = Asked(
            method, request.requestContext.domainName, request.rawPath, request.rawQueryString
        )
        page = incident_page(asked, config, now)
        return Recorded(page.status, page=page)
    try:
        return _recorded(request, config, now)
    except BadSignature:  # no trace but a metric: a log line would let anybody fill the logs
        return Recorded(401)
    except InvalidInput as error:
        logger.warning("feedback not understood: %s", error)
        return Recorded(400)


def _recorded(request: UrlRequest, config: Configuration, now: datetime) -> Recorded:
    secret = slack_secret(config.slack_secret_id)
    headers = {name.lower(): value for name, value in request.headers.items()}
    feedback.check_signature(secret.signing_secret or "", headers, request.content, now.timestamp())
    pressed = feedback.parse(request.content)
    if pressed is None:
        return Recorded(200)
    if isinstance(pressed, feedback.OpenedDetails):
        if pressed.until <= now:
            _renew(pressed, request.requestContext.domainName, secret, config, now)
        return Recorded(200)
    given = pressed.feedback
    table = IncidentTable(client("dynamodb"), config.table_name)
    hearing = Hearing(table, given, now, Targets(config, _BUS_TIMEOUT))
    incident = hearing.of(pressed.incident_id)
    if incident is None:
        return Recorded(404)
    notice = NoticeTable(table).find(pressed.notice_id) if pressed.notice_id else None
    others = [incident_of(each) for each in notice.joined] if notice else []
    with ThreadPoolExecutor(_WRITERS) as pool:  # a message about several answers for all of them
        list(pool.map(hearing.of, others))
    ShownMessages(NoticeTable(table), _slack(secret, config)).answer(
        incident, pressed, heard=given in incident.feedback
    )
    hearing.announce()
    return Recorded(200, given, incident)


def _renew(
    opened: feedback.OpenedDetails,
    host: str,
    secret: SlackSecret,
    config: Configuration,
    now: datetime,
) -> None:
    """Tells the person, and nobody else, the address that follows the one that has ended. What
    Slack does not take now, the next press brings."""
    link = page_link(f"https://{host}", secret.signing_secret or "", opened.incident_id, now)
    fresh = mrkdwn.link(link.url, "This one")
    said = f"The address behind the button had ended. {fresh} opens until {moment(link.until)}."
    try:
        _slack(secret, config).whisper(opened.response_url, said)
    except (Refused, Unreachable, Uncertain, Throttled) as error:
        logger.warning("no new address for %s was told: %s", opened.incident_id, error)


def _slack(secret: SlackSecret, config: Configuration) -> Slack:
    return Slack(secret, config.slack_api_url, _SLACK_TIMEOUT, patience=0.0).within(_SLACK_SECONDS)
