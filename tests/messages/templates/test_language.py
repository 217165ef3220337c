"""The language of templates: values stay text, and no template reaches anything, runs on or grows
without end."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whyspike.errors import InvalidInput
from whyspike.messages.templates.language import MAX_SOURCE, TeamTemplate
from whyspike.messages.templates.values import Mrkdwn
from whyspike.simulator.slack.limits import pings

LINK = Mrkdwn("<https://example.com|Report>")
VALUES: dict[str, Any] = {
    "name": "<!channel> *x* {{ 7*7 }} <https://evil.example|pay> @here",
    "account": {"id": "111122223333", "items": "a&b"},
    "lines": [Mrkdwn("*bold*"), LINK],
    "usd": 1234.56,
    "nothing": None,
    "going": True,
}
NAME = "&lt;!channel&gt; ∗x∗ {{ 7∗7 }} &lt;https://evil.example|pay&gt; @\u2060here"


def written(source: str, **values: Any) -> str:
    return TeamTemplate(source, VALUES).render({**VALUES, **values})


WRITES = {
    "a value in bold": ("*{{ name }}*", f"*{NAME}*"),
    "product's mrkdwn": ("{{ lines[1] }}", LINK),
    "a member": ("{{ account.items }} {{ account['id'] }}", "a&amp;b 111122223333"),
    "a loop": ("{% for each in lines %}\n• {{ each }}\n{% endfor %}", f"• *bold*\n• {LINK}\n"),
    "joined": ("{{ lines | join(', ') }}", f"*bold*, {LINK}"),
    "put together": ("{{ 'x ' ~ lines[0] ~ ' ' ~ name }}", f"x *bold* {NAME}"),
    "a macro": ("{% macro b(x) %}*{{ x }}*{% endmacro %}{{ b(name) }}", f"*{NAME}*"),
    "kept aside": ("{% set x %}*{{ name }}*{% endset %}{{ x }}", f"*{NAME}*"),
    "money": ("{{ usd | dollars }} {{ (usd * 2) | round | dollars }}", "$1,235 $2,469"),
    "a share": ("{{ 0.421 | percent }}", "42%"),
    "a number": ("{{ usd }} {{ -usd }} {{ lines | length }}", "1,235 -1,235 2"),
    "yes and nothing": ("{{ going }}{{ nothing }}{{ '' if going }}", "yes"),
    "a choice": ("{{ 'more' if usd > 1000 else 'less' }}", "more"),
    "code": ("{{ account.id | code }}", "`111122223333`"),
    "a link of the team's": (
        "{{ 'runbook' | link('https://wiki.example.com/x?a=b') }}",
        "<https://wiki.example.com/x?a=b|runbook>",
    ),
    "first letters": ("{{ name[:6] }} {{ name | upper | truncate(9) }}", "&lt;!chan &lt;!CHAN..."),
    "as it is": ("{% raw %}{{ name }}{% endraw %}", "{{ name }}"),
    "the team's own mentions": ("<!channel> @channel", "&lt;!channel&gt; @\u2060channel"),
    "the team's own address": ("<https://x|y>", "&lt;https://x|y&gt;"),
    "a mention in two pieces": ("@{{ 'channel' }}", "@\u2060channel"),
    "a fence that stays open": ("```{{ account.id }}", "```111122223333\n```"),
    "a place that nothing has": ("\ue0000\ue001{{ account.id }}", "0111122223333"),
}


@pytest.mark.parametrize(("source", "text"), WRITES.values(), ids=WRITES)
def test_what_a_template_writes(source: str, text: str) -> None:
    assert written(source) == text


def refusal(source: str) -> str:
    with pytest.raises(InvalidInput) as refused:
        written(source)
    return str(refused.value)


REFUSED = {
    "a misspelt value": ("a\n{{ nme }}", "line 2: there is no 'nme'; 'name' is there"),
    "a misspelt member": ("{{ account.idd }}", "line 1: there is no 'idd'; 'id' is there"),
    "in a branch that is not taken": ("{% if not going %}{{ nme }}{% endif %}", "no 'nme'"),
    "a list": ("{{ lines }}", "a list or a table of values is not printed"),
    "no end": ("{% if going %}", "Unexpected end of template"),
    "an open brace": ("\n\n{{ name", "line 3: unexpected end of template"),
    "an unknown filter": ("{{ name | shout }}", "No filter named 'shout'"),
    "safe": ("{{ name | safe }}", "No filter named 'safe'"),
    "a method": ("{{ name.upper() }}", "there is no 'upper'"),
    "python": ("{{ ''.__class__.__mro__ }}", "there is no '__class__'"),
    "python by a filter": ("{{ '' | attr('__class__') }}", "No filter named 'attr'"),
    "python by an item": ("{{ lines['append'] }}", "there is no 'append'"),
    "python by map": ("{{ lines | map(attribute='__class__') | first }}", "there is no"),
    "the loop's insides": ("{% for x in lines %}{{ loop._iterable }}{% endfor %}", "unsafe"),
    "a global of jinja's": ("{{ lipsum() }}", "there is no 'lipsum'"),
    "ours": ("{{ _run }}", "there is no '_run'"),
    "a call of a value": ("{{ name() }}", "only macros, range, namespace and loop.cycle"),
    "another file": ("{% include 'owner.j2' %}", "include is not part of it"),
    "a base": ("{% extends 'x' %}", "extends is not part of it"),
    "no escaping": ("{% autoescape false %}{{ name }}{% endautoescape %}", "not part of it"),
    "a link to elsewhere": ("{{ 'x' | link('javascript:alert(1)') }}", "begins with https://"),
    "a link from a value": ("{{ 'x' | link(name) }}", "begins with https://"),
    "two loops": (
        "{% for a in range(200) %}{% for b in range(200) %}{% endfor %}{% endfor %}",
        "more than 5,000 rounds",
    ),
    "a long loop": ("{% for a in range(9999999999) %}{% endfor %}", "at most 200 numbers"),
    "a macro of itself": ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "nested too deeply"),
    "macros that branch": (
        "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}"
        "{{ m(40) }}",
        "more than 5,000 rounds",
    ),
    "a text that doubles": (
        "{% set n = namespace(x='ab') %}{% for i in range(99) %}{% set n.x = n.x ~ n.x %}"
        "{% endfor %}",
        "more than 40,000 characters",
    ),
    "a list that doubles": (
        "{% set n = namespace(x=[]) %}{% for i in range(99) %}{% set n.x = [n.x, n.x] %}"
        "{% endfor %}",
        "holds constants alone",
    ),
    "much text, often": ("{% for i in range(200) %}" + "x" * 999 + "{% endfor %}", "40,000"),
    "a long text": ("{{ 'a' * 1000000000 }}", "texts are joined by ~"),
    "a large number": ("{{ 9 ** 9 ** 9 }}", "pow is not part of it"),
    "a larger one": ("{{ 1000000000 * 1000000000 }}", "a number is too large"),
    "no number at all": ("{{ 1e999 | dollars }}", "line 1"),
    "a division": ("{{ 1 / 0 }}", "division by zero"),
    "brackets": ("{{ " + "(" * 3_000 + "1" + ")" * 3_000 + " }}", "nested too deeply"),
    "blocks in blocks": ("{% if going %}" * 300 + "{% endif %}" * 300, "nested too deeply"),
    "too long": ("x" * (MAX_SOURCE + 1), "characters are more than"),
}


@pytest.fixture
def usual_depth() -> Iterator[None]:
    """Python's own limit: what ran before in the process may have raised it."""
    raised = sys.getrecursionlimit()
    sys.setrecursionlimit(1_000)
    yield
    sys.setrecursionlimit(raised)


