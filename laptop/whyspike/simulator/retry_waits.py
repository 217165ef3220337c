"""The waits between the retries of the state machine: counted in full, waited for shortly.

Half an hour of an outage is told by the definition and not by the clock of a test: a wait of more
than ten seconds takes one. Shorter ones are real, since a lease that is waited for is.
"""

from __future__ import annotations

import time

from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl

MAX_REAL_SECONDS = 10.0
SHORTENED_SECONDS = 1.0


class RetryWaits:
    """Stands in for the clock of moto's retriers from construction on; `seconds` is what Step
    Functions would have waited in all."""

    def __init__(self) -> None:
        self.seconds = 0.0
        retrier_decl.time = self

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        time.sleep(seconds if seconds <= MAX_REAL_SECONDS else SHORTENED_SECONDS)
