"""The doctor at the targets besides Slack and e-mail: the event bus, and the secret with addresses
and keys that owners choose by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from botocore.exceptions import ClientError

from whyspike.cli.doctor.checks import Check, failed, warning
from whyspike.cli.doctor.findings import (
    CheckResult,
    Clients,
    Deployed,
    code_of,
    json_object,
    refusal,
    secret_text,
)
from whyspike.cli.doctor.services import TO_STORE
from whyspike.errors import InvalidInput, Missing
from whyspike.incidents.owners import OwnerSettings, owner_settings
from whyspike.steps.settings import FILES, judged
from whyspike.wire.bucket import ScanBucket
from whyspike.wire.secrets import teams_in, webhooks_in
from whyspike.words.amounts import counted

BUS = Check(
    "event bus",
    "is the bus there that changes of incidents are put on?",
    {
        "missing": failed(
            "there is no event bus {bus} here: EventBridge would drop what is put on it",
            "aws events create-event-bus --name {bus}; or deploy with EventBusName=default",
        ),
        "denied": warning(
            "the resource policy of event bus {bus} denies events:PutEvents ({statement})",
            "except the roles of PublishDigest and RecordFeedback from it, or take another bus",
        ),
        "nobody": warning(
            "event bus {bus} has no rule that is on: events go nowhere",
            "add a rule: docs/targets.md has some for Jira, PagerDuty and ServiceNow",
        ),
    },
)


def check_bus(clients: Clients, deployed: Deployed) -> Iterator[CheckResult]:
    """EventBridge: the bus exists, and somebody listens."""
    bus = deployed.parameters.get("EventBusName", "")
    if not bus:
        return
    events = clients("events", "")
    try:
        described = events.describe_event_bus(Name=bus)
    except ClientError as error:
        if code_of(error) != "ResourceNotFoundException":
            raise
        yield BUS.found("missing", bus=bus)
        return
    if denying := _denying(described.get("Policy") or "{}"):
        yield BUS.found("denied", bus=bus, statement=denying)
        return
    rules = events.list_rules(EventBusName=bus)["Rules"]
    are_on = sum(rule["State"] != "DISABLED" for rule in rules)
    if are_on:
        yield BUS.ok(f"{bus} is there, with {counted(are_on, 'rule')} that are on")
    else:
        yield BUS.found("nobody", bus=bus)


def _denying(policy: str) -> str:
    """The first statement of a bus's policy that may deny putting events, by its name."""
    found = json_object(policy) or {}
    statements: Any = found.get("Statement") or []
    for statement in statements if isinstance(statements, list) else [statements]:
        actions = statement.get("Action") or []
        named = [actions] if isinstance(actions, str) else actions
        if statement.get("Effect") == "Deny" and any(map(_is_put, named)):
            return str(statement.get("Sid") or "a statement without a name")
    return ""


def _is_put(action: str) -> bool:
    return fnmatchcase("events:putevents", action.lower())


TARGETS = Check(
    "targets of owners",
    "has the secret an address, and a key, for each that an owner chose?",
    {
        "no secret": failed(
            "settings/owners.json names {names}, and no secret holds their addresses",
            "store them in a secret and deploy with TargetsSecretArn=ARN (docs/targets.md)",
        ),
        "unread": failed(
            "{refusal}", "correct TargetsSecretArn, or run this as an administrator of the hub"
        ),
        "unusable": failed("{said}", "{remedy}: " + TO_STORE),
        "missing": failed(
            "the secret has no {name}, which settings/owners.json names",
            "add it ("
            + TO_STORE
            + ", with what is there already), or correct settings/owners.json",
        ),
    },
)


def check_targets(clients: Clients, deployed: Deployed) -> Iterator[CheckResult]:
    """Of the secret of targets; a wrong settings/owners.json is said by another check."""
    chosen = _chosen(clients, deployed)
    secret_id = deployed.parameters.get("TargetsSecretArn", "")
    if not chosen:
        return
    if not secret_id:
        yield TARGETS.found("no secret", names=", ".join(chosen))
        return
    try:
        stored = json_object(secret_text(clients, secret_id) or "{}")
    except ClientError as error:
        yield TARGETS.found("unread", refusal=refusal(error))
        return
    if stored is None:
        said = "the secret is no JSON object"
        yield TARGETS.found("unusable", said=said, remedy="store one", secret_id=secret_id)
        return
    problems = list(_problems(chosen, stored, secret_id))
    yield from problems
    if not problems:
        yield TARGETS.ok(f"usable: {', '.join(chosen)}")


def _problems(
    chosen: tuple[str, ...], stored: Mapping[str, Any], secret_id: str
) -> Iterator[CheckResult]:
    try:
        known: dict[str, object] = {
            **{f"webhook {name}": entry for name, entry in webhooks_in(stored, secret_id).items()},
            **{f"Teams channel {name}": a for name, a in teams_in(stored, secret_id).items()},
        }
    except Missing as error:
        known = dict.fromkeys(chosen, error)
    for name in chosen:
        entry = known.get(name)
        if entry is None:
            yield TARGETS.found("missing", name=name, secret_id=secret_id)
        elif isinstance(entry, Missing):
            said, remedy = entry.reason, entry.remedy.removesuffix(" in it")
            yield TARGETS.found("unusable", said=said, remedy=remedy, secret_id=secret_id)


def _chosen(clients: Clients, deployed: Deployed) -> tuple[str, ...]:
    """What owners chose besides Slack and e-mail, as people call it."""
    bucket = ScanBucket(clients("s3", ""), deployed.outputs["BucketName"])
    text = bucket.read("settings/owners.json")
    try:
        settings = owner_settings(judged(FILES["owners.json"], text)) if text else OwnerSettings()
    except InvalidInput:
        return ()
    webhooks = (f"webhook {name}" for name in settings.webhooks)
    return (*webhooks, *(f"Teams channel {name}" for name in settings.teams))
