"""The files that were given: names, folders and patterns become files; packed and encoded ones
become text."""

from __future__ import annotations

import codecs
import glob
import gzip
import hashlib
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TextIO

from whyspike.errors import InvalidInput
from whyspike.payload import json_value

SUFFIXES = (".csv", ".gz", ".json", ".parquet", ".tsv", ".txt", ".zip")
_VERSION = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.I)
_DAMAGED = (zlib.error, lzma.LZMAError, zipfile.BadZipFile, EOFError, OSError)
_NO_BILLS = {b"%PDF": "a PDF", b"\xd0\xcf\x11\xe0": "an Excel workbook"}  # by their first bytes
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def found_files(given: Iterable[Path]) -> list[Path]:
    """The files, folders opened and patterns expanded; without manifests, and of a report that
    AWS delivered several times only the last. Raises InvalidInput."""
    found: list[Path] = []
    for path in given:
        found += _expanded(path)
    return list(dict.fromkeys(found))


def _expanded(path: Path) -> list[Path]:
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.is_file() and _is_bill(file))
        kept = _current(path, files)
        if not kept:
            raise InvalidInput(
                f"{path}: holds no bill", remedy=f"bills end in {', '.join(SUFFIXES)}"
            )
        return kept
    if path.exists():
        return [path]
    matched = sorted(Path(name) for name in glob.glob(str(path), recursive=True))
    if matched:
        return [file for each in matched for file in _expanded(each)]
    raise InvalidInput(
        f"{path}: no such file or folder",
        remedy="give a bill file, a folder of them, or an organisation folder",
    )


def _is_bill(file: Path) -> bool:
    return (
        file.suffix.lower() in SUFFIXES
        and not file.name.startswith((".", "_"))
        and not file.name.lower().endswith("manifest.json")
        and "metadata" not in file.parts
    )


def _current(folder: Path, files: list[Path]) -> list[Path]:
    """Only what the manifests name, where there are some: a report that is delivered anew lies
    beside its older versions."""
    named: list[tuple[Path, list[str]]] = []
    for manifest in sorted(folder.rglob("*anifest.json")):
        if not _VERSION.fullmatch(manifest.parent.name):
            keys = _keys(manifest)
            if keys:
                named.append((manifest, keys))
    listed = {Path(key).parts[-2:] for _, keys in named for key in keys}
    covered = [manifest.parent for manifest, _ in named]
    kept = [
        file
        for file in files
        if file.parts[-2:] in listed or not any(_covers(above, file, listed) for above in covered)
    ]
    versions = {file.parent for file in kept if _VERSION.fullmatch(file.parent.name)}
    for one in versions:
        if any(one != other and one.parent == other.parent for other in versions):
            raise InvalidInput(
                f"{one.parent}: holds several deliveries of one report, and no manifest says which"
                " is the last",
                remedy=f"give one of them, such as {sorted(versions)[-1]}",
            )
    return kept


def _covers(above: Path, file: Path, listed: set[tuple[str, ...]]) -> bool:
    """Whether the manifest in `above` speaks of the deliveries that `file` lies among."""
    return (
        above in file.parents
        and any(parts[-1] == file.name or _VERSION.fullmatch(parts[0]) for parts in listed)
        and bool(_VERSION.fullmatch(file.parent.name))
    )


def _keys(manifest: Path) -> list[str]:
    try:
        value = json_value(manifest.read_bytes(), what=str(manifest))
    except (InvalidInput, OSError):
        return []
    keys = value.get("reportKeys") if isinstance(value, dict) else None
    return [key for key in keys if isinstance(key, str) and key] if isinstance(keys, list) else []


def without_copies(files: list[Path]) -> tuple[list[Path], list[str]]:
    """The files without those whose content another one has too, and a sentence for each left
    out."""
    first: dict[tuple[int, str], Path] = {}
    kept: list[Path] = []
    said: list[str] = []
    sizes = [file.stat().st_size for file in files]
    for file, size in zip(files, sizes, strict=True):
        if sizes.count(size) == 1 or size == 0:
            kept.append(file)
            continue
        with file.open("rb") as opened:
            content = size, hashlib.file_digest(opened, "sha256").hexdigest()
        if content in first:
            said.append(
                f"{file.name} has the same content as {first[content].name}: it is read once."
            )
            continue
        first[content] = file
        kept.append(file)
    return kept, said


def is_parquet(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(4) == b"PAR1"


def encodings(file: Path) -> tuple[str, ...]:
    """The encodings to try, in this order; Windows' own is the last."""
    with _unpacked(file) as raw:
        head = raw.read(4096)
    for mark, name in _BOMS:
        if head.startswith(mark):
            return (name,)
    if head.count(b"\0") > len(head) // 4:
        return ("utf-16-le" if head[1:2] == b"\0" else "utf-16-be",)
    return ("utf-8", "cp1252")


@contextmanager
def text_of(file: Path, encoding: str) -> Iterator[TextIO]:
    """The text, unpacked and decoded. A damaged file raises InvalidInput: what could be read of it
    is not the bill."""
    with _unpacked(file) as raw, io.TextIOWrapper(raw, encoding=encoding, newline="") as text:
        yield text


@contextmanager
def _unpacked(file: Path) -> Iterator[IO[bytes]]:
    with file.open("rb") as opened:
        head = opened.read(4)
        opened.seek(0)
        try:
            if kind := _NO_BILLS.get(head):
                raise InvalidInput(f"{file}: is {kind}", remedy="save it as CSV (UTF-8)")
            if head[:2] == b"\x1f\x8b":
                with gzip.open(opened) as packed:
                    yield packed  # type: ignore[misc]
            elif head == b"PK\x03\x04":
                with _zipped(file, opened) as member:
                    yield member
            else:
                yield opened
        except _DAMAGED:
            raise InvalidInput(
                f"{file}: the packed file is damaged or ends too early, so that nothing of it is"
                " judged",
                remedy="download it again",
            ) from None


@contextmanager
def _zipped(file: Path, opened: IO[bytes]) -> Iterator[IO[bytes]]:
    with zipfile.ZipFile(opened) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
        if any(name.startswith("xl/") for name in names):
            raise InvalidInput(f"{file}: is an Excel workbook", remedy="save it as CSV (UTF-8)")
        if len(names) != 1:
            raise InvalidInput(
                f"{file}: holds {len(names)} files", remedy="unpack it, and give the folder"
            )
        try:
            opened_member = archive.open(names[0])
        except RuntimeError:  # NotImplementedError too
            raise InvalidInput(
                f"{file}: is packed in a way that is not known, or encrypted",
                remedy="unpack it, and give the file",
            ) from None
        with opened_member as member:
            yield member
