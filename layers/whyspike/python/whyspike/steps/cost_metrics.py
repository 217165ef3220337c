"""Which of Cost Explorer's costs an account is judged by (CostMetric).

`auto` is what AWS's own detector takes: net unblended where the account has discounts, else
unblended. Whether it has is seen in the answer: both are asked for at once, which costs nothing
more, and they differ.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from whyspike.model import CostMetric, CostRow

AUTO = "auto"
CHOICES = {
    "unblended": CostMetric.UNBLENDED,
    "net-unblended": CostMetric.NET_UNBLENDED,
    "amortized": CostMetric.AMORTIZED,
    "net-amortized": CostMetric.NET_AMORTIZED,
}  # beside AUTO, the values of the parameter
_NOTHING = 0.005  # dollars by which the two may differ without a discount


def asked(choice: str) -> tuple[str, ...]:
    """The metrics of a request that comes before the choice is known."""
    if choice == AUTO:
        return CostMetric.UNBLENDED, CostMetric.NET_UNBLENDED
    return (CHOICES[choice],)


def chosen(choice: str, rows: Iterable[CostRow]) -> CostMetric:
    """The one that counts, by the rows that were answered to such a request."""
    if choice != AUTO:
        return CHOICES[choice]
    discounted = any(row.net is not None and abs(row.net - row.cost) > _NOTHING for row in rows)
    return CostMetric.NET_UNBLENDED if discounted else CostMetric.UNBLENDED


def counted(rows: Iterable[CostRow], metric: CostMetric) -> tuple[CostRow, ...]:
    """The rows of such a request with the cost that counts."""
    if metric is not CostMetric.NET_UNBLENDED:
        return tuple(rows)
    return tuple(row if row.net is None else replace(row, cost=row.net) for row in rows)
