"""What is known of a cause that several accounts share, and of how many of them, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from whyspike.model.common_causes import Bond, Tie
from whyspike.words.amounts import counted, than_before
from whyspike.words.safe import one_line

_ACCOUNTING = "billing-artefact"  # of the closed list of categories
_COVER_ENDED = "commitment-expired"
_MIN_SHARE = 0.5  # of the accounts that were judged: what begins in so many is no owner's doing
_IN_TRAIL = {Bond.SAME_CHANGE, Bond.SAME_CALL}


def cause_words(ties: Sequence[Tie], is_new: bool, in_all: int = 0) -> str:
    """ "CreateDetector by jane, in the CloudTrail of 28 of 30 accounts; 2 could not be checked".
    `is_new`: nothing was billed for it before in any of the accounts. `in_all`: the accounts that
    have the cause, where `ties` are some of them."""
    share = _Spread(max(in_all, len(ties)), max((tie.judged for tie in ties), default=0))
    said = _price(ties, share) or _change(ties) or _nobody(ties, is_new, share)
    unchecked = sum(tie.bond is Bond.NOT_CHECKED for tie in ties)
    return said + (f"; {unchecked} could not be checked" if unchecked else "")


@dataclass(frozen=True)
class _Spread:
    """Accounts with the cause, of those of the organisation that were judged (0: not known)."""

    accounts: int
    judged: int

    def __str__(self) -> str:
        whole = f"{counted(self.judged, 'account')} of the organisation"
        return f", in {self.accounts} of {whole}" if self.judged else ""

    @property
    def is_most(self) -> bool:
        return self.accounts >= _MIN_SHARE * self.judged > 0


def _price(ties: Sequence[Tie], share: _Spread) -> str:
    """ "a unit costs 12% more than before at the same usage, in 28 of 30 accounts of the
    organisation" """
    moved = [tie for tie in ties if tie.price_ratio]
    if len(moved) * 2 <= len(ties):
        return ""
    ratio = median(tie.price_ratio or 1.0 for tie in moved)
    why = (
        "a Savings Plan or reservation ended"
        if any(tie.category == _COVER_ENDED for tie in ties)
        else "AWS's price or a discount changed, and nobody's setting"
    )
    return f"a unit costs {than_before(ratio)} at the same usage{share}: {why}"


def _nobody(ties: Sequence[Tie], is_new: bool, share: _Spread) -> str:
    if any(tie.category == _ACCOUNTING for tie in ties):
        return (
            "the usage is as before where it was looked into: the price or the accounting changed"
            f"{share}"
        )
    if not is_new:
        return f"no change stands out{share if share.accounts > len(ties) else ''}"
    may = ": AWS may have begun to bill for it" if share.is_most else ""
    return f"a new charge{share}, and no change stands out{may}"


def _change(ties: Sequence[Tie]) -> str:
    changes = Counter(tie.change for tie in ties if tie.change)
    if not changes:
        return ""
    (change, _), *_ = changes.most_common(1)
    certain = any(tie.bond is Bond.SAME_CHANGE for tie in ties) or not any(
        tie.bond is Bond.SAME_CALL for tie in ties
    )
    seen = sum(
        tie.bond is Bond.LOOKED_INTO or (tie.bond in _IN_TRAIL and tie.change == change)
        for tie in ties
    )
    said = f"{'' if certain else 'perhaps '}{one_line(change, 120)}"
    number = counted(len(ties), "account")
    return said if len(ties) == 1 else f"{said}, in the CloudTrail of {seen} of {number}"
