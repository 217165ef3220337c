"""AWS Cost Anomaly Detection: GetAnomalies, GetAnomalyMonitors and ProvideAnomalyFeedback of Cost
Explorer.

Facts: a monitor of the management account sees all accounts, one of a member its own alone; 90
days; AnomalyEndDate is missing while an anomaly goes on; feedback that is given shows in the
list.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from whyspike.simulator.aws.models import AwsError, check_answer, check_request
from whyspike.simulator.aws.pages import (
    TokenOfAnotherRequest,
    UnreadableToken,
    page_offset,
    page_token,
)
from whyspike.simulator.organization.detector_file import Detector

PAGE_SIZE = 20
HISTORY = timedelta(days=90)
OPERATIONS = {"GetAnomalies", "GetAnomalyMonitors", "ProvideAnomalyFeedback"}


class AnomalyDetection:
    """Answers, and remembers what it was told."""

    def __init__(self) -> None:
        self._feedback: dict[str, str] = {}
        self._lock = threading.Lock()

    def answer(
        self,
        operation: str,
        request: Mapping[str, Any],
        detector: Detector | None,
        as_of: date,
    ) -> dict[str, Any]:
        """The response at the end of `as_of`; `detector` is that of the caller's account, None
        where nobody has made a monitor. Raises AwsError with the code that AWS would send."""
        check_request("ce", operation, request)
        detector = detector or Detector((), ())
        if operation == "GetAnomalies":
            found = {"Anomalies": self._listed(detector, request, as_of)}
        elif operation == "GetAnomalyMonitors":
            found = {"AnomalyMonitors": [dict(each) for each in detector.monitors]}
        else:
            return self._told(detector, request)
        answer = _paged(found, request)
        check_answer("ce", operation, answer)
        return answer

    def _listed(
        self, detector: Detector, request: Mapping[str, Any], as_of: date
    ) -> list[dict[str, Any]]:
        interval = request["DateInterval"]
        first = _day(interval["StartDate"])
        last = _day(interval["EndDate"]) if interval.get("EndDate") else as_of
        if first > last or first < as_of - HISTORY:
            raise AwsError(
                "ValidationException",
                "StartDate must not be after EndDate, nor more than 90 days ago",
            )
        return [
            self._seen(each.record, as_of)
            for each in detector.anomalies
            if each.first_listed <= as_of
            and first <= _end(each.record, as_of)
            and _day(each.record["AnomalyStartDate"]) <= last
        ]

    def _seen(self, record: Mapping[str, Any], as_of: date) -> dict[str, Any]:
        """Without the end that lies ahead, with the feedback that was given."""
        seen = dict(record)
        if "AnomalyEndDate" in seen and _day(seen["AnomalyEndDate"]) > as_of:
            del seen["AnomalyEndDate"]
        with self._lock:
            if given := self._feedback.get(str(record["AnomalyId"])):
                seen["Feedback"] = given
        return seen

    def _told(self, detector: Detector, request: Mapping[str, Any]) -> dict[str, Any]:
        known = {str(each.record["AnomalyId"]) for each in detector.anomalies}
        if request["AnomalyId"] not in known:
            raise AwsError("ValidationException", f"Anomaly {request['AnomalyId']} does not exist")
        with self._lock:
            self._feedback[request["AnomalyId"]] = request["Feedback"]
        return {"AnomalyId": request["AnomalyId"]}


def _paged(found: dict[str, Any], request: Mapping[str, Any]) -> dict[str, Any]:
    ((name, records),) = found.items()
    try:
        offset = page_offset(request, "NextPageToken")
    except (UnreadableToken, TokenOfAnotherRequest):
        raise AwsError("InvalidNextTokenException", "The pagination token is invalid.") from None
    end = offset + int(request.get("MaxResults", PAGE_SIZE))
    more = (
        {"NextPageToken": page_token(request, "NextPageToken", end)} if end < len(records) else {}
    )
    return {name: records[offset:end], **more}


def _end(record: Mapping[str, Any], as_of: date) -> date:
    return _day(record["AnomalyEndDate"]) if record.get("AnomalyEndDate") else as_of


def _day(text: str) -> date:
    try:
        return date.fromisoformat(str(text)[:10])
    except ValueError:
        raise AwsError("ValidationException", f"{text!r} is not a date") from None
