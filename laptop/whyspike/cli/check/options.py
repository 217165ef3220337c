"""Options that `check` and `explain` share, and what is made of them."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import typer

from whyspike.cli.arguments import dated
from whyspike.cli.bills.options import how_to_read
from whyspike.cli.bills.reading import HowToRead
from whyspike.cli.check.places import Places, of_credentials, of_files
from whyspike.errors import InvalidInput
from whyspike.steps.cost_metrics import AUTO
from whyspike.wire.claude import ClaudeSettings

ClaudeProvider = Literal["off", "anthropic", "bedrock"]
Files = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="[FILE]...", help="bill files, folders or patterns (default: your AWS account)"
    ),
]
AccountOption = Annotated[
    str | None,
    typer.Option("--account", metavar="ID", help="one account of the organisation or of the files"),
]
ScanDateOption = Annotated[
    date | None,
    dated("--scan-date", help="day to judge (default: yesterday, or the last day of the files)"),
]
ClaudeOption = Annotated[
    ClaudeProvider | None,
    typer.Option(
        help="who explains: Anthropic's API, Bedrock, or off, the rules alone (default: anthropic"
        " where ANTHROPIC_API_KEY is set)"
    ),
]
Yes = Annotated[bool, typer.Option("--yes", help="agree to costs above $0.10 beforehand")]
AsJson = Annotated[bool, typer.Option("--json", help="print what was found as JSON, for programs")]
Out = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="write report.html and the findings as files there"),
]


@dataclass(frozen=True)
class Wanted:
    """What is to be looked at."""

    files: Sequence[Path]
    profile: str | None = None
    region: str | None = None
    account: str | None = None
    scan_date: date | None = None
    columns: str | None = None
    dates: str | None = None
    decimal: str | None = None
    currency: str | None = None
    cost_metric: str = AUTO

    def places(self) -> Places:
        """Raises InvalidInput for what does not go together."""
        if self.account is not None and not re.fullmatch(r"[\w-]+", self.account):
            raise InvalidInput(
                f"--account {self.account!r} is no account id", remedy="an account id has 12 digits"
            )
        if not self.files:
            self._refuse(("columns", "dates", "decimal", "currency"), "needs bill files")
            if self.account is not None and not re.fullmatch(r"\d{12}", self.account):
                raise InvalidInput(
                    f"--account {self.account!r} is no account id",
                    remedy="an account id has 12 digits",
                )
            return of_credentials(
                self.profile, self.region, self.account, self.scan_date, self.cost_metric
            )
        self._refuse(("profile", "region"), "has nothing to do with bill files")
        found = of_files(self.files, self._how())
        if self.account is None:
            return found
        chosen = [p for p in found.places if p.account.account_id == self.account]
        if not chosen:
            known = [place.account.account_id for place in found.places]
            raise InvalidInput(
                f"--account {self.account} is not in the files",
                remedy="the files name no account: leave it out"
                if known == ["-"]
                else f"choose from {', '.join(known[:5])}{', ...' if len(known) > 5 else ''}",
            )
        return Places(found.said, chosen, found.last_day, False, found.currency)

    def _refuse(self, names: Sequence[str], why: str) -> None:
        for name in names:
            if getattr(self, name) is not None:
                raise InvalidInput(f"--{name} {why}", remedy="leave it out")

    def _how(self) -> HowToRead:
        return how_to_read(self.columns, self.dates, self.decimal, self.currency, self.cost_metric)

    def day(self, places: Places) -> date:
        """The day to judge."""
        day = self.scan_date or places.last_day
        first = min((p.first_day for p in places.places if p.first_day), default=None)
        if day > places.last_day or (first and day < first):
            raise InvalidInput(
                f"--scan-date {day} is not on the bills",
                remedy=f"they reach {f'from {first} ' if first else ''}to {places.last_day}",
            )
        return day


def claude_settings(provider: ClaudeProvider | None, region: str | None) -> ClaudeSettings:
    """How Claude is asked; off where nothing was said and no key is there. Raises InvalidInput."""
    key = os.environ.get("ANTHROPIC_API_KEY", "")
    chosen = provider or ("anthropic" if key else "off")
    if chosen == "anthropic" and not key:
        raise InvalidInput(
            "--claude anthropic needs an API key",
            remedy="export ANTHROPIC_API_KEY, or use --claude bedrock or off",
        )
    return ClaudeSettings(provider=chosen, api_key=key, aws_region=region, lookups=2)
