"""Notices of one owner about one cause as one message in Slack."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from whyspike.incidents.notices import Notice
from whyspike.messages.joined import joined
from whyspike.steps.delivery.outbox import Landing
from whyspike.steps.delivery.slack_outlet import SlackOutlet


@dataclass(frozen=True)
class JoinedOutlet:
    """For one delivery of `group`, whose first notice stands for all. `in_all` is the number of
    accounts that have the cause, whoever owns them."""

    inner: SlackOutlet
    group: Sequence[Notice]
    in_all: int

    def find(self, notice: Notice) -> tuple[Landing | None, bool]:
        """An earlier attempt arrived under the id of the first."""
        landing, looked = self.inner.find(replace(self.group[0], unclear=notice.unclear))
        return (replace(landing, notice=notice) if landing else None), looked

    def send(self, notices: Sequence[Notice]) -> tuple[Landing, ...]:
        head = joined(notices, self.in_all)
        if head.joined:
            self.inner.table.join(head)
        (landing,) = self.inner.send([head])
        if not head.joined:
            return (landing,)
        return tuple(replace(landing, notice=notice, root_id=None) for notice in notices)

    def settle(self, landing: Landing, mark: Callable[[], Notice]) -> None:
        self.inner.settle(landing, mark)
