"""Look at your AWS account, or at your bill files, for spend that nobody expected: nothing is
deployed, nothing is stored.

Without files, the account of your credentials is asked, read-only; credentials of the management
account look at the whole organisation, or at one account of it. They need ce:GetCostAndUsage, and
cloudtrail:LookupEvents to say who did it; what they may not do is named. Bill files are listed in
docs/bill-files.md.

    whyspike check
    whyspike check --profile payer --account 111122223333 --out out/check
    whyspike check cur/*.parquet --claude off
    whyspike check costs.csv --columns date=Day,cost=Total
    whyspike check --yes --slack-webhook https://hooks.slack.com/services/T/B/x   # a cron line

With --slack-webhook, what the days before would have told is not told again. --json prints one
object: `explanations`, `incidents` and `digest` as in the files of --out.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from whyspike.cli.arguments import MinimumPercent, MinimumUsd, Profile, Region, Sensitivity
from whyspike.cli.bills.options import Columns, CostMetricOption, Currency, Dates, Decimals
from whyspike.cli.check.look import Look
from whyspike.cli.check.options import (
    AccountOption,
    AsJson,
    ClaudeOption,
    Files,
    Out,
    ScanDateOption,
    Wanted,
    Yes,
    claude_settings,
)
from whyspike.cli.check.places import Places
from whyspike.cli.check.spending import (
    CE_USD,
    CLAUDE_USD_A_FINDING,
    MAX_USD_UNASKED,
    REQUESTS_A_FINDING,
    REQUESTS_UNASKED,
    Spending,
    agreed,
    reading_the_bills,
)
from whyspike.cli.check.view import findings_json, show_explanation, show_intro, show_shortfalls
from whyspike.cli.console import console
from whyspike.cli.failures import FAILED, WRONG_INPUT, ending_of
from whyspike.cli.outcome import Outcome, write_outcome
from whyspike.cli.outcome_view import show_cost, show_found, show_headline, show_metric
from whyspike.cli.output import writable_folder
from whyspike.cli.progress import Progress
from whyspike.detection import DetectionSettings, detection_settings
from whyspike.errors import InvalidInput
from whyspike.messages.owner_message import assembled
from whyspike.model import Scan
from whyspike.wire.claude import ClaudeSettings
from whyspike.wire.secrets import SlackSecret
from whyspike.wire.slack import Slack
from whyspike.words.amounts import counted, in_currency

NOTHING_FOUND, FOUND = 0, 1
EXIT_CODES = (
    "Exit codes: 0 nothing found, 1 something found, 2 an error, or an account that could not be"
    " judged and nothing found in the others, 130 interrupted."
)


def run(
    files: Files = None,
    profile: Profile = None,
    region: Region = None,
    account: AccountOption = None,
    scan_date: ScanDateOption = None,
    claude: ClaudeOption = None,
    yes: Yes = False,
    out: Out = None,
    as_json: AsJson = False,
    slack_webhook: Annotated[
        str | None, typer.Option(metavar="URL", help="tell the day's news in Slack")
    ] = None,
    columns: Columns = None,
    dates: Dates = None,
    decimal: Decimals = None,
    currency: Currency = None,
    cost_metric: CostMetricOption = "auto",
    sensitivity: Sensitivity = 1.0,
    minimum_usd: MinimumUsd = 10.0,
    minimum_percent: MinimumPercent = 20.0,
) -> int:
    wanted = Wanted(
        files or (),
        profile,
        region,
        account,
        scan_date,
        columns,
        dates,
        decimal,
        currency,
        cost_metric,
    )
    settings = detection_settings(sensitivity, minimum_usd, minimum_percent)
    try:
        webhook = _webhook(slack_webhook)
        if out is not None:
            writable_folder(out, "--out")
        choice = _Choice(claude_settings(claude, region), settings, yes, out, as_json, webhook)
        return _check(wanted, choice)
    except Exception as error:  # noqa: BLE001  raised again, unless it is a failed run
        return error_code(error)


def error_code(error: Exception) -> int:
    """2 for every failure, since 1 says that something was found; raises what main tells itself."""
    ending = ending_of(error)
    if ending is None or ending.exit_code != FAILED:
        raise error
    print(f"whyspike: {ending.line}", file=sys.stderr, flush=True)
    return WRONG_INPUT


@dataclass(frozen=True)
class _Choice:
    """How a check is made and where it is told."""

    claude: ClaudeSettings
    settings: DetectionSettings
    yes: bool
    out: Path | None
    json: bool
    webhook: Slack | None


def _check(wanted: Wanted, choice: _Choice) -> int:
    places = wanted.places()
    day = wanted.day(places)
    claude = claude_for(places, choice.claude)
    with in_currency(places.currency):
        shown = console(errors=choice.json)
        show_intro(places, claude, shown)
        spending = spending_on(places, choice.yes)
        look = Look(Scan(day.isoformat(), day), choice.settings, spending)
        with Progress(errors=choice.json) as progress:
            _detect(look, places, progress)
            notes = _explain(look, claude, choice.yes, places, progress)
            outcome = look.outcome(progress.seconds)
        if not look.found:
            show_shortfalls(look.outcomes, console(errors=True))
            raise InvalidInput("nothing was judged", remedy="see above")
        found = any(incident.told is not None for incident, _ in outcome.incidents)
        _show(outcome, look, places, notes, found, choice)
        _tell(look, choice.webhook, shown)
    if found:
        return FOUND
    return NOTHING_FOUND if len(look.found) == len(places.places) else WRONG_INPUT


def claude_for(places: Places, claude: ClaudeSettings) -> ClaudeSettings:
    """Claude is told and checked in US dollars; bills in another currency are the rules'."""
    return claude if places.currency == "USD" else ClaudeSettings()


