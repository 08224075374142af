"""Chat templates within bounds: those of public models render as ever, and those made to hurt end soon and small."""

import resource
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from jinja2 import TemplateError
from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment
from studysmith.deploy.gguf.sandbox import REFUSALS, Sandbox, TooMuchWork, _Generation

TURNS = [
    {"role": role, "content": f"{role} {n}: " + "So be it, said they. <think>\nHm\n</think>\n\n" * 50}
    for n in range(20)
    for role in ("user", "assistant")
]
CHATS = [TURNS[:3], [{"role": "system", "content": " Be kind.\n"}, *TURNS, TURNS[0]]]
NAMES: dict[str, Any] = {"bos_token": "<s>", "eos_token": "</s>", "strftime_now": lambda form: "26 Jul 2024"}


def _public() -> list[Path]:
    """The templates of public models, as trl has them."""
    trl = find_spec("trl")
    folders = trl.submodule_search_locations if trl else None
    return sorted(path for folder in folders or () for path in (Path(folder) / "chat_templates").glob("*.jinja"))


Render = Callable[[list[dict[str, str]]], str]


def _plain(source: str) -> Render:
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols, _Generation]
    )
    environment.globals.update(raise_exception=_refuse, **NAMES)
    template = environment.from_string(source)
    return lambda messages: template.render(messages=messages, add_generation_prompt=True)


def _bounded(source: str) -> Render:
    sandbox = Sandbox(**NAMES)
    template = sandbox.compile_template(source)
    return lambda messages: sandbox.fill(template, messages=messages, add_generation_prompt=True)


def _refuse(reason: str) -> None:
    raise TemplateError(reason)


def _said(render: Callable[[], str]) -> str:
    try:
        return render()
    except REFUSALS as error:
        return f"{type(error).__name__}: {error}"


@pytest.mark.skipif(not _public(), reason="trl is not installed")
def test_the_templates_of_public_models_render_as_without_bounds() -> None:
    refused = []
    for path in _public():
        source = path.read_text("utf-8")
        plain, bounded = _plain(source), _bounded(source)
        for chat in CHATS:
            said = _said(lambda: plain(chat))  # noqa: B023 (called at once)
            assert _said(lambda: bounded(chat)) == said, path.name  # noqa: B023
            refused += [path] if "Error: " in said[:40] else []
    assert len(refused) < len(_public()) / 4  # some take no system message


LOOP = "{% for i in range(99999) %}"
END = "{% endfor %}"
HURT = {
    "nested ranges": LOOP + LOOP + END + END,
    "ranges of ranges": LOOP + "{{ range(99999) | list | length }}" + END,
    "recursive macro": "{% macro f(x) %}{{ f(x) }}{% endmacro %}{{ f(1) }}",
    "mutual macros": "{% macro f() %}{{ g() }}{% endmacro %}{% macro g() %}{{ f() }}{% endmacro %}{{ f() }}",
    "doubled by ~": "{% set n = namespace(s='ab') %}" + LOOP + "{% set n.s = n.s ~ n.s %}" + END,
    "doubled by +": "{% set n = namespace(s='ab') %}" + LOOP + "{% set n.s = n.s + n.s %}" + END,
    "doubled by a block": "{% set n = namespace(s='ab') %}"
    + LOOP
    + "{% set t %}{{ n.s }}{{ n.s }}{% endset %}{% set n.s = t %}"
    + END,
    "doubled lists": "{% set n = namespace(s=[1]) %}" + LOOP + "{% set n.s = n.s + n.s %}" + END,
    "much text": LOOP + "a" * 1000 + END,
    "times": "{{ 'a' * 9999999999 }}",
    "times, a constant in a test": "{% if 'a' * 9999999999 %}{% endif %}",
    "lists times": "{{ ([0] * 9999999999) | length }}",
    "power": "{{ 9 ** (9 ** 9) }}",
    "power of powers": "{% set n = namespace(x=9) %}" + LOOP + "{% set n.x = n.x * n.x %}" + END,
    "replace": "{% set a = 'a' * 99999 %}{{ a | replace('a', a) }}",
    "replace, a method": "{% set a = 'a' * 99999 %}{{ a.replace('a', a) }}",
    "replace, by name": "{% set a = 'a' * 99999 %}{{ a.replace('', new=a) }}",
    "replace of nothing": "{% set a = 'a' * 99999 %}{{ a | replace('', a) }}",
    "join": "{{ range(99999) | join('a' * 99999) }}",
    "join, a method": "{{ ('a' * 99999).join('b' * 99999) }}",
    "map": LOOP + "{{ range(99999) | map('string') | list | length }}" + END,
    "select": "{% set l = range(99999) | list %}" + LOOP + "{{ l | select('none') | list | length }}" + END,
    "indent": "{{ 'a\nb' | indent(9999999999) }}",
    "indent of json": "{{ [[1]] | tojson(indent=9999999999) }}",
    "center": "{{ 'a' | center(9999999999) }}",
    "center, a method": "{{ 'a'.center(9999999999) }}",
    "zfill": "{{ '1'.zfill(9999999999) }}",
    "format": "{{ '{:9999999999}'.format(1) }}",
    "format, a filter": "{{ '%9999999999d' | format(1) }}",
    "format with %": "{{ '%9999999999d' % 1 }}",
    "translate": "{{ 'aaa'.translate({97: 'b' * 99999}) }}",
    "bytes": "{{ (1).to_bytes(9999999999, 'big') | length }}",
    "round": "{{ 1.5 | round(99999999, 'ceil') }}",
    "lipsum": "{{ lipsum(n=99999) }}",
    "recursive loop": "{% for i in [[1]] recursive %}{{ loop(i) }}{% endfor %}",
    "deep brackets": "{{ " + "(" * 9999 + "1" + ")" * 9999 + " }}",
    "deep loops": "{% for i in [1] %}" * 300 + END * 300,
    "deep conditions": "{% if 1 %}" * 3000 + "{% endif %}" * 3000,
    "no template": "{% include 'a' %}",
    "division": "{{ 1 / 0 }}",
    "a giant": "a" * 2**21,
}


@pytest.mark.parametrize("source", HURT.values(), ids=HURT)
def test_a_template_made_to_hurt_ends_soon_and_small(source: str) -> None:
    seconds, memory = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    said = _said(lambda: _bounded(source)([{"role": "user", "content": "Hi"}]))
    assert "Error: " in said[:40] or said.startswith("TooMuchWork: "), said[:80]
    assert "\n" not in said
    assert time.process_time() - seconds < 3
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 400_000  # kB, where Linux counts


def test_bounds_are_anew_for_each_render() -> None:
    sandbox = Sandbox()
    template = sandbox.compile_template("{% for i in range(20000) %}{{ i }}{% endfor %}")
    assert len({sandbox.fill(template) for _ in range(5)}) == 1
    with pytest.raises(TooMuchWork):
        sandbox.fill(sandbox.compile_template("{% for i in range(99999) %}{{ i | string }}{% endfor %}"))
