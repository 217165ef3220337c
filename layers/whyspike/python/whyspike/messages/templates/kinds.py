"""The texts that a team can write anew, and what their templates are given. docs/templates.md lists
the values; the examples are what a template is tried with before a scan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from whyspike.messages.templates.values import Mrkdwn

MAX_LINE, MAX_SUBJECT = 300, 150  # characters
_DIGEST_NAMES = frozenset(
    {"date", "quiet", "headline", "total", "per_day", "accounts.in_scope", "accounts.scanned"}
)
_MAIL_NAMES = frozenset({"messages", "messages[].line", "messages[].severity"})


@dataclass(frozen=True)
class Field:
    """A value: its name ("account.id"), what it is, and an example. The members of a list are
    fields of their own ("lists[].title")."""

    name: str
    what: str
    example: Any = None  # None: its members have theirs
    optional: bool = False  # it may be empty


@dataclass(frozen=True)
class TemplateKind:
    """One text. `name` is that of its file without .j2; a `max_line` makes it one line of plain
    text, of so many characters at most."""

    name: str
    what: str
    fields: tuple[Field, ...]
    max_line: int = 0

    @property
    def file(self) -> str:
        """Below settings/."""
        return f"templates/{self.name}.j2"

    @property
    def names(self) -> frozenset[str]:
        """Of the values that a template begins with."""
        return frozenset(each.name.partition(".")[0].partition("[")[0] for each in self.fields)

    @property
    def starter(self) -> str:
        """A template that writes what is written without one."""
        found = files("whyspike.data").joinpath("templates", f"{self.name}.j2")
        return found.read_text(encoding="utf-8")

    def samples(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Made-up values: one of everything, and as little as there may be."""
        return _nested(self.fields), _nested(self.fields, sparse=True)


