"""Every error that whyspike raises on purpose, by what happened and not by whom it happened to.

WhyspikeError
  InvalidInput         a person wrote something wrong: MixedCurrencies, NothingToScan
  Retryable            may go through later; Step Functions waits and tries again
    Throttled            too many requests; nothing was done
    Unreachable          no connection was made; nothing was done
    Uncertain            no answer, or a failure within: it may have been done all the same
    NotReady             what was asked for is not there yet
    Unfinished           time ran out between two steps; the next try goes on
    InFlight             another run is at it, and holds the lease
    ChangedMeanwhile     somebody else changed the row
  Refused              will not be done as asked: MemberRoleDenied, CostExplorerDenied,
                       OrganizationAccessDenied
  Missing              it does not exist: AccountNotInBill
  BudgetExhausted      a cap of ours is used up
  BadSignature         not signed by whom it says it is from

The names are an interface: the state machine retries by them, and the digest chooses its remedy by
the name of what kept an account from being scanned. whyspike.wire.failures maps what others raise
and answer into them. An error carries its reason and its remedy, and never a credential.
"""

from __future__ import annotations

_REMEDY = ". Remedy: "
MAX_SAID = 1_200  # characters of a reason, and of a remedy: what they quote comes from outside


class WhyspikeError(Exception):
    """Root of the tree. `remedy` is what to do about it, "" where the error does not know.

    Step Functions hands on the text alone, so the text holds both; `reason_and_remedy` reads them
    out of it again.
    """

    def __init__(self, reason: str, *, remedy: str = "") -> None:
        if not remedy:
            reason, remedy = reason_and_remedy(reason)
        reason, remedy = _cut(reason), _cut(remedy)
        if remedy:
            reason = reason.removesuffix(".").replace(_REMEDY, "; ")
            remedy = remedy.replace(_REMEDY, "; ")
        super().__init__(f"{reason}{_REMEDY}{remedy}" if remedy else reason)
        self.reason, self.remedy = reason, remedy


def _cut(text: str) -> str:
    return text if len(text) <= MAX_SAID else text[: MAX_SAID - 1] + "…"


def reason_and_remedy(text: str) -> tuple[str, str]:
    """The two fields of an error, out of its text; the remedy is "" where it had none."""
    reason, mark, remedy = text.rpartition(_REMEDY)
    return (reason, remedy) if mark else (text, "")


# ------------------------------------------------------------------ what a person can mend at once


class InvalidInput(WhyspikeError):
    """Something that a person wrote is wrong (event, settings, organisation folder); the CLI exits
    with 2."""


class MixedCurrencies(InvalidInput):
    """A bill in more than one currency cannot be added up."""


class NothingToScan(InvalidInput):
    """The organisation has no account in scope."""


# ------------------------------------------------------------------ what passes by itself


class Retryable(WhyspikeError):
    """May go through later; the state machine waits and tries again."""


class Throttled(Retryable):
    """Too many requests, after the client's own retries; `retry_after_seconds` is what was asked
    for. Nothing was done."""

    def __init__(self, reason: str, retry_after_seconds: float = 1.0, *, remedy: str = "") -> None:
        super().__init__(reason, remedy=remedy)
        self.retry_after_seconds = retry_after_seconds


class Unreachable(Retryable):
    """The request did not get there: nothing was done."""


class Uncertain(Retryable):
    """There was no answer, or one that tells of a failure within: it may have been done all the
    same."""


class NotReady(Retryable):
    """The answer is that there is none yet (Cost Explorer has not computed a day)."""


class Unfinished(Retryable):
    """Time ran out between two steps; the next try goes on with the step that is missing."""


class InFlight(Retryable):
    """Another run holds the lease on a notice that is not known to be delivered; it is looked at
    again after the lease."""


class ChangedMeanwhile(Retryable):
    """Somebody else changed the row meanwhile (a button, an overlapping run), several times in a
    row."""


# ------------------------------------------------------------------ what does not


class Refused(WhyspikeError):
    """The other side will not do it: a permission, a setting or the content is wrong. `code` is its
    word for it (channel_not_found, AccessDeniedException...)."""

    def __init__(self, reason: str, code: str = "", *, remedy: str = "") -> None:
        super().__init__(reason, remedy=remedy)
        self.code = code


class MemberRoleDenied(Refused):
    """The role in an account cannot be assumed: role missing, trust policy or ExternalId wrong."""


class CostExplorerDenied(Refused):
    """The role may not call Cost Explorer, or the payer has not enabled it for member accounts."""


class OrganizationAccessDenied(Refused):
    """Accounts cannot be listed: neither management account nor delegated administrator."""


class Missing(WhyspikeError):
    """What the configuration or a request names does not exist."""


class AccountNotInBill(Missing):
    """The payer's answer has no row of the account: it does not see it, or the account never had a
    charge. Not known to be quiet."""


class BudgetExhausted(WhyspikeError):
    """The scan's cap of Cost Explorer requests or Claude tokens is used up."""


class BadSignature(WhyspikeError):
    """A request to the feedback URL is not signed by Slack, or is older than five minutes."""
