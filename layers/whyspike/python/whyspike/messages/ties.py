"""What is known of a cause that several accounts share, and of how many of them, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from whyspike.model.common_causes import Bond, Tie
from whyspike.words.amounts import counted
from whyspike.words.safe import one_line

_ACCOUNTING = "billing-artefact"  # of the closed list of categories
_IN_TRAIL = {Bond.SAME_CHANGE, Bond.SAME_CALL}


def cause_words(ties: Sequence[Tie], is_new: bool) -> str:
    """ "CreateDetector by jane, in the CloudTrail of 28 of 30 accounts; 2 could not be checked".
    `is_new`: nothing was billed for it before in any of the accounts."""
    said = _change(ties)
    if not said:
        accounting = any(tie.category == _ACCOUNTING for tie in ties)
        said = (
            "the usage is as before where it was looked into: the price or the accounting changed"
            if accounting
            else "a new charge, and no change stands out"
            if is_new
            else "no change stands out"
        )
    unchecked = sum(tie.bond is Bond.NOT_CHECKED for tie in ties)
    return said + (f"; {unchecked} could not be checked" if unchecked else "")


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
