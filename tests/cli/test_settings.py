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


def test_a_template_is_shown_to_begin_with_and_checked_with_made_up_values(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["settings", "show", "owner.j2"]) == 0
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "owner.j2").write_text(capsys.readouterr().out)
    for given in (tmp_path, tmp_path / "templates", tmp_path / "templates" / "owner.j2"):
        assert main(["settings", "check", str(given)]) == 0
        shown = capsys.readouterr().out
        assert "owner.j2: as it should be" in shown
        assert "Amazon CloudWatch in payments-prod costs $268 a day more than usual" in shown


def test_a_broken_template_is_named_by_line_and_only_templates_are_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "digest.j2").write_text("fine\n{% if quiet %}")
    assert main(["settings", "check", str(tmp_path / "digest.j2")]) == 2
    assert "digest.j2: line 2: Unexpected end of template" in capsys.readouterr().err
    assert main(["settings", "show", "owners.json"]) == 2
    assert "is no template" in capsys.readouterr().err
