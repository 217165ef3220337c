"""The settings files of people (`settings/` in the bucket), read and judged once: by
DiscoverAccounts before anything is paid for, by the laptop before they are put there.

A file that is wrong stops no scan: its last good version counts, or none, and the digest of every
scan names file, place and remedy until it is mended. The later states read what DiscoverAccounts
judged, so that one scan has one set of settings.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import yaml

from whyspike.detection import detection_settings
from whyspike.errors import InvalidInput
from whyspike.incidents.owners import owner_settings
from whyspike.incidents.planned import planned_activities
from whyspike.messages.templates.kinds import KINDS, TemplateKind
from whyspike.messages.templates.own import OwnTexts, try_out
from whyspike.model import Scan
from whyspike.payload import from_json, to_json
from whyspike.wire.bucket import ScanBucket

MAX_BYTES = 262_144
# What a parser may stumble over in a text that somebody wrote: 31 February, 3,000 brackets, ...
_STUMBLES = (ValueError, RecursionError, ArithmeticError, LookupError, AttributeError, TypeError)


@dataclass(frozen=True)
class SettingsFile:
    """`judge` makes of the parsed document what is kept of it, and raises InvalidInput; `page`
    lists the fields; `without` says what counts while the file is left aside."""

    name: str
    judge: Callable[[Any], Any]
    page: str
    without: str


def _detection(document: Any) -> Any:
    detection_settings(1.0, 0.0, 0.0, document)
    return document


def _owners(document: Any) -> Any:
    owner_settings(document)
    return document


def _planned(document: Any) -> Any:
    return {"planned": [_entry(to_json(plan)) for plan in planned_activities(document)]}


def _template(kind: TemplateKind, source: Any) -> Any:
    try_out(kind, source)
    return source


def _entry(plan: dict[str, Any]) -> dict[str, Any]:
    """As a person writes it, so that one reader reads both."""
    return {"from" if name == "start" else name: value for name, value in plan.items()}


FILES = {
    file.name: file
    for file in (
        SettingsFile(
            "detection.json",
            _detection,
            "docs/detection.md",
            "the parameters of the stack count alone",
        ),
        SettingsFile(
            "owners.json",
            _owners,
            "docs/incidents.md",
            "owners are found by OwnerTagKeys and DefaultChannel alone",
        ),
        SettingsFile(
            "planned.yaml",
            _planned,
            "docs/incidents.md",
            "nothing counts as planned; owners are told in full",
        ),
        *(
            SettingsFile(
                kind.file,
                partial(_template, kind),
                "docs/templates.md",
                "whyspike's own text is sent",
            )
            for kind in KINDS.values()
        ),
    )
}


def file_named(name: str) -> SettingsFile | None:
    """The settings file of that name, with or without the folder that it lies in."""
    return FILES.get(name) or FILES.get(f"templates/{name}")


def judged(file: SettingsFile, text: bytes, shown: str = "") -> Any:
    """The document of the file, which is as it should be. Raises InvalidInput naming the file (as
    `shown`), line or field, and remedy."""
    shown = shown or f"settings/{file.name}"
    document = _parsed(file, text, shown)
    try:
        return file.judge(document)
    except InvalidInput as error:
        wrong = error.reason.removeprefix(f"settings/{file.name}: ")
        remedy = error.remedy or f"{file.page} lists the fields"
        raise InvalidInput(f"{shown}: {wrong}", remedy=remedy) from None


def _parsed(file: SettingsFile, text: bytes, shown: str) -> Any:
    if len(text) > MAX_BYTES:
        raise InvalidInput(
            f"{shown}: {len(text):,} bytes are more than {MAX_BYTES:,}", remedy="shorten it"
        )
    suffix = file.name.rpartition(".")[2]
    kind = suffix.upper()
    try:
        written = text.decode("utf-8-sig")
        document = _READERS[suffix](written)
        json.dumps(document, ensure_ascii=False, default=str).encode()  # half characters
    except UnicodeError:
        raise InvalidInput(f"{shown}: not UTF-8 text", remedy="save it as UTF-8") from None
    except json.JSONDecodeError as error:
        raise InvalidInput(
            f"{shown}, line {error.lineno}: not valid JSON ({error.msg})",
            remedy="correct it there",
        ) from None
    except yaml.YAMLError as error:
        raise InvalidInput(
            f"{shown}{_line(error)}: not valid YAML ({str(error).splitlines()[0]})",
            remedy="correct it there",
        ) from None
    except _STUMBLES as error:
        said = "nested too deeply" if isinstance(error, RecursionError) else str(error)[:100]
        raise InvalidInput(
            f"{shown}: not valid {kind} ({said})", remedy=f"write it as {file.page} shows"
        ) from None
    return document


_READERS: Mapping[str, Callable[[str], Any]] = {
    "json": json.loads,
    "yaml": lambda source: _counted(yaml.safe_load(source)),
    "j2": lambda source: source.replace("\r\n", "\n"),
}


def _counted(document: Any) -> Any:
    """The document; ValueError where references make more of it than a file may hold, or lead into
    themselves: ten lines of YAML can stand for billions."""
    sizes: dict[int, int] = {}

    def size(value: Any) -> int:
        if not isinstance(value, dict | list):
            return 1
        if id(value) not in sizes:
            sizes[id(value)] = MAX_BYTES + 1  # while it is inside of itself
            inner = value if isinstance(value, list) else value.values()
            sizes[id(value)] = 1 + sum(map(size, inner))
        return sizes[id(value)]

    if size(document) > MAX_BYTES:
        raise ValueError("its references stand for too much")
    return document


def _line(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    return f", line {mark.line + 1}" if mark else ""


@dataclass(frozen=True)
class ScanSettings:
    """The documents that count in one scan, None where there is none."""

    documents: Mapping[str, Any]

    @property
    def detection(self) -> Any:
        return self.documents.get("detection.json")

    @property
    def owners(self) -> Any:
        return self.documents.get("owners.json")

    @property
    def planned(self) -> Any:
        return self.documents.get("planned.yaml")

    @property
    def own_texts(self) -> OwnTexts:
        sources = {kind.name: self.documents.get(kind.file) for kind in KINDS.values()}
        return OwnTexts({name: source for name, source in sources.items() if source})


def settings_of(bucket: ScanBucket, scan: Scan) -> ScanSettings:
    """What DiscoverAccounts judged for this scan."""
    record = bucket.read_json(_key(scan)) or {}
    return ScanSettings(from_json(dict[str, Any], record, what="settings of the scan"))


def judge_settings(bucket: ScanBucket, scan: Scan, today: date) -> tuple[ScanSettings, list[str]]:
    """The settings of the scan, stored for its later states, and what is wrong with the files: one
    sentence each, with its remedy. A good version is kept for the day on which a later one is
    wrong."""
    documents: dict[str, Any] = {}
    wrong = []
    for file in FILES.values():
        text, kept = bucket.read(f"settings/{file.name}"), bucket.read_json(_kept_key(file))
        try:
            document = None if text is None else judged(file, text)
        except InvalidInput as error:
            documents[file.name], instead = _last_good(file, kept)
            wrong.append(f"{error}. Until it is mended, {instead}")
            continue
        documents[file.name] = document
        if document != (kept or {}).get("document"):
            record = {"since": today.isoformat(), "document": document}
            bucket.write(_kept_key(file), json.dumps(record), "application/json")
    bucket.write(_key(scan), json.dumps(documents), "application/json")
    return ScanSettings(documents), wrong


def _last_good(file: SettingsFile, kept: Any) -> tuple[Any, str]:
    """The kept version and the words for it; none where there is none, or where this version of
    whyspike does not take it."""
    document = (kept or {}).get("document")
    try:
        if document is not None:
            file.judge(document)
            return document, f"its version of {kept['since']} counts"
    except InvalidInput:
        pass
    return None, file.without


def _kept_key(file: SettingsFile) -> str:
    return f"settings/last-good/{file.name}.json"


def _key(scan: Scan) -> str:
    return f"scans/{scan.scan_id}/settings.json"
