"""What the usage type of a commitment's fee says of it: "ComputeSP:3yrPartialUpfront".

Savings Plans name term and payment there (Cost Management user guide, Understanding your Savings
Plans charges); reservations (HeavyUsage:m5.large) name neither, and nothing is said of theirs.
"""

from __future__ import annotations

import re

_NAMED = re.compile(r"(?<![0-9A-Za-z])([13])yr(No|Partial|All)Upfront$")
_YEARS = {"1": "one year", "3": "three years"}
_PAYMENTS = {
    "No": "paid as it goes, nothing upfront",
    "Partial": "paid in part upfront",
    "All": "paid all upfront",
}


def term_of(usage_type: str) -> str:
    """ "for one year, paid all upfront"; "" where the usage type does not say it."""
    found = _NAMED.search(usage_type)
    return f"for {_YEARS[found[1]]}, {_PAYMENTS[found[2]]}" if found else ""
