"""What the detection may be told by people: one knob, minimum impacts, exceptions, and levels that
they accepted."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, ClassVar

from whyspike.errors import InvalidInput
from whyspike.model import AcceptedLevel, CostSeries, RecordClass, ToldDays

_LIMITS = {
    "sensitivity": (0.25, 4.0),
    "minimum_impact_usd": (0.0, 1e9),
    "minimum_impact_percent": (0.0, 1e6),
    "large_impact_usd": (0.0, 1e9),
}
# Settings are judged by what they leave of these: services of every kind, in an account that no
# rule names.
_ANY_ACCOUNT = "000000000000"
_ANY_SERVICES = (
    "Amazon Elastic Compute Cloud - Compute",
    "EC2 - Other",
    "Amazon Simple Storage Service",
    "AmazonCloudWatch",
    "AWS Lambda",
    "Elastic Load Balancing",
    "Savings Plans for AWS Compute usage",
    "Claude Sonnet 4 (Amazon Bedrock Edition)",
    "Tax",
)
MAX_MINIMUM_USD = 100_000.0  # a day; more, for everything, is silence
MAX_MINIMUM_SHARE = 100.0  # of expected spend
_NO_EXTRA_FIELDS: dict[str, Any] = {
    "allow_inf_nan": False,
    "extra": "forbid",
}  # a misspelt field must not be a setting that is silently off


def _check_limits(holder: Override | DetectionSettings) -> None:
    for name, (low, high) in _LIMITS.items():
        value = getattr(holder, name)
        if value is not None and not (math.isfinite(value) and low <= value <= high):
            raise InvalidInput(
                f"detection settings: {name}: {value} is not between {low:g} and {high:g}"
            )


@dataclass(frozen=True)
class Override:
    """Other settings for one account, one service, or one service of one account; None leaves a
    setting as it is."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _NO_EXTRA_FIELDS
    account_id: str | None = None
    service: str | None = None  # as Cost Explorer spells it; * and ? stand for any text
    sensitivity: float | None = None
    minimum_impact_usd: float | None = None
    minimum_impact_percent: float | None = None
    large_impact_usd: float | None = None

    def __post_init__(self) -> None:
        _check_limits(self)
        if self.account_id is None and self.service is None:
            raise InvalidInput(
                "detection settings: overrides: account_id or service is needed; else set the value"
                " for all"
            )

    def covers(self, account_id: str, service: str) -> bool:
        return self.account_id in {None, account_id} and (
            self.service is None or fnmatchcase(service, self.service)
        )