_ACCOUNT = (
    Field("account.id", "the account's id", "111122223333"),
    Field("account.name", "its name, or its id where it has none", "payments-prod"),
)
_ABOUT = (
    Field("kind", "what is told: `new`, `escalated`, `snooze-ended`, `reopened`", "new"),
    *_ACCOUNT,
    Field("what", "the services", "Amazon CloudWatch"),
    Field("owner", "who owns it, `unowned` where nobody does", "payments"),
    Field("severity", "`low`, `medium`, `high` or `critical`", "high"),
    Field("sign", "the coloured dot of the severity", Mrkdwn(":large_orange_circle:")),
    Field("since", "the first day", "Fri 6 Nov"),
    Field("ongoing", "whether it goes on", True),
    Field(
        "per_day", "dollars a day above what is usual; of the last such day where it is over", 268.4
    ),
    Field("usual", "dollars that were expected for the judged day", 77.0),
    Field("now", "dollars of the judged day", 345.4),
    Field("so_far", "dollars above the usual since it began", 541.0),
    Field("monthly", "dollars a month if nothing changes", 8040.0),
)
OWNER = TemplateKind(
    "owner",
    "the owner's message: new, escalated, still going after a snooze, back again",
    (
        *_ABOUT,
        Field("word", "how it differs from a new one", Mrkdwn("Escalated: "), optional=True),
        Field(
            "headline",
            "where, how much and since when, in one sentence",
            Mrkdwn("*Amazon CloudWatch in payments-prod costs $268 a day more than usual*"),
        ),
        Field(
            "numbers",
            "a list: what was told last, and the parts",
            [Mrkdwn("• EC2: $12")],
            optional=True,
        ),
        Field("why", "the explanation", Mrkdwn("*Debug logging*: `PutLogGroup` by `jane`.")),
        Field(
            "first",
            "what to do first, with its command",
            Mrkdwn("Lower the level.\n`aws …`"),
            optional=True,
        ),
        Field("standing", "confidence, who wrote it, the owner", Mrkdwn("high confidence")),
        Field("links", "Cost Explorer and the report", Mrkdwn("<https://example.com|Report>")),
        Field("confidence", "of the explanation", "high", optional=True),
        Field("written_by", "a model's id, or `rules`", "rules", optional=True),
        Field(
            "planned",
            "what was announced, where it goes beyond it",
            "load test (jane)",
            optional=True,
        ),
    ),
)
REPLY = TemplateKind(
    "reply",
    "the short messages of its later life, in its thread: as planned, corrected, resolved, no"
    " longer unusual, restated",
    (
        *(field for field in _ABOUT if field.name != "kind"),
        Field("kind", "`planned`, `corrected`, `resolved`, `now-normal` or `restated`", "resolved"),
        Field("text", "what is told", Mrkdwn(":white_check_mark: *Resolved: EC2 in shop-prod*.")),
        Field("small", "a list: the small print", [Mrkdwn("Announced: load test")], optional=True),
    ),
)
DIGEST = TemplateKind(
    "digest",
    "the digest for the FinOps channel",
    (
        Field("date", "the scan date", "Fri 6 Nov 2026"),
        Field("quiet", "whether there is nothing but one line to say", False),
        Field("headline", "the scan in one sentence", "14 of 15 accounts scanned; 8 new."),
        Field("total", "dollars a day above expected, in words", "$1,783 a day more than expected"),
        Field(
            "month",
            "the same by the month, in brackets",
            Mrkdwn(" (about $53,000 a month)"),
            optional=True,
        ),
        Field("per_day", "dollars a day above expected", 1783.0),
        Field("accounts.in_scope", "how many accounts there are", 15),
        Field("accounts.scanned", "how many were scanned", 14),
        Field(
            "report", "links to the report", Mrkdwn("<https://example.com|Report>"), optional=True
        ),
        Field("lists", "what was found and what failed, cut to what Slack takes", optional=True),
        Field("lists[].title", "New, Still going, Not scanned, ...", "New"),
        Field(
            "lists[].lines",
            "a list: one line each",
            [Mrkdwn("*EC2 in shop-prod*: +$268 a day")],
        ),
        Field("lists[].more", "how many the report has besides", 3),
        Field(
            "small",
            "a list: days without a bill, figures, what the scan cost",
            [Mrkdwn("This scan cost $0.55")],
            optional=True,
        ),
    ),
)
MAIL = TemplateKind(
    "mail",
    "an e-mail: one or several messages, or the digest where Slack does not take it",
    (
        Field("subject", "of the mail", "EC2 in shop-prod +$268 a day since Fri 6 Nov"),
        Field("is_digest", "whether it is the digest", False),
        Field("messages", "the messages, the most severe first"),
        Field("messages[].line", "where, how much, since when", "EC2 in shop-prod +$268 a day"),
        Field("messages[].severity", "`low` to `critical`", "high"),
        Field("messages[].text", "the message", Mrkdwn("*EC2 in shop-prod costs $268*")),
        Field("hint", "how to answer without buttons", "Tell the FinOps team in #finops."),
    ),
)
LINE = TemplateKind(
    "line",
    "the line of a lock screen, of the owner's message and its replies; it is the subject of a mail"
    " about one",
    (
        *(field for field in _ABOUT if field.name != "kind"),
        Field("kind", "what is told: `new`, `escalated`, ..., `resolved`, `restated`", "new"),
        Field(
            "line",
            "what stands there without a template",
            "payments-prod: Amazon CloudWatch +$268 a day since Fri 6 Nov. Likely: PutLogGroup by"
            " jane",
        ),
        Field("change", "dollars and share, in words", "+$268 a day (+348%)"),
        Field("when", "its days, in words", "since Fri 6 Nov"),
        Field("likely", "who likely did what", "PutLogGroup by jane", optional=True),
        Field("causes", "how many causes are told; 0 without an explanation", 1),
    ),
    MAX_LINE,
)
DIGEST_LINE = TemplateKind(
    "digest-line",
    "the line of a lock screen of the digest; it is the subject of the digest's mail",
    (
        Field("line", "what stands there without a template", "Fri 6 Nov 2026: $1,783 a day more"),
        *(field for field in DIGEST.fields if field.name in _DIGEST_NAMES),
    ),
    MAX_LINE,
)
SUBJECT = TemplateKind(
    "subject",
    "the subject of an e-mail",
    (
        Field("subject", "what stands there without a template", "2 incidents: EC2 in shop-prod"),
        Field("is_digest", "whether it is the digest", False),
        *(field for field in MAIL.fields if field.name in _MAIL_NAMES),
    ),
    MAX_SUBJECT,
)
ENDS = TemplateKind(
    "ends",
    "what an owner is told before Savings Plans and reservations end",
    (
        Field("owner", "who owns the usage, `unowned` where nobody does", "payments"),
        Field("ends", "what ends, the soonest first"),
        Field("ends[].what", "name, buyer and day", "Compute Savings Plan ends on Fri 13 Nov"),
        Field("ends[].price", "what the usage costs then", "Its usage then costs $54.00 more"),
        Field("ends[].usage", "where it is used", "in shop-prod ($181)", optional=True),
        Field("ends[].threshold", "30, 7 or 1: the days at which it is told", 7),
        Field("more", "how many the report has besides", 0),
        Field("first", "what to do first", Mrkdwn("*First:* see whether the usage stays.")),
        Field("method", "how it is reckoned", Mrkdwn("On demand is what the usage cost.")),
    ),
)
KINDS: Mapping[str, TemplateKind] = {
    kind.name: kind for kind in (OWNER, REPLY, DIGEST, MAIL, LINE, DIGEST_LINE, SUBJECT, ENDS)
}


def _nested(fields: tuple[Field, ...], sparse: bool = False) -> dict[str, Any]:
    """`sparse`: without what may be empty; numbers are nought, and nothing is so."""
    values: dict[str, Any] = {}
    for each in fields:
        *parents, name = each.name.split(".")
        inside = values
        for parent in parents:
            if parent.endswith("[]"):
                listed = inside.setdefault(parent[:-2], [{}])
                inside = listed[0] if listed else {}
            else:
                inside = inside.setdefault(parent, {})
        if each.example is not None:
            bare = sparse and (each.optional or isinstance(each.example, int | float))
            inside[name] = type(each.example)() if bare else each.example
        elif sparse and each.optional:
            inside[name] = []
    return values
