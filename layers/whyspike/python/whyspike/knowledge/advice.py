"""What to look at first and what to do about it: templates from whyspike/data, filled only with
what is known.

A value that is not plain enough to stand in a command unquoted (a tag with a blank, a name with a
quote) counts as unknown, so a template that needs it is passed over. Nothing is ever invented: no
field, no line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fnmatch import fnmatchcase
from functools import cache

from whyspike.data import table
from whyspike.knowledge.categories import category_family
from whyspike.knowledge.families import base_family
from whyspike.knowledge.naming import REGION, NamedResource, names_for
from whyspike.model import CostMetric

MAX_COMMANDS = 5
MAX_FIX_CHARACTERS = 300

_FIELD = re.compile(r"\{([a-z_]+)(?:\|([^{}]*))?\}")
_NAMES = re.compile(r"\{names(?::([a-z ]+))?\|([^{}]*)\}")  # kinds, and the words without a name
_PLAIN = re.compile(r"[A-Za-z0-9_/][A-Za-z0-9_./:@+-]{0,199}")
_PLAIN_LIST = re.compile(
    r"[A-Za-z0-9_][A-Za-z0-9_./:-]{0,99}(?: [A-Za-z0-9_][A-Za-z0-9_./:-]{0,99}){0,9}"
)
_TITLE = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9 .:()/&_-]{0,99}"
)  # service and usage type: inside quotes only
_WORDS = re.compile(r"[A-Za-z0-9_/][A-Za-z0-9_./:@+, -]{0,119}")  # names in a sentence
_LISTING = re.compile(r"[a-z0-9-]+ (?:list|describe)-[a-z0-9-]+")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class Known:
    """What templates may be filled with. `of_event`: the fields that only the event named, whose
    resources are where the event was made."""

    fields: Mapping[str, str]
    of_event: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _AdviceLine:
    families: tuple[str, ...]
    categories: tuple[str, ...]
    events: tuple[str, ...]
    order: int
    template: str

    def fits(self, family: str, category: str, event: str) -> bool:
        return (
            any(fnmatchcase(family, pattern) for pattern in self.families)
            and (
                any(fnmatchcase(category, pattern) for pattern in self.categories)
                or (self.categories == ("usage",) and _usage(category))
                or (self.categories == ("volume",) and _volume(category))
            )
            and any(fnmatchcase(event, pattern) for pattern in self.events)
        )

    @property
    def specificity(self) -> int:
        category = 0 if self.categories == ("*",) else 1 if self.categories[0] in _MANY else 2
        return 8 * (self.events != ("*",)) + 4 * (self.families != ("*",)) + category


_MANY = ("usage", "volume")


def _volume(category: str) -> bool:
    """Usage that was moved by what a resource does, not by how many there are or of what size."""
    return _usage(category) and category not in (
        "new-resources-launched",
        "scaling-out",
        "resource-config-change",
    )


def _usage(category: str) -> bool:
    """Whether a category is about usage that somebody or something made grow: what the word `usage`
    in a table stands for."""
    return category_family(category) not in ("security", "billing") and category not in (
        "resources-removed",
        "organic-traffic",
    )


@cache
def _lines(name: str) -> tuple[_AdviceLine, ...]:
    return tuple(
        _AdviceLine(
            tuple(line["families"].split()),
            tuple(line["categories"].split()),
            tuple(line["events"].split()),
            int(line.get("order") or 0),
            line["template"],
        )
        for line in table(name)
    )


@cache
def _fitting(name: str, family: str, category: str, event: str) -> tuple[_AdviceLine, ...]:
    return tuple(line for line in _lines(name) if line.fits(family, category, event))


@cache
def _in_order(name: str, family: str, category: str, event: str) -> tuple[_AdviceLine, ...]:
    """The lines that fit a family or the family that it is based on, in the table's order."""
    fitting = {
        *_fitting(name, family, category, event),
        *_fitting(name, base_family(family), category, event),
    }
    lines = (line for line in _lines(name) if line in fitting)
    return tuple(sorted(lines, key=lambda line: line.order))


def first_commands(
    family: str,
    category: str,
    context: Mapping[str, str],
    event: str | None = None,
    *,
    of_event: AbstractSet[str] = frozenset(),
) -> tuple[str, ...]:
    """At most five read-only AWS CLI commands, the first look of somebody who knows the service
    first.

    `context` holds what is known: region, account_id, start and end (ISO dates, end exclusive),
    service, usage_type, cost_metric (by default unblended), event, user_name and the fields of
    `resource_names.fields_of`. `event` is the event that is taken for the cause, `of_event` are the
    fields that only it named: they are looked at in its Region.
    """
    fields = _command_fields(context)
    found: dict[tuple[int, int], str] = {}
    for line in _in_order("first_commands.csv", family, category, event or ""):
        slot = (line.order, line.specificity)
        command = _command(line.template, fields, of_event)
        if command and slot not in found and command not in found.values():
            found[slot] = command
    return tuple(found.values())[:MAX_COMMANDS]


