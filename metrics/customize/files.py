"""The files of a rubric in the making: data first, then how they are written so that a person can edit them."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, Field, ValidationError, field_validator, model_validator

from ...programs.errors import InputError, explain
from ...programs.learner import Strict
from ...programs.text_file import read_text
from ..rubric import DimensionSpec, OverallSpec

LOW, HIGH = 0.40, 0.70
"""Thresholds of a dimension that nobody has calibrated yet."""
_NAME = re.compile(r"[a-z][a-z0-9_-]{1,39}")
_CHECK = re.compile(r"[^\s:]+\.py:[A-Za-z_]\w*")
Model = TypeVar("Model", bound=BaseModel)


class DraftDimension(Strict):
    """A dimension that may become part of the rubric: words for a judge, or a Python function."""

    description: str = Field(default="", max_length=300)
    check: str = Field(default="", description="path/to/file.py:function; without it a judge grades the description")
    keep: bool = True
    weight: float | None = Field(
        default=None, gt=0, le=1, description="share of the overall score; equal if all absent"
    )
    low: float = Field(default=LOW, ge=0, le=1)
    high: float = Field(default=HIGH, ge=0, le=1)
    source: Literal["draft", "expert"] = "draft"
    preferred: float | None = Field(default=None, ge=0, le=1, description="share of pairs won by the response with it")
    compared: int = Field(default=0, ge=0, description="pairs that an expert compared")
    merged: list[str] = Field(default_factory=list, description="suggestions that said the same")

    @model_validator(mode="after")
    def _can_be_scored(self) -> DraftDimension:
        if not self.description.strip() and not self.check:
            raise ValueError('needs a description in words or check = "file.py:function"')
        if self.check and not _CHECK.fullmatch(self.check):
            raise ValueError(f'check must be "path/to/file.py:function", not {self.check!r}')
        return self


class Draft(Strict):
    """A task, example requests, and the dimensions so far."""

    task: str = Field(min_length=5, max_length=2000)
    requests: list[str] = Field(default_factory=list, max_length=50)
    dimensions: dict[str, DraftDimension] = Field(min_length=1, max_length=12)

    @field_validator("dimensions")
    @classmethod
    def _named(cls, dimensions: dict[str, DraftDimension]) -> dict[str, DraftDimension]:
        for name in dimensions:
            if not _NAME.fullmatch(name):
                raise ValueError(f"a dimension's name has 2 to 40 of a-z, 0-9, _ and -, not {name!r}")
        return dimensions


class Pair(Strict):
    """Two responses to one request, one of them written for a dimension. Which is shown as A follows from the id."""

    id: str
    dimension: str
    request: str
    with_it: str
    without: str

    @property
    def a_is_with(self) -> bool:
        return hashlib.sha256(self.id.encode()).digest()[0] % 2 == 0

    @property
    def shown(self) -> tuple[str, str]:
        """The responses as A and B."""
        return (self.with_it, self.without) if self.a_is_with else (self.without, self.with_it)


class Pairs(Strict):
    pairs: list[Pair] = Field(default_factory=list)


class Answer(Strict):
    """What a person says of one pair, without knowing which is which."""

    request: str = ""
    a: str = ""
    b: str = ""
    better: Literal["", "A", "B", "same"] = ""
    suggest_name: str = ""
    suggest: str = Field(default="", max_length=300)


class Answers(Strict):
    questions: dict[str, Answer]


class FrozenRubric(Strict):
    """What a freeze wrote: the file, the dimensions in it, and which of them need a judge."""

    path: Path
    overall: OverallSpec
    dimensions: dict[str, DimensionSpec]
    judged: list[str]


def dimension_from_text(text: str) -> tuple[str, DraftDimension]:
    """``name=words`` or ``name=path/to/file.py:function`` as a named dimension. Raises InputError in one line."""
    name, equals, rest = (part.strip() for part in text.partition("="))
    if not equals or not rest or not _NAME.fullmatch(name):
        raise InputError(f"dimension: name=words or name=path/to/file.py:function, with a name of a-z (got {text!r})")
    try:
        kind = {"check": rest} if _CHECK.fullmatch(rest) else {"description": rest}
        return name, DraftDimension.model_validate(kind)
    except ValidationError as error:
        raise InputError(f"dimensions.{name}.{explain(error)}") from None


def read_file(path: Path, kind: type[Model]) -> Model:
    """A TOML or JSON file as data. Raises InputError with one line that names the file and the field."""
    try:
        text = read_text(path)
        return kind.model_validate(json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text))
    except ValidationError as error:
        raise InputError(f"{path}: {explain(error)}") from None
    except ValueError as error:
        raise InputError(f"{path}: is not {'JSON' if path.suffix.lower() == '.json' else 'TOML'} ({error})") from None


def write_draft(path: Path, draft: Draft, comment: str) -> None:
    """A draft as TOML under a comment that says what to do with it."""
    head: dict[str, Any] = {"task": draft.task, "requests": draft.requests}
    tables = {f"dimensions.{n}": d.model_dump(exclude_defaults=True) for n, d in draft.dimensions.items()}
    for name, dimension in draft.dimensions.items():
        tables[f"dimensions.{name}"].setdefault("keep", dimension.keep)
    path.write_text(toml_text(head, tables, comment), "utf-8")


def write_questions(path: Path, pairs: list[Pair]) -> None:
    """The pairs as questions for a person, blind, with room for the answers."""
    tables = {
        f"questions.{p.id}": {
            "request": p.request,
            "a": p.shown[0],
            "b": p.shown[1],
            "better": "",
            "suggest_name": "",
            "suggest": "",
        }
        for p in pairs
    }
    comment = (
        "Which response is better? Write A, B or same after `better`. If something else matters, give it a short name\n"
        "and say it in one sentence. Then: studysmith rubric refine FOLDER --answers THIS_FILE"
    )
    path.write_text(toml_text({}, tables, comment), "utf-8")


def toml_text(head: Mapping[str, Any], tables: Mapping[str, Mapping[str, Any]], comment: str) -> str:
    """Plain values under the top and under dotted table names, as TOML."""
    return "\n".join(_toml_lines(head, tables, comment)) + "\n"


def _toml_lines(head: Mapping[str, Any], tables: Mapping[str, Mapping[str, Any]], comment: str) -> Iterator[str]:
    yield from (f"# {line}" for line in comment.splitlines())
    yield from (f"{key} = {_toml_value(value)}" for key, value in head.items())
    for name, table in tables.items():
        yield ""
        yield f"[{name}]"
        yield from (f"{key} = {_toml_value(value)}" for key, value in table.items() if value is not None)


def _toml_value(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_toml_value(item) for item in value) + "]"
    if not isinstance(value, str):
        return json.dumps(value)
    quoted = json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    # Several lines read better as several lines; JSON's escapes are TOML's, and \r must stay escaped.
    return '"""\n' + quoted[1:-1].replace("\\n", "\n") + '"""' if "\n" in value and "\\" not in value else quoted
