"""The deployed workflow over an organisation of any size, in the simulator: what a scan takes.

    python -m benchmarks.organisation --accounts 10 100 [--incidents 20] [--source member payer]
    python -m benchmarks.organisation --mass-event 200 --source member --out DIR
    make bench-organisation

Every account has a bill of 12 services (benchmarks/organisation_world.py); every fifth has an
incident, unless told otherwise. It is the first scan of a new stack, and Claude is the simulator's.
Linux alone, since memory and processor time of the functions are read from /proc. `--keep` adds the
counts to whyspike/cli/price/runs.json, which `whyspike price` takes its quantities from.
"""

from __future__ import annotations

import argparse
import json
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.itemprocessor import (
    distributed_item_processor_worker as distributed,
)
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventManager

from benchmarks.organisation_world import SCAN_DATE, mass_event, organisation
from whyspike.cli.price.model import Assumptions, earlier_month_requests
from whyspike.cli.price.runs import RUNS, MeasuredRun, gb_seconds, kept_runs
from whyspike.messages.blocks import as_text
from whyspike.simulator.deployment import organization_role
from whyspike.simulator.organization.folder import OrganizationFolder
from whyspike.simulator.scan_run import ScanProgress
from whyspike.simulator.simulation import Simulation

SIZES = (10, 100)
SOURCES = ("member", "payer")
MAX_SECONDS = 3 * 3600.0
TICKS = os.sysconf("SC_CLK_TCK")
WRITES = ("PutItem", "UpdateItem", "DeleteItem")


@dataclass(frozen=True)
class Measured:
    """A scan: what `whyspike price` counts with (`run`), and what this machine took for it."""

    run: MeasuredRun
    scanned: int
    incidents_found: int
    wall_seconds: float
    simulator_cpu_seconds: float
    memory_mb: float  # of simulator and functions together, the most that each ever had
    largest_payload_bytes: int
    output_bytes: int
    messages: int
    largest_message_bytes: int
    digest_bytes: int
    report_bytes: int


def measure(
    accounts: int,
    incidents: int,
    source: str,
    on_progress: Callable[[ScanProgress], None] = lambda _progress: None,
) -> Measured:
    """One scan of a new stack of `accounts`, of which `incidents` have one."""
    return measure_world(organisation(accounts, incidents), source, on_progress)


def measure_world(
    world: OrganizationFolder,
    source: str,
    on_progress: Callable[[ScanProgress], None] = lambda _progress: None,
    out: Path | None = None,
) -> Measured:
    """One scan of a new stack. The counts begin with the scan and leave out who looks at it. `out`
    gets what people read: the messages as texts, and the report."""
    parameters = {
        "CostSource": source,
        "OrganizationRoleArn": organization_role(world),
        "CostExplorerRequestCap": "50000",
        "ClaudeTokenCap": "50000000",
    }
    with _transitions() as entered, Simulation(world, parameters=parameters) as simulation:
        simulation.deploy()
        before = len(simulation.requests)
        wall, cpu = time.monotonic(), time.process_time()
        outcome = simulation.scan(on_progress=on_progress, timeout=MAX_SECONDS)
        wall, cpu = time.monotonic() - wall, time.process_time() - cpu
        if not outcome.succeeded:
            raise SystemExit(f"the scan failed: {outcome.error}: {outcome.cause}")
        requests = [r for r in simulation.requests[before:] if r["principal"] != "admin"]
        if out:
            _write(simulation, out)
        return _measured(simulation, requests, entered, outcome, wall, cpu, source)


