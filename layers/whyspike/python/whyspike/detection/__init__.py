"""What is an anomaly: daily costs of one account in, anomalies and the items they form out."""

from whyspike.detection.anomalies import find_anomalies
from whyspike.detection.items import group_items, item_of
from whyspike.detection.judged import bill_days, with_spent
from whyspike.detection.past import PastAccount, PastLines, score_ahead
from whyspike.detection.settings import DetectionSettings, IgnoreRule, Override, detection_settings
from whyspike.detection.table import zero_days

__all__ = [
    "DetectionSettings",
    "IgnoreRule",
    "Override",
    "PastAccount",
    "PastLines",
    "bill_days",
    "detection_settings",
    "find_anomalies",
    "group_items",
    "item_of",
    "score_ahead",
    "with_spent",
    "zero_days",
]
