"""The words of whyspike as types (docs/glossary.md): frozen values, parsed once at the door (see
payload.py).

Money is Decimal in US dollars; float64 appears in `CostSeries` (it feeds numpy) and in ratios.
Dates are UTC usage dates; a period includes its start and excludes its end.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from whyspike.model.accounts import (
    ROWS_KEPT,
    Account,
    AccountState,
    AccountTask,
    AnomalyTask,
    Owner,
    Scan,
    ScanTask,
)
from whyspike.model.anomalies import (
    AccountScan,
    Anomaly,
    BillingReason,
    FlaggedItem,
    Kind,
    Severity,
)
from whyspike.model.bills import (
    BillDays,
    CostAnswer,
    CostMetric,
    CostQuery,
    CostRow,
    CostSeries,
    DailyCosts,
    EarlierMonths,
    RecordClass,
)
from whyspike.model.explanations import (
    Actor,
    Derivation,
    Driver,
    Explanation,
    Finding,
    Gap,
    StoredExplanation,
)
from whyspike.model.feedback import AcceptedLevel, FeedbackKind, IncidentState, ToldDays
from whyspike.model.messages import Mail, Message

if TYPE_CHECKING:
    from whyspike.model.evidence import EvidenceItem

__all__ = [
    "ROWS_KEPT",
    "AcceptedLevel",
    "Account",
    "AccountScan",
    "AccountState",
    "AccountTask",
    "Actor",
    "Anomaly",
    "AnomalyTask",
    "BillDays",
    "BillingReason",
    "CostAnswer",
    "CostMetric",
    "CostQuery",
    "CostRow",
    "CostSeries",
    "DailyCosts",
    "Derivation",
    "Driver",
    "EarlierMonths",
    "EvidenceItem",
    "Explanation",
    "FeedbackKind",
    "Finding",
    "FlaggedItem",
    "Gap",
    "IncidentState",
    "Kind",
    "Mail",
    "Message",
    "Owner",
    "RecordClass",
    "Scan",
    "ScanTask",
    "Severity",
    "StoredExplanation",
    "ToldDays",
]


def __getattr__(name: str) -> object:
    """The types of evidence are many, and detection needs none: they are made when first asked
    for."""
    if name == "EvidenceItem":
        return import_module("whyspike.model.evidence").EvidenceItem
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