def _write(simulation: Simulation, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    texts = [
        f"{message.channel}\n{as_text(message.blocks)}" for message in simulation.slack.messages
    ]
    (out / "messages.txt").write_text("\n\n".join(texts) + "\n", encoding="utf-8")
    (out / "report.html").write_bytes(simulation.bucket_object(f"scans/{SCAN_DATE}/report.html"))


def _measured(
    simulation: Simulation,
    requests: list[dict[str, Any]],
    entered: Counter[str],
    outcome: Any,
    wall: float,
    cpu: float,
    source: str,
) -> Measured:
    functions = simulation.functions
    assert functions
    digest = simulation.bucket_json(f"scans/{SCAN_DATE}/digest.json")
    processes = functions.processes()
    messages = [_size(message.blocks) for message in simulation.slack.messages]
    return Measured(
        _run(simulation, requests, entered, source, processes, digest["counts"]["found"]),
        digest["coverage"]["scanned"],
        digest["counts"]["found"],
        wall,
        cpu,
        sum(map(_most_memory_mb, [os.getpid(), *(pid for _, pid in processes)])),
        max(max(run.request_bytes, run.response_bytes) for run in functions.runs),
        _size(outcome.output),
        len(messages),
        max(messages),
        len(simulation.bucket_object(f"scans/{SCAN_DATE}/digest.json")),
        len(simulation.bucket_object(f"scans/{SCAN_DATE}/report.html")),
    )


def _run(
    simulation: Simulation,
    requests: list[dict[str, Any]],
    entered: Counter[str],
    source: str,
    processes: Iterable[tuple[str, int]],
    explained: int,
) -> MeasuredRun:
    functions = simulation.functions
    assert functions
    asked = Counter((entry["service"], entry["operation"]) for entry in requests)
    used = next(item for item in simulation.table_items() if item["SK"]["S"] == "USAGE")
    cpu: Counter[str] = Counter()
    for name, pid in processes:
        cpu[name] += _cpu_seconds(pid)  # type: ignore[assignment]  # seconds, counted like numbers
    waited: dict[str, Counter[str]] = {name: Counter() for name in cpu}
    for entry in requests:
        if entry.get("function") in waited:
            waited[entry["function"]][entry["service"]] += 1
    invoked = Counter(run.logical_id for run in functions.runs)
    accounts = len(simulation.organization.accounts)
    counts = {
        "lambda invocations": sum(invoked.values()),
        "state transitions": sum(entered.values()) + 1,  # the start of the execution
        "Cost Explorer requests": _of(asked, "ce")
        - earlier_month_requests(Assumptions(accounts, source)),  # not of every scan
        "CloudTrail requests": _of(asked, "cloudtrail"),
        "DynamoDB writes": sum(asked["dynamodb", name] for name in WRITES)
        + 2 * sum(entry.get("writes", 0) for entry in requests),
        "DynamoDB reads": asked["dynamodb", "GetItem"] + asked["dynamodb", "Query"],
        "S3 puts": asked["s3", "PutObject"],
        "S3 gets": asked["s3", "GetObject"],
        "log bytes": sum(len(simulation.log(name).encode()) for name in invoked),
        "bucket bytes": _bucket_bytes(simulation),
        "table bytes": sum(map(_size, simulation.table_items())),
        "Claude requests": _of(asked, "claude"),
        "Claude input tokens": int(used.get("claude_input_tokens", {"N": 0})["N"]),
        "Claude output tokens": int(used.get("claude_output_tokens", {"N": 0})["N"]),
    }
    return MeasuredRun(
        datetime.now(UTC).date(),
        accounts,
        explained,
        source,
        counts,
        {name: round(seconds, 2) for name, seconds in sorted(cpu.items())},
        {name: dict(sorted(calls.items())) for name, calls in sorted(waited.items())},
    )


@contextmanager
def _transitions() -> Iterator[Counter[str]]:
    """Counts the states that the interpreter enters and the children that it starts: a transition
    each, as AWS counts them."""
    entered: Counter[str] = Counter()
    lock = threading.Lock()
    add_event, child = EventManager.add_event, distributed.DistributedItemProcessorWorker._eval_job

    def counted_event(manager: EventManager, *arguments: Any, **named: Any) -> Any:
        kind = named["event_type"].value
        if kind.endswith("StateEntered"):
            with lock:
                entered[kind] += 1
        return add_event(manager, *arguments, **named)

    def counted_child(*arguments: Any, **named: Any) -> Any:
        with lock:
            entered["child"] += 1
        return child(*arguments, **named)

    EventManager.add_event = counted_event
    distributed.DistributedItemProcessorWorker._eval_job = counted_child
    try:
        yield entered
    finally:
        EventManager.add_event = add_event
        distributed.DistributedItemProcessorWorker._eval_job = child


def _of(asked: Mapping[tuple[str, str], int], service: str) -> int:
    return sum(number for (name, _), number in asked.items() if name == service)


def _bucket_bytes(simulation: Simulation) -> int:
    pages = simulation.client("s3").get_paginator("list_objects_v2")
    found = pages.paginate(Bucket=simulation.resource("ScanBucket"))
    return sum(item["Size"] for page in found for item in page.get("Contents", ()))


def _size(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False, default=str).encode())


