"""AWS's own detector, asked once a scan at the payer (CompareWithAws), and told what people
answered (FeedbackToAws)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from whyspike.digest.beside_aws import DAYS, answers, compared, matched
from whyspike.errors import BudgetExhausted, InvalidInput, Refused, Retryable, WhyspikeError
from whyspike.incidents.incident import Incident
from whyspike.model import Scan
from whyspike.model.aws_anomalies import AwsAnomaly, BesideAws
from whyspike.payload import from_json, to_json
from whyspike.steps import organization_role
from whyspike.steps.configuration import Configuration
from whyspike.wire import anomaly_detection
from whyspike.wire.bucket import ScanBucket
from whyspike.wire.clients import client
from whyspike.wire.cost_explorer import RequestCounter

_WHO = "AWS Cost Anomaly Detection"
_ROLE = (
    "deploy organization/organization-roles.yaml of this version with CompareWithAws=true (and"
    " FeedbackToAws as this stack has it), or set CompareWithAws=false here"
)
_MONITOR = (
    "create a monitor for AWS services in the management account (Billing, Cost Anomaly Detection),"
    " or set CompareWithAws=false"
)
# None of it is worth a digest: what went wrong is said in it.
_UNANSWERED = (Refused, Retryable, BudgetExhausted, InvalidInput)


@dataclass(frozen=True)
class AwsDetector:
    """Of one scan. `known` are the incidents that the scans of the last 30 days saw, `names` the
    accounts' names by their ids."""

    scan: Scan
    config: Configuration
    bucket: ScanBucket
    usage: RequestCounter

    def compare(
        self, known: Sequence[Incident], names: Mapping[str, str]
    ) -> tuple[BesideAws | None, tuple[str, ...]]:
        """The comparison, None where there is none, and what could not be asked or told, one
        sentence each."""
        if not (self.config.compare_with_aws and self.scan.is_daily):
            return None, ()
        try:
            ce = client("ce", organization_role.credentials(self.config, self.scan))
            listed = self._listed(ce)
        except _UNANSWERED as error:
            return None, (_sentence("could not be asked", error),)
        if listed is None:
            return None, (f"{_WHO} has no monitor, so that it sees nothing. Remedy: {_MONITOR}",)
        answered, problems = self._pass_on(ce, known, listed)
        beside = compared(known, listed, names, self.scan.scan_date, self._earlier())
        return replace(beside, answered=answered), problems

    def _listed(self, ce: Any) -> tuple[AwsAnomaly, ...] | None:
        """AWS's list, as an earlier run of this scan got it where there was one; None where nobody
        watches."""
        stored = self.bucket.read_json(self._key)
        if stored is not None:
            return from_json(tuple[AwsAnomaly, ...], stored, what=self._key)
        last = self.scan.scan_date
        listed = anomaly_detection.anomalies(ce, _first(last), last, self.usage)
        if not (listed or anomaly_detection.has_monitor(ce, self.usage)):
            return None
        self._store(listed)
        return listed

    def _pass_on(
        self, ce: Any, known: Sequence[Incident], listed: tuple[AwsAnomaly, ...]
    ) -> tuple[int, tuple[str, ...]]:
        """Of how many anomalies AWS has the answer now, and what it refused. Where somebody has
        answered at AWS, that stands. What did not go through is given again by the next scan, since
        AWS then still has no answer."""
        if not self.config.feedback_to_aws:
            return 0, ()
        wanted = answers(matched(known, listed, self.scan.scan_date))
        has = {each.anomaly_id: each.feedback for each in listed}
        problems: tuple[str, ...] = ()
        for anomaly, answer in wanted.items():
            if anomaly.feedback:
                continue
            try:
                anomaly_detection.give_feedback(ce, anomaly.anomaly_id, answer, self.usage)
            except _UNANSWERED as error:
                problems = (_sentence("did not take what people answered", error),)
                break
            has[anomaly.anomaly_id] = answer
        self._store([replace(each, feedback=has[each.anomaly_id]) for each in listed])
        return sum(has[each.anomaly_id] == answer for each, answer in wanted.items()), problems

    def _store(self, listed: Sequence[AwsAnomaly]) -> None:
        self.bucket.write_items(self.scan, "aws-anomalies", [to_json(each) for each in listed])

    @property
    def _key(self) -> str:
        return f"scans/{self.scan.scan_id}/aws-anomalies.json"

    def _earlier(self) -> BesideAws | None:
        """The newest comparison of a daily scan before this one."""
        for back in range(1, DAYS + 1):
            day = self.scan.scan_date - timedelta(days=back)
            digest = self.bucket.read_digest(Scan(day.isoformat(), day))
            if digest and digest.beside_aws:
                return digest.beside_aws
        return None


def _first(last: date) -> date:
    return last - timedelta(days=DAYS - 1)


def _sentence(what: str, error: WhyspikeError) -> str:
    denied = isinstance(error, Refused)
    remedy = error.remedy or (_ROLE if denied else "nothing; the next scan asks again")
    return f"{_WHO} {what}: {error.reason.rstrip('.')}. Remedy: {remedy}"
