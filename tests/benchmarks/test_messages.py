"""The benchmark of message lengths counts what is read, and says when it is too much."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.messages import distribution, is_short_enough, main, messages_below
from whyspike.messages.blocks import button, section


def scan(folder: Path, *texts: str) -> Path:
    folder.mkdir()
    alerts = [
        {
            "notice_id": f"111122223333-2026-03-12-0123abcd#{number:04d}",
            "blocks": [
                section(text),
                {"type": "actions", "elements": [button("I'm on it", "acknowledge", "v")]},
            ],
        }
        for number, text in enumerate(texts, 1)
    ]
    digest = {"notice_id": "digest-2026-03-12", "blocks": [section("d" * 2_000)]}
    (folder / "alerts.json").write_text(json.dumps([*alerts, digest]), encoding="utf-8")
    return folder


def test_links_count_by_their_label_and_buttons_and_digests_for_nothing(tmp_path: Path) -> None:
    (read,) = messages_below(scan(tmp_path / "one", "*bold* <https://example.com/x|Look>"))
    assert (read.length, read.scan) == (len("bold Look"), "one")


def test_folders_of_scans_are_read_together_and_the_longest_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scan(tmp_path / "one", "a" * 100)
    scan(tmp_path / "two", "b" * 1_200)
    assert main([str(tmp_path), "--longest", "1"]) == 1
    printed = capsys.readouterr().out
    assert "2 messages: median 650" in printed
    assert "longest 1200 characters; 50% within 900" in printed
    assert "---- two: 1200 characters" in printed


def test_without_a_message_it_says_so(tmp_path: Path) -> None:
    assert main([str(tmp_path)]) == 2


@pytest.mark.parametrize(
    ("lengths", "good"),
    [([900] * 9 + [1_500], True), ([900] * 8 + [901] * 2, False), ([10] * 20 + [1_501], False)],
    ids=["nine of ten", "eight of ten", "one too long"],
)
def test_nine_of_ten_are_short_and_none_too_long(lengths: list[int], good: bool) -> None:
    assert is_short_enough(lengths) is good
    assert distribution(lengths)[0].startswith(f"{len(lengths)} messages")
