"""Options of the commands that read bill files."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from whyspike.cli.bills.reading import HowToRead
from whyspike.cli.bills.shapes import parse_columns
from whyspike.cli.console import console
from whyspike.steps.cost_metrics import AUTO

Columns = Annotated[
    str | None,
    typer.Option(metavar="ROLE=HEADING,...", help="which column of a CSV is which"),
]
Dates = Annotated[
    Literal["day-first", "month-first"] | None,
    typer.Option(help="how dates such as 3/4/2026 are meant, where the file does not settle it"),
]
Decimals = Annotated[
    Literal["point", "comma"] | None,
    typer.Option("--decimal", help="how amounts such as 1,100 are meant"),
]
Currency = Annotated[
    str | None, typer.Option(metavar="CODE", help="which currency of a bill in several")
]

CostMetricOption = Annotated[
    Literal["auto", "unblended", "net-unblended", "amortized", "net-amortized"],
    typer.Option(
        "--cost-metric",
        help="which cost is judged; auto: after discounts where there are some, else unblended",
    ),
]


def how_to_read(
    columns: str | None,
    dates: str | None,
    decimal: str | None,
    currency: str | None,
    cost_metric: str = AUTO,
) -> HowToRead:
    """What the options say; raises InvalidInput for a mapping of columns that is none."""
    return HowToRead(
        parse_columns(columns),
        None if dates is None else int(dates == "month-first"),
        None if decimal is None else int(decimal == "comma"),
        cost_metric,
        _say,
        (currency or "").upper(),
    )


def _say(progress: str) -> None:
    console(errors=True).print(progress, style="dim")