def fix_line(
    category: str,
    family: str,
    event: str | None,
    context: Mapping[str, str],
    resources: Sequence[NamedResource] = (),
) -> str:
    """One line of at most 300 characters: what to do, in the words of somebody who has done it.

    Fields are those of `first_commands`; `{names:KINDS|words}` takes the names of the resources of
    these kinds, written out ("orders-main and orders-returns"); a field that is missing is replaced
    by the template's own words.
    """
    fitting = (
        *_fitting("fixes.csv", family, category, event or ""),
        *_fitting("fixes.csv", base_family(family), category, event or ""),
    )
    best = max(fitting, key=lambda line: line.specificity)
    known = {name: value for name, value in context.items() if _WORDS.fullmatch(value)}
    text = with_names(best.template, resources)
    text = _FIELD.sub(lambda match: known.get(match[1]) or match[2] or "", text)
    if len(text) > MAX_FIX_CHARACTERS:
        text = _FIELD.sub(lambda match: match[2] or "", with_names(best.template, ()))
    return text


def with_names(template: str, resources: Sequence[NamedResource]) -> str:
    def words(match: re.Match[str]) -> str:
        found = names_for((match[1] or "").split(), resources)
        return found if found and _WORDS.fullmatch(found) else match[2]

    return _NAMES.sub(words, template)


# ------------------------------------------------------------------ filling


def _command_fields(context: Mapping[str, str]) -> dict[str, str]:
    fields = {name: value for name, value in context.items() if value and _usable(name, value)}
    metric = fields.setdefault("cost_metric", str(CostMetric.UNBLENDED))
    both = (CostMetric.UNBLENDED, CostMetric.NET_UNBLENDED)  # discounts are what lies between them
    fields["cost_metrics"] = " ".join(dict.fromkeys((*both, metric)))
    if "region" in fields:
        fields.setdefault("event_region", fields["region"])
    for name in [name for name in fields if name.endswith("_ids")]:
        fields.setdefault(name.removesuffix("s"), fields[name].split(" ")[0])
    if "usage_type" in fields and (
        instance_type := re.search(r"Usage:([a-z0-9-]+\.[a-z0-9-]+)$", fields["usage_type"])
    ):
        fields.setdefault("instance_type", instance_type[1])
    for name in ("start", "end"):
        if name in fields:
            seconds = int(datetime.fromisoformat(fields[name]).replace(tzinfo=UTC).timestamp())
            fields[f"{name}_epoch"] = str(seconds)
    if "start" in fields:
        first = date.fromisoformat(fields["start"]).replace(day=1)
        fields["month_before"] = (first - timedelta(days=1)).replace(day=1).isoformat()
    return fields


def _usable(name: str, value: str) -> bool:
    if name in ("region", "event_region"):
        return bool(REGION.fullmatch(value))
    if name == "account_id":
        return bool(re.fullmatch(r"\d{12}", value))
    if name == "listing":
        return bool(_LISTING.fullmatch(value))
    if name in ("start", "end", "onset"):
        return bool(_DAY.fullmatch(value))
    if name == "cost_metric":
        return value in set(CostMetric)
    if name in ("service", "usage_type"):
        return bool(_TITLE.fullmatch(value))
    return bool((_PLAIN_LIST if name.endswith("_ids") else _PLAIN).fullmatch(value))


def _command(template: str, fields: Mapping[str, str], of_event: AbstractSet[str]) -> str:
    """The command, or "" where a field of the template is unknown."""
    if template.startswith("metric "):
        template = _metric(*template.split(" ")[1:], fields=fields)
    wanted = {match[1] for match in _FIELD.finditer(template)}
    if not wanted <= fields.keys():
        return ""
    if wanted & of_event and "event_region" in fields:
        fields = {**fields, "region": fields["event_region"]}
    return "aws " + _FIELD.sub(lambda match: fields[match[1]], template)


def _metric(
    namespace: str,
    metric: str,
    dimension: str,
    statistic: str,
    field: str,
    *,
    fields: Mapping[str, str],
) -> str:
    """A daily metric of the one resource that is known, else the ten resources with the most of it
    (Metrics Insights)."""
    when = "--start-time {start}T00:00:00Z --end-time {end}T00:00:00Z"
    if field.strip("{}") in fields:
        return (
            f"cloudwatch get-metric-statistics --namespace {namespace} --metric-name {metric}"
            f" --dimensions Name={dimension},Value={field} {when} --period 86400 --statistics"
            f" {statistic} --region {{region}}"
        )
    function = {"Sum": "SUM", "Average": "AVG", "Maximum": "MAX", "Minimum": "MIN"}[statistic]
    of = rf"FROM SCHEMA(\"{namespace}\", {dimension}) GROUP BY {dimension}"
    expression = " ".join(
        ("SELECT", rf"{function}(\"{metric}\")", of, "ORDER BY", f"{function}()", "DESC LIMIT 10")
    )
    queries = '[{"Id":"q1","Expression":"' + expression + '","Period":3600}]'
    return (
        f"cloudwatch get-metric-data --metric-data-queries '{queries}' {when} --region {{region}}"
    )
