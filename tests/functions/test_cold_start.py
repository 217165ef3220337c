"""What a function has imported before it can answer: nothing heavy that it does not need."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
# RecordFeedback, whom Slack waits for, is in test_record_feedback.py.
UNWANTED = {
    "start_scan": ("numpy", "anthropic", "requests", "jinja2", "PIL", "yaml"),
    "detect_anomalies": ("anthropic", "requests", "jinja2", "PIL"),
    # jinja2 where a team has templates
    "discover_accounts": ("anthropic", "requests", "jinja2", "PIL"),
    "notify_owner": ("anthropic", "jinja2"),
    "explain_anomaly": ("anthropic", "requests", "jinja2", "PIL"),  # Claude's client when it asks
}


@pytest.mark.parametrize("function", UNWANTED)
def test_it_imports_nothing_that_it_does_not_need(function: str) -> None:
    code = f"""
import runpy, sys
runpy.run_path("functions/{function}/app.py")
print([name for name in {UNWANTED[function]!r} if name in sys.modules])
"""
    answer = subprocess.run(  # noqa: S603 our own interpreter and code
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"
