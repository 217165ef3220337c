"""The mail that brings the next address of an incident's page. Pure."""

from __future__ import annotations

import html

from whyspike.incidents.incident import Incident
from whyspike.incidents.page_links import PageLink
from whyspike.messages.mail import page_of
from whyspike.messages.phrases import change, headline, when
from whyspike.model import Mail
from whyspike.words.days import moment
from whyspike.words.mrkdwn import link, to_html
from whyspike.words.safe import one_line

_ASKED = (
    "Somebody asked for it on the page whose address had ended, and it goes to this mailbox alone."
    " If it was not you, nothing has to be done."
)


def new_address_mail(incident: Incident, page: PageLink) -> Mail:
    about = f"{headline(incident)}, {change(incident)} {when(incident)}"
    until = f"It opens until {moment(page.until, year=True)}."
    body = (
        f"<p>{html.escape(about)}</p><p>{to_html(link(page.url, 'Details'))}. {until}</p>"
        f"<p>{_ASKED}</p>"
    )
    text = f"{about}\n\nDetails: {page.url}\n{until}\n\n{_ASKED}\n"
    return Mail(one_line(f"The page of {headline(incident)}", 150), text, page_of(body))
