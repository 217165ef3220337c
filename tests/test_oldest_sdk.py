"""The oldest AWS SDK that pyproject.toml promises does what the functions ask of it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.support.deployed import PROJECT

pytestmark = pytest.mark.slow


def oldest_boto3() -> str:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    groups = [
        project["project"]["dependencies"],
        project["dependency-groups"]["dependencies-layer"],
    ]
    promised = {line for group in groups for line in group if line.startswith("boto3")}
    (line,) = promised  # the same of a checkout and of the layer
    lowest = re.search(r">=(\d+\.\d+)", line)
    assert lowest
    return f"{lowest[1]}.0"


def test_the_wire_works_with_the_oldest_sdk_that_is_promised(tmp_path: Path) -> None:
    """In front of the installed one, so that everything else stays as it is locked."""
    version = oldest_boto3()
    uv = Path(sys.executable).with_name("uv")
    wanted = [f"boto3=={version}", f"botocore=={version}"]
    installed = subprocess.run(  # noqa: S603  our own options
        [str(uv), "pip", "install", "-q", "--no-deps", "--target", str(tmp_path), *wanted],
        capture_output=True,
        text=True,
        check=False,
    )
    if installed.returncode:
        pytest.skip(f"the network gives no boto3 {version}: {installed.stderr.strip()[-200:]}")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    which = "import botocore; print(botocore.__version__, botocore.__file__)"
    loaded = subprocess.run(  # noqa: S603  our own options
        [sys.executable, "-c", which], env=environment, capture_output=True, text=True, check=True
    )
    assert loaded.stdout.split() == [version, str(tmp_path / "botocore" / "__init__.py")]

    options = ["-q", "-p", "no:xdist", "-p", "no:cacheprovider", "-m", "not slow"]
    done = subprocess.run(  # noqa: S603  our own options
        [sys.executable, "-m", "pytest", *options, "tests/wire"],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
