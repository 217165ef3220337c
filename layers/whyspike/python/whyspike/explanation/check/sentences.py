"""Sentences of an answer: nothing that pings, links, commands or cannot be found in the evidence.

Each sentence stands or falls alone, so one false figure costs a sentence and not the explanation.
What code cannot prove of free prose, and what is done about it, is written in docs/explanation.md.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from whyspike.explanation.check.dates import date_problems, without_dates
from whyspike.explanation.check.evidence import ORDER, EvidenceIndex, tokens_of
from whyspike.explanation.check.names import name_problems
from whyspike.explanation.check.numbers import number_problems
from whyspike.explanation.check.problem import AnswerPart, AnswerProblem
from whyspike.explanation.check.relations import relation_problems
from whyspike.model import Finding

MAX_WORDS = 200
TYPOGRAPHY = set("–—’‘“”…×≈•→−·€£\u00a0")
FENCE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
CODE = re.compile(r"`([^`\n]*)`")
MARKUP = (
    (
        re.compile(r"<|>|&(?:lt|gt|amp|#\d+|#x[0-9a-f]+);", re.IGNORECASE),
        "markup of links or mentions",
    ),
    (
        re.compile(r"(?<![\w.])@(?:channel|here|everyone|all)\b", re.IGNORECASE),
        "a broadcast mention",
    ),
    (re.compile(r"(?<![\w.])[@#][A-Za-z]\w*"), "a mention of a person or channel"),
    (re.compile(r"\w+://|\bwww\.|\bmailto:|\]\(|!\["), "a link"),
    (
        re.compile(r"(?:^|\s)(?:~?/|\./)\w|(?:^|\s)--?[A-Za-z]|[|\\{}\[\]^]|\$[({A-Za-z]|&&|;\S"),
        "something of a shell",
    ),
    (
        re.compile(r"```|~~|^\s*#{1,6}\s|^\s*\|", re.MULTILINE),
        "markup other than *bold*, `code` and bullets",
    ),
    (re.compile(r"(?<![\w:]):[a-z][a-z0-9_+-]*:(?![\w:])"), "an emoji"),
    (
        re.compile(
            r"(?<![\w`])_[^_`\s](?:[^_`]*[^_`\s])?_(?![\w`])|(?<![\w`~])~[^~`\s](?:[^~`]*[^~`\s])?~(?!\w)"
        ),
        "markup other than *bold*, `code` and bullets",
    ),
)
APPROVAL = re.compile(
    r"\b(?:pre-?)?approv(?:ed|al|es?)\b|\bauthori[sz](?:ed|ation)\b|\bsanctioned\b|\bsigned["
    r" -]off\b|\bplanned (?:activity|change|work)\b"
    r"|\b(?:is|are|was|were) (?:all )?(?:legitimate|intentional|benign|harmless)\b"
    r"|\b(?:safe|safely) (?:to )?ignor|\bcan be (?:safely )?ignored\b"
    r"|\bno (?:further )?action (?:is |was )?(?:needed|required|necessary)\b|\bnothing (?:to"
    r" worry|to do)\b",
    re.IGNORECASE,
)
# What only a verdict of not-an-incident allows.
ALL_CLEAR = re.compile(
    r"\bnothing (?:is wrong|unusual)\b|\bfalse"
    r" (?:alarm|positive)\b|\b(?:as|fully|entirely|completely) expected\b"
    r"|\bno(?:t an?)? (?:anomal|incident)",
    re.IGNORECASE,
)
SECURITY = re.compile(
    r"\b(?:attack\w*|intru\w+|compromis\w*|stolen|theft|thief|hack\w*|breach\w*|malicious\w*|hijack\w*"
    r"|crypto-?min\w*|exfiltrat\w*|leaked)\b",
    re.IGNORECASE,
)
OVER = re.compile(
    r"\bback to normal\b|\breturned to\b|\bhas (?:since )?(?:stopped|ended)\b|\bis (?:now"
    r" )?(?:over|resolved|gone)\b"
    r"|\bno longer (?:cost|billed|running|rising|growing|ongoing)"
    r"|\balready (?:fixed|resolved|stopped)\b",
    re.IGNORECASE,
)
STILL = re.compile(
    r"\bstill"
    r" (?:running|growing|rising|going|there|active|ongoing|costing)\b|\bcontinues\b|\bongoing\b"
    r"|\bkeeps (?:growing|rising|running)\b",
    re.IGNORECASE,
)
DESTROY = (
    r"(?:delet|terminat|remov|destroy|stop|shut|disabl|revok|purg|drop|wip|eras|detach|deregister"
    r"|rotat|clos|cancel|kill|releas)"
)
IMPERATIVE = re.compile(
    rf"(?:^\W*|\b(?:please|now|then|and|or|should|must|to|just|immediately|can)\s+)({DESTROY})(?:e|es|ing|p|ate)?\b",
    re.IGNORECASE,
)
MIN_SHARED_WORDS = 3


@dataclass(frozen=True)
class TextContext:
    """What sentences are held against. `findings` are those that already passed; `trusted` is text
    that the rules wrote,
    `advice` their fix."""

    index: EvidenceIndex
    findings: Sequence[Finding]
    derived: Sequence[float]
    trusted: str
    advice: str
    verdict: str
    command_problem: Callable[[str], str]


def checked_text(text: str, context: TextContext) -> tuple[str, list[AnswerProblem], bool]:
    """(the text without its false sentences, a problem for each of those, whether the opening
    sentence survived)."""
    kept: list[str] = []
    problems: list[AnswerProblem] = []
    text, fences = FENCE.subn(" ", text)
    problems += [
        AnswerProblem(AnswerPart.TEXT, "a code block; put commands into `commands`")
    ] * fences
    opening = True
    words = 0
    first = True
    for line in text.splitlines():
        passed = []
        for sentence in sentences(line):
            reasons = sentence_problems(sentence, context)
            if not reasons and words + len(sentence.split()) > MAX_WORDS:
                reasons = [f"the text is longer than {MAX_WORDS} words"]
            if reasons:
                problems.append(AnswerProblem(AnswerPart.TEXT, "; ".join(reasons), shown(sentence)))
                opening = opening and not first
            else:
                passed.append(sentence)
                words += len(sentence.split())
            first = False
        if passed and any(re.search(r"\w", sentence) for sentence in passed):
            kept.append(" ".join(passed))
    return balanced("\n".join(kept)), problems, opening


def sentences(line: str) -> Iterator[str]:
    """The sentences of one line; points inside numbers, names and code do not end one."""
    start = 0
    for match in re.finditer(r"[.!?]+[*\"”’)]*\s+", line):
        before = line[start : match.start()]
        if before.count("`") % 2 == 0 and not re.search(
            r"\b(?:e\.g|i\.e|vs|approx|No|etc)$", before
        ):
            yield line[start : match.end()].strip()
            start = match.end()
    if line[start:].strip():
        yield line[start:].strip()


def sentence_problems(sentence: str, context: TextContext) -> list[str]:
    """Reasons why a sentence may not be shown; empty when it may."""
    if odd := sorted(
        {
            c
            for c in sentence
            if not (c.isascii() and c.isprintable())
            and c not in TYPOGRAPHY
            and not _is_known_letter(c, sentence, context)
        }
    ):
        return [f"character {unicodedata.name(odd[0], 'without a name')}"]
    bare = CODE.sub(" ", sentence)
    reasons = [
        what
        for pattern, what in MARKUP
        if pattern.search(sentence if what == "a broadcast mention" else bare)
    ]
    if re.search(r"<[!@#]|\w+://", sentence) or sentence.count("`") % 2:
        reasons.append("markup of links or mentions")
    if APPROVAL.search(sentence) or (context.verdict == "incident" and ALL_CLEAR.search(sentence)):
        reasons.append("claims an approval or an all-clear that no evidence can show")
    if ORDER.search(ALL_CLEAR.sub(" ", sentence)) or any(
        _shares_words(sentence, text) for text in context.index.hostile
    ):
        reasons.append("repeats text that tries to give orders")
    if SECURITY.search(sentence) and not any(
        finding.category == "compromised-credentials" for finding in context.findings
    ):
        reasons.append("speaks of an intruder, which no finding says")
    ongoing = {finding.ongoing for finding in context.findings}
    if (OVER.search(sentence) and ongoing == {True}) or (
        STILL.search(sentence) and ongoing == {False}
    ):
        reasons.append("contradicts whether the cost is ongoing")
    destructive = {match.group(1).lower() for match in IMPERATIVE.finditer(sentence)}
    if destructive - {match.group(1).lower() for match in IMPERATIVE.finditer(context.advice)}:
        reasons.append("asks for a destructive step that the rules do not advise")
    for code in CODE.findall(sentence):
        if reason := _code_problem(code, context):
            reasons.append(f"`{code[:60]}`: {reason}")
    reasons += date_problems(bare, context.index, context.findings)
    rest = without_dates(bare)
    reasons += number_problems(rest, context.index, context.derived)
    reasons += name_problems(sentence, rest, context.index, context.findings, context.trusted)
    reasons += relation_problems(sentence, bare, context.index, context.findings, context.derived)
    return list(dict.fromkeys(reasons))


def _code_problem(code: str, context: TextContext) -> str:
    if code.startswith("aws "):
        return context.command_problem(code)
    low = code.strip().lower()
    known = context.index.tokens | {text.lower() for text in context.index.strings}
    if low and (
        low in known
        or all(token in known for token in low.split())
        or low in tokens_of(context.trusted)
    ):
        return ""
    return "is not in the evidence"


def _is_known_letter(character: str, sentence: str, context: TextContext) -> bool:
    """Whether a letter beyond ASCII belongs to a word that the evidence itself writes so."""
    if unicodedata.category(character)[0] != "L":
        return False
    return all(
        word.strip(".,:;!?*`()").lower() in context.index.tokens
        for word in sentence.split()
        if character in word
    )


def _shares_words(sentence: str, hostile: str) -> bool:
    mine, theirs = (re.findall(r"[a-z0-9]+", text.lower()) for text in (sentence, hostile))
    runs = {
        tuple(theirs[i : i + MIN_SHARED_WORDS]) for i in range(len(theirs) - MIN_SHARED_WORDS + 1)
    } or {tuple(theirs)}
    return any(
        tuple(mine[i : i + len(run)]) in runs
        for run in runs
        if run
        for i in range(len(mine) - len(run) + 1)
    )


def balanced(text: str) -> str:
    """The text with bold marks that lost their partner removed, line by line."""
    return "\n".join(
        line if re.sub(r"`[^`]*`", "", line).count("*") % 2 == 0 else line.replace("*", "")
        for line in text.splitlines()
    )


def shown(text: str) -> str:
    """A claim as it may be quoted in a request for repair: short and on one line."""
    flat = " ".join(text.split())
    return repr(flat if len(flat) <= 80 else flat[:77] + "...")
