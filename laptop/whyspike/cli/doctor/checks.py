"""What a check of the doctor is: a name, what it looks at, and the problems that it may find, each
with its remedy. They are data, written beside the code that looks, and listed by `whyspike doctor
--list`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from whyspike.cli.doctor.findings import FAILED, OK, SKIPPED, WARNING, CheckResult, refusal

# What no check looks at, and how somebody would know.
BLIND_SPOTS = (
    (
        "channels: whether those that owners name exist, and whether the bot is in private ones",
        "a refused message goes to the default channel and says so",
    ),
    ("a webhook: whether Slack takes it", "whyspike scan posts the digest"),
    (
        "what service control policies and guardrails deny to whyspike's own roles",
        "the digest of a scan names each account that refused, and why",
    ),
    ("payer settings as other members see them: one member is asked", "the digest of a scan"),
    (
        "addresses of owners: whether SES may send to them, and what bounces",
        "the bounces of the sender's identity in SES",
    ),
    (
        "rate limits of Claude, and the daily sending quota of SES",
        "the alarms, and explanations that were written by the rules",
    ),
    (
        "what the functions run: the processor that their layers were built for",
        "sam build refuses layers of another one",
    ),
)

SCAN_SETTLES = (
    "run whyspike scan, then this again: accounts of the last scan names each account that refuses,"
    " and why"
)


@dataclass(frozen=True)
class CheckProblem:
    """What may be amiss: how bad it is, what is said, and what to type or click. Both texts name
    in braces the details that the check fills in."""

    status: str
    said: str
    remedy: str


def failed(said: str, remedy: str) -> CheckProblem:
    return CheckProblem(FAILED, said, remedy)


def warning(said: str, remedy: str) -> CheckProblem:
    return CheckProblem(WARNING, said, remedy)


def skipped(said: str, remedy: str) -> CheckProblem:
    return CheckProblem(SKIPPED, said, remedy)


NOT_ALLOWED = skipped(
    "could not be checked: {refusal}", "run this as an administrator of the hub account"
)


@dataclass(frozen=True)
class Check:
    """`looks_at`: a question that "ok" answers with yes."""

    name: str
    looks_at: str
    problems: Mapping[str, CheckProblem]

    def ok(self, detail: str) -> CheckResult:
        return CheckResult(self.name, OK, detail)

    def found(self, problem: str, **details: object) -> CheckResult:
        """The finding of one of the check's problems, by its key."""
        return self._told(self.problems[problem], **details)

    def not_allowed(self, error: Exception) -> CheckResult:
        """The caller may not look."""
        return self._told(NOT_ALLOWED, refusal=refusal(error))

    def _told(self, problem: CheckProblem, **details: object) -> CheckResult:
        return CheckResult(
            self.name,
            problem.status,
            problem.said.format(**details),
            problem.remedy.format(**details),
        )
