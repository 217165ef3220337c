"""The language of templates that teams write: jinja2 in its sandbox, and less of it, so that no
template reaches anything, runs on or grows without end, and no value of a bill formats, links or
calls somebody.

What a template prints of its values is kept aside, made harmless, and put in last; the text between
is cleaned like any text from outside. Loops, macro calls and what they write are counted. Import
this module only where there is a template: jinja2 costs a cold start a tenth of a second.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import TracebackType
from typing import Any

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, Undefined, nodes
from jinja2.meta import find_undeclared_variables
from jinja2.runtime import Context, LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace, pass_context
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from whyspike.errors import InvalidInput
from whyspike.messages.templates.values import Mrkdwn
from whyspike.words.amounts import dollars, percent, quantity
from whyspike.words.mrkdwn import calling_nobody, code, escaped, formatted, link
from whyspike.words.safe import one_line

MAX_SOURCE = 32_768  # characters
MAX_OUTPUT = 40_000  # characters of the text and of all that is written on the way to it
MAX_STEPS = 5_000  # rounds of loops and calls of macros
MAX_RANGE = 200
MAX_VALUE = 600  # characters of one value
MAX_NUMBER = 1e15
_REMEDY = "docs/templates.md says what a template may do"
_FILE = "<template>"
_URL = re.compile(r"https://[^\s<>|\"'`\\]{1,1000}")
_PLACE = re.compile("\ue000(\\d+)\ue001")  # private characters, which no cleaned text holds
_NO_PLACES = str.maketrans("", "", "\ue000\ue001")
_RUN = "_run"
_FILTERS = frozenset(
    {
        *("abs", "capitalize", "count", "d", "default", "first", "last", "length", "lower", "map"),
        *("max", "min", "rejectattr", "selectattr", "sort", "title", "trim", "truncate", "unique"),
        "upper",
    }
)
_NODES = frozenset(
    {
        *("Add", "And", "Assign", "AssignBlock", "Call", "Compare", "Concat", "CondExpr", "Const"),
        *("Dict", "Div", "Filter", "FilterBlock", "FloorDiv", "For", "Getattr", "Getitem", "If"),
        *("Keyword", "List", "Macro", "Mod", "Mul", "Name", "Neg", "Not", "NSRef", "Operand", "Or"),
        *("Output", "Pair", "Pos", "Slice", "Sub", "Template", "TemplateData", "Test", "Tuple"),
        "With",
    }
)
_OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
}


class _Broken(TemplateError):
    """What a template may not do."""


@dataclass
class _Rendering:
    """One rendering: the values that it printed, and how far it has gone."""

    pieces: list[str] = field(default_factory=list)
    steps: int = 0
    size: int = 0

    def step(self, size: int) -> None:
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise _Broken(f"more than {MAX_STEPS:,} rounds of loops and calls of macros")
        self.grow(size)

    def grow(self, size: int) -> None:
        self.size += size
        if self.size > MAX_OUTPUT:
            raise _Broken(f"it writes more than {MAX_OUTPUT:,} characters")

    def printed(self, value: Any) -> Markup:
        """A value as it is printed: what was printed before as it is, else a place for it."""
        if isinstance(value, Markup):
            self.grow(len(value))
            return value
        piece = _shown(value)
        self.grow(len(piece))
        self.pieces.append(piece)
        return Markup(f"\ue000{len(self.pieces) - 1}\ue001")  # noqa: S704  a place, no text

    def filled(self, text: str) -> str:
        """The text with its values; a place that a filter cut or made up is left out."""
        parts = _PLACE.split(text)
        parts[::2] = [formatted(part) for part in parts[::2]]
        parts[1::2] = [self._piece(int(number)) for number in parts[1::2]]
        whole = calling_nobody("".join(parts))
        return whole + ("\n```" if whole.count("```") % 2 else "")

    def _piece(self, number: int) -> str:
        return self.pieces[number] if number < len(self.pieces) else ""


class TeamTemplate:
    """A template that can be rendered as often as one likes."""

    def __init__(self, source: str, names: Iterable[str]) -> None:
        """`names` of values are all that it may use. Raises InvalidInput with the line and the
        remedy."""
        if len(source) > MAX_SOURCE:
            raise InvalidInput(
                f"{len(source):,} characters are more than {MAX_SOURCE:,}", remedy="shorten it"
            )
        environment = _Sandbox()
        with _told():
            tree = _parsed(environment, source.translate(_NO_PLACES), frozenset(names))
            compiled = environment.compile(tree, _FILE, _FILE)
            self._template = environment.template_class.from_code(
                environment, compiled, environment.make_globals(None)
            )

    def render(self, values: Mapping[str, Any]) -> str:
        """The text as mrkdwn in which values are text. Raises InvalidInput."""
        run = _Rendering()
        with _told():
            text = self._template.render({**values, _RUN: run})
        return run.filled(text)


@contextmanager
def _told() -> Iterator[None]:
    """What goes wrong, as a sentence for who wrote the template."""
    try:
        yield
    except Exception as error:  # noqa: BLE001  whatever a template makes jinja2 or Python raise
        deep = isinstance(error, RecursionError | MemoryError | SyntaxError)
        said = getattr(error, "message", None) or str(error) or type(error).__name__
        line = getattr(error, "lineno", None) or _line_of(error.__traceback__)
        where = f"line {line}: " if line and not deep else ""
        what = "nested too deeply" if deep else one_line(said, 200).rstrip(".")
        raise InvalidInput(f"{where}{what}", remedy=_REMEDY) from None


def _line_of(trace: TracebackType | None) -> int | None:
    """Of the template, where the error came up in it."""
    found = None
    while trace:
        if trace.tb_frame.f_code.co_filename == _FILE:
            found = trace.tb_lineno
        trace = trace.tb_next
    return found


def _shown(value: Any) -> str:
    """A value as mrkdwn."""
    if isinstance(value, Undefined | Mrkdwn):
        return str(value)  # a StrictUndefined raises and says what is missing
    if isinstance(value, str):
        before, after = (" " if end.isspace() else "" for end in (value[:1], value[-1:]))
        return f"{before}{escaped(value, MAX_VALUE)}{after}" if value.strip() else before
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return ("-" if value < 0 else "") + quantity(value)
    raise _Broken("a list or a table of values is not printed; loop over it, or name one of them")


# ------------------------------------------------------------------ what is left of jinja2


class _Sandbox(ImmutableSandboxedEnvironment):
    """Values have members and no methods; what is called is a macro, `range`, `namespace` or
    `loop.cycle`."""

    intercepted_binops = frozenset((*_OPERATORS, "**"))
    tick = object()  # what a loop or macro calls in each round, and `call` counts

    def __init__(self) -> None:
        super().__init__(
            autoescape=True,
            undefined=StrictUndefined,
            finalize=_printed,
            trim_blocks=True,
            lstrip_blocks=True,
            cache_size=0,
        )
        self.filters = {
            **{name: self.filters[name] for name in _FILTERS},
            "join": _join,
            "joined": _joined,
            "link": _link,
            "code": lambda value: Mrkdwn(code(str(value), MAX_VALUE)),
            "dollars": lambda value: Mrkdwn(dollars(_number(value))),
            "percent": lambda value: Mrkdwn(percent(_number(value))),
            "round": lambda value, digits=0: round(_number(value), min(max(int(digits), 0), 9)),
            "sum": lambda values: sum(map(_number, values)),
        }
        self.globals = {"range": _range, "namespace": Namespace}

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, LoopContext | Namespace):
            return super().getattr(obj, attribute)
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        try:
            return obj[argument]
        except (TypeError, LookupError):
            close = get_close_matches(str(argument), obj, 1) if isinstance(obj, Mapping) else []
            return self.undefined(_not_there(str(argument), close))

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        run: _Rendering = context[_RUN]
        if obj is self.tick:
            run.step(*args)
            return Markup("")
        is_of_loop = isinstance(getattr(obj, "__self__", None), LoopContext)
        if not (isinstance(obj, Macro | LoopContext) or is_of_loop or obj in (_range, Namespace)):
            raise _Broken("only macros, range, namespace and loop.cycle are called")
        run.step(0)
        return super().call(context, obj, *args, **kwargs)

    def call_binop(self, _context: Context, operator: str, left: Any, right: Any) -> Any:
        if operator not in _OPERATORS:
            raise _Broken(f"{operator} is not part of it")
        if isinstance(left, str) or isinstance(right, str):
            raise _Broken("texts are joined by ~, or written one after the other")
        return _number(_OPERATORS[operator](_number(left), _number(right)))


def _not_there(name: str, close: list[str]) -> str:
    return f"there is no {name!r}" + (f"; {close[0]!r} is there" if close else "")


@pass_context
def _printed(context: Context, value: Any) -> Markup:
    run: _Rendering = context[_RUN]
    return run.printed(value)


@pass_context
def _join(context: Context, values: Iterable[Any], between: Any = "") -> Markup:
    """As jinja2's, of texts that stay texts."""
    parts = [_printed(context, value) for value in values]
    glue = _printed(context, between) if between else Markup("")
    return _printed(context, glue.join(parts))


