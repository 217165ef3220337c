"""The Lambda service of the simulation: deployed functions, their workers, and Invoke."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from whyspike.simulator.aws.diagnostics import NEW_ACCOUNT
from whyspike.simulator.aws.models import AwsError
from whyspike.simulator.faults import Faults
from whyspike.simulator.functions.runtime_api import InvocationResult
from whyspike.simulator.functions.worker import Function, Worker, died


@dataclass(frozen=True)
class FunctionRun:
    """One invocation as it was; the seconds are those of this machine."""

    logical_id: str
    seconds: float
    request_bytes: int
    response_bytes: int


MAX_REQUEST_BYTES = 6 * 1024 * 1024
# How Lambda tells of a try that ended without the function's own word.
DEATHS = {
    "Runtime.ExitError": "Error: Runtime exited with error: signal: killed",
    "Sandbox.Timedout": "Error: Task timed out after 300.00 seconds",
    "Lambda.Unknown": "The cause could not be determined because Lambda did not return an error"
    " type.",
}


class Functions:
    """Invokes functions by name, ARN or logical id. `environment_of(function, worker_id)`: what a
    worker needs to reach the simulation."""

    def __init__(
        self,
        functions: Iterable[Function],
        environment_of: Callable[[Function, str], Mapping[str, str]],
        faults: Faults,
        logs: Path,
        workers: int,
    ) -> None:
        self.all = tuple(functions)
        self.runs: list[FunctionRun] = []  # that were answered, in the order of the answers
        self._environment_of = environment_of
        self._faults = faults
        self._logs = logs
        self._free = {function.arn: threading.Semaphore(workers) for function in self.all}
        self._idle: dict[str, list[tuple[str, Worker]]] = {
            function.arn: [] for function in self.all
        }
        self._running: dict[str, int] = dict.fromkeys(self._free, 0)
        self._workers: dict[str, Worker] = {}
        self._serving: dict[str, bytes] = {}  # worker id -> the event it works on
        self._lock = threading.Lock()
        self._started = 0
        self._closed = False

    def find(self, name: str) -> Function:
        """Raises AwsError ResourceNotFoundException for a function that is not deployed."""
        for function in self.all:
            if name in (function.name, function.arn, function.logical_id):
                return function
        raise AwsError("ResourceNotFoundException", f"Function not found: {name}", 404)

    def invoke(self, name: str, payload: bytes) -> InvocationResult:
        """Runs the function and waits. Raises AwsError for what Lambda itself refuses (unknown,
        throttled, too large)."""
        function = self.find(name)
        if len(payload) > MAX_REQUEST_BYTES:
            raise AwsError(
                "RequestTooLargeException",
                "Request must be smaller than 6291456 bytes for the InvokeFunction operation",
                413,
            )
        if self._faults.take("lambda:throttle", function.logical_id):
            raise AwsError("TooManyRequestsException", "Rate Exceeded.", 429)
        if self._faults.take("lambda:fail", function.logical_id):
            raise AwsError(
                "ServiceException", "The Lambda service encountered an internal error.", 500
            )
        for kind, message in DEATHS.items():
            if self._faults.take(f"lambda:{kind}", function.logical_id):
                return died(kind, message)
        self._enter(function)
        try:
            with self._free[function.arn]:
                return self._run(function, payload)
        finally:
            with self._lock:
                self._running[function.arn] -= 1

    def running(self, name: str) -> int:
        """Invocations of the function that are not answered yet."""
        with self._lock:
            return self._running[self.find(name).arn]

    def kill_worker(self, worker_id: str) -> None:
        """Ends a worker in the middle of its invocation."""
        with self._lock:
            worker = self._workers[worker_id]
        worker.kill()

    def account_of(self, worker_id: str) -> str:
        """The account that the worker's current event is about; empty for events about the whole
        organisation."""
        with self._lock:
            event = json.loads(self._serving.get(worker_id, b"null"))
        account = event.get("account") if isinstance(event, dict) else None
        return str(account.get("account_id", "")) if isinstance(account, dict) else ""

    def log(self, name: str) -> str:
        """What the function's workers wrote, logs and metrics."""
        file = self._log_file(self.find(name))
        return file.read_text("utf-8", "replace") if file.exists() else ""

    def warm(self, names: Iterable[str]) -> None:
        """Starts one worker of each of these functions ahead of its first invocation, unless it has
        one."""
        for function in map(self.find, names):
            with self._lock:
                known = any(
                    worker_id.rpartition("-")[0] == function.logical_id
                    for worker_id in self._workers
                )
            if not known:
                idle = self._start(function)
                with self._lock:
                    self._idle[function.arn].append(idle)

    def processes(self) -> list[tuple[str, int]]:
        """(logical id, process id) of each worker that lives."""
        with self._lock:
            return [
                (worker_id.rpartition("-")[0], worker.pid)
                for worker_id, worker in self._workers.items()
                if worker.alive
            ]

    def close(self) -> None:
        with self._lock:
            self._closed = True
            workers = list(self._workers.values())
            self._workers.clear()
        for worker in workers:
            worker.close()

    def _enter(self, function: Function) -> None:
        with self._lock:
            at_once = sum(self._running.values())
            if at_once >= NEW_ACCOUNT and self._faults.take("lambda:quota"):
                raise AwsError("TooManyRequestsException", "Rate Exceeded.", 429)
            limit = function.reserved_concurrency
            if limit is not None and self._running[function.arn] >= limit:
                raise AwsError(
                    "TooManyRequestsException",
                    "Rate Exceeded. ReservedFunctionConcurrentInvocationLimitExceeded",
                    429,
                )
            self._running[function.arn] += 1

    def _run(self, function: Function, payload: bytes) -> InvocationResult:
        with self._lock:
            idle = self._idle[function.arn].pop() if self._idle[function.arn] else None
        worker_id, worker = idle or self._start(function)
        with self._lock:
            self._serving[worker_id] = payload
        began = time.monotonic()
        outcome = worker.invoke(payload)
        seconds = time.monotonic() - began
        sizes = len(payload), len(outcome.payload)
        with self._lock:
            self.runs.append(FunctionRun(function.logical_id, seconds, *sizes))
        if worker.alive:
            with self._lock:
                self._idle[function.arn].append((worker_id, worker))
        else:
            with self._lock:
                self._workers.pop(worker_id, None)
            worker.close()
        return outcome

    def _start(self, function: Function) -> tuple[str, Worker]:
        with self._lock:
            if self._closed:
                raise AwsError("ServiceException", "The simulation is closed.", 500)
            self._started += 1
            worker_id = f"{function.logical_id}-{self._started}"
        environment = self._environment_of(function, worker_id)
        worker = Worker(function, environment, self._log_file(function))
        with self._lock:
            self._workers[worker_id] = worker
        return worker_id, worker

    def _log_file(self, function: Function) -> Path:
        return self._logs / f"{function.logical_id}.log"
