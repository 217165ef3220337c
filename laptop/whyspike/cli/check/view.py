"""Shows a check: what it is about to look at, what it found and why, as text or as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from whyspike.cli.check.places import Places
from whyspike.cli.check.spending import (
    CE_USD,
    CLAUDE_USD_A_FINDING,
    REQUESTS_A_FINDING,
    REQUESTS_AN_ACCOUNT,
)
from whyspike.cli.console import console, heading
from whyspike.cli.outcome import Outcome, found_json
from whyspike.model import StoredExplanation
from whyspike.model.outcomes import AccountOutcome, AccountStatus
from whyspike.wire.claude import ClaudeSettings
from whyspike.words.amounts import counted, dollars
from whyspike.words.mrkdwn import to_text
from whyspike.words.services import service_name, with_service_names


def show_intro(places: Places, claude: ClaudeSettings, shown: Console) -> None:
    """What was recognised, what will be asked and what that costs, before it is asked."""
    for at, line in enumerate(places.said):
        shown.print(Text(line, style="bold" if at == 0 else "yellow"))
    if places.costs_money:
        requests = REQUESTS_AN_ACCOUNT * len(places.places)
        shown.print(
            f"Asks Cost Explorer {counted(requests, 'request')} ({dollars(requests * CE_USD)}),"
            f" more where a bill has several pages, then at most {REQUESTS_A_FINDING} a finding"
            f" ({dollars(REQUESTS_A_FINDING * CE_USD)}), and CloudTrail (free). Read-only; nothing"
            " is deployed or stored."
        )
    if claude.provider == "off":
        shown.print("The rules explain; Claude is not asked.")
    else:
        shown.print(
            f"Claude explains ({claude.model}, {claude.provider}): it is sent the evidence of each"
            f" finding, about {dollars(CLAUDE_USD_A_FINDING)} each."
        )


def show_explanation(explanation: StoredExplanation) -> None:
    """What happened, why, and what to do, as the owner would read it."""
    heading(f"{service_name(explanation.service)}, account {explanation.account_id}")
    console().print(Text(to_text(with_service_names(explanation.text))))
    if explanation.fix:
        console().print(Text.assemble(("Fix: ", "bold"), with_service_names(explanation.fix)))
    for command in explanation.commands:
        console().print(Text(f"  {command}", style="dim"), soft_wrap=True)
    console().print(
        Text(
            f"written by {explanation.written_by}, confidence {explanation.confidence}"
            + (f"; missing: {', '.join(explanation.gaps)}" if explanation.gaps else ""),
            style="dim",
        )
    )


def show_shortfalls(outcomes: dict[str, AccountOutcome], shown: Console) -> None:
    """Each account that was not judged, why, and what to do."""
    for account_id, outcome in sorted(outcomes.items()):
        failure = outcome.failure
        if outcome.status is AccountStatus.NOT_SCANNED and failure is not None:
            shown.print(Text.assemble(("Not judged: ", "bold yellow"), account_id))
            remedy = f" Remedy: {failure.remedy}." if failure.remedy else ""
            shown.print(Padding(Text(f"{failure.reason}.{remedy}"), (0, 0, 0, 2), expand=False))


def findings_json(places: Places, outcome: Outcome, notes: Sequence[str], found: bool) -> str:
    """What was found, for programs: the files of --out in one object."""
    said: dict[str, Any] = {
        "looked_at": list(places.said),
        "currency": places.currency,
        "scan_date": outcome.scan.scan_date.isoformat(),
        "found": found,
        "notes": list(notes),
        **found_json(outcome),
    }
    return json.dumps(said, indent=1, ensure_ascii=False, default=str)
