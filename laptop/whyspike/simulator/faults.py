"""Faults by name, each a number of times: {"cost_explorer:throttle": 5}.

| fault | effect |
| --- | --- |
| `cost_explorer:throttle` | LimitExceededException |
| `cost_explorer:deny` | AccessDeniedException |
| `cost_explorer:not_ready` | DataUnavailableException |
| `cost_explorer:InvalidNextTokenException`, `RequestChangedException`, `BillExpirationException`,
`ExpiredTokenException` | of a request for a further page |
| `cloudtrail:deny:eu-west-1` | a Region that a service control policy denies |
| `cost_explorer:timeout` | no answer within the client's read time-out |
| `cloudtrail:throttle`, `cloudtrail:deny` | ThrottlingException, AccessDeniedException |
| `organizations:throttle`, `organizations:deny` | TooManyRequestsException, AccessDeniedException |
| `budgets:throttle`, `budgets:deny` | ThrottlingException, AccessDeniedException |
| `sts:deny`, `sts:throttle` | AccessDenied, Throttling of AssumeRole |
| `dynamodb:down`, `s3:down`, any other service | an internal error, status 503 |
| `dynamodb:throttle`, `s3:throttle` | ThrottlingException, SlowDown |
| `ses:configuration_set` | the sender's identity has a configuration set by default |
| `aws:dynamodb:PutItem:ThrottlingException`, `aws:s3:*:SlowDown` | an operation, or every one, of
a service of AWS answers the stack's roles with that error |
| `anomaly_detection:endless` | GetAnomalies names a further page, whichever was asked for |
| `aws:events:PutEventsEntry:InternalFailure` | one event of a request fails so |
| `lambda:throttle` | TooManyRequestsException of Invoke |
| `lambda:fail`, `lambda:fail:ExplainAnomaly` | ServiceException of Invoke; of one function |
| `lambda:Runtime.ExitError`, `lambda:Sandbox.Timedout`, `lambda:Lambda.Unknown` | the try ends so |
| `claude:*`, `slack:*` | see simulator/claude/endpoint.py and simulator/slack/workspace.py |
| `teams:*`, `webhook:*` | see simulator/receivers/ |
| `kill:<Function>:<n>` | the worker dies at its n-th outgoing call from now on, unmade |
| `kill_after:<Function>:<n>` | the same, after the call took effect and before its answer |

A name may end in an account id (`cost_explorer:throttle:111122223333`): only calls for that account
fail; that of a service which is down or overloaded in a caller (`s3:down:NotifyOwner`). ALWAYS
never runs out.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping

ALWAYS = -1


class Faults:
    """The faults that are still to come; safe to use from several threads."""

    def __init__(self, planned: Mapping[str, int] | None = None) -> None:
        self._left = dict(planned or {})
        self._seen: dict[str, int] = {}
        self._lock = threading.Lock()

    def set(self, name: str, times: int = ALWAYS) -> None:
        """Plans a fault; 0 takes it back."""
        with self._lock:
            self._left[name] = times
            self._seen.pop(name, None)

    def take(self, name: str, scope: str = "") -> bool:
        """Whether the fault `name` strikes now, for `scope` (an account id or a function) or for
        everybody; uses it up once."""
        with self._lock:
            for key in (f"{name}:{scope}", name):
                left = self._left.get(key, 0)
                if left:
                    self._left[key] = left - 1 if left > 0 else left
                    return True
        return False

    def take_error(self, service: str, operation: str, account_id: str = "") -> str:
        """The error code with which a service of AWS answers the operation now, to that account;
        "" for none. Uses the fault up once."""
        with self._lock:
            for name, times in self._left.items():
                kind, *which = name.split(":")
                if kind != "aws" or not times or which[0] != service:
                    continue
                if which[1] in (operation, "*") and which[3:] in ([], [account_id]):
                    self._left[name] = times - 1 if times > 0 else times
                    return which[2]
        return ""

    def take_nth(self, prefix: str) -> bool:
        """Whether this is the n-th time since a fault `<prefix>:<n>` was planned; it strikes
        once."""
        struck = False
        with self._lock:
            for name in [
                name
                for name, times in self._left.items()
                if times and name.startswith(f"{prefix}:")
            ]:
                self._seen[name] = self._seen.get(name, 0) + 1
                if self._seen[name] == int(name.rpartition(":")[2]):
                    self._left[name] = 0
                    struck = True
        return struck

    def left(self) -> dict[str, int]:
        with self._lock:
            return {name: times for name, times in self._left.items() if times}
