"""One normal form for word problems, and the columns of the public sets that map to it."""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from ..errors import InputError
from ..numbers import Mark, decimal_mark, read_number
from ..text_file import parse_json, read_text

Row = Mapping[str, Any]

_ANNOTATION = re.compile(r"<<[^<>]*>>")
_CHOICE = re.compile(r"\W*(the )?(correct )?(answer|option|choice|ans)?( is)?[\s:.(]*[A-E][\s).]*", re.IGNORECASE)
_BOXED = re.compile(r"\\boxed\s*\{")
_NUMBER = re.compile(r"-?\$?\d[\d,]*(?:\.\d+)?|-?\$?\.\d+")


class Problem(BaseModel):
    """A word problem. `rationale` shows the steps without the final answer and may be empty; `answer` is what a
    solver must reach: plain digits for a number (no commas, units or trailing zeros), LaTeX for other answers.
    `written` is the answer as the set writes it, where that differs: what lm-evaluation-harness compares with.
    `decimal` is the mark of its numbers (see `read_number`)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    question: str
    rationale: str = ""
    answer: str
    source: str
    written: str = ""
    decimal: Mark = "."

    @cached_property
    def id(self) -> str:
        """The set and a hash of the question: the same in every run, file and order."""
        return f"{self.source}-{hashlib.sha256(self.question.encode()).hexdigest()[:12]}"


def plain_number(value: object, decimal: Mark = ".") -> str:
    """`"$1,200.50"`, `51.0`, `"7"` -> `"1200.5"`, `"51"`, `"7"`; text that is no number comes back stripped.

    decimal: see `read_number`.
    """
    number = read_number(value, decimal)
    if number is None:
        return str(value).strip()
    # A decimal number has a finite expansion, whose length its denominator's factors of 2 and 5 tell.
    places = max(len(bin(number.denominator)) - 3, len(str(number.denominator)))
    digits = f"{abs(number.numerator) * 10**places // number.denominator:0{places + 1}}"
    whole, decimals = digits[: len(digits) - places], digits[len(digits) - places :].rstrip("0")
    return f"{'-' if number < 0 else ''}{whole}{'.' if decimals else ''}{decimals}"


def boxed(text: str) -> str | None:
    r"""What the last `\boxed{...}` holds, or None."""
    starts = list(_BOXED.finditer(text))
    if not starts:
        return None
    depth, begin = 1, starts[-1].end()
    for i in range(begin, len(text)):
        depth += {"{": 1, "}": -1}.get(text[i], 0)
        if depth == 0:
            return text[begin:i].strip()
    return None


@dataclass(frozen=True)
class Format:
    """How one public set writes a problem: its columns, its place on the hub, and the way to the normal form.

    read: question, rationale and answer of a row, the answer as the set writes it; None when it has no single checkable
    one. asks: the column without whose text a row is no problem. marks: how an answer is marked, where it is.
    """

    name: str
    columns: tuple[str, ...]
    hub: tuple[str, str | None]
    read: Callable[[Row, Mark], tuple[str, str, object] | None]
    asks: str = "question"
    marks: str = ""

    @property
    def rows(self) -> str:
        """What its rows are like, for messages."""
        return f"{self.name} rows have {', '.join(self.columns)}{self.marks and f', with {self.marks}'}"

    def problem(self, row: Row, decimal: Mark = ".") -> Problem | None:
        """The row in normal form, or None when it has no single checkable answer. decimal: see `read_number`."""
        parts = self.read(row, decimal)
        written = _answer(parts)
        if parts is None or written is None:
            return None
        answer = plain_number(written, decimal)
        text = written.strip() if isinstance(written, str) else answer
        return Problem(
            question=parts[0].strip(),
            rationale=parts[1].strip(),
            answer=answer,
            source=self.name,
            written="" if text == answer else text,
            decimal=decimal,
        )

    def written(self, row: Row) -> object | None:
        """The answer of a row as the set writes it; None where there is none."""
        return _answer(self.read(row, "."))


def _answer(parts: tuple[str, str, object] | None) -> object | None:
    """The answer among a row's parts; None where there is none, or an empty one."""
    return None if parts is None or parts[2] is None or not str(parts[2]).strip() else parts[2]


