"""Names in a sentence: whatever looks like an identifier, a person or a place must stand in the evidence.

Plain English cannot be proven, so the rule is the other way round: a word that is not plain English (mixed case, digits, an
underscore, a capital in mid-sentence, an unknown word after "by" or "user") is refused unless the evidence or the rules use it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from whyspike.explanation.check_dates import MONTHS, WEEKDAYS
from whyspike.explanation.check_evidence import EvidenceIndex, tokens_of
from whyspike.model import Actor, Finding

WORD = re.compile(r"[A-Za-z0-9À-ÿ][\w@./:+&'’-]*\w|[A-Za-z]")
AFTER = re.compile(
    r"\b(?:by|user|role|principal|session|engineer|developer|contractor|employee|person|colleague|named|called|owner)\s+(?:the\s+|an?\s+)?[\"'“*]*([A-Za-z][\w@.-]*)",
    re.IGNORECASE,
)
ACTS = re.compile(
    r"^\W*([A-Z][\w.-]*)(?:['’]s\b|\s+(?:has\s+|had\s+|then\s+|also\s+)?(?:was|did|ran|made|began|started|set|took|put|left|wrote|is|\w{3,}ed)\b)"
)
# Terms of AWS, billing and the trade that are written with capitals; everything else with a capital is looked up.
TERMS = frozenset(
    """aws amazon api apis cli cloudtrail cloudwatch cost explorer ec2 ebs ecs ecr eks efs emr elb alb nlb rds s3 sns sqs ses sts kms iam vpc nat az azs usd gb gib tb tib mb kb iops
    i/o cpu gpu vcpu vcpus ram ml ai llm sql dns cdn http https tls json id ids arn ci cd ci/cd ok utc pitr multi-az lambda fargate dynamodb aurora redshift athena glue sagemaker bedrock
    kinesis firehose opensearch elasticache cloudfront route step functions savings plan plans reserved instance instances reservation on-demand spot graviton kubernetes postgresql
    postgres mysql mariadb redis valkey docker linux windows terraform cloudformation organizations organization config guardduty backup transfer marketplace support
    gateway gateways endpoint endpoints snapshot snapshots volume volumes bucket buckets region regions zone zones usage type operation service services tag tags team env account
    note cause likely fix next check driver actor onset evidence unknown none i""".split()
)
STARTERS = frozenset(
    """a about across after against all almost also an and another any around as ask at based bearing because before begins besides between both bytes but by charges compare confirm
    consider cost costs daily data deleting despite do does during each either every everything excess few find first for four from further given growth had has have hence here hourly
    how however hours however if in increasing instances investigate is it its just last later launches less like likely look lower main many memory more most much near nearly neither new no nobody
    none nor not nothing of on once one only or other otherwise our over owner owners per possibly previously probably quantity rate rates raise recreate reduce requests restore restrict resources review
    roughly same second see set several since so some someone spend spending start starting storage such tell that the their then there these they third this those three through throughput thus to
    together tokens total traffic turn two under unlike until untagged up usage use users verify via we were what when where whether which while who why with within without yesterday you your
    stop delete remove scale shrink change move switch renew buy upgrade enable disable limit cap throttle fix revert undo add apply put keep make let contact inspect list read lower tighten expire
    logs events calls queries jobs runs machines nodes tasks functions tables databases clusters queues streams messages keys roles sessions pods containers images prices credits refunds taxes fees""".split()
)
# What may follow "by", "user" and the like without being somebody's name.
FOLLOWERS = frozenset(
    """a an any anyone anybody another about almost automatic both default design each either error every far hand hours hour human itself its just less mistake more most much nearly no nobody none
    not of on one only other our over people roughly same several some someone somebody that the their them then these they this those three to two up us usage was well what which while who whom whose will with
    and or but in is it for from has had have are at as be been before after activity account accounts actor adding name names type types region regions service services day days week weeks month
    month's tag tags team teams cause causes itself credentials session sessions role roles user users group groups instance instances events event call calls data bytes tokens requests traffic volume volumes
    whom whose via when where did does do made ran can could should may might must per also here there now since until during within without change changes usage-type behind
    launched created started ran deleted removed changed updated raised set put scaled stopped bought called assumed modified enabled disabled restored attached opened signed""".split()
)
HYPHENS = frozenset(
    """on off demand per day month week year hour minute over long short term time real cross inter multi single high low cost read write only new newly old re pre post non up down end to by step
    first second third left running built in out of half full large small scale scaling auto self managed pay as you go level account region zone az data transfer egress ingress traffic usage type driven based
    heavy related wide facing side effect debug backed owned shared one two three four five six well known per-day out-of sudden one-off off-peak peak peak-hour cost-saving follow through machine learning in-use
    third-party party point restore flat rate price priced hosted customer internal same next following earlier later mid late early round trip lived last best worst far wider all whole sub like free tier""".split()
)
GENERIC = frozenset(
    """role user root session assumedrole assumed-role iamuser iam-role iam-user awsservice awsaccount aws-service principal actor unknown none service federateduser samluser webidentityuser
    identitycenteruser true false arn name type event account ok denied iam sts aws admin""".split()
)


def name_problems(sentence: str, rest: str, index: EvidenceIndex, findings: Sequence[Finding], trusted: str) -> list[str]:
    """Reasons for each name that the evidence does not hold, and for each person who is not the actor of a finding.

    `sentence` is the whole, `rest` the same without code spans and dates.
    """
    known = index.tokens | tokens_of(trusted) | {part for text in _codes(sentence) for part in tokens_of(text)}
    problems = []
    for position, match in enumerate(WORD.finditer(rest)):
        word = match.group().strip("'’.")
        if not _plain(word, position == 0 or _opens(rest, match.start()), known):
            problems.append(f"{word[:60]!r} is not in the evidence")
    for match in AFTER.finditer(rest):
        word = match.group(1).lower().strip(".-")
        if (
            word not in known
            and word not in FOLLOWERS
            and word not in TERMS
            and not re.search(r"(?:ing|ed|tion|ment|ness|ity|ance|ence|ers|ors)$", word)
        ):
            problems.append(f"{match.group(1)[:60]!r} is not in the evidence")
    actor = ACTS.match(rest)
    if actor and (word := actor.group(1).lower().strip(".-")) not in known | STARTERS | TERMS:
        problems.append(f"{actor.group(1)[:60]!r} is not in the evidence")
    allowed = {part for finding in findings for part in actor_names(finding.actor)}
    innocent = (tokens_of(sentence) & _people(index)) - allowed
    if innocent:
        problems.append(f"names {sorted(innocent)[0][:60]!r}, who is not the actor of a finding")
    return problems


def actor_names(actor: Actor) -> set[str]:
    """Every way in which the actor of a finding may be named, lower case."""
    return {part for value in (actor.name, actor.session) if value for part in {value.lower(), *tokens_of(value)}}


def _people(index: EvidenceIndex) -> frozenset[str]:
    shared = {
        token for text in index.strings if not text.startswith("arn:") for token in [text.lower()] if token.endswith(".amazonaws.com")
    }
    return frozenset(
        name for name in index.principals if len(name) > 2 and name not in GENERIC and not name.isdigit() and name not in shared
    )


def _plain(word: str, opens: bool, known: frozenset[str]) -> bool:
    low = word.lower().removesuffix("'s").removesuffix("’s")
    if low in known or low in TERMS or low.rstrip("s") in known:
        return True
    if re.fullmatch(r"[\d.,]+(?:%|x|k|K|M|B|st|nd|rd|th)?", word):
        return True  # a number, judged with the numbers
    if "-" in word or "/" in word:
        return all(
            _plain(part, opens and i == 0, known)
            and (part.lower() in HYPHENS | TERMS | STARTERS or part.lower() in known or part.isdigit())
            for i, part in enumerate(re.split(r"[-/]", word))
            if part
        )
    if not re.fullmatch(r"[A-Za-z]+(?:['’][a-z]+)?", word):
        return False
    if word[0].isupper():
        if low in MONTHS or low in WEEKDAYS or low.rstrip("s") in WEEKDAYS:
            return True
        return opens and word[1:].islower() or (opens and len(word) == 1)
    return word.islower()


def _opens(text: str, start: int) -> bool:
    return not text[:start].strip(" *•-–—\"'“(") or text[:start].rstrip(" *\"'“(").endswith((".", ":", "!", "?", "•", "—"))


def _codes(sentence: str) -> list[str]:
    return re.findall(r"`([^`\n]*)`", sentence)