@pass_context
def _joined(context: Context, values: Iterable[Any]) -> Markup:
    """What ~ does."""
    return _join(context, values)


@pass_context
def _link(_context: Context, label: Any, url: Any) -> Mrkdwn:
    """A link that stands in the template itself."""
    if isinstance(url, Markup | Mrkdwn) or not _URL.fullmatch(str(url)):
        raise _Broken("a link leads to an address that begins with https:// and stands in quotes")
    return Mrkdwn(link(str(url), one_line(str(label), 120)))


def _range(*bounds: Any) -> range:
    found = range(*(int(_number(each)) for each in bounds))
    if len(found) > MAX_RANGE:
        raise _Broken(f"a range has at most {MAX_RANGE} numbers")
    return found


def _number(value: Any) -> Any:
    if isinstance(value, Undefined):
        str(value)
    if not isinstance(value, int | float):
        raise _Broken(f"{one_line(str(value), 40)!r} is no number")
    if not abs(value) <= MAX_NUMBER:
        raise _Broken("a number is too large")
    return value


def _parsed(environment: _Sandbox, source: str, names: frozenset[str]) -> nodes.Template:
    """The template, in which every loop and macro counts its rounds."""
    tree = environment.parse(source)
    for node in _below(tree):
        kind = type(node).__name__
        if kind not in _NODES:
            raise TemplateSyntaxError(f"{kind.lower()} is not part of it", node.lineno)
        if isinstance(node, nodes.Name) and node.name.startswith("_"):
            raise TemplateSyntaxError(_not_there(node.name, []), node.lineno)
        if not _is_plain(node):
            raise TemplateSyntaxError("a list in a template holds constants alone", node.lineno)
    unknown = find_undeclared_variables(tree) - names - set(environment.globals)
    for name in sorted(unknown):
        line = next(n.lineno for n in tree.find_all(nodes.Name) if n.name == name)
        raise TemplateSyntaxError(_not_there(name, get_close_matches(name, names, 1)), line)
    counted: nodes.Template = _Counting(environment).visit(tree)
    return counted


