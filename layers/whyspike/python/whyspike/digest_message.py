"""The digest as a Slack message for the FinOps channel: one line on a quiet day, otherwise what needs somebody first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from whyspike.mrkdwn import clip, escape
from whyspike.notices import Message
from whyspike.report import usd

_SECTION = 2_900  # Slack takes 3,000 characters in a section
_LINES = 12  # of one group; the report has all of them
_TITLES = {
    "found": "New",
    "escalated": "Escalated",
    "planned": "Announced beforehand",
    "ongoing": "Ongoing, already told",
    "resolved": "Resolved",
    "restated": "Vanished: the bill was corrected",
    "drops": "Dropped, nobody was told",
    "minor": "Too small to tell anybody",
}


def digest_message(digest: Mapping[str, Any], report_url: str) -> Message:
    """The message; `report_url` is a link that we made (presigned), or empty."""
    link = f" <{report_url}|Report>" if report_url else ""
    text = f"whyspike {digest['scan_date']}: {digest['headline']}"
    if is_quiet(digest):
        return Message(text, (_section(f"*whyspike {digest['scan_date']}*  {escape(digest['headline'])}{link}"), _cost(digest)))
    blocks = [{"type": "header", "text": {"type": "plain_text", "text": f"Unexpected spend on {digest['scan_date']}"}}]
    excess = f" {usd(digest['daily_excess_usd'])} a day above expected." if digest["daily_excess_usd"] else ""
    blocks.append(_section(escape(digest["headline"]) + excess + link))
    for group, title in _TITLES.items():
        if digest["lines"][group]:
            blocks.append(_list(title, map(_incident, digest["lines"][group])))
    blocks += _coverage(digest)
    blocks += _figures(digest["figures"])
    return Message(text, (*blocks, _cost(digest)))


def is_quiet(digest: Mapping[str, Any]) -> bool:
    """Nothing for anybody to read but the one line."""
    coverage = digest["coverage"]
    loud = sum(count for group, count in digest["counts"].items() if group not in {"ongoing", "minor"})
    failed = coverage["not_scanned"] or coverage["owners_not_told"] or coverage["not_explained"] or coverage["settings"]
    return not (loud or failed or digest["scan_cost"]["capped"])


def _incident(line: Mapping[str, Any]) -> str:
    name = f"*{escape(line['account_name'])}* {escape(line['service'])}"
    amount = (
        f"{usd(line['per_day_usd'])} a day" if line["happened"] not in {"resolved", "restated"} else f"{usd(line['impact_usd'])} in all"
    )
    state = "" if line["state"] == "open" else f", {line['state']}"
    return f"{name}: {amount}, {line['kind']} since {line['onset']}, {line['severity']}{state}, owner {escape(line['owner'])}"


def _coverage(digest: Mapping[str, Any]) -> list[dict[str, Any]]:
    coverage = digest["coverage"]
    blocks = []
    titles = {"Not scanned": "not_scanned", "Not explained": "not_explained", "Owner not told": "owners_not_told"}
    for title, rows in ((title, coverage[name]) for title, name in titles.items()):
        if rows:
            said = (
                f"*{escape(r['name'])}* {r['account_id']}: {escape(clip(r['reason'], 240))}. Remedy: {escape(clip(r['remedy'], 160))}"
                for r in rows
            )
            blocks.append(_list(title, said))
    if coverage["settings"]:
        blocks.append(_list("Settings that were left aside", (escape(clip(problem, 300)) for problem in coverage["settings"])))
    if digest["unowned"]:
        blocks.append(_list("Unowned", (f"*{escape(row['name'])}* {row['account_id']}: {row['remedy']}" for row in digest["unowned"])))
    if coverage["left_out"]:
        states = ", ".join(sorted(f"{row['account_id']} {row['state']}" for row in coverage["left_out"][:_LINES]))
        blocks.append(_context(f"Not in scope: {states}"))
    return blocks


def _figures(figures: Mapping[str, Any]) -> list[dict[str, Any]]:
    said = [
        (figures["count"], "{} incidents"),
        (figures["time_to_acknowledge_hours"], "acknowledged after {} h (median)"),
        (figures["time_to_resolve_days"], "resolved after {} days (median)"),
        (usd(figures["spend_avoided_usd"]) if figures["spend_avoided_usd"] else None, "{} avoided"),
        (f"{figures['unactionable_share']:.0%}" if figures["unactionable_share"] else None, "{} unactionable"),
    ]
    parts = [form.format(value) for value, form in said if value]
    return [_context(f"Last {figures['period_days']} days: {', '.join(parts)}")] if parts else []


def _cost(digest: Mapping[str, Any]) -> dict[str, Any]:
    cost = digest["scan_cost"]
    claude = f", Claude {cost['claude_tokens']:,} tokens ({usd(cost['claude_usd'])})" if cost["claude_requests"] else ""
    capped = f". *Cut off by its cap:* {', '.join(cost['capped'])}" if cost["capped"] else ""
    return _context(
        f"This scan cost {usd(cost['total_usd'])}: {cost['ce_requests']} Cost Explorer requests ({usd(cost['ce_usd'])}){claude}{capped}"
    )


def _list(title: str, lines: Iterable[str]) -> dict[str, Any]:
    """A titled list that fits one section: whole lines, and how many were left out."""
    found = list(lines)
    text, shown = f"*{title}*", 0
    for line in found[:_LINES]:
        if len(text) + len(line) + 40 > _SECTION:
            break
        text, shown = f"{text}\n• {line}", shown + 1
    rest = len(found) - shown
    return _section(f"{text}\n… and {rest} more in the report" if rest else text)


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def _context(text: str) -> dict[str, Any]:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": clip(text, _SECTION)}]}
