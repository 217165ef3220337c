"""What each function imports before it can answer, and how long that takes, with bytecode and
without.

    python -m benchmarks.cold_start [--tries 5]

ExplainAnomaly is measured with Claude's client, which it loads when it first asks. The seconds are
processor time of this machine, the least of several tries: Lambda's own start comes on top, and a
function with less memory than 1,769 MB has less than one processor. `--modules` lists the packages
that take longest, by -X importtime.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

PROJECT = Path(__file__).parents[1]
FUNCTIONS = tuple(sorted(path.parent.name for path in PROJECT.glob("functions/*/app.py")))
LATER = {"explain_anomaly": "import anthropic"}  # loaded by the first invocation
LIMITS = {"detect_anomalies": 1.0, "record_feedback": 1.0, "explain_anomaly": 2.5}
TIMED = """
import sys, time
began = time.process_time()
import app
{later}
print(time.process_time() - began, len(sys.modules))
"""


def timed(function: str, cache: str, *, bytecode: bool) -> tuple[float, int]:
    """(processor seconds, modules) of one start; `cache` keeps the bytecode between starts."""
    environment = {"PYTHONPYCACHEPREFIX": cache if bytecode else f"{cache}/none"}
    environment["PYTHONDONTWRITEBYTECODE"] = "" if bytecode else "1"
    seconds, modules = _run(function, environment, []).stdout.split()[-2:]
    return float(seconds), int(modules)


def slowest(function: str, cache: str) -> Counter[str]:
    """Microseconds of each package's own modules."""
    told = _run(function, {"PYTHONPYCACHEPREFIX": cache}, ["-X", "importtime"]).stderr
    taken: Counter[str] = Counter()
    for line in told.splitlines():
        own, _, name = line.removeprefix("import time:").split("|")
        if own.strip().isdigit():
            taken[name.strip().partition(".")[0]] += int(own)
    return taken


def _run(
    function: str, environment: dict[str, str], options: Iterable[str]
) -> subprocess.CompletedProcess[str]:
    code = TIMED.format(later=LATER.get(function, ""))
    return subprocess.run(  # noqa: S603 our own interpreter and code
        [sys.executable, *options, "-c", code],
        cwd=PROJECT / "functions" / function,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tries", type=int, default=5, metavar="N")
    parser.add_argument("--modules", action="store_true")
    arguments = parser.parse_args()
    print(f"{'':20}{'seconds':>10}{'without bytecode':>18}{'modules':>10}{'limit':>8}")
    with tempfile.TemporaryDirectory() as cache:
        for function in FUNCTIONS:
            timed(function, cache, bytecode=True)  # writes the bytecode
            tries = [timed(function, cache, bytecode=True) for _ in range(arguments.tries)]
            raw, _ = timed(function, cache, bytecode=False)
            (seconds, modules), limit = min(tries), LIMITS.get(function)
            told = f"{limit:.1f}" if limit else ""
            print(f"{function:20}{seconds:10.2f}{raw:18.2f}{modules:10,}{told:>8}")
            if arguments.modules:
                for name, micro in slowest(function, cache).most_common(6):
                    print(f"    {name:30}{micro / 1e6:8.2f}")


if __name__ == "__main__":
    main()