def spending_on(places: Places, yes: bool) -> Spending:
    """The counters, with what was agreed to; raises InvalidInput where too much was not."""
    if not places.costs_money:
        return Spending()
    return reading_the_bills(len(places.places), yes=yes)


def _detect(look: Look, places: Places, progress: Progress) -> None:
    progress.step("reading the bills and judging them")
    for done, place in enumerate(places.places):
        progress.accounts(done, len(places.places))
        look.detect(place)


def _explain(
    look: Look, claude: ClaudeSettings, yes: bool, places: Places, progress: Progress
) -> list[str]:
    """Explains every finding as far as was agreed to; what was not is said."""
    notes = []
    asked = len([item for item in look.items if item.alert]) if claude.provider != "off" else 0
    if look.items and (places.costs_money or asked):
        requests = look.spending.requests if places.costs_money else 0
        requests += REQUESTS_A_FINDING * len(look.items) * places.costs_money
        usd = requests * CE_USD + asked * CLAUDE_USD_A_FINDING
        if agreed(usd, f"Explaining {counted(len(look.items), 'finding')}", yes=yes, must=False):
            look.spending.cap = requests if places.costs_money else None
        else:
            if places.costs_money:
                look.spending.cap = max(look.spending.requests, REQUESTS_UNASKED)
            if asked * CLAUDE_USD_A_FINDING > MAX_USD_UNASKED:
                look.spending.claude = False
                notes.append("Claude was not asked: more than $0.10 was not agreed to (--yes).")
    progress.step(f"finding out why ({counted(len(look.items), 'finding')})")
    for place, scan in look.found:
        for item in scan.items:
            look.explain(place, scan.costs, item, claude)
    if look.spending.capped:
        notes.append("Not all was asked of Cost Explorer: more was not agreed to (--yes).")
    return notes


def _show(
    outcome: Outcome,
    look: Look,
    places: Places,
    notes: Sequence[str],
    found: bool,
    choice: _Choice,
) -> None:
    if choice.out is not None:
        write_outcome(outcome, choice.out)
    if choice.json:
        print(findings_json(places, outcome, notes, found))
        return
    show_found(outcome)
    for explanation in outcome.explanations.values():
        show_explanation(explanation)
    console().print()
    show_shortfalls(look.outcomes, console())
    for note in notes:
        console().print(note)
    if places.costs_money or look.spending.claude_requests:
        show_cost(outcome.digest, claude=choice.claude.provider)
        console().print()
    show_metric(outcome.digest)
    show_headline(outcome.digest)
    if choice.out is not None:
        console().print(f"files in {choice.out}, report: {choice.out / 'report.html'}")


def _tell(look: Look, slack: Slack | None, shown: Console) -> None:
    if slack is None:
        return
    news = look.news()
    for notice in news:
        slack.post("", assembled(notice), notice.notice_id)
    shown.print(f"Slack was told {counted(len(news), 'message')}.")


def _webhook(url: str | None) -> Slack | None:
    """Raises InvalidInput."""
    if url is None:
        return None
    if not url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
        raise InvalidInput(
            f"--slack-webhook {url!r} is no address of a webhook",
            remedy="copy it from Slack, https://hooks.slack.com/services/...",
        )
    return Slack(SlackSecret(webhook_url=url), "")
