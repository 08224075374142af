"""Output fields that quote an input: a reply can hold nothing but runs of words of that very text.

``Annotated[str, words_of("request")]`` as the type of an output field, however deep, says which input is quoted. Where
a request is made, that becomes an enumeration, which every runtime's grammar can hold a reply to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import Field

from .errors import InputError

WORDS_OF = "x-words-of"
"""The keyword of a reply's schema that names the input to quote."""
LONGEST_RUN = 12
"""Words of a run at most."""
MOST_WORDS = 400
"""Words of a text that a grammar is made of: it grows with their number, and takes time to make."""
_SENTENCE = re.compile(r"\S(?:.*?[.!?;](?=\s)|.*$)", re.MULTILINE)
_EDGES = ".,;:!?\"“”'‘’"
_PAIRS = (("(", ")"), ("[", "]"))


def words_of(name: str) -> Any:
    """Metadata of a string that quotes the input field of this name."""
    return Field(json_schema_extra={WORDS_OF: name})


def quoting(schema: dict[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
    """A reply's schema with every string that quotes an input held to the runs of words of that input.

    Raises InputError naming an input that is no text or too long for a grammar.
    """
    quoted: dict[str, list[str]] = {}

    def runs_of(name: str) -> list[str]:
        text = inputs[name]
        if not isinstance(text, str):
            raise InputError(f"{name}: a text, for its words to be quoted (got {type(text).__name__})")
        if len(text.split()) > MOST_WORDS:
            raise InputError(f"{name}: at most {MOST_WORDS} words can be quoted from (got {len(text.split())})")
        return quoted.setdefault(name, list(runs(text)) or [""])

    def visit(node: Any) -> Any:
        if isinstance(node, list):
            return [visit(item) for item in node]
        if not isinstance(node, dict):
            return node
        if WORDS_OF in node:
            return {"type": "string", "enum": runs_of(node[WORDS_OF])}
        return {key: visit(value) for key, value in node.items()}

    held: dict[str, Any] = visit(schema)
    return held


def quoted(schema: Any) -> Iterator[str]:
    """The names of the inputs that a reply's schema quotes."""
    if isinstance(schema, list):
        for item in schema:
            yield from quoted(item)
    elif isinstance(schema, dict):
        for key, value in schema.items():
            yield from [str(value)] if key == WORDS_OF else quoted(value)


def runs(text: str) -> Iterator[str]:
    """Every run of up to LONGEST_RUN words of a sentence, once, with single spaces and no punctuation at its ends."""
    found = set()
    for sentence in _SENTENCE.finditer(text):
        words = sentence[0].split()
        for start in range(len(words)):
            for end in range(start + 1, min(len(words), start + LONGEST_RUN) + 1):
                run = bare(" ".join(words[start:end]))
                # "(Grade 6)" is said with brackets and without.
                inside = bare(run[1:-1]) if (run[:1], run[-1:]) in _PAIRS else ""
                for each in (run, inside):
                    if each and each not in found:
                        found.add(each)
                        yield each


def bare(run: str) -> str:
    """Without punctuation at its ends, and without a bracket there whose other half is missing."""
    while True:
        before, run = run, run.strip(_EDGES + " ")
        for opening, closing in _PAIRS:
            if run.startswith(opening) and run.count(opening) > run.count(closing):
                run = run[1:]
            if run.endswith(closing) and run.count(closing) > run.count(opening):
                run = run[:-1]
        if run == before:
            return run
