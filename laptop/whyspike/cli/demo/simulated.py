"""A simulated organisation for the commands that need one: the folder that was given or the default
one, checked before anything starts."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from whyspike.cli.arguments import (
    check_accounts,
    check_active,
    check_scan_date,
    dated,
    parse_accounts,
)
from whyspike.cli.demo.settings import read_settings
from whyspike.errors import InvalidInput

if TYPE_CHECKING:
    from whyspike.simulator.organization.folder import OrganizationFolder


Organization = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR", help="organisation folder, see docs/try-it.md (default: one is made)"
    ),
]
ScanDate = Annotated[
    date | None, dated("--scan-date", help="usage date to judge (default: the folder's)")
]
ClaudeChoice = Literal["simulated", "off", "real"]
Claude = Annotated[
    ClaudeChoice,
    typer.Option(
        help=(
            "simulated: a local endpoint answers over the wire; off: the rules explain; real: asks"
            " Anthropic with ANTHROPIC_API_KEY"
        )
    ),
]


@dataclass(frozen=True)
class Chosen:
    """What to simulate. `settings`: text of the files that are put into the bucket's settings/."""

    organization: OrganizationFolder
    is_default: bool
    scan_date: date
    accounts: tuple[str, ...]
    claude: ClaudeChoice
    settings: dict[str, str]

    @property
    def first_day(self) -> date:
        return first_day(self.organization)


@contextmanager
def chosen(
    given: Path | None, scan_date: date | None, account_ids: str | None, claude: ClaudeChoice
) -> Iterator[Chosen]:
    """The organisation and the options; raises InvalidInput before anything is started."""
    from whyspike.simulator.fernhill.organization import generate
    from whyspike.simulator.organization.folder import load

    with tempfile.TemporaryDirectory(prefix="whyspike-") as temporary:
        folder = generate(Path(temporary) / "default") if given is None else given
        organization = load(folder)
        day = scan_date or organization.scan_date
        check_scan_date(day, organization.scan_date, first_day(organization))
        where = "the organisation" if given is None else str(folder)
        accounts = check_accounts(parse_accounts(account_ids), organization.accounts, where)
        check_active(
            {id_: organization.accounts[id_].state for id_ in accounts or organization.accounts},
            where,
        )
        if claude == "real" and not os.environ.get("ANTHROPIC_API_KEY"):
            raise InvalidInput(
                "--claude real needs an API key. Remedy: export ANTHROPIC_API_KEY, or use --claude"
                " simulated"
            )
        yield Chosen(
            organization,
            given is None,
            day,
            accounts,
            claude,
            read_settings(folder / "settings"),
        )


def first_day(organization: OrganizationFolder) -> date:
    """The first day of all bills."""
    days = [
        int(account.bill.days.min())
        for account in organization.accounts.values()
        if len(account.bill)
    ]
    if not days:
        raise InvalidInput(
            f"{organization.path}: every bill is empty. Remedy: add rows to"
            " accounts/<account_id>/bill.csv.gz"
        )
    return date.fromordinal(min(days))


def put_settings(simulation: Any, settings: dict[str, str]) -> None:
    """Puts the settings where the functions read them."""
    for name, text in settings.items():
        simulation.client("s3").put_object(
            Bucket=simulation.resource("ScanBucket"), Key=f"settings/{name}", Body=text.encode()
        )


def _claude_address() -> str:
    return os.environ.get("ANTHROPIC_BASE_URL") or "Anthropic"


def describe(choice: Chosen, days: Sequence[date]) -> list[tuple[str, str]]:
    """What is about to happen, as label and text."""
    organization = choice.organization
    source = (
        "made up for the demo; seven incidents are planted, an older one goes on"
        if choice.is_default
        else str(organization.path)
    )
    claude = {
        "simulated": (
            "simulated: a local endpoint answers over the wire; nothing below was written by Claude"
        ),
        "off": "off: the rules of whyspike write the explanations",
        "real": f"real: {_claude_address()} is asked with your key",
    }[choice.claude]
    span = str(days[0]) if len(days) == 1 else f"{days[0]} to {days[-1]}, {len(days)} scans"
    return [
        ("organisation", f"{len(organization.accounts)} accounts ({source})"),
        ("scan date", span),
        ("Claude", claude),
    ]
