"""Shows what only a simulated scan has: what is about to happen, the Slack messages as people read them, where the files lie."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.box import ROUNDED
from rich.panel import Panel
from rich.text import Text

from cli.console import console, heading
from cli.outcome import Outcome

SHOWN_MESSAGES = 12


def show_intro(lines: Sequence[tuple[str, str]]) -> None:
    console().print("[bold]whyspike[/bold] scans a simulated organisation; AWS and Slack are simulated on this machine too")
    for label, text in lines:
        console().print(Text.assemble((f"  {label:<13}", "dim"), text))
    console().print()


def show_messages(outcome: Outcome) -> None:
    """The messages to owners; the digest has its own place."""
    messages = [message for message in outcome.alerts if message["notice_id"]]
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
        if not message["notice_id"]:
            _message(message)


def _message(message: Mapping[str, Any]) -> None:
    title = Text(f" {message['channel']}{', in the thread' if message['thread_ts'] else ''} ", style="bold")
    console().print(Panel(Text(str(message["reads"])), title=title, title_align="left", box=ROUNDED, border_style="dim"))


def show_files(out: Path, outcome: Outcome) -> None:
    """Where everything lies, and how often the outside was asked."""
    asked = Counter(str(request["service"]) for request in outcome.requests)
    names = {"ce": "Cost Explorer", "cloudtrail": "CloudTrail", "claude": "Claude"}
    counted = ", ".join(f"{names[service]} {asked[service]}" for service in names)
    console().print(f"requests: {counted}; every one is in {out / 'requests.json'}")
    console().print(
        Text.assemble("report:   ", (str(out / "report.html"), "bold"), f" (open it in a browser); scanned in {outcome.seconds:.1f} s")
    )
