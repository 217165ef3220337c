"""`whyspike settings check`: the same judgement as a scan's, before the file is in the bucket."""

from __future__ import annotations

from pathlib import Path

import pytest

from whyspike.cli.main import main


def test_a_good_file_is_said_to_be_good(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "owners.json").write_text('{"owners": {"data": {"channel": "#data"}}}')
    assert main(["settings", "check", str(tmp_path / "owners.json")]) == 0
    assert "owners.json: as it should be" in capsys.readouterr().out


def test_every_wrong_file_of_a_folder_is_named_with_its_remedy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "owners.json").write_text('{"owners": {"data": {"channel": "<!channel>"}}}')
    (tmp_path / "planned.yaml").write_text("[" * 3_000)
    (tmp_path / "detection.json").write_text('{"sensitivity": 1}')
    assert main(["settings", "check", str(tmp_path)]) == 2
    shown = capsys.readouterr()
    assert "owners.json: owners: 'data': channel: '<!channel>' is no channel" in shown.err
    assert "not valid YAML" in shown.err
    assert shown.err.count("Remedy: ") == 2
    assert "detection.json: as it should be" in shown.out


@pytest.mark.parametrize(
    ("given", "named"),
    [("settings.json", "is none of"), ("gone/owners.json", "cannot be read"), ("", "holds none")],
)
def test_what_cannot_be_judged_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], given: str, named: str
) -> None:
    assert main(["settings", "check", str(tmp_path / given)]) == 2
    assert named in capsys.readouterr().err
