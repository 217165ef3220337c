"""Delivers what waits for targets: each by an outlet of its own, each notice once to each.

A target that fails keeps neither the others nor the owners' messages back. What it did not take
waits for the next run, and the digest names the target, the reason and what to do about it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from whyspike.errors import (
    InFlight,
    Refused,
    Retryable,
    Uncertain,
    Unreachable,
    WhyspikeError,
)
from whyspike.incidents.notices import (
    EVENT_BUS,
    Notice,
    NoticeStatus,
    is_due,
    is_old,
    teams_of,
    webhook_of,
)
from whyspike.messages.joined import by_cause
from whyspike.model.digests import TargetShortfall
from whyspike.steps.configuration import Configuration
from whyspike.steps.delivery.event_outlet import EventOutlet
from whyspike.steps.delivery.outbox import NOT_DELIVERED, Outbox, Outlet
from whyspike.wire.event_bus import TIMEOUT, event_bus

logger = logging.getLogger(__name__)

_NO_ANSWER = Uncertain("there was no answer, twice")
_NO_TIME = Unreachable("no time was left for it in this run")
MAX_REFUSALS = 3  # of one target in a row, after which a run offers it nothing more
MAX_SECONDS = 240.0  # for all targets of one run together: the digest comes after them


class TargetOutlet(Outlet, Protocol):
    def ready(self) -> None:
        """Raises NOT_DELIVERED where the target is known to take nothing."""


@dataclass(frozen=True)
class Targets:
    """The deployment's targets, by what notices have as `target`. Here those that answer at once,
    for which no secret is needed (owner_targets has the others); `timeout` is what a call of the
    event bus may take, in seconds to connect and to answer."""

    config: Configuration
    timeout: tuple[float, float] = TIMEOUT

    @property
    def of_all(self) -> tuple[str, ...]:
        """Those that every change of every incident goes to."""
        return (EVENT_BUS,) if self.config.event_bus_name else ()

    def called(self, target: str) -> str:
        """What people call it."""
        if name := teams_of(target):
            return f"Microsoft Teams {name}"
        name = webhook_of(target)
        return f"webhook {name}" if name else f"event bus {self.config.event_bus_name}".strip()

    def open(self, target: str) -> TargetOutlet:
        """Raises Refused where the deployment has no such target any more, or not yet."""
        if target in self.of_all:
            return EventOutlet(event_bus(self.config.event_bus_name, self.timeout))
        raise Refused("none is deployed", remedy="deploy with EventBusName=NAME")


@dataclass
class TargetsTold:
    """How many notices arrived, which targets did not take theirs, and the first failure that may
    pass of a target of all, for the caller to raise when all else is done."""

    sent: int = 0
    shortfalls: list[TargetShortfall] = field(default_factory=list)
    failure: WhyspikeError | None = None


@dataclass(frozen=True)
class TargetDelivery:
    outbox: Outbox
    targets: Targets
    monotonic: Callable[[], float] = field(default=lambda: time.monotonic())

    def deliver(self, scan_date: date) -> TargetsTold:
        """Sends what is due in a scan of that date. Raises nothing that a target answers."""
        told = TargetsTold()
        ends = self.monotonic() + MAX_SECONDS
        for target in self.outbox.table.targets():
            waiting = self.outbox.table.waiting(target)
            due = [notice for notice in waiting if is_due(notice, scan_date)]
            sent, reason = self._offer(target, due, scan_date, ends)
            told.sent += sent
            if isinstance(reason, Retryable) and target in self.targets.of_all:
                told.failure = told.failure or reason
            left = self._left(target, scan_date)
            if left:
                name = self.targets.called(target)
                told.shortfalls.append(_shortfall(name, left, reason or _NO_ANSWER))
        return told

    def deliver_now(self, chosen: Mapping[str, str], scan_date: date) -> None:
        """Sends these notices, each to its target; what does not arrive waits."""
        for target in dict.fromkeys(chosen.values()):
            ids = (notice_id for notice_id, its in chosen.items() if its == target)
            found = map(self.outbox.table.find, ids)
            due = [notice for notice in found if notice and is_due(notice, scan_date)]
            self._offer(target, due, scan_date, self.monotonic() + MAX_SECONDS)

    def _offer(
        self, target: str, due: Sequence[Notice], scan_date: date, ends: float
    ) -> tuple[int, WhyspikeError | None]:
        """How many were sent, and why others were not."""
        sent = refused = 0
        reason: WhyspikeError | None = None
        try:
            outlet = self.targets.open(target)
            outlet.ready()
        except NOT_DELIVERED as error:
            return 0, error
        for group in by_cause(due):
            if self.monotonic() > ends:
                return sent, _NO_TIME
            try:
                sent += self._send(group, outlet, scan_date)
                refused = 0
            except (*NOT_DELIVERED, InFlight) as error:
                logger.warning("notice %s not delivered: %s", group[0].notice_id, error)
                reason = error
                refused += isinstance(error, Refused)
                if refused == MAX_REFUSALS or not isinstance(error, (Refused, InFlight)):
                    break
        return sent, reason

    def _send(self, group: Sequence[Notice], outlet: Outlet, scan_date: date) -> int:
        claimed = [mine for notice in group if (mine := self.outbox.claim(notice, scan_date))]
        return self.outbox.deliver(claimed, outlet, scan_date) if claimed else 0

    def _left(self, target: str, scan_date: date) -> list[Notice]:
        """What the target did not take, without what is no news any more: that waits no longer."""
        return [n for n in self.outbox.table.waiting(target) if not self._given_up(n, scan_date)]

    def _given_up(self, notice: Notice, scan_date: date) -> bool:
        if not is_old(notice, scan_date):
            return False
        claimed = self.outbox.claim(notice, scan_date)
        if claimed:
            self.outbox.table.finish(claimed, NoticeStatus.NOWHERE)
        return claimed is not None


def _shortfall(name: str, left: Iterable[Notice], error: WhyspikeError) -> TargetShortfall:
    dates = [notice.scan_date for notice in left]
    return TargetShortfall(
        name, len(dates), min(dates), type(error).__name__, error.reason[:300], error.remedy[:300]
    )
