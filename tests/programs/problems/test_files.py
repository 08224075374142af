"""Problems in files as people have them: encodings, endings, empty cells, numbers of other countries."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from studysmith.programs.errors import InputError
from studysmith.programs.numbers import decimal_mark, read_number
from studysmith.programs.problems.formats import Problem
from studysmith.programs.problems.sources import Source, load_problems

ROW = {"question": "How many?", "final_ans": "42"}
LINE = json.dumps(ROW)
BOM = b"\xef\xbb\xbf"


def load(path: Path, content: bytes) -> list[Problem]:
    path.write_bytes(content)
    return load_problems(Source.parse(str(path)))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.jsonl", BOM + LINE.encode()),
        ("x.JSONL", LINE.encode() + b"\r\n\r\n"),
        ("x.json", BOM + f"[{LINE}]".encode()),
        ("x.csv", BOM + b"question,final_ans\nHow many?,42\n"),
        ("x.CSV", b'question,final_ans\r\n"How many?",42\r\n'),
    ],
)
def test_what_is_read(name: str, content: bytes, tmp_path: Path) -> None:
    assert [(p.question, p.answer) for p in load(tmp_path / name, content)] == [("How many?", "42")]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("x.jsonl", '{"question": "Größe?"}\n'.encode("cp1252"), "is not UTF-8 (line 1 has the byte 0xf6"),
        ("x.csv", "question,final_ans\nWie groß?,4\n".encode("cp1252"), "is not UTF-8 (line 2 has the byte 0xdf"),
        ("x.json", LINE.encode("utf-16"), "is UTF-16; save it as UTF-8"),
        ("x.csv", b"question,final_ans\n", "holds no rows"),
        ("x.csv", b"question,final_ans\nHow many?,42,7\n", "line 2: has more cells than the 2 of the header"),
        ("x.parquet", b"PAR1 and nothing else", "not a Parquet file"),
        ("x.txt", LINE.encode(), "a file with the ending '.txt'; read are .jsonl, .json, .csv, .parquet"),
        ("x", LINE.encode(), "a file with the ending ''"),
        ("x.jsonl", b'{"question": null, "final_ans": "4"}\n', "line 1: question is empty"),
        ("x.csv", b'question,final_ans\nWhat?,4\n" ",5\n', "line 3: question is empty"),
        ("x.jsonl", b'{"question": "a", "final_ans": null}\n', "holds no problem with an answer"),
        (
            "x.jsonl",
            b'{"question": "a", "answer": "2"}\n',
            "gsm8k rows have question, answer, with #### before the result",
        ),
        ("x.jsonl", b"[" * 100_000, "line 1 is not JSON that can be read (nested too deeply)"),
        ("x.json", b"[" * 100_000, "x.json is not JSON that can be read (nested too deeply)"),
        ("x.jsonl", b'{"question": {"a": 1}, "final_ans": 4}\n', "line 1: question must be text or a number, not dict"),
        ("x.jsonl", b'{"question": "a", "final_ans": [4]}\n', "line 1: final_ans must be text or a number, not list"),
        ("x.jsonl", b'{"question": "a", "final_ans": true}\n', "line 1: final_ans must be text or a number, not bool"),
        ("x.jsonl", b'{"question": "\\ud800", "final_ans": 4}\n', "line 1: question holds half of a character"),
        ("x.csv", b'question,final_ans\n"What?,4\nWho?,5\n', "not valid CSV: unexpected end of data"),
        ("x.csv", b"question,question,final_ans\na,b,4\n", "has more than one column 'question'"),
    ],
)
def test_what_is_refused_names_the_file(name: str, content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / name
    with pytest.raises(InputError) as caught:
        load(path, content)
    assert str(caught.value).startswith(str(path))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_rows_without_an_answer_are_counted(tmp_path: Path) -> None:
    rows = [ROW, {"question": "a", "final_ans": None}, {"question": "b", "final_ans": " "}, {**ROW, "question": "c"}]
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    said: list[tuple[str, int, int, str]] = []
    found = load_problems(Source(path=path), lambda *told: said.append(told))
    assert [p.question for p in found] == ["How many?", "c"]
    assert said == [
        ("rows read", 2, 4, f"skipped 2 without an answer to check ({path}, line 2 and 1 more)"),
    ]


@pytest.mark.parametrize(
    ("text", "point", "comma"),
    [
        ("1.234,50", "2469/2", "2469/2"),
        ("1,5", "3/2", "3/2"),
        ("1 234", "1234", "1234"),
        ("1'234.5", "2469/2", "2469/2"),
        ("−5", "-5", "-5"),
        ("1,234", "1234", "617/500"),
        ("1.234", "617/500", "1234"),
        ("0,125", "1/8", "1/8"),
        ("1,234,567", "1234567", "1234567"),
        ("3,50 €", "7/2", "7/2"),
        ("$-5", "-5", "-5"),
        ("1e3", "1000", "1000"),
        (1.234, "617/500", "617/500"),
        *(
            (text, None, None)
            for text in ("1,2,3", "12,34,567", "1.2.3", "12 34", "--5", "1,234.5.6", "five", "", True)
        ),
    ],
)
def test_one_reader_of_numbers(text: object, point: str | None, comma: str | None) -> None:
    read = [read_number(text, mark) for mark in (".", ",")]
    assert [None if value is None else str(value) for value in read] == [point, comma]


@pytest.mark.parametrize(
    ("numbers", "mark"), [(["1,234", "1,5"], ","), (["1,234"], "."), (["1,5", "2.5"], "."), (["1.234,50", "7"], ",")]
)
def test_a_set_says_how_it_writes_numbers(numbers: list[str], mark: str) -> None:
    assert decimal_mark(numbers) == mark


def test_answers_of_a_set_are_read_alike(tmp_path: Path) -> None:
    rows = [{"question": f"q{i}", "final_ans": a} for i, a in enumerate(("1.234,50", "1,5", "1.234", "−5", "1 234"))]
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    assert [p.answer for p in load_problems(Source(path=path))] == ["1234.5", "1.5", "1234", "-5", "1234"]
