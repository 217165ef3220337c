"""A commitment's term and payment are told where its usage type names them, and nowhere else."""

from __future__ import annotations

import pytest

from whyspike.knowledge.commitments import term_of

TERMS = {
    "ComputeSP:1yrAllUpfront": "for one year, paid all upfront",
    "USE1-EC2SP:m5.3yrNoUpfront": "for three years, paid as it goes, nothing upfront",
    "SageMakerSP:3yrPartialUpfront": "for three years, paid in part upfront",
    "HeavyUsage:m5.large": "",
    "BoxUsage:m5.large": "",
    "ComputeSP:5yrAllUpfront": "",
    "": "",
}


@pytest.mark.parametrize(("usage_type", "term"), TERMS.items(), ids=lambda text: text or "-")
def test_the_term_is_what_the_usage_type_names(usage_type: str, term: str) -> None:
    assert term_of(usage_type) == term
