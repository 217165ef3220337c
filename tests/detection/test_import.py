"""A scan's first function starts with little: what detection does not need is not imported."""

from __future__ import annotations

import subprocess
import sys


def test_detection_is_imported_without_the_types_of_evidence() -> None:
    code = "import sys, whyspike.detection; print('whyspike.model.evidence' in sys.modules)"

    said = subprocess.run(  # noqa: S603  our own line
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert said.stdout.strip() == "False"


def test_whoever_asks_the_model_for_evidence_gets_it() -> None:
    import whyspike.model
    from whyspike.model.evidence import EvidenceItem

    assert whyspike.model.EvidenceItem is EvidenceItem
    assert not hasattr(whyspike.model, "Evidence")
