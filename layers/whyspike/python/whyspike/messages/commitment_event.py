"""What machines read before a Savings Plan or reservation ends: one JSON document for each owner
that is told, whatever carries it. Pure.

docs/schemas/commitment-ends-1.json fixes its fields, as incident-change-1.json does of a change.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from whyspike.incidents.notices import Notice, change_id
from whyspike.messages.blocks import as_text
from whyspike.messages.change_event import MAX_TEXT
from whyspike.model.commitments import CommitmentEnd, UsageShare
from whyspike.words.mrkdwn import to_text

SCHEMA = "whyspike.commitment-ends/1"


def commitment_copies(
    notice: Notice, parts: Sequence[tuple[CommitmentEnd, UsageShare]], targets: Sequence[str]
) -> list[Notice]:
    """The owner's message on its way to each of the targets, as a document; `parts` are what ends,
    with the part of it that one of the owner's accounts uses."""
    document = json.dumps(_document(notice, parts), ensure_ascii=False, separators=(",", ":"))
    return [
        replace(
            notice,
            notice_id=change_id(notice.notice_id, 1, target),
            message=replace(notice.message, blocks=()),
            target=target,
            document=document,
        )
        for target in targets
    ]


def _document(notice: Notice, parts: Sequence[tuple[CommitmentEnd, UsageShare]]) -> dict[str, Any]:
    ends = {end.commitment.commitment_id: end for end, _ in parts}
    return {
        "schema": SCHEMA,
        "id": notice.notice_id,
        "scan_id": notice.scan_id,
        "scan_date": notice.scan_date.isoformat(),
        "headline": notice.message.text,
        "text": as_text(notice.message.blocks, to_text)[:MAX_TEXT],
        "owner": {"name": notice.owner.name, "source": notice.owner.source},
        "commitments": [
            {
                **_commitment(end),
                "used_by": [
                    {
                        "account": {"id": share.account_id, "name": share.account_name},
                        "on_demand_usd_per_day": _usd(share.on_demand_usd),
                    }
                    for other, share in parts
                    if other.commitment.commitment_id == commitment_id
                ],
            }
            for commitment_id, end in ends.items()
        ],
    }


def _commitment(end: CommitmentEnd) -> dict[str, Any]:
    bought = end.commitment
    return {
        "id": bought.commitment_id,
        "name": bought.name,
        "account": {"id": bought.account_id, "name": end.account_name},
        "last_day": bought.last_day.isoformat(),
        "days_left": end.days_left,
        "threshold": end.threshold,
        "usd_per_day": _usd(bought.usd_a_day),
        "on_demand_usd_per_day": _usd(end.on_demand_usd),
        "more_usd_per_day": _usd(end.more_usd),
    }


def _usd(amount: float | None) -> float | None:
    return None if amount is None else round(amount, 2)
