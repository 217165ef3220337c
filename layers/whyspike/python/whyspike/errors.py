"""Every error that whyspike raises on purpose. The names are an interface: the state machine
retries and catches by them.

`Retryable` is the branch that Step Functions tries again; all others are final for the account
(recorded as not scanned)
or, for `InvalidInput`, for the run. A message names the cause and the remedy, and never carries a
credential.
"""

from __future__ import annotations


class WhyspikeError(Exception):
    """Root of the tree."""


class InvalidInput(WhyspikeError):
    """Something that a person wrote is wrong (event, settings, organisation folder); the CLI exits
    with 2."""


class MixedCurrencies(InvalidInput):
    """A bill in more than one currency cannot be added up."""


class Retryable(WhyspikeError):
    """May go through later; the state machine waits and tries again."""


class CostExplorerThrottled(Retryable):
    """Cost Explorer answered LimitExceededException or a throttling error, after the client's own
    retries."""


class CostDataNotReady(Retryable):
    """Cost Explorer answered DataUnavailableException."""


class OrganizationsThrottled(Retryable):
    """Organizations or Account Management answered TooManyRequestsException, after the client's own
    retries."""


class DiscoveryUnfinished(Retryable):
    """DiscoverAccounts ran out of time between two batches of accounts; the next try goes on with
    the batch that is missing."""


class RoleThrottled(Retryable):
    """STS throttled AssumeRole, after the client's own retries."""


class SlackUnavailable(Retryable):
    """Slack (for owners without it: SES) did not answer, or with 5xx. `may_have_arrived` is False
    when the connection was never made."""

    def __init__(self, message: str, may_have_arrived: bool = True) -> None:
        super().__init__(message)
        self.may_have_arrived = may_have_arrived


class SlackThrottled(Retryable):
    """Slack answered 429 (or SES throttled); `retry_after_seconds` is what it asked for."""

    def __init__(self, message: str, retry_after_seconds: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class NoticeInFlight(Retryable):
    """Another run holds the lease on a message that is not known to be delivered; it is looked at
    again after the lease."""


class IncidentChanged(Retryable):
    """Somebody else changed the incident meanwhile (a button, an overlapping run), several times in
    a row."""


class AccountError(WhyspikeError):
    """The account could not be scanned; other accounts go on."""


class MemberRoleDenied(AccountError):
    """sts:AssumeRole into the member account was refused: role missing, trust policy or ExternalId
    wrong."""


class CostExplorerDenied(AccountError):
    """The member role may not call Cost Explorer, or the payer has not enabled it for member
    accounts."""


class AccountNotInBill(AccountError):
    """The payer's answer has no row of the account: it does not see it, or the account never had a
    charge. Not known to be quiet."""


class CloudTrailDenied(AccountError):
    """The member role may not look up CloudTrail events; an explanation goes on without them and
    says so."""


class CloudTrailUnavailable(AccountError):
    """CloudTrail throttled the look-ups for good, failed or gave an answer that cannot be read; an
    explanation goes on as if denied."""


class OrganizationAccessDenied(WhyspikeError):
    """Accounts cannot be listed: neither management account nor delegated administrator."""


class NothingToScan(InvalidInput):
    """The organisation has no account in scope."""


class BudgetExhausted(WhyspikeError):
    """The scan's cap of Cost Explorer requests or Claude tokens is used up."""


class SlackRejected(WhyspikeError):
    """Slack refused the message or the channel; `code` is its word for it (invalid_blocks,
    channel_not_found, invalid_auth...)."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class EmailRejected(WhyspikeError):
    """SES refused the message: sender or recipient not verified, sending paused, or a malformed
    address."""


class SecretMissing(WhyspikeError):
    """A secret that the configuration names does not exist or lacks a key."""


class BadSignature(WhyspikeError):
    """A request to the feedback URL is not signed by Slack, or is older than five minutes."""
