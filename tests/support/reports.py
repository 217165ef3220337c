"""Report views for the tests: one ordinary incident and one whose every text is hostile."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from whyspike.digest.report import EvidenceView, IncidentView, PartView, ReportView

LEFT_OUT = [{"account_id": "950318842007", "state": "SUSPENDED"}]
ONSET = date(2026, 11, 20)
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
        "kind": "level-shift",
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
            {
                "category": "nat-gateway-traffic",
                "where": "EC2 - Other, NatGateway-Bytes",
                "who": "terraform-ci",
                "usd_per_day": "245.4",
            }
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
                "level-shift since 2026-11-20",
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
        drivers=[{"category": HOSTILE, "where": HOSTILE, "who": HOSTILE, "usd_per_day": "1"}],
        evidence=[EvidenceView("E1", HOSTILE, HOSTILE, {HOSTILE: HOSTILE}, gap=HOSTILE)],
        history=[("2026-11-21T09:00+00:00", "", HOSTILE)],
    )


def report(*incidents: IncidentView) -> ReportView:
    not_scanned = [
        {
            "account_id": "444455556666",
            "name": "legacy",
            "error": "MemberRoleDenied",
            "reason": "role missing",
            "remedy": "deploy it",
        }
    ]
    not_explained = [
        {
            "account_id": "111122223333",
            "name": "shop-prod",
            "error": "Runtime.ExitError",
            "reason": "out of memory",
            "remedy": "redrive it",
        }
    ]
    not_told = [
        {
            "account_id": "777788889999",
            "name": "data",
            "error": "not delivered",
            "reason": "no answer",
            "remedy": "look in the channel",
        }
    ]
    largest = {
        "incident_id": "111122223333-2026-11-20-aaaaaaaa",
        "title": "EC2 - Other in shop-prod",
        "amount": "+$245 a day",
        "owner": "core-api",
    }
    figures = {
        "period_days": 30,
        "count": 4,
        "spend_per_anomaly_usd": 812.5,
        "time_to_acknowledge_hours": 2.5,
        "time_to_resolve_days": 3.0,
        "spend_avoided_usd": 2900.0,
        "unactionable_share": 0.25,
    }
    coverage = {
        "scanned": 11,
        "in_scope": 12,
        "not_scanned": not_scanned,
        "not_explained": not_explained,
        "owners_not_told": not_told,
        "settings": ["settings/planned.yaml: entry 2: who: Field required"],
        "left_out": LEFT_OUT,
    }
    return ReportView(
        {
            "scan_date": "2026-11-22",
            "headline": "11 of 12 accounts scanned; 1 new.",
            "coverage": coverage,
            "largest": largest,
            "unowned": [
                {
                    "account_id": "555566667777",
                    "name": "sandbox",
                    "remedy": "set the tag team on this account",
                }
            ],
            "figures": figures,
            "counts": {"found": 1, "ongoing": 0},
            "daily_excess_usd": 245.4,
            "scan_cost": {
                "total_usd": 0.31,
                "ce_requests": 28,
                "ce_usd": 0.28,
                "claude_tokens": 9100,
                "claude_usd": 0.03,
                "capped": [],
            },
        },
        incidents,
    )
