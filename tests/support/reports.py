"""Report views for the tests: one ordinary incident and one whose every text is hostile."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from whyspike.digest.report import (
    DriverView,
    EvidenceView,
    IncidentView,
    PartView,
    ReportView,
    report_view,
)
from whyspike.model import Account, AccountState, BillDays, IncidentState, Kind, Severity
from whyspike.model.digests import (
    AccountShare,
    Coverage,
    Digest,
    DigestLine,
    ExplanationShortfall,
    Group,
    PracticeFigures,
    ScanCost,
    Shortfall,
    Unowned,
)
from whyspike.model.outcomes import AccountOutcome, AccountStatus, LeftOut

LEFT_OUT = (LeftOut("950318842007", AccountState.SUSPENDED),)
ONSET = date(2026, 11, 20)
AGAIN = "whyspike scan --scan-date 2026-11-21 --accounts 444455556666 --again"
_NAMES = ("shop-prod", "data", "sandbox", "search", "mobile", "ledger", "media", "archive")
ACCOUNTS = [Account(str(111122223333 + at), name) for at, name in enumerate(_NAMES)]
ACCOUNTS.append(Account("444455556666", "legacy"))
OUTCOMES = {
    account.account_id: AccountOutcome(
        AccountStatus.SCANNED,
        bill=BillDays(
            date(2026, 11, 22),
            spent=(None, *(Decimal(40 * (at + 1) + day % 7) for day in range(59))),
        ),
    )
    for at, account in enumerate(ACCOUNTS[:-1])
}
HOSTILE = (
    "<img src=https://evil.example/x onerror=alert(1)> </script><script>alert(1)</script> {{ 7*7 }}"
    " *bold* `code` <!channel>"
)


def incident(**changes: Any) -> IncidentView:
    dates = tuple(date(2026, 10, 12) + timedelta(days=i) for i in range(42))
    costs = tuple(40.0 + (day.weekday() < 5) * 12 if day < ONSET else 288.4 for day in dates)
    fields: dict[str, Any] = {
        "incident_id": "111122223333-2026-11-20-aaaaaaaa",
        "account_id": "111122223333",
        "account_name": "shop-prod",
        "owner": "core-api",
        "title": "EC2 - Other in shop-prod",
        "happened": "new",
        "when": "since 2026-11-20",
        "kind": "higher",
        "state": "open",
        "severity": "high",
        "onset": ONSET,
        "ongoing": True,
        "told": True,
        "numbers": [
            "*$288 a day* instead of $43 (expected $38–$54), *$7,362 a month* if it goes on",
            "Since *Fri 20 Nov 2026*, $736 over the expected spend so far",
        ],
        "reason": "Sundays cost $38-46 for eight weeks; 2026-11-22 cost $288",
        "dates": dates,
        "costs": costs,
        "band_low": [38.0 if day >= ONSET else None for day in dates],
        "band_high": [54.0 if day >= ONSET else None for day in dates],
        "text": (
            "*NAT gateway traffic* rose after `DeleteVpcEndpoints`.\n• terraform-ci deleted three"
            " endpoints on 2026-11-20."
        ),
        "fix": "Recreate the S3 gateway endpoint.",
        "commands": ["aws ec2 describe-vpc-endpoints --region us-east-1"],
        "confidence": "high",
        "written_by": "rules",
        "notes": ["A number that stands in no evidence was removed."],
        "gaps": ["resource_level"],
        "drivers": [
            DriverView(
                "NAT gateway traffic", "EC2 - Other, NatGateway-Bytes", "terraform-ci", 245.4
            )
        ],
        "evidence": [
            EvidenceView(
                "E1",
                "cost-explorer",
                "EC2 - Other by USAGE_TYPE",
                {"NatGateway-Bytes": [40.1, 288.4]},
            )
        ],
        "parts": [
            PartView(
                "EC2 - Other, NatGateway-Bytes",
                "$288",
                "$43",
                "$736",
                "higher since 2026-11-20",
            )
        ],
        "history": [("2026-11-21T09:00+00:00", "2026-11-20", "new: EC2 - Other in shop-prod")],
    }
    return IncidentView(**{**fields, **changes})


def hostile_incident() -> IncidentView:
    return incident(
        incident_id="hostile",
        account_id="999999999999",
        account_name=HOSTILE,
        owner=HOSTILE,
        title=HOSTILE,
        happened=HOSTILE,
        when=HOSTILE,
        numbers=[HOSTILE],
        parts=[PartView(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE)],
        severity="low",
        reason=HOSTILE,
        text=HOSTILE,
        fix=HOSTILE,
        commands=[HOSTILE],
        notes=[HOSTILE],
        drivers=[DriverView(HOSTILE, HOSTILE, HOSTILE, 1.0)],
        evidence=[EvidenceView("E1", HOSTILE, HOSTILE, {HOSTILE: HOSTILE}, gap=HOSTILE)],
        history=[("2026-11-21T09:00+00:00", "", HOSTILE)],
    )


def line(**changes: Any) -> DigestLine:
    one = DigestLine(
        incident_id="111122223333-2026-11-20-aaaaaaaa",
        happened="new",
        account_id="111122223333",
        account_name="shop-prod",
        title="EC2 - Other in shop-prod",
        what="EC2 - Other",
        service="EC2 - Other",
        services=("EC2 - Other",),
        kind=Kind.LEVEL_SHIFT,
        severity=Severity.HIGH,
        state=IncidentState.OPEN,
        onset=ONSET,
        when="since 2026-11-20",
        goes_on=True,
        amount="+$245 a day",
        per_day_usd=245.4,
        impact_usd=736.2,
        monthly_usd=7362.0,
        owner="core-api",
        reason="it cost more",
    )
    return replace(one, **changes)


def shared_line(accounts: int) -> DigestLine:
    """One cause in several accounts of two owners, the first the largest."""
    return line(
        title=f"Amazon GuardDuty in {accounts} accounts",
        amount="+$890 a day together",
        per_day_usd=890.0,
        impact_usd=1780.0,
        owner="2 owners",
        cause=f"CreateDetector by jane, in the CloudTrail of {accounts} of {accounts} accounts",
        accounts=tuple(
            AccountShare(
                f"i-{at}", f"{at:012d}", f"account-{at}", ("shop", "data")[at % 2], 40.0 - at
            )
            for at in range(accounts)
        ),
    )


def report(*incidents: IncidentView, largest: DigestLine | None = None) -> ReportView:
    largest = largest or line()
    coverage = Coverage(
        in_scope=12,
        scanned=11,
        not_scanned=(
            Shortfall(
                "444455556666", "legacy", "MemberRoleDenied", "role missing", "deploy it", AGAIN
            ),
        ),
        owners_not_told=(
            Shortfall(
                "777788889999", "data", "not delivered", "no answer", "look in the channel", AGAIN
            ),
        ),
        not_explained=(
            ExplanationShortfall(
                "111122223333",
                "shop-prod",
                "Runtime.ExitError",
                "out of memory",
                "give it more",
                AGAIN,
                "a-1",
            ),
        ),
        settings=("settings/planned.yaml: entry 2: who: Field required",),
        left_out=LEFT_OUT,
    )
    digest = Digest(
        scan_id="2026-11-22",
        scan_date=date(2026, 11, 22),
        headline="11 of 12 accounts scanned; 1 new.",
        coverage=coverage,
        lines={Group.FOUND: (largest,)},
        largest=largest,
        unowned=(Unowned("555566667777", "sandbox", "set the tag team on this account"),),
        figures=PracticeFigures(30, 4, 812.5, 2.5, 3.0, 2900.0, 0.25),
        counts={Group.FOUND: 1, Group.ONGOING: 0},
        daily_excess_usd=245.4,
        daily_spend_usd=2454.0,
        scan_cost=ScanCost(28, 0.28, 3, 9100, 0.03, 0.31),
    )
    return report_view(digest, incidents, ACCOUNTS, OUTCOMES)
