"""Writes every lock file from pyproject.toml, each pin with its hashes: requirements.lock for a
checkout, and for each third-party layer its requirements.txt with the lock's versions.

    python tools/lock.py                         # what is pinned stays as long as it fits
    python tools/lock.py --upgrade-package boto3
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Collection, Sequence
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
LOCK = PROJECT / "requirements.lock"
LAYERS = ("dependencies", "claude")  # a dependency group each; what one carries, the next does not
NEWER_THAN_THE_LOCK = {"urllib3"}  # checkov holds the lock at an old one
RUNTIME = ("--python-version", "3.13", "--python-platform", "x86_64-manylinux_2_28")


def pins(text: str) -> dict[str, str]:
    """Package and version of each pin of a lock file."""
    return dict(re.findall(r"^([\w.-]+)==([\w.]+)", text, re.MULTILINE))


def compile_pins(output: Path, *options: str) -> None:
    uv = Path(sys.executable).with_name("uv")
    common = ("--quiet", "--generate-hashes", "--custom-compile-command", "make lock")
    subprocess.run(  # noqa: S603  our own options
        [str(uv), "pip", "compile", *common, *options, "--output-file", str(output)],
        cwd=PROJECT,
        check=True,
    )


def lock_layer(layer: str, carried: Collection[str], options: Sequence[str]) -> dict[str, str]:
    """The pins of a layer, without what another one carries."""
    requirements = PROJECT / "layers" / layer / "requirements.txt"
    held = pins(LOCK.read_text(encoding="utf-8"))
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as constraints:
        constraints.writelines(
            f"{name}=={version}\n"
            for name, version in held.items()
            if name not in NEWER_THAN_THE_LOCK
        )
        constraints.flush()
        left_out = [word for name in sorted(carried) for word in ("--no-emit-package", name)]
        group = f"pyproject.toml:{layer}-layer"
        compile_pins(
            requirements,
            "--group",
            group,
            "--constraint",
            constraints.name,
            "--no-annotate",
            *RUNTIME,
            *left_out,
            *options,
        )
    return pins(requirements.read_text(encoding="utf-8"))


def main(options: Sequence[str]) -> None:
    compile_pins(
        LOCK,
        "--universal",
        "--python-version",
        "3.11",
        "--extra",
        "dev",
        *options,
        "pyproject.toml",
    )
    carried: set[str] = set()
    for layer in LAYERS:
        carried |= set(lock_layer(layer, carried, options))


if __name__ == "__main__":
    main(sys.argv[1:])
