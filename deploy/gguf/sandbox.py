"""Chat templates of others: Jinja's sandbox, which keeps them from code and files, and bounds that it lacks.

A render has an allowance of work: a unit for every turn of a loop, call and filter, and more for large values. So no
template loops for ever or fills the memory. Values that grow at once are refused before they are made.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any

from jinja2 import Template, TemplateError, nodes
from jinja2.ext import Extension, loopcontrols
from jinja2.filters import do_indent
from jinja2.parser import Parser
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

_WORK, _DEPTH = 200_000, 100
"""Units of one render, and calls within calls. Templates of public models take a few dozens a message."""
_CHARACTERS, _ITEMS, _BITS = 256, 8, 64
"""Of a text, a collection and an integer that cost one unit."""
_MOST_SOURCE, _MOST_INDENT = 2**20, 16
_GROWING = frozenset({"center", "encode", "expandtabs", "format", "format_map", "ljust", "rjust", "translate", "zfill"})
"""Methods of texts whose result has any size that is asked for; no chat template needs them."""
_FILTERS = "batch center filesizeformat format pprint random round slice urlize wordwrap xmlattr".split()
"""Filters of the same kind, and one that is different every time."""

REFUSALS = (
    TemplateError,
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What a template raises, or makes Python raise, at messages that it does not take."""


class TooMuchWork(TemplateError):  # noqa: N818 (reads as what happened)
    """A template goes beyond its bounds, whatever the messages."""


class _Allowance:
    def __init__(self) -> None:
        self.left, self.depth = _WORK, 0

    def spend(self, units: int) -> None:
        self.left -= units
        if self.left < 0:
            raise TooMuchWork("it computes for too long or writes too much")


_allowance: ContextVar[_Allowance] = ContextVar("allowance")


@contextmanager
def _bounded() -> Iterator[None]:
    token = _allowance.set(_Allowance())
    try:
        yield
    finally:
        _allowance.reset(token)


