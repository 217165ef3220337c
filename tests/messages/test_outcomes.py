"""What stands in a message once its incident is over: the word for how it ended."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.support.digests import digest_with, incident, said
from whyspike.incidents.incident import Ending, what_happened
from whyspike.messages.outcomes import standing
from whyspike.model import IncidentState

DAY = date(2026, 11, 22)
ENDS: dict[str, tuple[dict[str, Any], str, str]] = {
    "back to the expected spend": (
        {"state": IncidentState.RESOLVED, "ending": Ending.BACK_TO_EXPECTED},
        ":white_check_mark: Resolved on Sun 22 Nov",
        "\nEnded\n",
    ),
    "a level that stays": (
        {"state": IncidentState.RESOLVED, "ending": Ending.NEW_BASELINE},
        ":heavy_minus_sign: Counted as normal on Sun 22 Nov",
        "\nA new level, counted as normal from now on\n",
    ),
    "taken back": (
        {"state": IncidentState.RESTATED, "ending": Ending.RESTATED},
        ":white_check_mark: Restated on Sun 22 Nov",
        "\nVanished: the bill was corrected\n",
    ),
}


@pytest.mark.parametrize("name", ENDS)
def test_an_end_is_told_as_what_it_is(name: str) -> None:
    fields, text, title = ENDS[name]
    over = incident(ended_on=DAY, **fields)
    assert standing(over) == (text, True)
    assert title in said(digest_with((over, what_happened(over, DAY))))
