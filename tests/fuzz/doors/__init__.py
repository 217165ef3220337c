"""Every place where something from outside is read: what a good one looks like, and what reads
it."""

from __future__ import annotations

from collections.abc import Mapping

from tests.fuzz.doors import aws, files, functions, people, stored
from tests.fuzz.doors.door import Door

DOORS: Mapping[str, Door] = {
    **files.DOORS,
    **aws.DOORS,
    **people.DOORS,
    **stored.DOORS,
    **functions.DOORS,
}
