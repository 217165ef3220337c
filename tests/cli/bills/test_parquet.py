"""Parquet exports: map columns, time zones, decimals and parts."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.cli.bills.test_reading import cells, meant
from tests.support.bill_files import charges
from whyspike.cli.bills.reading import read_files

ALL = charges()
WANTED = ("service", "account", "usage_type", "record_type")


def table(where: str) -> str:
    """The charges as a table of DuckDB."""
    values = ", ".join(
        f"('{c.day}', '{c.service}', {c.cost}, '{c.account}', '{c.usage_type}', '{c.record_type}')"
        for c in ALL
    )
    names = "day, service, cost, account, usage_type, record_type"
    return f"(SELECT * FROM (VALUES {values}) AS t({names}) WHERE {where})"  # noqa: S608  our own


CUR_2 = """
    SELECT CAST(day || ' 23:00:00+00' AS TIMESTAMPTZ) AS line_item_usage_start_date,
    MAP {{'product_name': service}} AS product, 'code' AS line_item_product_code,
    account AS line_item_usage_account_id, usage_type AS line_item_usage_type,
    record_type AS line_item_line_item_type, cost AS line_item_unblended_cost,
    'USD' AS line_item_currency_code FROM {0}
"""
FOCUS = """
    SELECT CAST(day || ' 05:00:00' AS TIMESTAMP) AS ChargePeriodStart, service AS ServiceName,
    CAST(cost AS DECIMAL(30, 12)) AS BilledCost, 'USD' AS BillingCurrency,
    record_type AS ChargeCategory, account AS SubAccountId, usage_type AS SkuMeter,
    'id' AS SkuId FROM {0}
"""


@pytest.mark.parametrize(("name", "select"), [("CUR 2.0", CUR_2), ("FOCUS 1.1", FOCUS)])
def test_parts_of_parquet_are_read_as_one_bill_in_utc(
    name: str, select: str, tmp_path: Path
) -> None:
    for part, where in enumerate(("cost < 20", "cost >= 20")):
        duckdb.sql(
            f"SET TimeZone='America/Los_Angeles';"
            f" COPY ({select.format(table(where))}) TO '{tmp_path}/part-{part}.parquet'"
        )
    reading = read_files([tmp_path])
    assert reading.recognised() == f"{name}, 30 days, 2 accounts, USD, 61 lines"
    assert cells(reading, *WANTED) == meant(ALL, *WANTED)