class Sandbox(ImmutableSandboxedEnvironment):
    """Compiles and renders chat templates within bounds. `names`: what templates find beside the messages."""

    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self, **names: Any) -> None:
        super().__init__(trim_blocks=True, lstrip_blocks=True, optimized=False, extensions=[loopcontrols, _Generation])
        del self.globals["lipsum"]
        self.globals.update(raise_exception=_refuse, **names)
        self.filters = {name: _paid(function) for name, function in self.filters.items() if name not in _FILTERS}
        own: dict[str, Callable[..., str]] = {"indent": _indent, "join": _join, "replace": _replace, "tojson": _to_json}
        self.filters |= {_TURNS: _turns, **{name: _paid(function) for name, function in own.items()}}

    def compile_template(self, source: str) -> Template:
        """Raises TemplateError, with one line, where it does not parse."""
        if len(source) > _MOST_SOURCE:
            raise TooMuchWork(f"it has {len(source)} characters, more than {_MOST_SOURCE}")
        try:
            with _bounded():
                return self.from_string(_Count().visit(self.parse(source)))
        except (MemoryError, RecursionError, SyntaxError, ValueError, OverflowError) as error:
            raise TemplateError(f"it is nested too deeply or broken ({type(error).__name__})") from error

    def fill(self, template: Template, **values: Any) -> str:
        """The text. Raises TooMuchWork, and one of REFUSALS for all else."""
        with _bounded():
            return template.render(**values)

    @staticmethod
    def concat(parts: Iterable[str]) -> str:
        """Of what a template, a macro or a block has written."""
        written = list(_turns(parts))
        _pay(sum(map(len, written)) // _CHARACTERS)
        return "".join(written)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """See SandboxedEnvironment."""
        growing = isinstance(obj, str) and attr in _GROWING
        return not growing and not isinstance(obj, int) and super().is_safe_attribute(obj, attr, value)

    def wrap_str_format(self, value: Any) -> None:
        """See SandboxedEnvironment, which gives templates a `format` of its own."""
        if super().wrap_str_format(value) is not None:
            raise TemplateError("text is not formatted with format")

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805 (as in jinja2)
        """See SandboxedEnvironment."""
        allowance = _allowance.get()
        if isinstance(text := getattr(__obj, "__self__", None), str) and __obj.__name__ in _METHODS:
            __obj, args = _METHODS[__obj.__name__], (text, *args)
        allowance.spend(1 + sum(map(_cost, args)))
        allowance.depth += 1
        if allowance.depth > _DEPTH:
            raise TooMuchWork(f"it calls itself more than {_DEPTH} times over")
        try:
            result = super().call(__context, __obj, *args, **kwargs)
        finally:
            allowance.depth -= 1
        allowance.spend(_cost(result))
        return result

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """See SandboxedEnvironment."""
        if operator == "%" and isinstance(left, str):
            raise TemplateError("text is not formatted with %")
        if operator in ("*", "**"):
            _pay(_product_cost(operator, left, right))
        result = super().call_binop(context, operator, left, right)
        _pay(1 + _cost(result))
        return result


def _pay(units: int) -> None:
    _allowance.get().spend(units)


def _cost(value: Any) -> int:
    if isinstance(value, str):
        return len(value) // _CHARACTERS
    if isinstance(value, (list, tuple, dict, range)):
        return len(value) // _ITEMS
    return value.bit_length() // _BITS if isinstance(value, int) else 0


def _product_cost(operator: str, left: Any, right: Any) -> int:
    if isinstance(left, int) and isinstance(right, int):
        times = abs(right) if operator == "**" else 1
        return left.bit_length() * times // _BITS + right.bit_length() // _BITS
    sized, times = (left, right) if isinstance(right, int) else (right, left)
    if not isinstance(times, int) or not isinstance(sized, (str, list, tuple)):
        return 0
    return len(sized) * max(times, 0) // (_CHARACTERS if isinstance(sized, str) else _ITEMS)


def _paid(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, at the cost of what it is given and of what it returns."""

    @wraps(function)  # also what jinja2 notes at a filter: whether it wants the environment
    def paid(*args: Any, **kwargs: Any) -> Any:
        _pay(1 + sum(map(_cost, args)) + sum(map(_cost, kwargs.values())))
        result = function(*args, **kwargs)
        _pay(_cost(result))
        return result

    return paid


_TURNS = "_turns"


def _turns(items: Iterable[Any]) -> Iterator[Any]:
    allowance = _allowance.get()
    for item in items:
        allowance.spend(1)
        yield item


class _Count(NodeTransformer):
    """Counts the turns of loops, and has `~` join as the filter does, which is counted."""

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802 (jinja2 names it so)
        if node.recursive:
            raise TemplateError("recursive loops are not taken")
        found = self.generic_visit(node)
        node.iter = nodes.Filter(node.iter, _TURNS, [], [], None, None, lineno=node.lineno)
        return found

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return nodes.Filter(nodes.List(node.nodes), "join", [], [], None, None, lineno=node.lineno)


class _Generation(Extension):
    """Accepts `{% generation %}...{% endgeneration %}`, which marks replies for training, and renders its body."""

    tags = {"generation"}  # noqa: RUF012 (jinja2 declares it so)

    def parse(self, parser: Parser) -> list[nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


def _join(items: Iterable[Any], d: Any = "", attribute: Any = None) -> str:
    texts, between = [str(item) for item in _turns(items)], str(d)
    _pay((sum(map(len, texts)) + len(between) * len(texts)) // _CHARACTERS)
    return between.join(texts)


def _join_method(between: str, items: Iterable[Any]) -> str:
    return _join(items, between)


def _replace(text: Any, old: str, new: str, count: int | None = None) -> str:
    text = str(text)
    found = text.count(old) if count is None or count < 0 else min(count, text.count(old))
    _pay((len(text) + found * len(new)) // _CHARACTERS)
    return text.replace(old, new, found)


_METHODS: dict[str, Callable[..., str]] = {"replace": _replace, "join": _join_method}


def _indent(text: str, width: int = 4, first: bool = False, blank: bool = False) -> str:
    return do_indent(text, _bounded_indent(width), first, blank)


def _to_json(value: Any, indent: int | None = None) -> str:
    # Jinja's own filter escapes for HTML, which chat templates do not expect.
    if indent is not None:
        _bounded_indent(indent)
    return json.dumps(value, ensure_ascii=False, indent=indent)


def _bounded_indent(width: int) -> int:
    if not isinstance(width, int) or width > _MOST_INDENT:
        raise TemplateError(f"text is indented by at most {_MOST_INDENT}, not by {width!r:.20}")
    return width


def _refuse(reason: str) -> None:
    raise TemplateError(reason)
