"""The Region of a usage type, by the code that it begins with.

Source: usage types of cost and usage reports (AWS Cost and Usage Reports user guide, "Product
details"; price lists of Amazon EC2, `usagetype` beside `regionCode`).
"""

from __future__ import annotations

import re

from whyspike.knowledge.families import region_code

_REGIONS = {
    "AFS1": "af-south-1",
    "APE1": "ap-east-1",
    "APN1": "ap-northeast-1",
    "APN2": "ap-northeast-2",
    "APN3": "ap-northeast-3",
    "APS1": "ap-southeast-1",
    "APS2": "ap-southeast-2",
    "APS3": "ap-south-1",
    "APS4": "ap-southeast-3",
    "APS5": "ap-south-2",
    "APS6": "ap-southeast-4",
    "CAN1": "ca-central-1",
    "CAN2": "ca-west-1",
    "EU": "eu-west-1",
    "EUC1": "eu-central-1",
    "EUC2": "eu-central-2",
    "EUN1": "eu-north-1",
    "EUS1": "eu-south-1",
    "EUS2": "eu-south-2",
    "EUW1": "eu-west-1",
    "EUW2": "eu-west-2",
    "EUW3": "eu-west-3",
    "ILC1": "il-central-1",
    "MEC1": "me-central-1",
    "MES1": "me-south-1",
    "SAE1": "sa-east-1",
    "USE1": "us-east-1",
    "USE2": "us-east-2",
    "USW1": "us-west-1",
    "USW2": "us-west-2",
}
_WHOLE = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
_OF_A_REGION = re.compile(r"[A-Z]{3}\d")
HOME = "us-east-1"  # of which usage types often carry no code


def region_of(usage_type: str) -> str | None:
    """The Region; "" for what belongs to none (an area of CloudFront, what is global), None for a
    code of a Region that is not known here."""
    code = region_code(usage_type).partition("WL")[0]
    if whole := _WHOLE.match(usage_type):
        return whole[0]
    if code in _REGIONS:
        return _REGIONS[code]
    if not code:
        return HOME
    return None if _OF_A_REGION.fullmatch(code) else ""