@pytest.mark.usefixtures("usual_depth")
@pytest.mark.parametrize(("source", "said"), REFUSED.values(), ids=REFUSED)
def test_what_a_template_may_not_is_told_with_its_remedy(source: str, said: str) -> None:
    told = refusal(source)
    assert said in told
    assert "Remedy: " in told


def test_a_template_is_rendered_as_often_as_one_likes_and_counts_anew() -> None:
    template = TeamTemplate("{% for a in range(150) %}{{ name }}{% endfor %}", VALUES)
    texts = {template.render({**VALUES, "name": "n"}) for _ in range(40)}
    assert texts == {"n" * 150}


@settings(max_examples=150, deadline=None)
@given(
    name=st.text(max_size=40)
    | st.sampled_from(["<!channel>", "<@U0BOSS>", "<https://evil|x>", "@here", "&lt;!here&gt;"]),
    around=st.sampled_from(["{}", "*{}*", "`{}`", "@{}", "<{}>", "<!{}>", "<https://x|{}>"]),
)
def test_whatever_a_value_holds_it_calls_nobody_and_links_nowhere(name: str, around: str) -> None:
    text = written(around.replace("{}", "{{ name }}"), name=name)
    assert not pings(text)
    assert "<" not in text


PIECES = st.sampled_from(
    [
        *("{{", "}}", "{%", "%}", " name ", " lines ", " usd ", "|", "join", "~", "[", "]", "("),
        *(" for x in ", " endfor ", " if ", " endif ", " set y = ", "'", "1", "*", ".", "\n", ")"),
        *(" macro m(x) ", " endmacro ", " else ", " is ", " not ", "x", "-#", "{#", "#}", "`", "<"),
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=25).map("".join))
def test_any_text_is_a_template_or_is_refused_in_a_sentence(source: str) -> None:
    with suppress(InvalidInput):
        assert not pings(written(source))