def _is_plain(node: nodes.Node) -> bool:
    """No list that grows around itself, which takes for ever to compare."""
    if not isinstance(node, nodes.List | nodes.Tuple | nodes.Dict):
        return True
    if getattr(node, "ctx", "load") != "load":  # the names of a loop
        return True
    literals = (nodes.Const, nodes.List, nodes.Tuple, nodes.Dict, nodes.Pair, nodes.Neg)
    return all(isinstance(each, literals) for each in node.iter_child_nodes())


def _below(node: nodes.Node) -> Iterator[nodes.Node]:
    waiting = [node]
    while waiting:
        found = waiting.pop()
        yield found
        waiting.extend(found.iter_child_nodes())


class _Counting(NodeTransformer):
    """Writes a count into each loop and macro, with the text that it repeats, and makes a filter of
    each ~."""

    def __init__(self, environment: _Sandbox) -> None:
        self._environment = environment

    def visit_For(self, node: nodes.For) -> nodes.Node:
        return self._counted(node)

    def visit_Macro(self, node: nodes.Macro) -> nodes.Node:
        return self._counted(node)

    def visit_Concat(self, node: nodes.Concat) -> nodes.Filter:
        values = nodes.List([self.visit(each) for each in node.nodes], lineno=node.lineno)
        joined = nodes.Filter(values, "joined", [], [], None, None, lineno=node.lineno)
        joined.set_environment(self._environment)
        return joined

    def _counted(self, node: nodes.For | nodes.Macro) -> nodes.Node:
        size = sum(len(each.data) for each in node.find_all(nodes.TemplateData))
        self.generic_visit(node)
        tick = nodes.EnvironmentAttribute("tick", lineno=node.lineno)
        call = nodes.Call(tick, [nodes.Const(size)], [], None, None, lineno=node.lineno)
        line = nodes.Output([call], lineno=node.lineno)
        node.body.insert(0, line)
        line.set_environment(self._environment)
        line.set_lineno(node.lineno)
        return node