def _cpu_seconds(pid: int) -> float:
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / TICKS  # utime and stime


def _most_memory_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def shown(one: Measured) -> Iterator[tuple[str, float, bool]]:
    """(what, quantity, whether it is of the whole scan and so has a share for each account)."""
    yield "accounts scanned", one.scanned, False
    yield "incidents found", one.incidents_found, False
    yield "wall seconds", one.wall_seconds, True
    yield "processor seconds, simulator", one.simulator_cpu_seconds, True
    yield "processor seconds, functions", sum(one.run.cpu_seconds.values()), True
    yield "memory of all processes, MB", one.memory_mb, False
    yield "GB-seconds on Lambda, estimated", gb_seconds(one.run), True
    for name, number in one.run.counts.items():
        yield name, number, True
    yield "largest payload, bytes", one.largest_payload_bytes, False
    yield "output of the run, bytes", one.output_bytes, False
    yield "messages", one.messages, True
    yield "largest message, bytes", one.largest_message_bytes, False
    yield "digest, bytes", one.digest_bytes, False
    yield "report, bytes", one.report_bytes, True


def show(measured: list[Measured]) -> None:
    columns = [list(shown(one)) for one in measured]
    titles = [f"{one.run.accounts:,} {one.run.cost_source}" for one in measured]
    print(f"{'':34}" + "".join(f"{title:>15}{'each':>9}" for title in titles))
    for lines in zip(*columns, strict=True):
        cells = [
            f"{_short(number):>15}{_short(number / one.run.accounts) if shared else '':>9}"
            for (_, number, shared), one in zip(lines, measured, strict=True)
        ]
        print(f"{lines[0][0]:34}" + "".join(cells))


def _short(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 or number == int(number) else f"{number:.2f}"


def keep(run: MeasuredRun) -> None:
    """Takes the place of an earlier run of the same shape."""
    shape = (run.accounts, run.explanations, run.cost_source)
    others = [
        kept
        for kept in kept_runs()
        if (kept.accounts, kept.explanations, kept.cost_source) != shape
    ]
    runs = sorted([*others, run], key=lambda one: (one.cost_source, one.accounts, one.explanations))
    RUNS.write_text(json.dumps([asdict(one) for one in runs], indent=1, default=str) + "\n")
    kept_runs.cache_clear()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--accounts", type=int, nargs="+", default=SIZES, metavar="N")
    parser.add_argument(
        "--incidents", type=int, metavar="N", help="default: of every fifth account"
    )
    parser.add_argument("--source", nargs="+", choices=SOURCES, default=SOURCES)
    parser.add_argument("--keep", action="store_true", help="for whyspike price")
    parser.add_argument(
        "--mass-event",
        type=int,
        metavar="N",
        help="instead: one thing that happened in N accounts, a second in every tenth of them",
    )
    parser.add_argument("--out", type=Path, help="of a mass event: where to put what people read")
    arguments = parser.parse_args()
    measured = []
    if arguments.mass_event:
        world = mass_event(arguments.mass_event)
        measured = [measure_world(world, name, out=arguments.out) for name in arguments.source]
        show(measured)
        return
    for source in arguments.source:
        for accounts in arguments.accounts:
            incidents = accounts // 5 if arguments.incidents is None else arguments.incidents
            one = measure(accounts, incidents, source)
            if one.scanned != accounts:
                raise SystemExit(f"{accounts} accounts by {source}: {one.scanned} were scanned")
            measured.append(one)
            if arguments.keep:
                keep(one.run)
            show([one])
    if len(measured) > 1:
        show(measured)


if __name__ == "__main__":
    main()
