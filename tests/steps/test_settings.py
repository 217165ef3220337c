"""Settings files of people: judged once, the last good version kept, a mistake named until it is
mended."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date

import boto3
import pytest
from moto import mock_aws

from whyspike.errors import InvalidInput
from whyspike.incidents.planned import planned_activities
from whyspike.model import Scan
from whyspike.steps.settings import FILES, judge_settings, judged, settings_of
from whyspike.wire.bucket import ScanBucket

MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)
PLAN = b"""planned:
- {account: "111122223333", from: 2026-11-20, until: 2026-11-27, expected_usd: 50, who: jane}
"""


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScanBucket]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "example")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="scans")
        yield ScanBucket(s3, "scans")


def scan_of(day: date) -> Scan:
    return Scan(day.isoformat(), day)


def put(bucket: ScanBucket, name: str, text: bytes) -> None:
    bucket.write(f"settings/{name}", text, "text/plain")


WRONG = {
    "not JSON": ("owners.json", b"{not json", "settings/owners.json, line 1: not valid JSON"),
    "bad UTF-8": ("detection.json", b'{"sensitivity": "\xff"}', "not UTF-8 text"),
    "half a character": ("owners.json", b'{"default_email": "\\ud800"}', "not UTF-8 text"),
    "a list": ("detection.json", b"[]", "must be a JSON object"),
    "out of range": ("detection.json", b'{"sensitivity": 9}', "sensitivity: 9.0 is not between"),
    "misspelt": ("detection.json", b'{"sensitivty": 2}', "sensitivty"),
    "silences everything": ("detection.json", b'{"ignore": [{"service": "*"}]}', "every account"),
    "calls everybody": (
        "owners.json",
        b'{"owners": {"a": {"channel": "<!channel>"}}}',
        "'<!channel>' is no channel",
    ),
    "brackets in JSON": ("detection.json", b"[" * 100_000, "nested too deeply"),
    "brackets in YAML": ("planned.yaml", b"[" * 3_000, "not valid YAML"),
    "a template": (
        "templates/owner.j2",
        b"a\n{{ acount.name }}",
        "settings/templates/owner.j2: line 2: there is no 'acount'; 'account' is there",
    ),
    "an endless template": (
        "templates/digest.j2",
        b"{% for a in range(200) %}{% for b in range(200) %}{% endfor %}{% endfor %}",
        "more than 5,000 rounds",
    ),
    "a template of other bytes": ("templates/mail.j2", b"\xff{{ hint }}", "not UTF-8 text"),
    "too large": ("planned.yaml", b"#" * 300_000, "more than 262,144"),
    "31 February": ("planned.yaml", PLAN.replace(b"2026-11-20", b"2026-02-31"), "day "),
    "an open quote": ("planned.yaml", b"planned:\n- {account: 'x\n", "planned.yaml, line"),
    "a null byte": ("planned.yaml", b"planned: [\x00]", "planned.yaml: not valid YAML"),
    "a field": ("planned.yaml", b"planned:\n- {account: '111122223333'}", "entry 1: until"),
    "odd YAML": ("planned.yaml", b"planned: !!float _", "not valid YAML"),
}


@pytest.mark.parametrize(("name", "text", "named"), WRONG.values(), ids=WRONG)
def test_a_wrong_file_is_left_aside_and_named_with_place_and_remedy(
    bucket: ScanBucket, name: str, text: bytes, named: str
) -> None:
    put(bucket, name, text)
    settings, wrong = judge_settings(bucket, scan_of(MONDAY), MONDAY)
    assert settings.documents[name] is None
    (said,) = wrong
    assert named in said
    assert f"settings/{name}" in said
    assert "Remedy: " in said
    assert f"Until it is mended, {FILES[name].without}" in said


GOOD = {
    "detection.json": b'\xef\xbb\xbf{"sensitivity": 2}',
    "owners.json": b'{"owners": {"data": {"channel": "#data"}}}',
    "planned.yaml": PLAN,
}


@pytest.mark.parametrize("name", GOOD)
def test_the_last_good_version_counts_until_the_file_is_mended(
    bucket: ScanBucket, name: str
) -> None:
    put(bucket, name, GOOD[name])
    good, wrong = judge_settings(bucket, scan_of(MONDAY), MONDAY)
    assert (wrong, bool(good.documents[name])) == ([], True)

    put(bucket, name, b"{")
    for day in (TUESDAY, date(2026, 11, 25)):  # named by every scan, not by the first alone
        settings, wrong = judge_settings(bucket, scan_of(day), day)
        assert settings.documents[name] == good.documents[name]
        assert f"Until it is mended, its version of {MONDAY} counts" in wrong[0]

    put(bucket, name, GOOD[name])
    assert judge_settings(bucket, scan_of(TUESDAY), TUESDAY)[1] == []


def test_a_file_that_was_taken_away_comes_back_with_no_mistake(bucket: ScanBucket) -> None:
    put(bucket, "owners.json", GOOD["owners.json"])
    judge_settings(bucket, scan_of(MONDAY), MONDAY)
    bucket.s3.delete_object(Bucket="scans", Key="settings/owners.json")
    assert judge_settings(bucket, scan_of(MONDAY), MONDAY)[0].owners is None
    put(bucket, "owners.json", b"{")
    assert judge_settings(bucket, scan_of(TUESDAY), TUESDAY)[0].owners is None


def test_a_kept_version_that_is_no_longer_taken_is_left_aside(bucket: ScanBucket) -> None:
    kept = {"since": "2026-11-01", "document": {"a field of an earlier version": 1}}
    put(bucket, "last-good/owners.json.json", json.dumps(kept).encode())
    put(bucket, "owners.json", b"{")
    settings, (said,) = judge_settings(bucket, scan_of(MONDAY), MONDAY)
    assert settings.owners is None
    assert FILES["owners.json"].without in said


def test_a_template_counts_as_it_was_when_it_last_was_good(bucket: ScanBucket) -> None:
    put(bucket, "templates/owner.j2", b"*{{ what }}*\r\n")
    judge_settings(bucket, scan_of(MONDAY), MONDAY)
    put(bucket, "templates/owner.j2", b"{{ wat }}")
    settings, (said,) = judge_settings(bucket, scan_of(TUESDAY), TUESDAY)
    assert settings.own_texts.sources == {"owner": "*{{ what }}*\n"}
    assert f"Until it is mended, its version of {MONDAY} counts" in said


def test_the_states_of_a_scan_read_what_was_judged_for_it(bucket: ScanBucket) -> None:
    for name, text in GOOD.items():
        put(bucket, name, text)
    judge_settings(bucket, scan_of(MONDAY), MONDAY)
    put(bucket, "detection.json", b'{"sensitivity": 4}')
    settings = settings_of(bucket, scan_of(MONDAY))
    assert settings.detection == {"sensitivity": 2}
    assert settings.owners == {"owners": {"data": {"channel": "#data"}}}
    assert planned_activities(settings.planned)[0].until == date(2026, 11, 27)


def test_a_file_on_a_laptop_is_named_by_its_path() -> None:
    with pytest.raises(InvalidInput, match=r"my/owners\.json: unknown field 'a'"):
        judged(FILES["owners.json"], b'{"a": 1}', "my/owners.json")
