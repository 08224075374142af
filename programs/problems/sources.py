"""Where problems come from: a set by name, a hub id, a local file, or the generator."""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ..errors import InputError
from ..progress import Progress, silent
from ..text_file import read_text
from .formats import FORMATS, Format, Problem, Row, detect, normalize, read_json_lines


class Source(BaseModel):
    """One part of a mixture.

    set: a known set, a hub id, `generated` (the seeded generator), or `chat` (a JSONL file of prompt messages and
    completions, such as the study-plan demonstrations). path: a local file of that set. rows: first and last row to
    take, as in a slice. weight: how often each problem occurs (0.5 takes a random half). renumbered: copies of each
    problem with new numbers in the question and its rationale. drills: how many exercises in the arithmetic of the
    set's own rationales to add. count and seed: for `generated`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    set: str = ""
    path: Path | None = None
    split: str = "train"
    rows: tuple[int, int] | None = None
    weight: float = Field(default=1.0, gt=0, le=100)
    renumbered: int = Field(default=0, ge=0, le=50)
    drills: int = Field(default=0, ge=0, le=1_000_000)
    count: int = Field(default=10_000, ge=1, le=2_000_000)
    seed: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _names_something(self) -> "Source":
        if not self.set and self.path is None:
            raise ValueError(f"needs `set` (one of {', '.join(FORMATS)}, generated, chat, or a hub id) or `path`")
        if self.set == "chat" and self.path is None:
            raise ValueError("set chat needs `path`, a JSONL file with prompt and completion")
        return self

    @property
    def name(self) -> str:
        """How reports call it."""
        return self.set or (self.path.stem if self.path else "")

    @classmethod
    def parse(cls, text: str) -> "Source":
        """`gsm8k`, `gsm8k:test`, `some/hub-id:validation`, `path/to/file.jsonl` or `gsm8k=path/to/file.jsonl`."""
        name, mark, path = text.partition("=")
        if mark:
            return cls(set=name, path=Path(path))
        place = Path(text)
        if place.suffix.lower() in _READERS or (place.exists() and not place.is_dir()):  # a hub id may be a folder here
            return cls(path=place)
        name, _, split = text.partition(":")
        return cls(set=name, split=split or "test")


def load_problems(source: Source, progress: Progress = silent) -> list[Problem]:
    """All problems of a source, in normal form and in the order of the file.

    Rows without an answer that can be checked are skipped, and ``progress`` is told how many, and the first. Raises
    InputError when the file is missing, a line is broken (named, with its number), a column is unknown, a question is
    empty, the hub cannot be reached, or nothing is left.
    """
    if source.set == "generated":
        from .generator import generate

        return list(generate(source.count, seed=source.seed))
    rows, form, place = _from_file(source) if source.path else _from_hub(source)
    found = list(normalize(rows, form))
    problems = [each for each in found if isinstance(each, Problem)]
    skipped = [each for each in found if isinstance(each, str)]
    if source.rows:
        problems = problems[slice(*source.rows)]
    if not problems:
        raise InputError(f"{place}: holds no problem with an answer; {form.rows}")
    if skipped:
        more = f" and {len(skipped) - 1} more" if len(skipped) > 1 else ""
        why = f"skipped {len(skipped)} without an answer to check ({skipped[0]}{more})"
        progress("rows read", len(found) - len(skipped), len(found), why)
    return problems


def _csv(path: Path) -> Iterator[tuple[str, Row]]:
    # Strict: a quote that is never closed would swallow the rows behind it.
    table = csv.DictReader(io.StringIO(read_text(path), newline=""), strict=True)
    try:
        if doubled := [name for name, count in Counter(table.fieldnames or ()).items() if name and count > 1]:
            raise InputError(f"{path}: has more than one column {doubled[0]!r}")
        for row in table:
            place = f"{path}, line {table.line_num}"
            if None in row:
                raise InputError(f"{place}: has more cells than the {len(table.fieldnames or ())} of the header")
            yield place, row
    except csv.Error as error:
        raise InputError(f"{path}, line {table.line_num}: not valid CSV: {error}") from None


def _parquet(path: Path) -> Iterator[tuple[str, Row]]:
    import pyarrow
    from pyarrow import parquet

    try:
        rows = parquet.read_table(path).to_pylist()
    except (pyarrow.ArrowException, OSError) as error:
        raise InputError(f"{path}: not a Parquet file that can be read ({str(error).splitlines()[0]})") from None
    yield from _numbered(rows, str(path))


_READERS: dict[str, Callable[[Path], Iterator[tuple[str, Row]]]] = {
    ".jsonl": read_json_lines,
    ".json": read_json_lines,
    ".csv": _csv,
    ".parquet": _parquet,
}


def _from_file(source: Source) -> tuple[Sequence[tuple[str, Row]], Format, str]:
    path = source.path
    assert path is not None
    if not path.is_file():
        stream = path.exists() and not path.is_dir()
        raise InputError(
            f"{path}: is no regular file; save the rows in a .jsonl file" if stream else f"{path}: no such file"
        )
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise InputError(f"{path}: a file with the ending {path.suffix!r}; read are {', '.join(_READERS)}")
    rows = list(reader(path))
    if not rows:
        raise InputError(f"{path}: is empty" if not path.stat().st_size else f"{path}: holds no rows")
    form = FORMATS.get(source.set) or detect(rows[0][1], str(path))
    return rows, form, str(path)


_FILE = "give {}=path/to/file.jsonl to an option such as --data, or `path` in a configuration of `finetune`"


def _from_hub(source: Source) -> tuple[Sequence[tuple[str, Row]], Format, str]:
    from datasets import load_dataset

    known = FORMATS.get(source.set)
    if known is None and "/" not in source.set:
        raise InputError(
            f"set: {source.set!r} is unknown; accepted are {', '.join(FORMATS)}, generated, chat, or a hub id"
        )
    hub_id, config = known.hub if known else (source.set, None)
    if not hub_id:
        raise InputError(f"set: {source.set!r} is read from a file only: {_FILE.format(source.set)}")
    try:
        table = load_dataset(hub_id, config, split=source.split)
    except Exception as error:  # The hub client raises a dozen unrelated types for "not there" and "no network".
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        file = _FILE.format(source.set)
        raise InputError(f"{hub_id}: cannot be loaded from the hub ({reason}); without a network: {file}") from error
    place = f"{hub_id} ({source.split})"
    return list(_numbered(table, place)), known or detect(table.column_names, place), place


def _numbered(table: Iterable[Row], place: str) -> Iterator[tuple[str, Row]]:
    return ((f"{place}, row {i}", row) for i, row in enumerate(table, 1))
