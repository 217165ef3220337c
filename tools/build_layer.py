"""Installs a third-party layer for one architecture, from any host, and the same bytes each time:
without tests, with fixed times and modes, and compiled for Lambda's Python where the host has it.

    python tools/build_layer.py requirements.txt FOLDER/python arm64

`sam build` calls it through layers/ARCHITECTURE/Makefile; it needs nothing but the standard library
and uv.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

VERSION = "3.13"  # of Runtime in template.yaml
PLATFORMS = {"x86_64": "x86_64-manylinux_2_28", "arm64": "aarch64-manylinux_2_28"}
MACHINES = {"x86_64": b"\x3e\x00", "arm64": b"\xb7\x00"}  # e_machine of an ELF file, bytes 18, 19
# What no function imports: scripts, tests, the examples of the AWS SDK, and the lists of what was
# installed, which hold the hashes of scripts that name this host.
LEFT_OUT = (
    "bin",
    ".lock",
    "**/tests",
    "boto3/examples",
    "botocore/data/**/examples-1.json*",
    "*.dist-info/RECORD",
)
FIXED_TIME = 946_684_800  # 2000-01-01; a zip knows no time before 1980
DEPLOYED_AT = "/opt/python"  # where Lambda unpacks the layer: tracebacks name their files there

VENV = Path(__file__).resolve().parent.parent / ".venv" / "bin"


class CannotBuild(Exception):
    """The layer would not be what the template says; the message has the remedy."""


def build(requirements: Path, target: Path, architecture: str) -> str:
    """What was built, as a line to print. Raises CannotBuild."""
    if architecture not in PLATFORMS:
        raise CannotBuild(
            f"architecture {architecture!r} is none of {', '.join(PLATFORMS)}."
            " Remedy: deploy with one of them as Architecture"
        )
    uv = find_uv()
    install(uv, requirements, target, architecture)
    for pattern in LEFT_OUT:
        for found in sorted(target.glob(pattern)):
            shutil.rmtree(found) if found.is_dir() else found.unlink()
    check_machines(target, architecture)
    python = find_python(uv)
    if python:
        compile_modules(python, target)
    settle(target)
    files = [path for path in target.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files) / 2**20
    compiled = f"compiled for Python {VERSION}" if python else "not compiled"
    return (
        f"layer for {architecture}: {len(files)} files, {size:.1f} MB, {compiled}, sha256"
        f" {digest(target)[:16]}"
    )


def find_uv() -> str:
    found = shutil.which("uv", path=os.pathsep.join([str(VENV), os.environ.get("PATH", "")]))
    if not found:
        raise CannotBuild("uv is missing. Remedy: call make setup, or pip install uv")
    return found


def find_python(uv: str) -> str | None:
    """An interpreter of Lambda's version; bytecode of another one is of no use there."""
    finders = ([f"python{VERSION}"], [uv, "run", "--no-project", "--no-python-downloads"])
    probe = ["-c", "import sys; print(sys.executable, *sys.version_info[:2])"]
    for finder in finders:
        asked = [*finder, *([] if finder[0] != uv else ["--python", VERSION, "python"]), *probe]
        try:
            done = subprocess.run(  # noqa: S603  our own options
                asked, capture_output=True, text=True, check=False
            )
        except OSError:
            continue
        executable, _, version = done.stdout.strip().partition(" ")
        if done.returncode == 0 and version.replace(" ", ".") == VERSION:
            return executable
    return None


def install(uv: str, requirements: Path, target: Path, architecture: str) -> None:
    options = ["--only-binary", ":all:", "--no-deps", "--require-hashes", "--link-mode", "copy"]
    for_lambda = ["--python-version", VERSION, "--python-platform", PLATFORMS[architecture]]
    files = ["--target", str(target), "-r", str(requirements)]
    done = subprocess.run(  # noqa: S603  our own options
        [uv, "pip", "install", "-q", *options, *for_lambda, *files], check=False
    )
    if done.returncode:
        raise CannotBuild(
            f"uv could not install {requirements}. Remedy: read its message above; make lock"
            " renews the pins"
        )


def check_machines(target: Path, architecture: str) -> None:
    """Every compiled module is for the architecture that the functions run on."""
    wrong = [
        path.name
        for path in sorted(target.rglob("*.so*"))
        if path.read_bytes()[18:20] != MACHINES[architecture]
    ]
    if wrong:
        raise CannotBuild(
            f"{', '.join(wrong[:3])} not for {architecture}. Remedy: remove the build folder and"
            " build again"
        )


def compile_modules(python: str, target: Path) -> None:
    """In one process and with fixed hashes, so that two builds write the same; unchecked, since
    Lambda's copy never changes."""
    options = ["-q", "-j", "1", "--invalidation-mode", "unchecked-hash"]
    paths = ["-s", str(target), "-p", DEPLOYED_AT, str(target)]
    done = subprocess.run(  # noqa: S603  our own options
        [python, "-m", "compileall", *options, *paths],
        env={**os.environ, "PYTHONHASHSEED": "0"},
        check=False,
    )
    if done.returncode:
        raise CannotBuild(f"{python} could not compile the layer. Remedy: read its message above")


def settle(target: Path) -> None:
    """Modes and times that depend on nobody's umask and clock."""
    for path in [target, *target.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
        os.utime(path, (FIXED_TIME, FIXED_TIME))


def digest(target: Path) -> str:
    """Of names and contents."""
    whole = hashlib.sha256()
    for name, path in sorted(named_files(target)):
        whole.update(f"{name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()


def named_files(target: Path) -> Iterator[tuple[str, Path]]:
    return (
        (path.relative_to(target).as_posix(), path) for path in target.rglob("*") if path.is_file()
    )


def main(requirements: str, target: str, architecture: str) -> int:
    """`sam build` shows what a layer's Makefile writes to stdout, and its stderr where it fails."""
    try:
        print(build(Path(requirements), Path(target), architecture))
    except CannotBuild as error:
        print(f"whyspike: {error}", file=sys.stderr)
        return 2
    if not any(Path(target).rglob("*.pyc")):
        print(
            f"whyspike: WARNING: there is no Python {VERSION} here, so the layer holds no bytecode"
            " and cold starts take seconds longer. Remedy: install it (uv python install"
            f" {VERSION}) and build again"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
