"""One cause in several accounts: what was joined, and what ties an account's anomaly to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from whyspike.model.bills import RecordClass


class Bond(StrEnum):
    """Why an anomaly belongs to a common cause."""

    LOOKED_INTO = "looked-into"  # its account was drilled down, for all
    SAME_CHANGE = "same-change"  # its own CloudTrail holds the same change by the same principal
    SAME_CALL = (  # nothing is certain; its CloudTrail holds the same call that could be behind it
        "same-call"
    )
    SAME_PRICE = "same-price"  # the price of a unit moved alike, at the usage of before
    ALIKE = "alike"  # no change stands out in either account, and the bills moved alike
    NOT_CHECKED = "not-checked"  # its CloudTrail could not be read; the bills moved alike


@dataclass(frozen=True)
class Tie:
    """What ties one anomaly to a common cause. `change` is what was done and by whom (with
    SAME_CALL: perhaps), "" where nobody's change is known; `category` is of the explanation.
    `judged` are the accounts of the organisation that were, `price_ratio` how many times the price
    of before a unit costs where that is the cause."""

    cause_id: str
    bond: Bond
    change: str = ""
    category: str = ""
    judged: int = 0
    price_ratio: float | None = None


@dataclass(frozen=True)
class CausePlace:
    """The place of an item that is to be explained: "" where it stands alone. With a `sample_item`
    it is checked against what was found there; without one it is itself the sample. `accounts` may
    share the cause, of those that were `judged`. `price_ratio` is the account's own, and of a
    sample that of three accounts at least."""

    cause_id: str = ""
    sample_account: str = ""
    sample_name: str = ""
    sample_item: str = ""
    accounts: int = 0
    judged: int = 0
    price_ratio: float | None = None
    sample_price_ratio: float | None = None


@dataclass(frozen=True)
class MovedItem:
    """A flagged item as far as common causes are concerned. `moved` holds the share of each usage
    type in what moved; empty where the bill was not read that finely. `price_ratio` is how many
    times the price of before a unit of the first costs, where that is what moved the cost."""

    account_id: str
    account_name: str
    item_id: str
    service: str
    record_class: RecordClass
    falls: bool
    onset: date
    impact_usd: float
    moved: Mapping[str, float] = field(default_factory=dict)
    price_ratio: float | None = None
    apart: tuple[str, ...] = ()  # services that moved on the same day, told apart from it


@dataclass(frozen=True)
class CommonCause:
    """Items of several accounts that may have one cause. The sample is explained for all."""

    cause_id: str
    sample: MovedItem
    others: tuple[MovedItem, ...]  # largest impact first

    @property
    def items(self) -> tuple[MovedItem, ...]:
        return self.sample, *self.others


@dataclass(frozen=True)
class KnownCause:
    """A common cause of an earlier scan, by which it is known again."""

    cause_id: str
    service: str
    record_class: RecordClass
    falls: bool
    onset: date
    sample_account: str
    accounts: tuple[str, ...]  # those that were tied to it, the sample's among them
    apart: tuple[str, ...] = ()  # services that some account's day was parted into beside it


@dataclass(frozen=True)
class CausePlan:
    """What a round of JoinCauses decided. The others of `causes` wait for their samples; after
    the next round they are `checked`."""

    round: int
    causes: tuple[CommonCause, ...] = ()
    used: tuple[str, ...] = ()  # ids of all causes of this scan so far
