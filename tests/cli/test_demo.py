"""`whyspike demo` over the default organisation, once for all tests of this file: what is printed,
what is written, what is found."""

from __future__ import annotations

import contextlib
import io
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from whyspike.cli.main import main
from whyspike.cli.mcp import answers
from whyspike.cli.mcp.records import of_folder
from whyspike.simulator.fernhill.organization import planted

pytestmark = pytest.mark.slow
WIDTH = 80


@dataclass(frozen=True)
class Demo:
    code: int
    printed: str
    out: Path

    def read(self, name: str) -> Any:
        return json.loads((self.out / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    out = tmp_path_factory.mktemp("demo")
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(io.StringIO()) as printed,
    ):
        patch.setenv("COLUMNS", str(WIDTH))

        code = main(["demo", "--out", str(out)])
    return Demo(code, printed.getvalue(), out)


def test_it_ends_well_although_one_account_cannot_be_scanned(demo: Demo) -> None:
    assert demo.code == 0
    coverage = demo.read("digest.json")["coverage"]
    assert [row["account_id"] for row in coverage["not_scanned"]] == planted()["not_scanned"]
    assert coverage["scanned"] == coverage["in_scope"] - 1
    assert [row["account_id"] for row in coverage["left_out"]] == planted()["suspended"]
    assert "Not scanned: partner-sandbox (914450287761), MemberRoleDenied" in demo.printed


@pytest.mark.parametrize(
    "incident", planted()["incidents"], ids=lambda incident: str(incident["id"])
)
def test_each_planted_incident_is_stored_and_told_with_its_driver(
    demo: Demo, incident: dict[str, Any]
) -> None:
    stored = [
        found
        for found in demo.read("incidents.json")
        if found["account_id"] == incident["account_id"]
    ]
    services = {member["anomaly"]["service"] for found in stored for member in found["members"]}
    assert incident["service"] in services
    assert any(found["told"] for found in stored), "an owner was told"
    explained = [
        found
        for found in demo.read("explanations.json")
        if found["account_id"] == incident["account_id"]
    ]
    drivers = {
        (finding["driver"]["service"], finding["driver"]["usage_type"])
        for found in explained
        for finding in found["findings"]
    }
    assert (incident["service"], incident["usage_type"]) in drivers
    assert incident["account"] in demo.printed


def test_what_the_fees_and_late_days_of_the_other_accounts_do_is_no_alert(demo: Demo) -> None:
    expected = {
        incident["account_id"] for incident in [*planted()["incidents"], *planted()["earlier"]]
    }
    assert {
        found["account_id"] for found in demo.read("incidents.json") if found["alert"]
    } <= expected


def test_every_message_reached_its_channel_and_the_unowned_one_the_default(demo: Demo) -> None:
    channels = {
        alert["notice_id"].partition("#")[0][:12]: alert["channel"]
        for alert in demo.read("alerts.json")
    }
    assert channels["214600318705"] == "#storefront-costs"
    assert channels[planted()["unowned"][0]] == "#finops"
    assert channels["digest-2026-"] == "#finops"


def test_out_holds_what_the_explainer_got_and_what_it_said(demo: Demo) -> None:
    for explanation in demo.read("explanations.json"):
        assert {
            "item_id",
            "account_id",
            "service",
            "verdict",
            "findings",
            "text",
            "commands",
            "fix",
            "gaps",
            "derived",
        } <= explanation.keys()
        evidence = demo.read(f"evidence/{explanation['item_id']}.json")
        cited = {cited for finding in explanation["findings"] for cited in finding["evidence"]}
        assert cited <= {item["id"] for item in evidence["items"]}


def test_requests_are_all_there_and_the_digest_counts_the_same(demo: Demo) -> None:
    requests = demo.read("requests.json")
    assert {request["service"] for request in requests} == {"ce", "cloudtrail", "claude"}
    assert all(
        {"service", "operation", "account_id", "status"} <= request.keys() for request in requests
    )
    cost = demo.read("digest.json")["scan_cost"]
    assert cost["ce_requests"] == sum(request["service"] == "ce" for request in requests)
    assert cost["ce_usd"] == pytest.approx(0.01 * cost["ce_requests"])


def test_the_output_says_that_claude_was_simulated_and_no_message_claims_otherwise(
    demo: Demo,
) -> None:
    assert "nothing below was written by Claude" in " ".join(demo.printed.split())
    written = {explanation["written_by"] for explanation in demo.read("explanations.json")}
    assert written <= {"rules", "simulated-claude-sonnet-5-5"}


PARTS = (
    "What was found",
    "Slack, as the owners read it",
    "Coverage",
    "Incidents stored",
    "What this scan cost",
    "report.html",
    "what [Details] opens",
    "#finops",
)


@pytest.mark.parametrize("part", PARTS)
def test_the_output_has_every_part(demo: Demo, part: str) -> None:
    assert part in " ".join(demo.printed.split())


def test_the_page_behind_each_message_shows_its_incident_alone(demo: Demo) -> None:
    pages = {file.stem: file.read_text("utf-8") for file in (demo.out / "pages").glob("*.html")}
    incidents = {found["incident_id"]: found for found in demo.read("incidents.json")}
    assert pages
    for incident_id, page in pages.items():
        assert "<h3>Why</h3>" in page
        for other_id, found in incidents.items():
            shown = found["account_name"] in page, found["account_id"] in page
            if other_id == incident_id:
                assert shown == (True, True)
            elif found["account_id"] != incidents[incident_id]["account_id"]:
                assert shown == (False, False), f"{other_id} on the page of {incident_id}"


def test_no_line_is_wider_than_the_terminal(demo: Demo) -> None:
    assert (
        max(len(line) for line in demo.printed.splitlines() if str(demo.out) not in line) <= WIDTH
    )


def test_the_report_is_written_and_can_be_written_again_from_the_files(
    demo: Demo, tmp_path: Path
) -> None:
    again = tmp_path / "again.html"
    assert main(["report", str(demo.out), "--to", str(again)]) == 0
    first, second = (file.read_text(encoding="utf-8") for file in (demo.out / "report.html", again))
    for found in demo.read("incidents.json"):
        assert found["account_name"] in first
        assert found["account_name"] in second


def test_the_excerpt_in_try_it_is_what_is_printed_up_to_the_numbers(demo: Demo) -> None:
    page = (Path(__file__).parents[2] / "docs" / "try-it.md").read_text(encoding="utf-8")
    excerpt = page.split("```text\n")[1].split("```")[0].splitlines()

    def shape(line: str) -> str:
        return re.sub(r"\s+", " ", re.sub(r"\d[\d.,]*", "0", line)).strip()

    printed = {shape(line) for line in demo.printed.splitlines()}
    assert [
        line for line in excerpt if line not in ("", "...") and shape(line) not in printed
    ] == []


def test_what_an_assistant_is_answered_stands_so_in_the_docs(demo: Demo) -> None:
    records = of_folder(demo.out)
    tools: dict[str, Callable[..., dict[str, Any]]] = {
        "list_incidents": answers.incidents,
        "get_incident": answers.incident,
        "get_costs": answers.costs,
    }
    page = (Path(__file__).parents[2] / "docs" / "assistants.md").read_text(encoding="utf-8")
    asked = re.findall(
        r"> (\w+)\((.*?)\)\n(.*?)(?=\n> |```)", page.split("```text\n")[1] + "```", re.DOTALL
    )
    assert len(asked) == 3
    for name, given, quoted in asked:
        arguments = {
            key: int(value) if value.isdigit() else value
            for key, value in re.findall(r'(\w+)="?([^",]+)"?', given)
        }
        answered = json.dumps(tools[name](records, **arguments), separators=(",", ":"))
        lines = [line for line in quoted.splitlines() if line not in ("", "...")]
        assert [line for line in lines if line not in answered] == []


def test_the_message_that_the_docs_compare_with_the_old_one_is_what_is_told(demo: Demo) -> None:
    folder = Path(__file__).parents[2] / "docs" / "decisions"
    page = (folder / "0011-a-message-says-each-thing-once.md").read_text(encoding="utf-8")
    rows = [line.split(" | ")[1] for line in page.splitlines() if line.startswith("| **Why**")]
    (told,) = (m["reads"] for m in demo.read("alerts.json") if "shop-prod costs" in m["reads"])
    said = [line for row in rows for line in re.sub(r"[*`|]", "", row).strip().split("<br>")]
    assert len(said) == 3
    assert [line for line in said if line not in told] == []
