"""Progress of a scan: a live bar on a terminal, one plain line for each step elsewhere."""

from __future__ import annotations

import time
from types import TracebackType

from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.text import Text

from whyspike.cli.console import console


class Progress:
    """Steps one after the other; `accounts` moves the bar of the running step."""

    def __init__(self, *, errors: bool = False) -> None:
        """`errors`: shown on standard error, where standard output is for the answer alone."""
        self._console = console(errors=errors)
        self._live = self._console.is_terminal
        self._started = self._step_started = time.monotonic()
        self._step = ""
        self._bars = Bars(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[done]}"),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
        )
        self._task = self._bars.add_task("", total=None, done="")

    def __enter__(self) -> Progress:
        if self._live:
            self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self._close()
        self._bars.stop()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._started

    def step(self, name: str) -> None:
        """The next step begins; the one before is done."""
        self._close()
        self._step, self._step_started = name, time.monotonic()
        self._bars.reset(self._task, description=name, total=None, done="")

    def accounts(self, done: int, total: int) -> None:
        """`total` is 0 until the accounts are known."""
        if total:
            self._bars.update(
                self._task, completed=done, total=total, done=f"{done} of {total} accounts"
            )

    def _close(self) -> None:
        if self._step:
            self._console.print(
                Text.assemble(
                    ("  ✓", "green"),
                    f" {self._step:<44} {time.monotonic() - self._step_started:5.1f} s",
                )
            )
        self._step = ""
