"""The page of one incident alone, for its owner, who cannot open the report: the report's card of
it. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from markupsafe import Markup

from whyspike.digest.report import IncidentView, shared_parts, template
from whyspike.words.amounts import counted
from whyspike.words.days import day, moment

MAX_CHARACTERS = 1_500_000  # an answer of Lambda ends at 6 MB, and a character has four bytes


def incident_page(view: IncidentView, last_scan_date: date, until: datetime) -> str:
    """`last_scan_date` is the newest that judged the incident; the address of the page ends at
    `until`."""
    lines = (
        f"As of the scan of {day(last_scan_date, year=True)}. Whoever has this address can read"
        f" this one incident until {moment(until, year=True)}.",
    )
    page = _page(f"What is known of one incident in {view.account_name}", lines, view)
    if len(page) <= MAX_CHARACTERS:
        return page
    left_out = f"{counted(len(view.evidence), 'item')} of evidence, too long for this page"
    return _page(
        f"What is known of one incident in {view.account_name}",
        lines,
        replace(view, evidence=(), notes=(*view.notes, f"Left out: {left_out}.")),
    )


def plain_page(title: str, *lines: str, button: str = "") -> str:
    """A page that says why there is none. `button` posts to the page's own address."""
    return _page(title, lines, button=button)


def page_policy(button: str = "") -> str:
    """What a browser may do with a page: what the report may, and press the button."""
    policy = str(shared_parts()["policy"])
    return policy.replace("form-action 'none'", "form-action 'self'") if button else policy


def _page(
    title: str, lines: tuple[str, ...], view: IncidentView | None = None, button: str = ""
) -> str:
    parts = {**shared_parts(), "policy": Markup(page_policy(button))}  # noqa: S704  ours
    return template("incident.html.jinja").render(
        title=title, lines=lines, i=view, button=button, **parts
    )
