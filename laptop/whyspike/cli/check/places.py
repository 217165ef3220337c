"""What a check looks at: the account of one's credentials, the accounts of the payer, or bill
files. Each gives daily costs and the sources of evidence, and nothing is changed anywhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3

from whyspike.cli.bills.on_disk import BillOnDisk, bills_of
from whyspike.cli.bills.reading import HowToRead
from whyspike.cli.check.spending import Spending
from whyspike.errors import InvalidInput, Missing, Refused
from whyspike.model import Account, AccountState, CostMetric, DailyCosts
from whyspike.steps.cost_metrics import AUTO
from whyspike.steps.daily_costs import daily_costs
from whyspike.steps.explain_anomaly.gather import Sources
from whyspike.wire.clients import client
from whyspike.wire.cloudtrail import KEPT
from whyspike.wire.cost_explorer import LinkedAccountCosts, RequestCounter
from whyspike.wire.failures import mapped
from whyspike.wire.organizations import list_accounts
from whyspike.words.amounts import counted

HOME_REGION = "us-east-1"  # of Cost Explorer and Organizations, where no region is configured
NO_TRAIL = "bill files hold no CloudTrail events; check with the account's credentials to see them"


@dataclass(frozen=True)
class Place:
    """One account. `costs(start, day)` are its daily costs, `sources(day)` where evidence on them
    is looked for."""

    account: Account
    first_day: date | None
    costs: Callable[[date, date, Spending], DailyCosts]
    sources: Callable[[date, RequestCounter], Sources]
    metric: CostMetric | None = None  # of bill files that say it


@dataclass(frozen=True)
class Places:
    """All that one check looks at. `said` describes it, `last_day` is the newest day of it."""

    said: Sequence[str]
    places: Sequence[Place]
    last_day: date
    costs_money: bool
    currency: str = "USD"


def of_files(files: Sequence[Path], options: HowToRead) -> Places:
    found = bills_of(files, options)
    said = list(found.said)
    if not found.names_usage_types:
        said.append("The file names no usage types: causes within a service are guesses.")
    last = max(bill.last_day for bill in found.bills)
    return Places(said, [_of_bill(bill) for bill in found.bills], last, False, found.currency)


def _of_bill(bill: BillOnDisk) -> Place:
    named = replace(bill.account, name="the bill") if bill.account.name == "-" else bill.account
    return Place(
        named,
        bill.first_day,
        lambda start, day, _spending: replace(bill.costs(start, day), earlier=bill.earlier(day)),
        lambda day, spending: Sources(
            bill.cost_explorer(day), None, spending, trail_error=NO_TRAIL
        ),
        bill.metric,
    )


def of_credentials(
    profile: str | None,
    region: str | None,
    wanted: str | None,
    scan_date: date | None,
    cost_metric: str = AUTO,
) -> Places:
    """The account of the credentials, or as the payer `wanted` or every account. Raises
    InvalidInput, Refused, and what botocore raises where there are no credentials."""
    session = boto3.Session(profile_name=profile, region_name=region)
    boto3.setup_default_session(
        profile_name=profile, region_name=region or session.region_name or HOME_REGION
    )
    with mapped("sts", "sts:GetCallerIdentity"):
        own = str(client("sts").get_caller_identity()["Account"])
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    day = scan_date or yesterday
    if day > yesterday:
        raise InvalidInput(
            f"--scan-date {day} is not over yet", remedy=f"give {yesterday} or earlier"
        )
    accounts, said = _accounts(own, wanted)
    explorer = client("ce")
    return Places(
        [said], [_of_account(each, own, explorer, cost_metric) for each in accounts], day, True
    )


def _accounts(own: str, wanted: str | None) -> tuple[list[Account], str]:
    organizations = client("organizations")
    try:
        with mapped("organizations", "organizations:DescribeOrganization"):
            answer = organizations.describe_organization()["Organization"]
        payer = answer.get("MasterAccountId") == own
    except (Refused, Missing):
        payer = False
    if not payer:
        if wanted not in (None, own):
            raise InvalidInput(
                f"--account {wanted}: your credentials are of account {own}, which does not pay for"
                " others",
                remedy="use credentials of that account, or of the management account",
            )
        return [Account(own, own)], f"account {own}, by your credentials"
    listed = [a for a in list_accounts(organizations) if a.state is AccountState.ACTIVE]
    if wanted is None:
        return listed, f"{counted(len(listed), 'account')} of the organisation that {own} pays for"
    chosen = [account for account in listed if account.account_id == wanted]
    if not chosen:
        raise InvalidInput(
            f"--account {wanted}: no active account of the organisation",
            remedy=f"choose from {', '.join(a.account_id for a in listed[:5])}"
            + (", ..." if len(listed) > 5 else ""),
        )
    return chosen, f"account {wanted}, by the credentials of its payer {own}"


def _of_account(account: Account, own: str, explorer: Any, cost_metric: str) -> Place:
    narrowed = LinkedAccountCosts(explorer, account.account_id)

    def costs(start: date, day: date, spending: Spending) -> DailyCosts:
        return daily_costs(
            narrowed,
            account.account_id,
            start,
            day,
            spending,
            usage_types=True,
            cost_metric=cost_metric,
        )

    def sources(_day: date, spending: RequestCounter) -> Sources:
        if account.account_id != own:
            error = (
                f"the payer's credentials do not see the CloudTrail of account"
                f" {account.account_id}; check with credentials of it that allow"
                " cloudtrail:LookupEvents"
            )
            return Sources(narrowed, None, spending, trail_error=error)
        kept_from = datetime.now(UTC) - KEPT
        return Sources(
            narrowed,
            lambda region: client("cloudtrail", region=_real(region)),
            spending,
            trail_from=kept_from,
        )

    return Place(account, None, costs, sources)


def _real(region: str) -> str:
    """What is global writes its events in the home region."""
    return region if region not in ("", "global", "NoRegion") else HOME_REGION
