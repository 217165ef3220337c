"""The claims that an explanation is made of: what may be said, and from which evidence.

A claim holds no word and no number of its own, only references into the evidence ("E2", or
"E3/events/0" for an entry of its list). Its docstring is its promise: the schema, Claude's
instructions and docs/explanation.md repeat it, `claims/conditions.py` checks it, and
`claims/rendering.py` writes its sentence.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import ConfigDict, Field

_CLOSED = ConfigDict(extra="forbid")


class OutlookRule(StrEnum):
    """What lets a claim look ahead."""

    RECURS_MONTHLY = "recurs-monthly"  # the same charge came a month earlier
    UNTIL_UPGRADE = "until-upgrade"  # extended support, until the version is upgraded
    RETENTION = "retention"  # the event set or took away how long things are kept
    COMMITMENT_TERM = "commitment-term"  # the event bought for a term


class RuledOut(StrEnum):
    """Why an event or a reading is no cause."""

    AFTER_ONSET = "after-onset"  # of an event: it came later
    OTHER_RESOURCE = "other-resource"  # of an event: it names resources, none of this cost
    OTHER_REGION = "other-region"  # of an event: it was made in another Region
    ROUTINE = "routine"  # of an event: the same call is made on other days
    NOT_QUANTITY = "not-quantity"  # of a cell: the quantity is as before
    NOT_RATE = "not-rate"  # of a cell: the quantity moved as the cost did
    NOT_CUSTOMERS = "not-customers"  # of a cell: the line moved alone


class Unknown(StrEnum):
    """What the evidence cannot tell: a gap of it, or who did it."""

    ASSUME_ROLE = "assume_role"
    CLOUDTRAIL = "cloudtrail"
    TAGS = "tags"
    RESOURCE_LEVEL = "resource_level"
    COST_EXPLORER = "cost_explorer"
    WHO = "who"


class SettledBy(StrEnum):
    """What would tell it."""

    ROLE = "role"  # let the member role be assumed
    TRAIL = "trail"  # let CloudTrail be read
    TAG_ACTIVATION = "tag-activation"  # activate the cost allocation tags
    RESOURCE_DATA = "resource-data"  # opt in to resource-level cost data
    COST_EXPLORER_ACCESS = "cost-explorer-access"
    ASK_THE_TEAM = "ask-the-team"


CellRef: TypeAlias = Annotated[str, Field(description="id of a cause on the bill, such as E2")]
EventRef: TypeAlias = Annotated[
    str, Field(description="ref of an event as the evidence gives it, such as E3/events/0")
]
LineRef: TypeAlias = Annotated[
    str, Field(description="ref of another line as the evidence gives it: E2/moved_with_it/0")
]


@dataclass(frozen=True)
class _Claim:
    __pydantic_config__: ClassVar[ConfigDict] = _CLOSED


@dataclass(frozen=True)
class Rose(_Claim):
    """What a cell of the bill costs, what was expected, and where it is. Opens the message; of a
    further cause, opens its part."""

    cell: CellRef
    claim: Literal["rose"] = "rose"


@dataclass(frozen=True)
class Since(_Claim):
    """When the cell's cost changed, and whether it goes on or is over."""

    cell: CellRef
    claim: Literal["since"] = "since"


@dataclass(frozen=True)
class QuantityOrRate(_Claim):
    """Whether more was used, the rate changed, or the charge is no usage at all; what the bill
    shows of it is written."""

    cell: CellRef
    claim: Literal["quantity_or_rate"] = "quantity_or_rate"


@dataclass(frozen=True)
class MadeBy(_Claim):
    """The event is most likely the cause, and its principal is named: it can move this cell, came
    before the onset, and no other principal's event does as well."""

    event: EventRef
    cell: CellRef
    claim: Literal["made_by"] = "made_by"


@dataclass(frozen=True)
class PossibleBy(_Claim):
    """The event may be the cause, which is said with its doubt: it can move this cell or touches
    its resources, and came before the onset."""

    event: EventRef
    cell: CellRef
    claim: Literal["possible_by"] = "possible_by"


@dataclass(frozen=True)
class RuledOutBy(_Claim):
    """Why an event (after-onset, other-resource, other-region, routine) or, with an empty event, a
    reading of the cell (not-quantity, not-rate, not-customers) is not it."""

    event: Annotated[str, Field(description="ref of the event, or empty for a reading of the cell")]
    cell: CellRef
    reason: RuledOut
    claim: Literal["ruled_out"] = "ruled_out"


@dataclass(frozen=True)
class SideEffect(_Claim):
    """Another line that moved because of this cell: the evidence gives its relation."""

    line: LineRef
    of: CellRef
    claim: Literal["side_effect"] = "side_effect"


@dataclass(frozen=True)
class AlsoUp(_Claim):
    """Another line that moved on that day, which is said to be perhaps unrelated."""

    line: LineRef
    claim: Literal["also_up"] = "also_up"


@dataclass(frozen=True)
class NotKnown(_Claim):
    """What the evidence cannot tell, and what would settle it: a gap that the evidence names, or
    who, where no event proves it."""

    gap: Unknown
    settled_by: SettledBy
    cell: Annotated[str, Field(description="the cell, for who; else empty")] = ""
    claim: Literal["unknown"] = "unknown"


@dataclass(frozen=True)
class Outlook(_Claim):
    """What is to come, where a rule that the evidence holds says so."""

    cell: CellRef
    rule: OutlookRule
    claim: Literal["outlook"] = "outlook"


@dataclass(frozen=True)
class Reading(_Claim):
    """One or two short sentences on the mechanism, marked as your reading. No digits or numbers in
    words, names, persons, dates, links, commands, accusations, approvals or advice. What the
    evidence does not name is said in general ("a loop", not "the loop"); "deleted" and the like
    only of what the event that stands out was made on."""

    text: Annotated[str, Field(description="at most 40 words")]
    cell: CellRef
    claim: Literal["reading"] = "reading"


Claim: TypeAlias = (
    Rose
    | Since
    | QuantityOrRate
    | MadeBy
    | PossibleBy
    | RuledOutBy
    | SideEffect
    | AlsoUp
    | NotKnown
    | Outlook
    | Reading
)
CLAIMS: tuple[type[_Claim], ...] = (
    Rose,
    Since,
    QuantityOrRate,
    MadeBy,
    PossibleBy,
    RuledOutBy,
    SideEffect,
    AlsoUp,
    NotKnown,
    Outlook,
    Reading,
)
