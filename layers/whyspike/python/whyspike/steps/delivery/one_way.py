"""What outlets share into which nobody can look: what was sent there cannot be found again, and
only what was surely not taken is sent once more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from whyspike.errors import WhyspikeError
from whyspike.incidents.notices import Notice

Answer = TypeVar("Answer")


class OneWay:
    """An outlet's `find` and `settle`."""

    def find(self, _notice: Notice) -> tuple[None, bool]:
        """Nobody can ask it what it got."""
        return None, False

    def settle(self, _landing: object, mark: Callable[[], Notice]) -> None:
        mark()


def sent_again(
    send: Callable[[], Answer],
    not_taken: tuple[type[WhyspikeError], ...],
    pauses: Sequence[float],
    sleep: Callable[[float], None],
) -> Answer:
    """What `send` gives, called once more after each of `pauses` (seconds) as long as it raises one
    of `not_taken`; raises what the last call does."""
    for pause in pauses:
        try:
            return send()
        except not_taken:
            sleep(pause)
    return send()