@dataclass(frozen=True)
class IgnoreRule:
    """Series that are never judged. All fields that are given must fit; * and ? stand for any text
    in service and usage type."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _NO_EXTRA_FIELDS
    account_id: str | None = None
    service: str | None = None
    usage_type: str | None = None  # leaves the service as a whole judged, and its other usage types
    record_class: RecordClass | None = None

    def __post_init__(self) -> None:
        if all(
            value is None
            for value in (self.account_id, self.service, self.usage_type, self.record_class)
        ):
            raise InvalidInput(
                "detection settings: ignore: a rule without a field would ignore every account"
            )

    def covers(self, account_id: str, series: CostSeries) -> bool:
        return (
            self.account_id in {None, account_id}
            and self.record_class in {None, series.record_class}
            and (self.service is None or fnmatchcase(series.service, self.service))
            and (self.usage_type is None or fnmatchcase(series.usage_type or "", self.usage_type))
        )


@dataclass(frozen=True)
class Limits:
    """What an anomaly of one series must reach."""

    threshold: float  # of the score
    minimum_usd: float  # a day
    minimum_share: float  # of expected spend
    large_usd: float  # a day; from here on a sure anomaly needs no share


@dataclass(frozen=True)
class DetectionSettings:
    """`sensitivity` 1 is the measured default; 2 halves the threshold of the score, 0.5 doubles it.

    Minimum impacts are of one day: an anomaly is at least so many dollars above expected spend, and
    so many percent or so many more dollars (`large_impact_usd`) that the percent does not matter,
    if it is sure. Raises InvalidInput naming the field that is wrong.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = _NO_EXTRA_FIELDS
    sensitivity: float = 1.0
    minimum_impact_usd: float = 10.0
    minimum_impact_percent: float = 20.0
    large_impact_usd: float = 300.0
    overrides: tuple[Override, ...] = ()  # where several fit, the last one that sets a value wins
    ignore: tuple[IgnoreRule, ...] = ()
    alert_on_stop: tuple[str, ...] = ()  # services whose end is an alert; * and ? as above
    accepted: tuple[
        AcceptedLevel, ...
    ] = ()  # "expected" by feedback: the baseline is taught from their onset on
    told: tuple[ToldDays, ...] = ()  # days of incidents that are over: no yardstick

    def __post_init__(self) -> None:
        _check_limits(self)

    def limits(self, account_id: str, service: str) -> Limits:
        """The limits of one service of one account."""
        values: dict[str, float] = {name: getattr(self, name) for name in _LIMITS}
        for override in self.overrides:
            if override.covers(account_id, service):
                values |= {
                    name: value
                    for name in _LIMITS
                    if (value := getattr(override, name)) is not None
                }
        return Limits(
            1.0 / values["sensitivity"],
            values["minimum_impact_usd"],
            values["minimum_impact_percent"] / 100.0,
            values["large_impact_usd"],
        )

    def tells_stop(self, service: str) -> bool:
        """The service must not end unseen (backups): its end is told to the owner."""
        return any(fnmatchcase(service, pattern) for pattern in self.alert_on_stop)

    def ignores(self, account_id: str, series: CostSeries) -> bool:
        return any(rule.covers(account_id, series) for rule in self.ignore)


def detection_settings(
    sensitivity: float,
    minimum_impact_usd: float,
    minimum_impact_percent: float,
    document: Any = None,
    accepted: tuple[AcceptedLevel, ...] = (),
    *,
    told: tuple[ToldDays, ...] = (),
    large_impact_usd: float = 300.0,
) -> DetectionSettings:
    """The deployed parameters, with what settings/detection.json (`document`, may be None) sets
    otherwise, the levels that feedback accepted, and the days that were told. Raises InvalidInput
    naming the field that is wrong."""
    from whyspike.payload import from_json  # pydantic: detection itself needs none of it

    if document is not None and not isinstance(document, dict):
        raise InvalidInput("settings/detection.json: it must be a JSON object")
    for field in ("accepted", "told"):
        if document and field in document:
            raise InvalidInput(
                f"settings/detection.json: {field}: comes from the incidents; use overrides or"
                " ignore here"
            )
    values: dict[str, Any] = {
        "sensitivity": sensitivity,
        "minimum_impact_usd": minimum_impact_usd,
        "minimum_impact_percent": minimum_impact_percent,
        "large_impact_usd": large_impact_usd,
        **(document or {}),
        "accepted": accepted,
        "told": told,
    }
    settings = from_json(DetectionSettings, values, what="settings/detection.json")
    if document is not None:
        _check_something_is_heard(settings)
    return settings


def _check_something_is_heard(settings: DetectionSettings) -> None:
    """Refuses what would silence every account, whether by one rule or by several: nobody would
    learn from silence that it was a mistake."""
    usage = [CostSeries(service, ()) for service in _ANY_SERVICES]
    if all(settings.ignores(_ANY_ACCOUNT, series) for series in usage):
        raise InvalidInput(
            "settings/detection.json: ignore: would ignore the usage of every account",
            remedy="name the services or accounts that are not to be judged",
        )
    limits = [settings.limits(_ANY_ACCOUNT, service) for service in _ANY_SERVICES]
    if all(_hears_nothing(each) for each in limits):
        raise InvalidInput(
            "settings/detection.json: minimum_impact: so much that no account would be told of"
            " anything",
            remedy=f"stay below {MAX_MINIMUM_USD:,.0f} dollars a day",
        )


def _hears_nothing(limits: Limits) -> bool:
    return limits.minimum_usd > MAX_MINIMUM_USD or (
        limits.minimum_share > MAX_MINIMUM_SHARE and limits.large_usd > MAX_MINIMUM_USD
    )
