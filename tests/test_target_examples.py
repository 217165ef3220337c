"""The example rules of docs/targets.md: templates that deploy, patterns that match what is meant,
and texts that are JSON whatever an event holds."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from functools import reduce
from typing import Any

import pytest
from moto.events.models import EventPattern

from tests.support.deployed import PROJECT
from tests.support.incidents import DAY, SHOP, anomaly, item, scan_of
from tools.expand_template import read_template
from whyspike.incidents.judgement import judge
from whyspike.messages.change_event import as_sent, change_by_scan, change_notice

EXAMPLES = sorted((PROJECT / "docs" / "examples").glob("*.yaml"))
AT = datetime(2026, 3, 13, 9, tzinfo=UTC)
NASTY = 'a "quoted" text\nof two lines \\ and a {brace}'


def rules(name: str) -> dict[str, Any]:
    resources = read_template(PROJECT / "docs" / "examples" / name)["Resources"]
    return {
        key: resource["Properties"]
        for key, resource in resources.items()
        if resource["Type"] == "AWS::Events::Rule"
    }


def event(change: str = "new", **incident: Any) -> dict[str, Any]:
    scan = scan_of(DAY, item(anomaly()))
    (began,) = judge(scan, ())
    made = change_by_scan(began, scan.scan, AT, None, None)
    detail = as_sent(change_notice(made, "events"))
    detail |= {"change": change, "text": NASTY, "headline": NASTY}
    return {
        "source": "whyspike",
        "detail-type": "Cost Incident Changed",
        "detail": {**detail, "incident": {**detail["incident"], **incident}},
    }


def filled(rule: dict[str, Any], about: dict[str, Any]) -> Any:
    """What the target gets: each <name> is the JSON of what its path leads to."""
    transformer = rule["Targets"][0]["InputTransformer"]
    values = {
        name: reduce(lambda found, key: found[key], path.removeprefix("$.").split("."), about)
        for name, path in transformer["InputPathsMap"].items()
    }
    template = transformer["InputTemplate"]
    text = template if isinstance(template, str) else template["Fn::Sub"]
    text = re.sub(r"\$\{\w+\}", "COST", text)
    named = set(re.findall(r"<(\w+)>", text))
    assert named == set(values), "each path is used, and each name has a path"
    assert len(transformer["InputPathsMap"]) <= 100
    return json.loads(re.sub(r"<(\w+)>", lambda name: json.dumps(values[name[1]]), text))


def matches(rule: dict[str, Any], about: dict[str, Any]) -> bool:
    return bool(EventPattern.load(json.dumps(rule["EventPattern"])).matches_event(about))


@pytest.mark.slow
@pytest.mark.parametrize("file", EXAMPLES, ids=[file.name for file in EXAMPLES])
def test_an_example_is_a_sound_template(file: Any) -> None:
    from cfnlint.api import lint_file  # takes seconds, and only this test needs it

    assert [str(match) for match in lint_file(file)] == []


def test_pagerduty_opens_for_what_is_severe_and_resolves_under_the_same_key() -> None:
    opened, ended = rules("pagerduty.yaml").values()
    assert matches(opened, event("new", severity="critical"))
    assert not matches(opened, event("new", severity="low"))
    assert not matches(opened, event("updated", severity="critical"))
    assert matches(ended, event("resolved"))
    trigger, resolve = filled(opened, event()), filled(ended, event("resolved"))
    assert (trigger["event_action"], resolve["event_action"]) == ("trigger", "resolve")
    assert trigger["dedup_key"] == resolve["dedup_key"]
    assert trigger["payload"]["summary"] == NASTY
    assert trigger["payload"]["source"] == SHOP.name
    assert trigger["payload"]["severity"] in {"critical", "error", "warning", "info"}


@pytest.mark.parametrize("name", ["jira.yaml", "servicenow.yaml"])
def test_a_ticket_is_made_once_for_what_is_new(name: str) -> None:
    (opened,) = rules(name).values()
    assert matches(opened, event("new"))
    assert not matches(opened, event("minor"))
    again = event("new")
    again["detail"]["possible_duplicate"] = True
    assert not matches(opened, again)
    said = json.dumps(filled(opened, event()))
    assert json.dumps(NASTY)[1:-1] in said
    assert event()["detail"]["incident"]["id"] in said
