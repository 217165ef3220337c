"""Explain a cost that you point at: the days from --onset on, against the four weeks before.

Asks what `whyspike check` asks, for this one service; nothing is deployed, nothing is stored.

    whyspike explain --service "AWS Lambda" --onset 2026-11-05
    whyspike explain cur/ --service AmazonEC2 --onset 2026-10-12 --account 111122223333
"""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Annotated

import typer

from whyspike.cli.arguments import Profile, Region, dated
from whyspike.cli.bills.options import Columns, Currency, Dates, Decimals
from whyspike.cli.check.command import claude_for, spending_on
from whyspike.cli.check.look import LOOKBACK_DAYS, Look, pointed_at
from whyspike.cli.check.options import (
    AccountOption,
    AsJson,
    ClaudeOption,
    Files,
    ScanDateOption,
    Wanted,
    Yes,
    claude_settings,
)
from whyspike.cli.check.view import show_explanation, show_intro
from whyspike.cli.console import console
from whyspike.detection import DetectionSettings
from whyspike.errors import InvalidInput
from whyspike.model import Scan
from whyspike.payload import to_json
from whyspike.words.amounts import in_currency


def run(
    service: Annotated[str, typer.Option(metavar="NAME", help="the service, as on the bill")],
    onset: Annotated[date, dated("--onset", help="first day of the cost to explain")],
    files: Files = None,
    usage_type: Annotated[
        str | None, typer.Option(metavar="NAME", help="one usage type of the service")
    ] = None,
    profile: Profile = None,
    region: Region = None,
    account: AccountOption = None,
    scan_date: ScanDateOption = None,
    claude: ClaudeOption = None,
    yes: Yes = False,
    as_json: AsJson = False,
    columns: Columns = None,
    dates: Dates = None,
    decimal: Decimals = None,
    currency: Currency = None,
) -> int:
    wanted = Wanted(
        files or (), profile, region, account, scan_date, columns, dates, decimal, currency
    )
    places = wanted.places()
    if len(places.places) > 1:
        known = ", ".join(place.account.account_id for place in places.places[:5])
        raise InvalidInput(
            f"there are {len(places.places)} accounts to look at",
            remedy=f"choose one: --account, such as {known}",
        )
    (place,) = places.places
    day = wanted.day(places)
    asked = claude_for(places, claude_settings(claude, region))
    with in_currency(places.currency):
        show_intro(places, asked, console(errors=as_json))
        look = Look(Scan(day.isoformat(), day), DetectionSettings(), spending_on(places, yes))
        start = min(day - timedelta(days=LOOKBACK_DAYS - 1), onset - timedelta(days=28))
        costs = place.costs(max(start, place.first_day or start), day, look.spending)
        item = pointed_at(costs, service, onset, usage_type)
        explanation = look.explain(place, costs, item, asked)
        if as_json:
            print(json.dumps(to_json(explanation), indent=1, ensure_ascii=False, default=str))
        else:
            show_explanation(explanation)
    return 0
