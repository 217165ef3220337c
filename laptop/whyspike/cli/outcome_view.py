"""Shows the outcome of a scan to a person at a terminal: what was found, what was not scanned and
why, what is stored, what it cost."""

from __future__ import annotations

from collections.abc import Sequence

from rich.padding import Padding
from rich.text import Text

from whyspike.cli.console import console, heading, table
from whyspike.cli.outcome import Outcome
from whyspike.digest.beside_aws import beside_words
from whyspike.digest.figures import metric_words
from whyspike.messages.phrases import change, shape
from whyspike.model import Explanation, Finding, IncidentState
from whyspike.model.digests import Digest, DigestLine, Shortfall
from whyspike.words.amounts import counted, dollars
from whyspike.words.days import day
from whyspike.words.services import service_name

SEVERITY = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "dim"}


def show_found(outcome: Outcome) -> None:
    """One block for each incident the scan saw or ended, the largest first, then the accounts
    without any."""
    heading("What was found")
    lines = [line for lines in outcome.digest.lines.values() for line in lines]
    for line in sorted(
        lines,
        key=lambda line: (
            not line.goes_on,
            -abs(line.per_day_usd or line.impact_usd),
        ),
    ):
        _incident(line, _explanation(outcome, line))
    concerned = {account_id for line in lines for account_id in line.account_ids}
    scope = outcome.digest.coverage
    unjudged = {row.account_id for row in scope.no_bill + scope.not_judged}
    unjudged |= {row.account_id for row in scope.not_scanned}
    quiet = [
        account.name
        for account in outcome.accounts
        if account.account_id not in concerned | unjudged
    ]
    if quiet:
        console().print(Text(f"\nNothing unexpected in {len(quiet)} accounts: {', '.join(quiet)}."))


def _incident(line: DigestLine, explanation: Explanation | None) -> None:
    first = Text.assemble(
        ("\n● ", SEVERITY.get(line.severity, "")),
        (counted(len(line.accounts), "account") if line.accounts else line.account_name, "bold"),
        f"  {line.what}  ",
        (line.amount, "bold"),
        (f"  {line.severity}", SEVERITY.get(line.severity, "")),
    )
    console().print(first)
    rate = (
        [
            f"{dollars(line.impact_usd)} so far",
            f"{dollars(line.monthly_usd)} a month if it goes on",
        ]
        if line.goes_on
        else []
    )
    parts = [f"{shape(line.kind)} {line.when}", *rate, line.happened]
    parts.append("unowned" if line.owner == "unowned" else f"owner {line.owner}")
    console().print(Padding(Text(", ".join(parts), style="dim"), (0, 0, 0, 2), expand=False))
    said = f"{line.cause}. In {line.account_name}: {line.reason}" if line.accounts else line.reason
    console().print(Padding(Text(said), (0, 0, 0, 2), expand=False))
    if explanation and explanation.findings:
        cause = _cause(explanation.findings[0])
        console().print(Padding(cause, (0, 0, 0, 2), expand=False))


def _cause(finding: Finding) -> Text:
    driver, actor = finding.driver, finding.actor
    what = driver.usage_type or service_name(driver.service)
    where = f"{what} in {driver.region}" if driver.region else what
    who = {"none": "nobody changed anything", "unknown": "who: cannot be determined"}.get(
        actor.kind
    )
    # A person's session says more than the role of the permission set.
    person = (actor.name or "").startswith("AWSReservedSSO_")
    named = ", ".join(part for part in (None if person else actor.name, actor.session) if part)
    return Text.assemble(
        ("→ ", "bold"),
        (finding.category, "bold"),
        f": {where}; ",
        who or f"{actor.event} by {named}",
        style="cyan",
    )


def _explanation(outcome: Outcome, line: DigestLine) -> Explanation | None:
    """The explanation of the line's incident; the incident knows under which anomaly it was seen
    last."""
    item_id = next(
        (i.item_id for i, _ in outcome.incidents if i.incident_id == line.incident_id),
        line.incident_id,
    )
    return outcome.explanations.get(item_id)


