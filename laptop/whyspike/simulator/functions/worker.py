"""One execution environment of a function: a process of the real Lambda runtime client
(awslambdaric) that runs the real handler."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from whyspike.simulator.functions import network
from whyspike.simulator.functions.runtime_api import InvocationResult, RuntimeApi, RuntimeInvocation

INIT_TIMEOUT_SECONDS = 60  # Lambda allows 10; a busy laptop needs more
MAX_RESPONSE_BYTES = 6 * 1024 * 1024


@dataclass(frozen=True)
class Function:
    """A deployed function. `paths` are its code folder and the python/ folders of its layers, in
    the order of sys.path."""

    name: str
    arn: str
    logical_id: str
    handler: str
    code: Path
    paths: tuple[Path, ...]
    environment: Mapping[str, str]
    timeout_seconds: int
    memory_mb: int
    role_arn: str
    reserved_concurrency: int | None = None


class Worker:
    """Serves one invocation at a time; `alive` is False once the process is gone, and it is never
    used again."""

    def __init__(self, function: Function, environment: Mapping[str, str], log: Path) -> None:
        self._function = function
        self._api = RuntimeApi()
        with log.open("ab") as sink:
            self._process = subprocess.Popen(  # noqa: S603 our own interpreter and module
                [sys.executable, *_runtime(environment), function.handler],
                cwd=function.code,
                env=_clean_environment(function)
                | dict(environment)
                | {"AWS_LAMBDA_RUNTIME_API": self._api.address},
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        threading.Thread(target=self._watch, daemon=True).start()

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        return self._process.pid

    def invoke(self, payload: bytes) -> InvocationResult:
        """The handler's answer, or its error, a timeout or the process's end in the words of
        Lambda."""
        if not self._api.ready.wait(INIT_TIMEOUT_SECONDS):
            self.kill()
            return died(
                "Sandbox.Timedout", f"Init phase timed out after {INIT_TIMEOUT_SECONDS} seconds"
            )
        request_id = str(uuid.uuid4())
        timeout = self._function.timeout_seconds
        deadline = int((time.time() + timeout) * 1000)
        self._api.events.put(RuntimeInvocation(request_id, payload, deadline, self._function.arn))
        try:
            outcome = self._api.outcomes.get(timeout=timeout)
        except queue.Empty:
            self.kill()
            return died(
                "Sandbox.Timedout",
                f"RequestId: {request_id} Error: Task timed out after {timeout}.00 seconds",
            )
        if len(outcome.payload) > MAX_RESPONSE_BYTES:
            return died(
                "Function.ResponseSizeTooLarge",
                "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
            )
        return outcome

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        if self.alive:
            self.kill()
        self._api.close()

    def _watch(self) -> None:
        status = self._process.wait()
        reason = f"signal: {-status}" if status < 0 else f"exit status {status}"
        self._api.outcomes.put(
            died("Runtime.ExitError", f"Error: Runtime exited with error: {reason}")
        )
        self._api.ready.set()


def died(kind: str, message: str) -> InvocationResult:
    """What Lambda answers for a try that did not end by itself."""
    return InvocationResult(
        json.dumps({"errorType": kind, "errorMessage": message}).encode(), error=True
    )


def _runtime(environment: Mapping[str, str]) -> list[str]:
    """The Lambda runtime client; in a network of names of its own, where there is one."""
    if network.HOSTS in environment:
        return ["-P", str(network.__file__)]
    return ["-m", "awslambdaric"]


def _clean_environment(function: Function) -> dict[str, str]:
    """What Lambda sets itself, and the function's own variables; nothing of the person's shell but
    where programs lie."""
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "PYTHONPATH": ":".join(str(path) for path in function.paths),
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
        "AWS_LAMBDA_LOG_FORMAT": "JSON",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_EC2_METADATA_DISABLED": "true",
        "LAMBDA_TASK_ROOT": str(function.code),
        "_HANDLER": function.handler,
        **function.environment,
    }
