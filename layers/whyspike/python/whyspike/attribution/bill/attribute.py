"""Answers in, causes out: the driver cell of each cause, and how it moved."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from whyspike.attribution.bill import cells
from whyspike.attribution.bill.cause import BillCause, MovedLine, RecordMove, Usage
from whyspike.attribution.bill.cells import Grid
from whyspike.attribution.bill.lines import MIX_SHIFT_SHARE, CauseLines, Line
from whyspike.attribution.bill.monthly import same_day_last_month
from whyspike.attribution.bill.novelty import new_region, new_service
from whyspike.attribution.bill.plan import Case, causes, free_meters, leading_record
from whyspike.attribution.bill.proof import proven
from whyspike.attribution.bill.ruler import by_detections_ruler
from whyspike.attribution.bill.shift import Shift, measure
from whyspike.knowledge.families import family_of
from whyspike.model import BillingReason, CostAnswer, Driver, Kind, RecordClass

DAILY_SHOWN = 14
_EFFECTIVE = (
    RecordClass.USAGE,
    RecordClass.COMMITMENT,
)  # what a commitment may make cheaper than the day says
MAX_COMPANIONS = 12
TEAM_SHARE = 0.7  # of the line's excess: above it the team's own series is the cleaner one


def attribute(case: Case, answers: Sequence[CostAnswer]) -> tuple[BillCause, ...]:
    """The causes of the case, the largest first. Without answers (denied) the daily costs alone are
    used: cells without region and tags."""
    found = causes(case, answers) if case.usage else ()
    if found:
        made = tuple(_usage_cause(case, lines, answers) for lines in found)
        return tuple(by_detections_ruler(case, c) for c in proven(case, found, made))
    billing = _billing_cause(case, answers)
    return (by_detections_ruler(case, billing),) if billing else ()


def _usage_cause(case: Case, lines: CauseLines, answers: Sequence[CostAnswer]) -> BillCause:
    line, shift = lines.leading, lines.leading.shift
    hint = case.costs.dates[shift.onset or 0] - timedelta(days=1)
    team_key, env_key = (f"TAG:{key}" for key in case.tag_keys)
    by_team = _grid(case, answers, ("USAGE_TYPE", team_key), 0, line.usage_type)
    team = _second(by_team, hint, shift)
    values: Sequence[float] = line.costs
    if by_team and team is not None:
        values, shift = _of_team(case, by_team, (line.usage_type, team), line, hint)
    onset = case.costs.dates[shift.onset or 0]
    region, env = _region_and_env(case, answers, line, hint, env_key)
    by_record = _grid(case, answers, ("USAGE_TYPE", "RECORD_TYPE"), 0, line.usage_type)
    records = cells.records_of(by_record, 1, onset) if by_record else ()
    quantities = _without_negations(by_record) if by_record else by_team
    if by_team and values is not line.costs:  # the team's quantity beside the team's dollars
        quantities = by_team.only((line.usage_type, team or ""))
    usage = cells.usage_of(quantities, onset, shift) if quantities else None
    if free := free_meters(case, line):
        whole = _grid(case, answers, ("USAGE_TYPE", team_key))
        usage = (
            whole and cells.moved_from_free(whole, line.usage_type, free, onset, usage)
        ) or usage
    resources = _answer(answers, ("USAGE_TYPE", "RESOURCE_ID"))
    moved = (
        cells.resources_of(resources, line.usage_type, onset, case.scan_date, shift.excess_per_day)
        if resources
        else ()
    )
    net = _net(lines) if lines.opposite else None
    kind = _kind(case, lines, shift, net)
    return BillCause(
        driver=Driver(
            line.service,
            line.usage_type,
            region,
            team,
            env,
            _record_type(records),
            tuple(item.id for item in moved),
        ),
        family=line.family,
        kind=kind,
        onset=onset,
        ongoing=shift.ongoing,
        expected=_expected(shift),
        actual=_expected(shift) + shift.excess_per_day,
        excess_per_day=shift.excess_per_day,
        excess_total=shift.excess_total,
        changed_days=shift.changed_days,
        daily=_daily(case, values),
        companions=tuple(
            _moved(case, other)
            for other in sorted(lines.companions, key=lambda item: -item.size)[:MAX_COMPANIONS]
        ),
        opposite=tuple(
            _moved(case, other)
            for other in sorted(lines.opposite, key=lambda item: -item.size)[:MAX_COMPANIONS]
        ),
        resources=moved,
        usage=usage,
        records=records,
        effective=cells.effective_of(by_record, line.usage_type, onset) if by_record else None,
        teams=_teams(answers, team_key),
        new_service=new_service(case, line.service, onset),
        new_line=shift.before < 0.01,
        new_region=new_region(case, line.usage_type, onset),
        new_service_in_region=new_region(case, line.usage_type, onset, line.service),
        untagged=team == "" and env == "",
        same_day_last_month=same_day_last_month(values, case.costs.dates, shift),
        net=net,
    )


def _billing_cause(case: Case, answers: Sequence[CostAnswer]) -> BillCause | None:
    """What moved is a credit, refund, fee, tax or commitment; or no line of the bill explains the
    service."""
    anomaly = case.item.leading
    answer = _answer(answers, ("USAGE_TYPE", "RECORD_TYPE"))
    lead = leading_record(case, answer) if answer else None
    grid = Grid.of(answer, case.costs.dates) if answer else None
    if lead and grid:
        values = grid.costs[lead]
    else:
        series = [
            s
            for s in case.costs.series
            if s.service == anomaly.service
            and s.usage_type is None
            and s.record_class == anomaly.record_class
        ]
        values = [value or 0.0 for value in series[0].costs] if series else []
    if not values:
        return None
    shift = measure(values, case.costs.dates, anomaly.onset - timedelta(days=2))
    onset = case.costs.dates[shift.onset] if shift.onset is not None else anomaly.onset
    team_key, env_key = (f"TAG:{key}" for key in case.tag_keys)
    team = _second(_grid(case, answers, ("REGION", team_key)), onset, shift)
    region, env = _pair(_grid(case, answers, ("REGION", env_key)), onset, shift)
    usage_type = lead[0] if lead else anomaly.usage_type
    records = cells.records_of(grid, 1, onset) if grid else ()
    usage = _usage_beside(case, grid, lead, onset) if grid and lead else None
    ongoing = shift.ongoing and anomaly.billing_reason in (
        BillingReason.CREDITS_USED_UP,
        BillingReason.COMMITMENT_EXPIRED,
        BillingReason.USAGE,
    )
    kind = Kind.SPIKE if shift.kind == Kind.LEVEL_SHIFT and not ongoing else shift.kind
    return BillCause(
        driver=Driver(anomaly.service, usage_type, region, team, env, lead[1] if lead else None),
        family=family_of(anomaly.service, usage_type or "").name,
        kind=kind if shift.onset is not None else Kind.NONE,
        onset=onset,
        ongoing=ongoing,
        expected=_expected(shift),
        actual=_expected(shift) + shift.excess_per_day,
        excess_per_day=shift.excess_per_day,
        excess_total=shift.excess_total,
        changed_days=shift.changed_days,
        daily=_daily(case, values),
        usage=usage,
        records=records,
        effective=(
            cells.effective_of(grid, usage_type, onset)
            if grid and anomaly.record_class in _EFFECTIVE
            else None
        ),
        new_service=new_service(case, anomaly.service, onset),
        new_line=shift.before < 0.01,
        untagged=team == "" and env == "",
        same_day_last_month=same_day_last_month(values, case.costs.dates, shift),
    )


def _usage_beside(case: Case, grid: Grid, lead: tuple[str, str], onset: date) -> Usage | None:
    """Usage quantity of the same usage type over the record types that are usage."""
    kept = {
        keys: values
        for keys, values in grid.quantities.items()
        if keys[0] == lead[0] and _is_usage(keys[1])
    }
    if not kept:
        return None
    costs = {keys: grid.costs[keys] for keys in kept}
    total = np.sum([np.asarray(values) for values in costs.values()], axis=0).tolist()
    return cells.usage_of(
        Grid(grid.dates, costs, kept, grid.units), onset, measure(total, case.costs.dates, onset)
    )


def _without_negations(grid: Grid) -> Grid:
    """A negation repeats the quantity of the usage that it takes back."""
    kept = {
        keys: values
        for keys, values in grid.quantities.items()
        if "negation" not in keys[1].lower()
    }
    return Grid(grid.dates, grid.costs, kept, grid.units)


def _is_usage(record_type: str) -> bool:
    return record_type.lower() in ("usage", "discountedusage", "savingsplancoveredusage")


def _answer(answers: Sequence[CostAnswer], group_by: tuple[str, ...]) -> CostAnswer | None:
    return next(
        (answer for answer in answers if answer.query.group_by == group_by and answer.rows), None
    )


def _grid(
    case: Case,
    answers: Sequence[CostAnswer],
    group_by: tuple[str, ...],
    position: int = 0,
    value: str | None = None,
) -> Grid | None:
    answer = _answer(answers, group_by)
    if answer is None:
        return None
    grid = Grid.of(
        answer, case.costs.dates, lambda row: value is None or row.keys[position] == value
    )
    return grid if grid.costs else None


def _second(grid: Grid | None, hint: date, shift: Shift) -> str | None:
    keys = cells.leading_keys(grid, hint, shift.excess_per_day) if grid else None
    return keys[1] if keys else None


def _pair(grid: Grid | None, hint: date, shift: Shift) -> tuple[str | None, str | None]:
    keys = cells.leading_keys(grid, hint, shift.excess_per_day) if grid else None
    return (keys[0], keys[1]) if keys else (None, None)


def _region_and_env(
    case: Case, answers: Sequence[CostAnswer], line: Line, hint: date, env_key: str
) -> tuple[str | None, str | None]:
    together = _grid(case, answers, ("REGION", env_key))
    if together:
        return _pair(together, hint, line.shift)
    region = _second(
        _grid(case, answers, ("USAGE_TYPE", "REGION"), 0, line.usage_type), hint, line.shift
    )
    return region, _second(
        _grid(case, answers, ("USAGE_TYPE", env_key), 0, line.usage_type), hint, line.shift
    )


def _record_type(records: Sequence[RecordMove]) -> str | None:
    rising = [
        move
        for move in records
        if "negation" not in move.record_type.lower() and move.after > move.before
    ]
    return rising[0].record_type if rising else None


def _expected(shift: Shift) -> float:
    return float(shift.expected[-1]) if shift.ongoing else shift.before


def _daily(case: Case, values: Sequence[float]) -> tuple[tuple[date, float], ...]:
    return tuple(
        zip(
            case.costs.dates[-DAILY_SHOWN:],
            (round(value, 2) for value in values[-DAILY_SHOWN:]),
            strict=True,
        )
    )


def _moved(case: Case, line: Line) -> MovedLine:
    expected = _expected(line.shift)
    return MovedLine(
        line.service,
        line.usage_type,
        expected,
        expected + line.shift.excess_per_day,
        case.costs.dates[line.shift.onset or 0],
    )


def _kind(case: Case, lines: CauseLines, shift: Shift, net: float | None) -> Kind:
    onset = case.costs.dates[shift.onset or 0]
    moved = max(abs(shift.excess_per_day), sum(line.size for line in lines.opposite))
    if net is not None and abs(net) <= MIX_SHIFT_SHARE * moved:
        return Kind.MIX_SHIFT
    if shift.excess_per_day > 0 and new_service(case, lines.leading.service, onset):
        return Kind.NEW_SERVICE
    return shift.kind


def _net(lines: CauseLines) -> float:
    """What the lines of the service that moved come to together; the noise of those that did not is
    left out."""
    own = [
        line
        for line in (lines.leading, *lines.companions, *lines.opposite)
        if line.service == lines.leading.service
    ]
    return sum(line.shift.excess_per_day for line in own)


def _of_team(
    case: Case, grid: Grid, keys: tuple[str, ...], line: Line, hint: date
) -> tuple[Sequence[float], Shift]:
    """Costs and shift of the team's part of the line where it carries most of the excess, else
    those of the whole line."""
    values = grid.costs[keys]
    shift = measure(values, case.costs.dates, hint - timedelta(days=2))
    same_way = shift.excess_per_day * line.shift.excess_per_day > 0
    if (
        shift.onset is None
        or not same_way
        or abs(shift.excess_total) < TEAM_SHARE * abs(line.shift.excess_total)
    ):
        return line.costs, line.shift
    return values, shift


def _teams(answers: Sequence[CostAnswer], team_key: str) -> tuple[str, ...]:
    answer = _answer(answers, ("USAGE_TYPE", team_key))
    return tuple(sorted({row.keys[1] for row in answer.rows if row.keys[1]})) if answer else ()
