"""What is known of a cause that several accounts share, and of how many of them, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import median

from whyspike.model.common_causes import Bond, Tie
from whyspike.words.amounts import counted, than_before
from whyspike.words.safe import one_line

_ACCOUNTING = "billing-artefact"  # of the closed list of categories
_COVER_ENDED = "commitment-expired"
_MIN_SHARE = 0.5  # of the accounts that were judged: what begins in so many is no owner's doing
_IN_TRAIL = {Bond.SAME_CHANGE, Bond.SAME_CALL}


def cause_words(ties: Sequence[Tie], is_new: bool) -> str:
    """ "CreateDetector by jane, in the CloudTrail of 28 of 30 accounts; 2 could not be checked".
    `is_new`: nothing was billed for it before in any of the accounts."""
    said = _price(ties) or _change(ties) or _nobody(ties, is_new)
    unchecked = sum(tie.bond is Bond.NOT_CHECKED for tie in ties)
    return said + (f"; {unchecked} could not be checked" if unchecked else "")


def _price(ties: Sequence[Tie]) -> str:
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
    return f"a unit costs {than_before(ratio)} at the same usage{_share(ties)}: {why}"


def _share(ties: Sequence[Tie]) -> str:
    judged = max(tie.judged for tie in ties)
    return f", in {len(ties)} of {counted(judged, 'account')} of the organisation" if judged else ""


def _nobody(ties: Sequence[Tie], is_new: bool) -> str:
    if any(tie.category == _ACCOUNTING for tie in ties):
        return (
            "the usage is as before where it was looked into: the price or the accounting changed"
            f"{_share(ties)}"
        )
    if not is_new:
        return f"no change stands out{_share(ties)}"
    everywhere = len(ties) >= _MIN_SHARE * max(tie.judged for tie in ties) > 0
    may = ": AWS may have begun to bill for it" if everywhere else ""
    return f"a new charge{_share(ties)}, and no change stands out{may}"


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
    return (
        f"{'' if certain else 'perhaps '}{one_line(change, 120)}, in the CloudTrail of {seen} of"
        f" {counted(len(ties), 'account')}"
    )
