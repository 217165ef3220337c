"""The benchmark of the report's size repeats what it is given, each under an id of its own."""

from __future__ import annotations

from benchmarks.report import repeated
from tests.support.reports import incident, report
from whyspike.digest.report import MAX_CARDS, MAX_OPEN_ROWS, render


def test_a_large_report_has_every_row_and_folds_and_leaves_out_what_nobody_reads() -> None:
    view = repeated(report(incident()), MAX_OPEN_ROWS + 1, MAX_CARDS + 3)
    page = render(view)
    accounts = page[page.index('id="all-accounts"') :]
    assert len({row.account_id for row in view.accounts}) == MAX_OPEN_ROWS + 1
    assert all(f">{row.account_id}<" in accounts for row in view.accounts)
    assert f"<summary>All {MAX_OPEN_ROWS + 1}, the largest first</summary>" in page
    assert page.count("<article ") == MAX_CARDS
    assert page.count("<tr data-card=") == MAX_CARDS + 3
    assert "3 smaller incidents have no card here" in page
    assert "no card here" not in render(report(incident()))
    assert "the largest first</summary>" not in render(report(incident()))
