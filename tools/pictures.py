"""Makes the pictures of the README and of docs/ from what a demo wrote: a message and the digest
as Slack shows them, and an incident in the report.

    python tools/pictures.py out/demo docs/pictures

Needs Chromium and a font with colour emoji (Debian: chromium, fonts-noto-color-emoji); without the
font it stops rather than take pictures with empty boxes.
"""

from __future__ import annotations

import base64
import html
import io
import json
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from whyspike.cli.report import read_report
from whyspike.messages.charts.png import png
from whyspike.words.mrkdwn import pictures, to_html

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
WIDTH = 460  # CSS pixels: a phone shows it without making letters smaller than it can
MAX_HEIGHT = 1000
DIGEST_HEIGHT = 560  # what is new; the rest is as long
SCALE = 2
COLOURS = 96
SHOWN = "214600318705-2026-11-05"  # the NAT gateway of shop-prod, the first incident of the demo

STYLE = """
body { margin: 0; background: #fff; color: #1d1c1d; width: 460px;
  font: 15px/1.45 "Noto Sans", "Liberation Sans", "DejaVu Sans", "Noto Color Emoji", sans-serif }
main { padding: 14px 16px 16px; overflow-wrap: anywhere }
h1 { font-size: 18px; line-height: 1.3; margin: 6px 0 8px } p { margin: 8px 0 }
.channel { font-weight: 700; border-bottom: 1px solid #ddd; padding: 10px 16px }
.app { font-weight: 700 } .app small { background: #ececec; border-radius: 3px; padding: 0 4px;
  font-size: 10px; vertical-align: middle; color: #555 }
code, pre { font: 12.5px/1.5 "DejaVu Sans Mono", monospace; background: #f6f6f7;
  border: 1px solid #ddd; border-radius: 4px }
code { color: #c0264b; padding: 1px 3px } pre { padding: 8px; white-space: pre-wrap; margin: 6px 0 }
img { width: 100%; border-radius: 8px } a { color: #1264a3; text-decoration: none }
.context { color: #616061; font-size: 12.5px }
.button { display: inline-block; border: 1px solid #bbb; border-radius: 5px; padding: 5px 11px;
  margin: 4px 6px 0 0; font-weight: 700; font-size: 13.5px }
.beside { float: right; margin-left: 10px }
.primary { background: #007a5a; border-color: #007a5a; color: #fff }
"""
COLOURED = """() => {
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = "20px sans-serif"; pen.fillText("\\u{1F534}", 0, 20);
  const seen = pen.getImageData(0, 0, 30, 30).data;
  for (let i = 0; i < seen.length; i += 4)
    if (seen[i + 3] > 200 && seen[i] > seen[i + 1] + 60) return true;
  return false;
}"""


def slack_page(message: dict[str, Any], chart: bytes) -> str:
    """The message as a page: its blocks in their order, `chart` where it has an image."""
    body = "".join(_block(block, chart) for block in message["blocks"])
    return (
        f'<!doctype html><meta charset="utf-8"><style>{STYLE}</style>'
        f'<div class="channel">{html.escape(message["channel"])}</div>'
        f'<main><div class="app">whyspike <small>APP</small></div>{body}</main>'
    )


def _block(block: dict[str, Any], chart: bytes) -> str:
    match block["type"]:
        case "header":
            return f"<h1>{html.escape(pictures(block['text']['text']))}</h1>"
        case "image":
            return f'<img alt="" src="data:image/png;base64,{base64.b64encode(chart).decode()}">'
        case "section":
            texts = [block["text"], *block.get("fields", [])]
            beside = block.get("accessory")
            button = f'<div class="beside">{_button(beside)}</div>' if beside else ""
            return button + "".join(f"<p>{to_html(text['text'])}</p>" for text in texts)
        case "context":
            said = " · ".join(to_html(element["text"]) for element in block["elements"])
            return f'<p class="context">{said}</p>'
        case "actions":
            return "".join(map(_button, block["elements"]))
        case kind:
            raise ValueError(f"a block of the message is no one that this draws: {kind}")


def _button(element: dict[str, Any]) -> str:
    said = (element.get("text") or element["placeholder"])["text"]
    arrow = " ▾" if element["type"] == "static_select" else ""
    primary = " primary" if element.get("style") == "primary" else ""
    return f'<span class="button{primary}">{html.escape(said)}{arrow}</span>'


@contextmanager
def chromium() -> Iterator[Browser]:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        raise SystemExit("pictures: no Chromium. Remedy: install the Debian package chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


def _opened(browser: Browser) -> Page:
    page = browser.new_page(
        viewport={"width": WIDTH, "height": MAX_HEIGHT},
        device_scale_factor=SCALE,
        color_scheme="light",
    )
    if not page.evaluate(COLOURED):
        raise SystemExit("pictures: emoji have no colour here. Remedy: fonts-noto-color-emoji")
    return page


def chart_of(demo: Path, incident_id: str) -> bytes:
    """The chart of the message, as Slack is sent it."""
    view, _ = read_report(demo)
    one = next(incident for incident in view.incidents if incident.incident_id == incident_id)
    return png(one.dates, one.costs, one.band_low, one.band_high, one.onset)


def whole_parts(within: Locator, most: int) -> int:
    """How many CSS pixels the parts take that fit into `most` whole: of a card, or of a page that
    begins with its channel."""
    return int(
        within.evaluate(
            """(all, most) => {
                const top = all.tagName === "MAIN" ? 0 : all.getBoundingClientRect().top;
                return Math.max(...[...all.children]
                    .map(part => part.getBoundingClientRect().bottom - top)
                    .filter(bottom => bottom <= most));
            }""",
            most,
        )
    )


def _kept(shot: bytes, file: Path, height: int = MAX_HEIGHT) -> None:
    """A palette makes a screenshot a third of its size, and nobody sees the difference."""
    image = Image.open(io.BytesIO(shot)).convert("RGB")
    image = image.crop((0, 0, image.width, min(image.height, height * SCALE)))
    file.parent.mkdir(parents=True, exist_ok=True)
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)
    print(f"{file}: {image.width} x {image.height}, {file.stat().st_size / 1000:.0f} kB")


def main(arguments: Sequence[str]) -> int:
    demo, out = map(Path, arguments)
    messages = json.loads((demo / "alerts.json").read_text(encoding="utf-8"))
    message = next(m for m in messages if str(m["notice_id"]).startswith(SHOWN))
    incident_id = message["notice_id"].split("#")[0]
    with chromium() as browser:
        page = _opened(browser)
        page.goto((demo / "report.html").resolve().as_uri())
        article = page.locator(f'article[id="{incident_id}"]')
        _kept(
            article.screenshot(timeout=10_000), out / "report.png", whole_parts(article, MAX_HEIGHT)
        )
        slack = _opened(browser)  # of its own: the report's policy allows no other page's style
        slack.set_content(slack_page(message, chart_of(demo, incident_id)))
        _kept(slack.locator("html").screenshot(), out / "slack-message.png")
        digest = next(m for m in messages if str(m["notice_id"]).startswith("digest-"))
        slack.set_content(slack_page(digest, b""))
        parts = slack.locator("main")
        shot = slack.locator("html").screenshot()
        _kept(shot, out / "digest.png", whole_parts(parts, DIGEST_HEIGHT))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
