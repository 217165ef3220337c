"""What refuses to build a layer, and what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import build_layer
from tools.build_layer import CannotBuild, build, check_machines, digest, settle

ELF = b"\x7fELF" + bytes(14)


def test_a_module_for_another_processor_refuses_to_build(tmp_path: Path) -> None:
    (tmp_path / "good.so").write_bytes(ELF + build_layer.MACHINES["arm64"])
    check_machines(tmp_path, "arm64")

    (tmp_path / "libs").mkdir()
    (tmp_path / "libs" / "bad.so.3").write_bytes(ELF + build_layer.MACHINES["x86_64"])
    with pytest.raises(CannotBuild, match=r"bad.so.3 not for arm64. Remedy:"):
        check_machines(tmp_path, "arm64")


def test_an_architecture_that_lambda_has_not_refuses_to_build(tmp_path: Path) -> None:
    with pytest.raises(CannotBuild, match="'amd64' is none of x86_64, arm64"):
        build(tmp_path / "requirements.txt", tmp_path / "python", "amd64")


def test_a_host_without_uv_is_told_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(build_layer, "VENV", tmp_path)

    assert build_layer.main("requirements.txt", str(tmp_path / "python"), "arm64") == 2
    assert "uv is missing. Remedy: call make setup" in capfd.readouterr().err


def test_times_modes_and_order_do_not_count(tmp_path: Path) -> None:
    for name, files in (("one", ("b.py", "a.py")), ("two", ("a.py", "b.py"))):
        folder = tmp_path / name
        folder.mkdir(mode=0o700)
        for file in files:
            (folder / file).write_text(file)
            (folder / file).chmod(0o600 if name == "one" else 0o777)
        settle(folder)

    seen = {
        name: [(path.stat().st_mode, path.stat().st_mtime) for path in sorted(folder.iterdir())]
        for name in ("one", "two")
        if (folder := tmp_path / name)
    }
    assert seen["one"] == seen["two"]
    assert digest(tmp_path / "one") == digest(tmp_path / "two")
    (tmp_path / "two" / "a.py").write_text("changed")
    assert digest(tmp_path / "one") != digest(tmp_path / "two")
