"""The report as a person uses it, in headless Chromium: accessible by axe-core, filterable,
readable on a phone and in the dark."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_core_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.reports import hostile_incident, incident, report
from whyspike.digest.report import EvidenceView, render

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        CHROMIUM is None, reason="chromium is not installed (Debian package chromium)"
    ),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield found
        found.close()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(
        render(
            report(
                incident(),
                hostile_incident(),
                incident(incident_id="other", account_id="555566667777", severity="critical"),
            )
        ),
        encoding="utf-8",
    )
    return path


def open_page(browser: Browser, file: Path, **context: Any) -> tuple[Page, list[str]]:
    """The page, and every address that it asked for or complaint that it had."""
    page = browser.new_context(**context).new_page()
    noise: list[str] = []
    page.on("request", lambda request: noise.append(request.url))
    page.on("console", lambda message: noise.append(message.text))
    page.on("pageerror", lambda error: noise.append(str(error)))
    page.on("dialog", lambda dialog: noise.append(dialog.message))
    page.goto(file.as_uri())
    return page, noise


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 380])
def test_axe_finds_nothing(browser: Browser, file: Path, scheme: str, width: int) -> None:
    page, noise = open_page(
        browser, file, color_scheme=scheme, viewport={"width": width, "height": 800}
    )
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    violations = Axe().run(page)["violations"]
    assert [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in violations] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert noise == [file.as_uri()]


def test_a_search_leaves_the_incidents_that_fit(browser: Browser, file: Path) -> None:
    page, _ = open_page(browser, file)
    assert page.locator("article:visible").count() == 3
    page.get_by_label("Search incidents").fill("CRITICAL ec2")
    assert page.locator("article:visible").count() == 1
    assert page.locator("#listed tbody tr:visible").count() == 1
    assert page.locator("#listed-shown").inner_text() == "1 of 3 shown"
    page.get_by_label("Search incidents").fill("nobody is called so")
    assert page.locator("article:visible").count() == 0


def test_a_heading_sorts_by_amount_and_once_more_the_other_way(
    browser: Browser, file: Path
) -> None:
    page, _ = open_page(browser, file)
    heading = page.locator("#all-accounts th", has_text="Newest day")
    amounts = "rows => rows.map(row => Number(row.cells[2].dataset.value))"
    heading.get_by_role("button").click()
    falling = page.locator("#all-accounts tbody tr").evaluate_all(amounts)
    heading.get_by_role("button").click()
    rising = page.locator("#all-accounts tbody tr").evaluate_all(amounts)
    assert len(set(falling)) > 2
    assert falling == sorted(falling, reverse=True)
    assert rising == sorted(falling)
    assert heading.get_attribute("aria-sort") == "ascending"


def test_a_chart_tells_its_days_to_the_keyboard(browser: Browser, file: Path) -> None:
    page, _ = open_page(browser, file)
    chart = page.locator("svg.chart:visible").first
    chart.press("End")
    last = chart.locator("title").last.text_content()
    assert page.locator(".readout:visible").first.inner_text() == last
    chart.press("ArrowLeft")
    assert page.locator(".readout:visible").first.inner_text() != last


def test_two_hundred_incidents_are_searched_and_sorted(browser: Browser, tmp_path: Path) -> None:
    many = tmp_path / "many.html"
    incidents = [incident(incident_id=f"n{n}", title=f"Line {n}") for n in range(200)]
    many.write_text(render(report(*incidents)), encoding="utf-8")
    assert many.stat().st_size < 6_000_000
    page, noise = open_page(browser, many)
    page.locator("#listed th", has_text="What").get_by_role("button").click()
    page.get_by_label("Search incidents").fill("line 199")
    assert page.locator("article:visible").count() == 1
    assert noise == [many.as_uri()]


def test_it_can_be_used_by_keyboard_alone(browser: Browser, file: Path) -> None:
    page, _ = open_page(browser, file)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the incidents"
    page.keyboard.press("Enter")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "SUMMARY":
            break
    page.keyboard.press("Enter")
    assert page.locator("details[open]").count() == 1


def test_on_a_phone_the_charts_can_be_read_and_no_column_is_cut_off(
    browser: Browser, file: Path
) -> None:
    page, _ = open_page(browser, file, viewport={"width": 390, "height": 844})
    ticks = page.locator("svg:visible .tick").evaluate_all(
        "ticks => ticks.map(t => t.getBoundingClientRect().height)"
    )
    assert ticks
    assert min(ticks) >= 11
    for cell in page.locator(".rows td:visible").all():
        box = cell.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390


def test_on_a_phone_the_tables_can_be_sorted(browser: Browser, file: Path) -> None:
    page, _ = open_page(browser, file, viewport={"width": 390, "height": 844})
    page.locator("#all-accounts th", has_text="Newest day").get_by_role("button").click()
    first = page.locator("#all-accounts tbody tr").first
    assert "archive" in first.inner_text()


@pytest.mark.parametrize(("media", "width"), [("screen", 1440), ("print", 718)])
def test_no_table_is_cut_off_on_a_desk_or_on_paper(
    browser: Browser, tmp_path: Path, media: Literal["screen", "print"], width: int
) -> None:
    one = tmp_path / "one.html"
    one.write_text(render(report(incident())), encoding="utf-8")
    page, _ = open_page(browser, one, viewport={"width": width, "height": 900})
    page.emulate_media(media=media)
    tables = page.locator(".scroll:visible").evaluate_all(
        "all => all.map(one => [one.firstElementChild.offsetWidth, one.clientWidth])"
    )
    assert len(tables) > 3
    assert [table for table in tables if table[0] > table[1]] == []


def test_it_prints_on_few_pages_without_the_evidence(browser: Browser, tmp_path: Path) -> None:
    long = tmp_path / "long.html"
    evidence = [
        EvidenceView(f"E{n}", "cost-explorer", "by USAGE_TYPE", ["line"] * 300) for n in range(8)
    ]
    incidents = [incident(incident_id=f"i{n}", evidence=evidence) for n in range(7)]
    long.write_text(render(report(*incidents)), encoding="utf-8")
    page, _ = open_page(browser, long)
    pdf = page.pdf(format="A4")
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 10
    page.emulate_media(media="print")
    assert page.locator("article:visible").count() == 7
    assert page.locator(".lookup:visible").count() == 0
    assert page.locator("article").first.evaluate("a => getComputedStyle(a).breakInside") == "auto"
