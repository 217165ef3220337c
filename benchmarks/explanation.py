"""Marks the explanations of `whyspike demo --claude off` over a folder of organisations with a
known cause; with --claude, those that Claude's recorded answers give.

    python benchmarks/explanation.py DIR [--only d01,d05] [--claude ANSWERS] [--out OUT]

The folder's own mark.py and score.py (in the folder or above it) run the command, one organisation
after the other, and give the marks; this adds what an anomaly cost to explain: Cost Explorer
requests beyond the daily ones, CloudTrail requests, tokens.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

WHYSPIKE = Path(sys.executable).with_name("whyspike")
BY_RULES = f"{WHYSPIKE} demo --claude off"
WIDTHS = (11, 19, 15)
DAILY_REQUESTS = 2  # by record type, and by usage type


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "organizations",
        nargs="?",
        default="",
        help="folder of <id>/organization and <id>/truth.json",
    )
    parser.add_argument("--only", default="", help="beginnings of ids, comma-separated")
    parser.add_argument("--out", type=Path, default=Path("out/bench-explanation"))
    parser.add_argument(
        "--claude", default="", help="folder of answers (whyspike claude record), replayed"
    )
    parser.add_argument("--keep", action="store_true", help="mark what --out holds, run nothing")
    arguments = parser.parse_args()
    folder = Path(arguments.organizations)
    if not arguments.organizations or not folder.is_dir():
        print(
            "Which organisations? Name their folder: make bench-explanation ORGS=DIR",
            file=sys.stderr,
        )
        return 2
    marker = next(
        (place / "mark.py" for place in (folder, folder.parent) if (place / "mark.py").exists()),
        None,
    )
    if marker is None:
        print(
            f"{folder}: neither it nor the folder above holds mark.py, which gives the marks",
            file=sys.stderr,
        )
        return 2
    options = ["--only", arguments.only] if arguments.only else []
    options += ["--keep"] if arguments.keep else []
    run = [
        sys.executable,
        str(marker),
        str(folder),
        "--command",
        command(arguments.claude),
        "--out",
        str(arguments.out),
        *options,
    ]
    code = subprocess.run(run, check=False).returncode  # noqa: S603  the marker that the caller named
    _costs(arguments.out)
    return code


def command(answers: str) -> str:
    """What explains one organisation; the marker adds the organisation's options."""
    if not answers:
        return BY_RULES
    return f"{WHYSPIKE} claude replay {shlex.quote(answers)} -- demo --claude real"


def _costs(out: Path) -> None:
    """What each explained anomaly cost, per organisation and in all."""
    print(f"\n{'organisation':36s} anomalies  CE/anomaly  CloudTrail/anomaly  tokens/anomaly")
    totals = [0, 0, 0, 0]
    most = 0.0
    for place in sorted(path for path in out.iterdir() if (path / "requests.json").exists()):
        anomalies = len(_read(place / "explanations.json"))
        requests = _read(place / "requests.json")
        daily = DAILY_REQUESTS * len(
            {request["account_id"] for request in requests if request["service"] == "ce"}
        )
        cost_explorer = max(0, sum(request["service"] == "ce" for request in requests) - daily)
        cloudtrail = sum(request["service"] == "cloudtrail" for request in requests)
        tokens = sum(_tokens(request) for request in requests)
        totals = [
            total + value
            for total, value in zip(
                totals, (anomalies, cost_explorer, cloudtrail, tokens), strict=True
            )
        ]
        if anomalies:
            most = max(most, cost_explorer / anomalies)
            print(
                f"{place.name:36s} {anomalies:9d}"
                f" {_means((cost_explorer, cloudtrail, tokens), anomalies)}"
            )
    if totals[0]:
        print(f"{'all':36s} {totals[0]:9d} {_means(totals[1:], totals[0])}")
        print(f"most Cost Explorer requests for an anomaly beyond the daily ones: {most:.1f}")


def _means(values: Sequence[int], count: int) -> str:
    return " ".join(
        f"{value / count:{width}.1f}" for value, width in zip(values, WIDTHS, strict=True)
    )


def _tokens(request: dict[str, Any]) -> int:
    usage = request.get("usage") or {}
    return int(usage.get("input_tokens", 0)) + int(usage.get("output_tokens", 0))


def _read(path: Path) -> Any:
    return json.loads(path.read_text()) if path.exists() else []


if __name__ == "__main__":
    sys.exit(main())
