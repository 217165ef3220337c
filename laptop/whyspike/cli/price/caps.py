"""The parameters of template.yaml that hang on the number of accounts: the caps that a scan of that
size needs."""

from __future__ import annotations

from math import ceil

from whyspike.cli.price.model import (
    Assumptions,
    explanations,
    scan_requests,
    tokens_of_an_explanation,
)

DEFAULT_CAPS = {
    "CostExplorerRequestCap": 5_000,
    "ClaudeTokenCap": 2_000_000,
}  # of template.yaml (tests/cli/test_price.py compares)
HEADROOM = 1.5  # a busy day explains more than a usual one


def needed_caps(a: Assumptions) -> dict[str, int]:
    """What a usual scan uses of each cap, by parameter."""
    tokens = explanations(a) * tokens_of_an_explanation(a)
    return {"CostExplorerRequestCap": ceil(scan_requests(a)), "ClaudeTokenCap": ceil(tokens)}


def advised_caps(a: Assumptions) -> dict[str, int]:
    """What to deploy with: the default where it leaves headroom, else the need with headroom, in
    two digits."""
    return {
        name: max(DEFAULT_CAPS[name], _rounded_up(HEADROOM * need))
        for name, need in needed_caps(a).items()
    }


def _rounded_up(value: float) -> int:
    if value < 100:
        return ceil(value)
    step: int = 10 ** (len(str(int(value))) - 2)
    return ceil(value / step) * step