def _gsm8k(row: Row, decimal: Mark) -> tuple[str, str, object] | None:
    rationale, mark, answer = str(row["answer"]).rpartition("####")
    return (str(row["question"]), _ANNOTATION.sub("", rationale), answer) if mark else None


def _sentence(body: str, question: str) -> str:
    body = body.strip()
    return f"{body}{'' if body.endswith(('.', '?', '!', ',')) else '.'} {question.strip()}"


def _equation(text: object, answer: str) -> str:
    left = re.sub(r"(\d)\.0\b", r"\1", str(text).split("=")[0]).strip().removeprefix("(").removesuffix(")").strip()
    # "( 3 + 4 ) * 2" must keep its brackets: only a pair that closes at the end was taken off whole.
    balanced = left.count("(") == left.count(")") and not re.match(r"[^(]*\)", left)
    left = left if balanced else f"({left})"
    return f"{left} = {answer}" if left else ""


def _svamp(row: Row, decimal: Mark) -> tuple[str, str, object]:
    equation = _equation(row["Equation"], plain_number(row["Answer"], decimal))
    return _sentence(str(row["Body"]), str(row["Question"])), equation, row["Answer"]


def _asdiv(row: Row, decimal: Mark) -> tuple[str, str, object] | None:
    answer = _NUMBER.search(str(row["answer"]))
    if answer is None or ";" in str(row["answer"]):
        return None
    equation = _equation(row["formula"], plain_number(answer.group(), decimal))
    return _sentence(str(row["body"]), str(row["question"])), equation, answer.group()


def _mawps(row: Row, decimal: Mark) -> tuple[str, str, object]:
    # Numbers are kept apart from the text, as N_00, N_01 ...
    question, equation = str(row["Question"]), str(row.get("Equation", ""))
    for i, number in enumerate(str(row["Numbers"]).split()):
        value = plain_number(number)
        question, equation = question.replace(f"N_{i:02d}", value), equation.replace(f"N_{i:02d}", value)
    infix = _infix(equation.split())
    return question, f"{infix} = {plain_number(row['Answer'], decimal)}" if infix else "", row["Answer"]


def _infix(prefix: list[str]) -> str:
    stack: list[str] = []
    for token in reversed(prefix):
        if token in "+-*/" and len(stack) >= 2:
            left, right = stack.pop(), stack.pop()
            stack.append(f"({left} {token} {right})")
        else:
            stack.append(token)
    return stack[0].removeprefix("(").removesuffix(")") if len(stack) == 1 else ""


def _multiarith(row: Row, decimal: Mark) -> tuple[str, str, object]:
    return str(row["question"]), "", row["final_ans"]


def _aqua(row: Row, decimal: Mark) -> tuple[str, str, object] | None:
    # The choices are dropped and the right one's number is the answer, so that one extraction fits every set.
    letter = str(row["correct"]).strip().upper()
    chosen = next((str(o) for o in row["options"] if str(o).strip().upper().startswith(letter)), "")
    numbers = _NUMBER.findall(chosen.partition(")")[2])
    if len(numbers) != 1:
        return None
    lines = [line for line in str(row["rationale"]).splitlines() if line.strip() and not _names_choice(line)]
    return str(row["question"]), "\n".join(lines), numbers[0]


def _names_choice(line: str) -> bool:
    return _CHOICE.fullmatch(line) is not None


def _math(row: Row, decimal: Mark) -> tuple[str, str, object] | None:
    answer = boxed(str(row["solution"]))
    return (str(row["problem"]), str(row["solution"]), answer) if answer else None


def _normal(row: Row, decimal: Mark) -> tuple[str, str, object]:
    return str(row["question"]), str(row.get("rationale") or ""), row["answer"]


