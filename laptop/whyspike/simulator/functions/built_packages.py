"""The packages of built layers for the interpreter at hand.

Layers are built for Lambda's Python. Where that Python is installed, they run as they are;
elsewhere the very same packages (names and versions as they lie in the layer) are installed for
this interpreter, so that what is missing in the layer is missing here too.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from whyspike.errors import InvalidInput

RUNTIME = (
    "awslambdaric",
    "boto3",
)  # what Lambda's Python runtime brings along, at the versions that are installed here


@dataclass(frozen=True)
class Interpreter:
    """A Python that runs here; `release` such as "3.13"."""

    program: str
    release: str


def interpreter_for(layers: Sequence[Path]) -> Interpreter:
    """The Python that the layers were built for, if it is installed; else the one that runs
    this."""
    wanted = next(iter(sorted(_releases(layers))), None)
    program = shutil.which(f"python{wanted}") if wanted else None
    if wanted and program:
        tried = subprocess.run([program, "-c", ""], capture_output=True, check=False)  # noqa: S603
        if tried.returncode == 0:
            return Interpreter(program, wanted)
    return Interpreter(sys.executable, f"{sys.version_info.major}.{sys.version_info.minor}")


def packages_for(interpreter: Interpreter, layers: Sequence[Path], cache: Path) -> list[Path]:
    """Folders for sys.path: the layers as built or their packages for this interpreter, then what
    the runtime brings along.

    Raises InvalidInput when packages cannot be installed."""
    folder = cache / interpreter.release
    usable = [
        (
            layer
            if _releases([layer]) <= {interpreter.release}
            else _installed(interpreter, folder / layer.parent.name, _contents(layer), "--no-deps")
        )
        for layer in layers
    ]
    return [
        *usable,
        _installed(
            interpreter, folder / "runtime", [f"{name}=={version(name)}" for name in RUNTIME]
        ),
    ]


def _releases(layers: Sequence[Path]) -> set[str]:
    """Python releases that the compiled modules of the layers are for."""
    modules = (file.name for layer in layers for file in layer.rglob("*.so"))
    return {f"3.{found[1]}" for name in modules if (found := re.search(r"\.cpython-3(\d+)-", name))}


def _contents(layer: Path) -> list[str]:
    found = (
        re.fullmatch(r"(.+)-([^-]+)\.dist-info", entry.name) for entry in layer.glob("*.dist-info")
    )
    return sorted(f"{name[1]}=={name[2]}" for name in found if name)


def _installed(
    interpreter: Interpreter, target: Path, packages: Sequence[str], *options: str
) -> Path:
    """The folder `target` with exactly these packages; installed when it holds others."""
    note = target / ".packages"
    if note.exists() and note.read_text() == "\n".join(packages):
        return target
    shutil.rmtree(target, ignore_errors=True)
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    if not uv:
        raise InvalidInput("uv is not installed. Remedy: make setup, or pip install uv")
    command = [
        uv,
        "pip",
        "install",
        "-q",
        "--only-binary",
        ":all:",
        "--python",
        interpreter.program,
        "--target",
        str(target),
        *options,
    ]
    done = subprocess.run([*command, *packages], capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise InvalidInput(
            f"packages cannot be installed for Python {interpreter.release}:"
            f" {done.stderr.strip().splitlines()[-1]}"
        )
    note.write_text("\n".join(packages))
    return target
