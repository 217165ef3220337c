"""Delivers what waits for targets: each by an outlet of its own, each notice once to each.

A target that fails keeps neither the others nor the owners' messages back. What it did not take
waits for the next run, and the digest names the target, the reason and what to do about it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from whyspike.errors import InFlight, Refused, Retryable, Uncertain, WhyspikeError
from whyspike.incidents.notices import EVENT_BUS, Notice, NoticeStatus, is_due, is_old
from whyspike.model.digests import TargetShortfall
from whyspike.steps.configuration import Configuration
from whyspike.steps.delivery.event_outlet import EventOutlet
from whyspike.steps.delivery.outbox import NOT_DELIVERED, Outbox, Outlet
from whyspike.wire.event_bus import TIMEOUT, event_bus

logger = logging.getLogger(__name__)

_NO_ANSWER = Uncertain("there was no answer, twice")
MAX_REFUSALS = 3  # of one target in a row, after which a run offers it nothing more


class TargetOutlet(Outlet, Protocol):
    def ready(self) -> None:
        """Raises NOT_DELIVERED where the target is known to take nothing."""


@dataclass(frozen=True)
class Target:
    """`name` is what people call it, `open` makes its outlet."""

    name: str
    open: Callable[[], TargetOutlet]


def targets_of(config: Configuration, timeout: tuple[float, float] = TIMEOUT) -> dict[str, Target]:
    """The deployment's targets, by what their notices have as `target`; `timeout` is what a call
    may take, in seconds to connect and to answer."""
    if not config.event_bus_name:
        return {}
    name = config.event_bus_name
    bus = Target(f"event bus {name}", lambda: EventOutlet(event_bus(name, timeout)))
    return {EVENT_BUS: bus}


@dataclass
class TargetsTold:
    """How many notices arrived, which targets did not take theirs, and the first failure that may
    pass, for the caller to raise when all else is done."""

    sent: int = 0
    shortfalls: list[TargetShortfall] = field(default_factory=list)
    failure: WhyspikeError | None = None


@dataclass(frozen=True)
class TargetDelivery:
    outbox: Outbox
    targets: Mapping[str, Target]

    def deliver(self, scan_date: date, only: Collection[str] | None = None) -> TargetsTold:
        """Sends what is due in a scan of that date; of `only` these notices where they are given.
        Raises nothing that a target answers."""
        told = TargetsTold()
        for key in self.targets:
            waiting = self.outbox.table.waiting(key)
            chosen = [n for n in waiting if only is None or n.notice_id in only]
            if chosen:
                due = [notice for notice in chosen if is_due(notice, scan_date)]
                self._deliver(key, due, scan_date, told)
        return told

    def _deliver(self, key: str, due: Sequence[Notice], scan_date: date, told: TargetsTold) -> None:
        target = self.targets[key]
        outlet = target.open()
        refused = 0
        reason: WhyspikeError | None = None
        try:
            outlet.ready()
        except NOT_DELIVERED as error:
            reason, due = error, ()
        for notice in due:
            try:
                told.sent += self._send(notice, outlet, scan_date)
                refused = 0
            except (*NOT_DELIVERED, InFlight) as error:
                logger.warning("notice %s not delivered: %s", notice.notice_id, error)
                reason = error
                refused += isinstance(error, Refused)
                if refused == MAX_REFUSALS or not isinstance(error, (Refused, InFlight)):
                    break
        if isinstance(reason, Retryable):
            told.failure = told.failure or reason
        left = self._left(key, scan_date)
        if left:
            told.shortfalls.append(_shortfall(target, left, reason or _NO_ANSWER))

    def _send(self, notice: Notice, outlet: Outlet, scan_date: date) -> int:
        claimed = self.outbox.claim(notice, scan_date)
        return self.outbox.deliver([claimed], outlet, scan_date) if claimed else 0

    def _left(self, key: str, scan_date: date) -> list[Notice]:
        """What the target did not take, without what is no news any more: that waits no longer."""
        left = []
        for notice in self.outbox.table.waiting(key):
            if not is_old(notice, scan_date):
                left.append(notice)
            elif claimed := self.outbox.claim(notice, scan_date):
                self.outbox.table.finish(claimed, NoticeStatus.NOWHERE)
        return left


def _shortfall(target: Target, left: Sequence[Notice], error: WhyspikeError) -> TargetShortfall:
    return TargetShortfall(
        target.name,
        len(left),
        min(notice.scan_date for notice in left),
        type(error).__name__,
        error.reason[:300],
        error.remedy[:300],
    )
