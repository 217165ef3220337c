"""The words that a cell's evidence brings along: of its meter, of the event that is taken for its
cause, and of what was done by it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from whyspike.explanation.claims.evidence import CellEvidence
from whyspike.explanation.facts.bill import Nature, nature
from whyspike.explanation.facts.trail import best_event, relation, resources_of
from whyspike.knowledge.families import family_of
from whyspike.knowledge.resources import parameter_leaves
from whyspike.model.evidence import Detection, FoundEvent, RankedEvent

_CAMEL = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_RESOURCE = re.compile(r"arn:[\w-]*:([\w-]+):[^:]*:[^:]*:([a-z-]+)[:/]")
MIN_WORD = 3


def word_set(text: str) -> frozenset[str]:
    """The words of a text, for lists that are read better in lines."""
    return frozenset(text.split())


# What was done: only where an event of the cell carries the verb.
DONE = {
    "accept": "accepted",
    "add": "added",
    "allocate": "allocated",
    "associate": "associated",
    "attach": "attached",
    "authorize": "authorized authorised",
    "batch": "batched",
    "buy": "bought",
    "change": "changed",
    "configure": "configured",
    "copy": "copied",
    "create": "created",
    "decrease": "decreased lowered reduced",
    "delete": "deleted removed missing",
    "deregister": "deregistered removed",
    "detach": "detached",
    "disable": "disabled",
    "disassociate": "disassociated",
    "enable": "enabled",
    "extend": "extended",
    "import": "imported",
    "increase": "increased raised",
    "install": "installed",
    "launch": "launched",
    "migrate": "migrated",
    "modify": "modified changed raised lowered",
    "open": "opened",
    "publish": "published",
    "purchase": "purchased bought",
    "put": "put set changed",
    "reboot": "rebooted",
    "register": "registered",
    "remove": "removed",
    "replace": "replaced",
    "resize": "resized",
    "restore": "restored",
    "resume": "resumed",
    "revert": "reverted",
    "run": "launched",
    "scale": "scaled",
    "set": "set changed",
    "start": "started launched",
    "stop": "stopped",
    "suspend": "suspended",
    "terminate": "terminated",
    "update": "updated changed raised lowered",
    "upgrade": "upgraded",
}
# Acts that no call of AWS's is named after.
_OTHER_ACTS = (
    "cancelled canceled deployed redeployed rolled closed forced lifted shortened lengthened"
    " introduced rebuilt tuned loosened tightened relaxed rewritten rewrote reconfigured downgraded"
    " upsized installed lapsed renewed assigned granted built caused triggered opened"
)
ACTS = frozenset(word for words in DONE.values() for word in words.split()) | frozenset(
    _OTHER_ACTS.split()
)
# Accounting words, only where the bill shows the matter.
_ACCOUNTING = {
    Nature.CREDITS_USED_UP: "credit credits",
    Nature.OTHER_CHARGE: "credit credits refund tax discount accounting",
    Nature.COVER_ENDED: "commitment commitments reservation reservations savings plan plans covered"
    " cover coverage negation negations term terms",
    Nature.COMMITMENT_FEE: "commitment reservation savings plan fee upfront term",
    Nature.EXTENDED_SUPPORT: "extended support standard surcharge engine upgrade",
    Nature.MARKETPLACE: "product third-party party marketplace licence software",
    Nature.SUPPORT_FEE: "support plan fee",
    Nature.LATE_DATA: "late incomplete complete yet arrives",
    Nature.MOVED: "shift shifts shifted",
    Nature.CHANGED_TYPE: "class mode sizes types family",
    Nature.GREW_TOGETHER: "customers visitors users growth proportion",
}
# What a meter is about, by what it measures or by the beginning of its family's name.
_ABOUT = {
    "tokens": "prompt prompts model models context conversation input output answer answers",
    "athena": "query queries table tables scan partition partitions",
    "redshift": "query queries table tables",
    "logs": "log logs logging group groups function functions",
    "lambda": "function functions invocation invocations concurrency trigger loop memory duration",
    "s3": "object objects bucket buckets prefix upload uploads download downloads",
    "dynamodb": "table tables item items index",
    "sqs": "queue queues message messages",
    "sns": "topic message messages",
    "kinesis": "stream streams shard shards record records",
    "rds": "database databases query queries replica",
    "aurora": "database databases query queries replica",
    "ebs": "volume volumes snapshot snapshots disk block blocks",
    "ec2": "machine machines fleet group",
    "fargate": "task tasks container containers",
    "ecs": "task tasks container containers",
    "eks": "cluster pod pods node nodes",
    "elasticache": "cache caches node nodes",
    "cloudfront": "cache page pages file files viewer distribution",
    "nat": "gateway gateways path route routes subnet",
    "transit": "gateway gateways attachment route routes",
    "sagemaker": "notebook endpoint endpoints training machine machines",
}
# Matters of accounting are claimed only where the bill shows them.
ACCOUNTED = word_set(
    "credit credits refund refunds tax taxes surcharge upfront reservation reservations "
    "marketplace licence discount discounts customers visitors commitment commitments"
)


@dataclass(frozen=True)
class Grounds:
    """`meter`: words of the cell's line; `words`: these and those of its events and resources;
    `titles`: written with a capital; `done`: what was done, with the words of what it was done to.
    """

    meter: frozenset[str]
    words: frozenset[str]
    titles: frozenset[str]
    done: tuple[tuple[frozenset[str], frozenset[str]], ...]


def grounds_of(cell: CellEvidence, detection: Detection) -> Grounds:
    """What this cell's evidence gives to speak of."""
    driver = cell.bill.driver
    family = family_of(driver.service, driver.usage_type)
    meter = set(
        split(f"{driver.service} {family.name} {family.measures} {driver.usage_type or ''}")
    )
    meter |= set(split(cell.bill.usage_per_day.unit if cell.bill.usage_per_day else ""))
    meter |= {
        word
        for about, words in _ABOUT.items()
        if about == family.measures or family.name.startswith(about)
        for word in words.split()
    }
    shown = nature(cell.bill, detection)
    accounting = frozenset(_ACCOUNTING.get(shown, "").split()) if shown else frozenset()
    resources = {
        word
        for resource in resources_of(cell.bill)
        for parts in _RESOURCE.findall(resource)
        for part in parts
        for word in split(part)
    }
    events = tuple(_telling(cell))
    done = tuple(
        (
            frozenset(DONE.get(next(iter(split(event.event)), ""), "").split()),
            frozenset(_of_event(event)),
        )
        for event in events
    )
    named = {word for event in events for word in _of_event(event)}
    acts = {word for verbs, _ in done for word in verbs}
    words = (meter | resources | named | accounting) - ACTS - set(DONE)
    return Grounds(
        frozenset(meter) | accounting,
        frozenset(words | acts | {singular(word) for word in words}),
        frozenset(re.findall(r"[A-Z][A-Za-z]+", f"{driver.service} Savings Plan Plans")),
        done,
    )


def _telling(cell: CellEvidence) -> Iterator[RankedEvent]:
    """The events whose acts a reading may repeat: the one that stands out; where none does, those
    that touch the cell or are known to move its meter."""
    best = best_event(cell.trail)
    if best is not None:
        yield best
        return
    for event in cell.trail.events:
        how = relation(event, cell.bill)
        if how.in_time and (how.touches or (how.same_region and how.fits)):
            yield event


def _of_event(event: FoundEvent) -> Iterator[str]:
    yield from list(split(event.event))[1:]
    yield from split(event.event_source.partition(".")[0])
    try:
        request = json.loads(event.request_parameters)
    except (ValueError, RecursionError):
        return
    for leaf in parameter_leaves(request):
        yield from split(leaf.partition("=")[0])


def split(name: str) -> Iterator[str]:
    """The words of a name of AWS's, in lower case: DeleteVpcEndpoints is delete, vpc, endpoints."""
    return (part.lower() for part in _CAMEL.findall(name) if len(part) >= MIN_WORD)


def singular(word: str) -> str:
    """A noun without the ending of its plural."""
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    return word.removesuffix("s") if len(word) > 3 else word