FORMATS = {
    f.name: f
    for f in (
        Format("gsm8k", ("question", "answer"), ("openai/gsm8k", "main"), _gsm8k, marks="#### before the result"),
        Format("svamp", ("Body", "Question", "Equation", "Answer"), ("ChilleD/SVAMP", None), _svamp, "Body"),
        Format("asdiv", ("body", "question", "formula", "answer"), ("EleutherAI/asdiv", None), _asdiv),
        Format("mawps", ("Question", "Numbers", "Answer"), ("mwpt5/MAWPS", None), _mawps, "Question"),
        Format("multiarith", ("question", "final_ans"), ("ChilleD/MultiArith", None), _multiarith),
        Format("aqua", ("question", "options", "rationale", "correct"), ("deepmind/aqua_rat", "raw"), _aqua),
        Format(
            "math",
            ("problem", "solution"),
            ("EleutherAI/hendrycks_math", "algebra"),
            _math,
            "problem",
            r"the result in \boxed{}",
        ),
        Format("normal", ("question", "answer", "rationale", "source"), ("", None), _normal),
    )
}


def normalize(rows: Sequence[tuple[str, Row]], form: Format) -> Iterator[Problem | str]:
    """Rows with the place each came from ("train.jsonl, line 3") -> problems; of a row without an answer, its place.

    Ambiguous answers such as "1,234" are read as the others of the set are written. Raises InputError naming the place
    and the missing column, or the question that is empty.
    """
    for place, row in rows:
        missing = [c for c in form.columns if c not in row and not (form.name == "normal" and c == "rationale")]
        if missing:
            raise InputError(
                f"{place}: no column {missing[0]!r}; {form.rows}, this one has {', '.join(map(str, row)) or 'none'}"
            )
        if row[form.asks] is None or not str(row[form.asks]).strip():
            raise InputError(f"{place}: {form.asks} is empty; every row needs a question")
        for column in form.columns:
            _check_cell(row.get(column), f"{place}: {column}")
    decimal = decimal_mark(form.written(row) for _, row in rows)
    for place, row in rows:
        problem = form.problem(row, decimal)
        own = form.name == "normal" and str(row["source"])
        yield place if problem is None else problem.model_copy(update={"source": own}) if own else problem


def _check_cell(value: object, said: str) -> None:
    if isinstance(value, bool | dict) or (isinstance(value, list) and not said.endswith("options")):
        raise InputError(f"{said} must be text or a number, not {type(value).__name__}")
    try:
        str(value).encode()
    except UnicodeEncodeError:
        raise InputError(f"{said} holds half of a character (a lone surrogate)") from None


def detect(columns: Iterable[str], place: str) -> Format:
    """The format whose columns are all there (the most specific one). Raises InputError listing what is accepted."""
    have = set(columns)
    fits = [f for f in FORMATS.values() if have >= set(f.columns)]
    if not fits:
        known = "; ".join(f"{f.name}: {', '.join(f.columns)}" for f in FORMATS.values())
        raise InputError(f"{place}: no known format has the columns {', '.join(sorted(have))}; accepted are {known}")
    return max(fits, key=lambda f: len(f.columns))


def read_json_lines(path: Path) -> Iterator[tuple[str, Row]]:
    """Objects of a .jsonl file, or of the list in a .json file, each with its place. Raises InputError with the
    number of a broken line."""
    text = read_text(path)
    if path.suffix.lower() == ".json":
        rows = parse_json(text, str(path))
        if not isinstance(rows, list):
            raise InputError(f"{path}: must hold a list of objects, not {type(rows).__name__}")
        numbered: Iterable[tuple[str, Any]] = ((f"{path}, item {i}", row) for i, row in enumerate(rows, 1))
    else:
        numbered = _lines(path, text)
    for place, row in numbered:
        if not isinstance(row, dict):
            raise InputError(f"{place}: must be a JSON object, not {type(row).__name__}")
        yield place, row


def _lines(path: Path, text: str) -> Iterator[tuple[str, Any]]:
    # Not splitlines, which also breaks at characters that may stand inside a JSON string.
    for i, line in enumerate(text.split("\n"), 1):
        if line.strip():
            place = f"{path}, line {i}"
            yield place, parse_json(line, place)
