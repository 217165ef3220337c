"""Which format a file is of, by the headings of its columns, and which column plays which role
(docs/bill-files.md has the table for people)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from whyspike.errors import InvalidInput
from whyspike.model import CostMetric
from whyspike.steps.cost_metrics import AUTO

ROLES = (
    "date",
    "cost",
    "service",
    "account",
    "usage_type",
    "record_type",
    "region",
    "operation",
    "resource_id",
    "tag_team",
    "tag_env",
    "currency",
    "provider",
    "unit",
    "quantity",
)
_CUR = {
    "date": ("lineitemusagestartdate",),
    "cost": ("lineitemunblendedcost",),
    "service": ("productproductname", "productservicename", "lineitemproductcode"),
    "account": ("lineitemusageaccountid", "billpayeraccountid"),
    "usage_type": ("lineitemusagetype",),
    "record_type": ("lineitemlineitemtype",),
    "region": ("productregioncode", "productregion"),
    "operation": ("lineitemoperation",),
    "resource_id": ("lineitemresourceid",),
    "tag_team": ("resourcetagsuserteam",),
    "tag_env": ("resourcetagsuserenv", "resourcetagsuserenvironment"),
    "currency": ("lineitemcurrencycode",),
    "unit": ("pricingunit",),
    "quantity": ("lineitemusageamount",),
}
_FOCUS = {
    "date": ("chargeperiodstart",),
    "cost": ("billedcost",),
    "service": ("servicename",),
    "account": ("subaccountid", "billingaccountid"),
    "usage_type": ("xusagetype", "skumeter", "skuid"),
    "record_type": ("chargecategory",),
    "region": ("regionid",),
    "operation": ("xoperation",),
    "resource_id": ("resourceid",),
    "currency": ("billingcurrency",),
    "provider": ("providername", "serviceprovidername"),
    "unit": ("consumedunit",),
    "quantity": ("consumedquantity",),
}
# The columns of a format's costs by --cost-metric: the first that a row fills. A CUR has a net
# column that is filled where there are discounts (Data Exports user guide, net columns), and none
# that is amortised; FOCUS bills after discounts (FOCUS 1.2, BilledCost, EffectiveCost).
COSTS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "CUR": {
        "auto": ("lineitemnetunblendedcost", "lineitemunblendedcost"),
        "unblended": ("lineitemunblendedcost",),
        "net-unblended": ("lineitemnetunblendedcost",),
    },
    "FOCUS": {
        "auto": ("billedcost",),
        "net-unblended": ("billedcost",),
        "net-amortized": ("effectivecost",),
    },
}
_COLUMN_METRICS = {
    "lineitemunblendedcost": CostMetric.UNBLENDED,
    "lineitemnetunblendedcost": CostMetric.NET_UNBLENDED,
    "billedcost": CostMetric.NET_UNBLENDED,
    "effectivecost": CostMetric.NET_AMORTIZED,
}
# The headings that people's own files have, the surest first; letters and digits alone count.
_OWN = {
    "date": (
        *("date", "usagedate", "usageday", "day", "usagestartdate", "startdate", "chargedate"),
        *("accruedat", "periodstart", "timeperiodstart", "chargeperiodstart", "billingdate"),
        *(
            "usagestart",
            "starttime",
            "timestamp",
            "datetime",
            "usagestarttime",
            "usagetime",
            "time",
            "hour",
            "start",
        ),
        *("datum", "fecha", "data"),
    ),
    "cost": (
        *("unblendedcost", "billedcost", "cost", "costs", "dailycost", "totalcost", "totalcosts"),
        *("amount", "costamount", "spend", "charge", "charges", "usd", "eur", "kosten", "betrag"),
        *("costusd", "costeur", "amountusd", "coût", "cout", "coste"),
    ),
    "service": (
        *("service", "servicename", "awsservice", "product", "productname", "productcode"),
        *("servicecode", "dienst", "servicio", "meter"),
    ),
    "account": (
        *("account", "accountid", "linkedaccountid", "linkedaccount", "usageaccountid"),
        *("subaccountid", "accountnumber", "awsaccount", "awsaccountid", "awsaccountnumber"),
        *("konto", "accountname", "linkedaccountname"),
    ),
    "usage_type": ("usagetype", "usagetypename", "skumeter"),
    "record_type": ("recordtype", "chargetype", "lineitemtype", "chargecategory"),
    "region": ("region", "regionid", "awsregion", "regioncode"),
    "operation": ("operation",),
    "resource_id": ("resourceid", "resource", "resourcearn"),
    "tag_team": ("tagteam", "team"),
    "tag_env": ("tagenv", "env", "environment"),
    "currency": ("currency", "currencycode", "billingcurrency", "währung", "waehrung"),
    "unit": ("unit", "usageunit"),
    "quantity": ("usagequantity", "usageamount", "quantity"),
}
_TOTAL = re.compile(
    r"(?:(?:grand|month|monthly|daily|sub|service|account|usage type|overall|running)[ -]?)?"
    r"(?:total|totals)(?: (?:cost|costs|amount|spend))?|sum|summe|gesamt(?:summe)?|all services",
    re.I,
)
_UNIT = re.compile(r"[(\[]? ?(?:(\$|€|£)|\b(USD|EUR|GBP|CHF|JPY|AUD|CAD|INR|SEK)) ?[)\]]?$")
_SIGNS = {"$": "USD", "€": "EUR", "£": "GBP"}


@dataclass(frozen=True)
class FileShape:
    """`columns` holds, for each role, the positions to look at until one is not empty. `fixed`:
    dates are ISO 8601 and amounts plain, as machines write them."""

    format: str
    columns: Mapping[str, tuple[int, ...]]
    fixed: bool
    currency: str = ""  # of the heading of the cost
    maps: Mapping[str, tuple[int, str]] = field(default_factory=dict)  # role: a map column, its key
    remedy_of_months: str = "give a file with one row a day"
    metric: CostMetric | None = None  # of the cost; None: the file does not say


def plain(heading: str) -> str:
    """Letters and digits alone, small: usage_start_date, "Usage start date" and UsageStartDate are
    one heading."""
    return re.sub(r"[\W_]+", "", heading.strip().lower())


def currency_of_heading(heading: str) -> tuple[str, str]:
    """The heading without its unit, and the currency that the unit says: "Cost ($)"."""
    words = " ".join(heading.split())
    found = _UNIT.search(words)
    name = words[: found.start()].rstrip(" _") if found else ""
    if not found or not name:
        return heading, ""
    return name, _SIGNS.get(found.group(1) or "", found.group(2) or "")


def is_total(text: str) -> bool:
    """Whether a cell names the sum of other rows or columns, and no service."""
    return bool(_TOTAL.fullmatch(text.strip().rstrip(":").strip()))


def shape_of(headings: Sequence[str], cost_metric: str = AUTO) -> FileShape | None:
    """The shape of a file with one charge a row; None where no known one fits. Raises InvalidInput
    where it has no such cost."""
    plains = [plain(heading) for heading in headings]
    if "lineitemunblendedcost" in plains and "lineitemusagestartdate" in plains:
        return _by_metric(_cur(headings, plains), plains, "CUR", cost_metric)
    if "billedcost" in plains and "chargeperiodstart" in plains:
        return _by_metric(_focus(plains), plains, "FOCUS", cost_metric)
    if cost_metric != AUTO:
        raise InvalidInput(
            f"--cost-metric {cost_metric}: the file does not say which cost it holds",
            remedy="leave it out, or name the column: --columns cost=HEADING",
        )
    return _own(headings)


def _by_metric(shape: FileShape, plains: Sequence[str], family: str, cost_metric: str) -> FileShape:
    known = COSTS[family]
    names = [name for name in known.get(cost_metric, ()) if name in plains]
    if not names:
        there = [metric for metric, columns in known.items() if set(columns) & set(plains)]
        raise InvalidInput(
            f"--cost-metric {cost_metric}: the {shape.format} file has no such column",
            remedy=f"choose from {', '.join(there)}",
        )
    at = tuple(plains.index(name) for name in names)
    return replace(shape, columns={**shape.columns, "cost": at}, metric=_COLUMN_METRICS[names[0]])


def mapped(headings: Sequence[str], columns: Mapping[str, str], where: str) -> FileShape:
    """The shape that --columns says; what it leaves out is guessed. Raises InvalidInput."""
    guessed = _own(headings)
    found = dict(guessed.columns) if guessed else _guessed(headings)[0]
    currency = ""
    for role, name in columns.items():
        wanted = [i for i, heading in enumerate(headings) if heading.strip() == name.strip()]
        wanted = wanted or [
            i for i, heading in enumerate(headings) if plain(heading) == plain(name)
        ]
        if not wanted:
            raise InvalidInput(
                f"{where}: --columns {role}={name}: there is no such column",
                remedy=f"choose from {', '.join(heading.strip() for heading in headings)}",
            )
        found = {r: at for r, at in found.items() if at != (wanted[0],)} | {role: (wanted[0],)}
    missing = [role for role in ("date", "cost") if role not in found]
    if missing:
        raise InvalidInput(
            f"{where}: --columns does not say which column is the {missing[0]}",
            remedy=f"add {missing[0]}=, one of {', '.join(h.strip() for h in headings)}",
        )
    currency = currency_of_heading(headings[found["cost"][0]])[1]
    return FileShape("own CSV", found, fixed=False, currency=currency)


def _cur(headings: Sequence[str], plains: Sequence[str]) -> FileShape:
    legacy = any("/" in heading for heading in headings)
    athena = not legacy and {"year", "month"} <= set(plains)
    maps = {}
    for at, name in enumerate(plains):
        if name == "product":
            maps["service"] = (at, "product_name")
        if name == "resourcetags":
            maps["tag_team"], maps["tag_env"] = (at, "user_team"), (at, "user_env")
    return FileShape(
        "CUR (legacy)" if legacy else "CUR from Athena" if athena else "CUR 2.0",
        _at(plains, _CUR),
        fixed=True,
        maps=maps,
        remedy_of_months="export with time granularity DAILY or HOURLY",
    )


def _focus(plains: Sequence[str]) -> FileShape:
    names = set(plains)
    version = (
        "1.2"
        if names & {"invoiceid", "pricingcurrency", "billingaccounttype"}
        else "1.1"
        if names & {"skumeter", "skupricedetails", "servicesubcategory"}
        else "1.0"
    )
    columns = _at(plains, _FOCUS)
    if "usage_type" in columns:  # one column for all rows: a meter and a SKU are no same names
        columns["usage_type"] = columns["usage_type"][:1]
    return FileShape(
        f"FOCUS {version}",
        columns,
        fixed=True,
        remedy_of_months="export with time granularity DAILY or HOURLY",
    )


def _at(plains: Sequence[str], known: Mapping[str, Sequence[str]]) -> dict[str, tuple[int, ...]]:
    places = {name: at for at, name in reversed(list(enumerate(plains)))}
    found = {
        role: tuple(places[name] for name in names if name in places)
        for role, names in known.items()
    }
    return {role: at for role, at in found.items() if at}


def _guessed(headings: Sequence[str]) -> tuple[dict[str, tuple[int, ...]], str]:
    bare = [currency_of_heading(heading) for heading in headings]
    plains = [plain(name) for name, _ in bare]
    exact = [plain(heading) for heading in headings]
    found: dict[str, tuple[int, ...]] = {}
    for role, names in _OWN.items():
        for name in names:
            at = next((i for i, p in enumerate(plains) if name in (p, exact[i])), None)
            if at is not None and (at,) not in found.values():
                found[role] = (at,)
                break
    currency = bare[found["cost"][0]][1] if "cost" in found else ""
    if not currency and "cost" in found and exact[found["cost"][0]] in ("usd", "eur"):
        currency = exact[found["cost"][0]].upper()
    return found, currency


def _own(headings: Sequence[str]) -> FileShape | None:
    found, currency = _guessed(headings)
    if "date" not in found or "cost" not in found:
        return None
    return FileShape("own CSV", found, fixed=False, currency=currency)


def parse_columns(text: str | None) -> dict[str, str]:
    """The roles of "date=Day,cost=Total Cost ($)". Raises InvalidInput."""
    if text is None:
        return {}
    found = {}
    for part in re.split(r",(?=\s*\w+\s*=)", text):
        role, sign, name = part.partition("=")
        role = role.strip().lower().replace("-", "_")
        name = name.strip().strip('"')
        if not sign or role not in ROLES or not name:
            raise InvalidInput(
                f"--columns: {part.strip()!r} is no mapping of a column",
                remedy=f"write role=heading; roles are {', '.join(ROLES)}",
            )
        found[role] = name
    return found