def show_coverage(digest: Digest) -> None:
    """How many accounts were scanned; each that was not, with its reason and remedy."""
    coverage = digest.coverage
    heading("Coverage")
    console().print(f"{coverage.scanned} of {coverage.in_scope} accounts in scope scanned.")
    _failures("Not scanned", coverage.not_scanned)
    for days in (
        *coverage.no_bill,
        *coverage.not_judged,
        *coverage.gaps,
        *coverage.judged_late,
        *coverage.months_unknown,
    ):
        console().print(Text(f"{days.name} ({days.account_id}): {days.reason}."))
    _failures("Not explained", coverage.not_explained)
    _failures("Scanned, but the owner could not be told", coverage.owners_not_told)
    for target in coverage.targets:
        console().print(Text(f"Not delivered: {target.name}: {target.reason}. {target.remedy}"))
    for account in coverage.left_out:
        console().print(f"Not in scope: {account.account_id} is {account.state}.", style="dim")
    for problem in coverage.not_asked:
        console().print(Text(problem))
    if digest.beside_aws and (said := beside_words(digest.beside_aws)):
        console().print(Text(said))
    for row in digest.unowned:
        console().print(Text(f"Unowned: {row.name} ({row.account_id}). Remedy: {row.remedy}."))


def _failures(title: str, rows: Sequence[Shortfall]) -> None:
    for row in rows:
        console().print(
            Text.assemble(
                (f"{title}: ", "bold yellow"),
                (row.name, "bold"),
                f" ({row.account_id}), {row.error}",
            )
        )
        console().print(Padding(Text(row.reason), (0, 0, 0, 2), expand=False))
        said = f"Remedy: {row.remedy}; then {row.again}"
        console().print(Padding(Text(said), (0, 0, 0, 2), expand=False))


def show_incidents(outcome: Outcome) -> None:
    """The incidents as they are stored."""
    heading("Incidents stored in DynamoDB")
    if not outcome.incidents:
        console().print("none")
        return
    shown = table("incident", "state", "severity", "impact", "told", right=("impact",))
    for incident, word in outcome.incidents:
        told = (
            "not seen today"
            if word == "quiet"
            else str(incident.told.notice)
            if incident.told
            else "digest only"
        )
        impact = (
            change(incident)
            if incident.state is IncidentState.RESTATED
            else dollars(incident.impact)
        )
        shown.add_row(
            incident.incident_id, str(incident.state), str(incident.severity), impact, told
        )
    console().print(shown)


def show_cost(digest: Digest, *, claude: str) -> None:
    """What the scan asked and what AWS and Anthropic would bill; `claude` says what answered."""
    cost = digest.scan_cost
    heading("What this scan cost")
    shown = table("", "requests", "price", right=("requests", "price"))
    shown.add_row("Cost Explorer", str(cost.ce_requests), dollars(cost.ce_usd))
    shown.add_row(f"Claude ({claude})", str(cost.claude_requests), dollars(cost.claude_usd))
    console().print(shown)
    if cost.claude_tokens:
        console().print(f"{cost.claude_tokens:,} Claude tokens, input and output", style="dim")
    if cost.capped:
        console().print(Text(f"Cut off by its cap: {', '.join(cost.capped)}", style="bold yellow"))


def show_headline(digest: Digest) -> None:
    excess = (
        f" {dollars(digest.daily_excess_usd)} a day above expected."
        if digest.daily_excess_usd
        else ""
    )
    of_day = day(digest.scan_date, year=True)
    console().print(Text.assemble((of_day, "bold"), f": {digest.headline}{excess}"))


def show_metric(digest: Digest) -> None:
    """Which cost was judged."""
    if digest.metrics:
        console().print(f"{metric_words(digest.metrics)}.", style="dim")
