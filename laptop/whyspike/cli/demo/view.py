"""Shows what only a simulated scan has: what is about to happen, the Slack messages as people read
them, where the files lie."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.box import ROUNDED
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from whyspike.cli.console import console, heading, table
from whyspike.cli.demo.pages import FOLDER
from whyspike.cli.outcome import Outcome

SHOWN_MESSAGES = 12


def show_intro(lines: Sequence[tuple[str, str]]) -> None:
    told = " scans a simulated organisation. AWS and Slack are simulated on this machine.\n"
    console().print(Text.assemble(("whyspike", "bold"), told))
    shown = table("", "")
    shown.show_header = False
    for label, text in lines:
        shown.add_row(Text(label, style="dim"), text)
    console().print(Padding(shown, (0, 0, 1, 2)))


def show_messages(outcome: Outcome) -> None:
    """The messages to owners; the digest has its own place."""
    messages = [message for message in outcome.alerts if not _is_digest(message)]
    heading("Slack, as the owners read it")
    if not messages:
        console().print("no message: nobody needs to do anything")
    for message in messages[:SHOWN_MESSAGES]:
        _message(message)
    if len(messages) > SHOWN_MESSAGES:
        console().print(f"... and {len(messages) - SHOWN_MESSAGES} more in alerts.json")


def show_digest_message(outcome: Outcome) -> None:
    heading("Slack, as the FinOps channel reads it")
    for message in outcome.alerts:
        if _is_digest(message):
            _message(message)


def _is_digest(message: Mapping[str, Any]) -> bool:
    return str(message["notice_id"]).startswith("digest-")


def _message(message: Mapping[str, Any]) -> None:
    title = Text(
        f" {message['channel']}{', in the thread' if message['thread_ts'] else ''} ", style="bold"
    )
    console().print(
        Panel(
            Text(as_read(str(message["reads"]))),
            title=title,
            title_align="left",
            box=ROUNDED,
            border_style="dim",
        )
    )


def as_read(text: str) -> str:
    """The text without what Slack hides: the addresses behind links."""
    return re.sub(r"(Cost Explorer|Details|Report|S3): https?://\S+", r"[\1]", text)


def show_files(out: Path, outcome: Outcome, pages: int) -> None:
    """Where everything lies, and how often the outside was asked."""
    asked = Counter(str(request["service"]) for request in outcome.requests)
    names = {"ce": "Cost Explorer", "cloudtrail": "CloudTrail", "claude": "Claude"}
    counted = ", ".join(f"{names[service]} {asked[service]}" for service in names)
    console().print(f"requests: {counted}; every one is in {out / 'requests.json'}")
    console().print(
        Text.assemble(
            "report:   ",
            (str(out / "report.html"), "bold"),
            f" (open it in a browser); scanned in {outcome.seconds:.1f} s",
        )
    )
    if pages:
        console().print(
            Text.assemble(
                "details:  ", (str(out / FOLDER), "bold"), " (what [Details] opens, for each owner)"
            )
        )
