"""The closed lists of an explanation and the JSON schema that Claude answers in.

The schema keeps to what structured outputs take (platform.claude.com, "Structured outputs": no
ranges, no lengths, no optional or nullable members to speak of), so a missing text is "" and every
other limit is enforced by the checks.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from whyspike.knowledge.categories import categories
from whyspike.model import Actor, Derivation, Driver, Explanation, Finding, Gap, Kind

ACTOR_KINDS = ("iam-role", "iam-user", "root", "aws-service", "none", "unknown")
VERDICTS = ("incident", "not-an-incident")
CONFIDENCES = ("low", "medium", "high")
OPERATIONS = ("add", "sub", "mul", "div", "ratio", "pct", "share", "mean", "count")


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(items: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": dict(items)}


def _text(description: str) -> dict[str, Any]:
    return {"type": "string", "description": description}


def _one_of(values: tuple[str, ...]) -> dict[str, Any]:
    return {"type": "string", "enum": list(values)}


def explanation_schema() -> dict[str, Any]:
    """JSON schema of an answer: the `Explanation` of the model without what the code itself sets
    (written_by, notes)."""
    driver = _object(
        {
            "service": _text("exactly as in the evidence"),
            "usage_type": _text(
                "exactly as in the evidence; empty when the evidence does not reach that far"
            ),
            "region": _text("region code; empty when unknown or global"),
            "tag_team": _text("value of the team tag; empty when untagged or unknown"),
            "tag_env": _text("value of the env tag; empty when untagged or unknown"),
            "record_type": _text("record type when it is not ordinary usage; else empty"),
            "resource_ids": _list({"type": "string"}),
        }
    )
    actor = _object(
        {
            "kind": _one_of(ACTOR_KINDS),
            "name": _text("role or user name; empty for none and unknown"),
            "session": _text("role session name, or empty"),
            "event": _text("CloudTrail event name, or empty"),
            "event_source": _text("CloudTrail event source, or empty"),
            "event_time": _text("time of that event as in the evidence, or empty"),
        }
    )
    finding = _object(
        {
            "kind": _one_of(tuple(kind.value for kind in Kind)),
            "category": _one_of(tuple(categories())),
            "driver": driver,
            "actor": actor,
            "onset": {"type": "string", "format": "date"},
            "ongoing": {"type": "boolean"},
            "excess_usd_per_day": {"type": "number"},
            "evidence": _list({"type": "string"}),
        }
    )
    return _object(
        {
            "verdict": _one_of(VERDICTS),
            "findings": _list(finding),
            "gaps": _list(_one_of(tuple(gap.value for gap in Gap))),
            "text": _text("Slack message, at most 200 words"),
            "commands": _list({"type": "string"}),
            "fix": _text("one line"),
            "derived": _list(
                _object(
                    {
                        "value": {"type": "number"},
                        "op": _one_of(OPERATIONS),
                        "args": _list({"type": "number"}),
                    }
                )
            ),
            "confidence": _one_of(CONFIDENCES),
        }
    )


def schema_problems(value: Any, schema: Mapping[str, Any], where: str = "answer") -> list[str]:
    """What in a JSON value breaks the schema (the subset used above), each as a sentence that names
    the place."""
    if "enum" in schema and value not in schema["enum"]:
        return [f"{where}: {str(value)[:60]!r} is not in the closed list"]
    match schema["type"]:
        case "object":
            if not isinstance(value, dict):
                return [f"{where}: not an object"]
            members = schema["properties"]
            problems = [
                f"{where}: {name} is missing" for name in schema["required"] if name not in value
            ]
            problems += [
                f"{where}: {str(name)[:60]!r} is not a member"
                for name in value
                if name not in members
            ]
            return problems + [
                p
                for name in members
                if name in value
                for p in schema_problems(value[name], members[name], f"{where}.{name}")
            ]
        case "array":
            if not isinstance(value, list):
                return [f"{where}: not a list"]
            return [
                p
                for i, item in enumerate(value)
                for p in schema_problems(item, schema["items"], f"{where}[{i}]")
            ]
        case "string":
            if not isinstance(value, str):
                return [f"{where}: not a string"]
            return (
                [f"{where}: not a date"]
                if schema.get("format") == "date" and not _is_date(value)
                else []
            )
        case "boolean":
            return [] if isinstance(value, bool) else [f"{where}: not true or false"]
        case _:
            number = isinstance(value, int | float) and not isinstance(value, bool)
            return [] if number and abs(value) < 1e15 else [f"{where}: not a number"]


def _is_date(value: str) -> bool:
    try:
        return len(value) == 10 and bool(date.fromisoformat(value))
    except ValueError:
        return False


def from_answer(answer: Mapping[str, Any], written_by: str) -> Explanation:
    """The `Explanation` of an answer that has no schema problems."""
    return Explanation(
        verdict=answer["verdict"],
        findings=tuple(_finding(finding) for finding in answer["findings"]),
        text=answer["text"],
        commands=tuple(answer["commands"]),
        fix=answer["fix"],
        written_by=written_by,
        confidence=answer["confidence"],
        gaps=tuple(dict.fromkeys(Gap(gap) for gap in answer["gaps"])),
        derived=tuple(
            Derivation(float(d["value"]), d["op"], tuple(float(a) for a in d["args"]))
            for d in answer["derived"]
        ),
    )


def _finding(finding: Mapping[str, Any]) -> Finding:
    driver = finding["driver"]
    return Finding(
        kind=Kind(finding["kind"]),
        category=finding["category"],
        driver=Driver(
            **{name: value or None for name, value in driver.items() if name != "resource_ids"}
            | {"service": driver["service"]},
            resource_ids=tuple(driver["resource_ids"]),
        ),
        actor=Actor(
            **{name: value or None for name, value in finding["actor"].items() if name != "kind"},
            kind=finding["actor"]["kind"],
        ),
        onset=date.fromisoformat(finding["onset"]),
        ongoing=finding["ongoing"],
        excess_usd_per_day=float(finding["excess_usd_per_day"]),
        evidence=tuple(dict.fromkeys(finding["evidence"])),
    )


def to_answer(explanation: Explanation) -> dict[str, Any]:
    """The answer that would give this explanation: the inverse of `from_answer`."""
    return {
        "verdict": explanation.verdict,
        "findings": [
            {
                "kind": finding.kind.value,
                "category": finding.category,
                "driver": {
                    "service": finding.driver.service,
                    "usage_type": finding.driver.usage_type or "",
                    "region": finding.driver.region or "",
                    "tag_team": finding.driver.tag_team or "",
                    "tag_env": finding.driver.tag_env or "",
                    "record_type": finding.driver.record_type or "",
                    "resource_ids": list(finding.driver.resource_ids),
                },
                "actor": {
                    "kind": finding.actor.kind,
                    "name": finding.actor.name or "",
                    "session": finding.actor.session or "",
                    "event": finding.actor.event or "",
                    "event_source": finding.actor.event_source or "",
                    "event_time": finding.actor.event_time or "",
                },
                "onset": finding.onset.isoformat(),
                "ongoing": finding.ongoing,
                "excess_usd_per_day": finding.excess_usd_per_day,
                "evidence": list(finding.evidence),
            }
            for finding in explanation.findings
        ],
        "gaps": [gap.value for gap in explanation.gaps],
        "text": explanation.text,
        "commands": list(explanation.commands),
        "fix": explanation.fix,
        "derived": [
            {"value": d.value, "op": d.op, "args": list(d.args)} for d in explanation.derived
        ],
        "confidence": explanation.confidence,
    }
