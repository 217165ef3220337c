"""What a person's answer makes of incidents, and the changes that targets are told of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from whyspike.incidents import feedback
from whyspike.incidents.incident import Feedback, Incident
from whyspike.incidents.notices import Notice, change_id, targets_of_owner
from whyspike.messages.change_event import change_by_person, change_notice
from whyspike.steps.delivery.outbox import Outbox
from whyspike.steps.delivery.targets import TargetDelivery, Targets
from whyspike.wire.table.incidents import HistoryEntry, IncidentTable
from whyspike.wire.table.notices import NoticeTable


@dataclass(frozen=True)
class Hearing:
    """One answer of a person, for each incident that it is given to."""

    table: IncidentTable
    given: Feedback
    now: datetime
    targets: Targets
    _changed: dict[str, str] = field(default_factory=dict)  # targets by the notices for them

    def of(self, incident_id: str) -> Incident | None:
        """The incident with the answer; what it changes is stored for every target too."""
        given = self.given
        history = HistoryEntry(incident_id, given.at, str(given.kind), given.by, given.reason)
        return self.table.change(
            incident_id,
            lambda before: feedback.apply(before, given),
            self.now,
            history,
            self._announced,
        )

    def announce(self) -> None:
        """Sends the changes to targets that answer at once; what does not arrive, and what goes to
        owners' webhooks, waits for the next scan."""
        if self._changed:
            delivery = TargetDelivery(Outbox(NoticeTable(self.table)), self.targets)
            delivery.deliver_now(self._changed, self.now.date())

    def _announced(self, after: Incident) -> list[Notice]:
        change = change_by_person(after, self.given, self.now)
        self._changed.update(
            {
                change_id(after.incident_id, after.version, target): target
                for target in self.targets.of_all
            }
        )
        targets = (*self.targets.of_all, *targets_of_owner(after.owner))
        return [change_notice(change, target) for target in targets]
