import json
import random
import re
from fractions import Fraction
from pathlib import Path

import pytest
from pydantic import ValidationError
from studysmith.finetune.config import TrainConfig, read_config
from studysmith.finetune.data.drills import drills
from studysmith.finetune.data.equations import fresh
from studysmith.finetune.data.mixture import build, encode, example
from studysmith.finetune.data.overlap import clean
from studysmith.finetune.data.renumber import read, variants
from studysmith.programs.errors import InputError
from studysmith.programs.problems.formats import FORMATS, Problem, boxed, plain_number
from studysmith.programs.problems.generator import generate
from studysmith.programs.problems.sources import Source, load_problems
from sympy import sympify

CONFIGS = sorted((Path(__file__).parents[2] / "finetune" / "configs").glob("*.yaml"))

ROWS = {
    "gsm8k": (
        {"question": "Two and 3?", "answer": "It is 2+3=<<2+3=5>>5.\n#### 1,005"},
        ("Two and 3?", "It is 2+3=5.", "1005"),
    ),
    "svamp": (
        {"Body": "He had 7 pens", "Question": "How many now?", "Equation": "( 7.0 - 2.0 )", "Answer": 5.0},
        ("He had 7 pens. How many now?", "7 - 2 = 5", "5"),
    ),
    "asdiv": (
        {"body": "Seven red.", "question": "All?", "formula": "7+2=9", "answer": "9 (apples)"},
        ("Seven red. All?", "7+2 = 9", "9"),
    ),
    "mawps": (
        {"Question": "N_00 and N_01 ?", "Numbers": "3.0 4.5", "Equation": "* + N_00 N_01 2", "Answer": 15.0},
        ("3 and 4.5 ?", "(3 + 4.5) * 2 = 15", "15"),
    ),
    "multiarith": ({"question": "How many?", "final_ans": "42"}, ("How many?", "", "42")),
    "aqua": (
        {
            "question": "How long?",
            "options": ["A)20 seconds", "B)21 seconds"],
            "rationale": "Add 20 and 1.\nAnswer: B",
            "correct": "B",
        },
        ("How long?", "Add 20 and 1.", "21"),
    ),
    "math": (
        {"problem": "Half?", "solution": "So $\\boxed{\\frac{1}{2}}$."},
        ("Half?", "So $\\boxed{\\frac{1}{2}}$.", "\\frac{1}{2}"),
    ),
}


@pytest.mark.parametrize("name", ROWS)
def test_each_set_has_one_normal_form(name: str, tmp_path: Path) -> None:
    row, (question, rationale, answer) = ROWS[name]
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps(row) + "\n")
    for source in (Source(path=file), Source(set=name, path=file)):
        found = [problem.model_copy(update={"written": ""}) for problem in load_problems(source)]
        assert found == [Problem(question=question, rationale=rationale, answer=answer, source=name)]


def test_formats_cover_what_is_promised() -> None:
    assert ROWS.keys() == FORMATS.keys() - {"normal"}


@pytest.mark.parametrize(
    ("text", "number"),
    [("$1,200.50", "1200.5"), (51.0, "51"), ("007", "7"), ("-0", "0"), (".5", "0.5"), ("18.", "18"), ("x+1", "x+1")],
)
def test_plain_number(text: object, number: str) -> None:
    assert plain_number(text) == number


def test_boxed_takes_the_last_and_keeps_nested_braces() -> None:
    assert boxed(r"\boxed{1} then \boxed{\frac{a}{b}} end") == r"\frac{a}{b}"
    assert boxed(r"\boxed{never closed") is None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"question": "a", "answer": "#### 1"}\n{"question": \n', "line 2 is not JSON ("),
        ("", "is empty"),
        ("[1, 2]\n", "line 1: must be a JSON object"),
        ('{"frage": "a", "antwort": "1"}\n', "no known format has the columns antwort, frage"),
        ('{"question": "a", "answer": "#### 1"}\n{"question": "b"}\n', "line 2: no column 'answer'"),
        ('{"question": "a", "answer": "no mark"}\n', "holds no problem with an answer"),
    ],
)
def test_bad_files_are_named_with_their_line(content: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_text(content)
    with pytest.raises(InputError, match=re.escape(message)) as caught:
        load_problems(Source(path=file))
    assert "\n" not in str(caught.value)
    assert str(file) in str(caught.value)


@pytest.mark.parametrize("text", ["nothing.jsonl", "unknown-set", "gsm8k=missing.jsonl"])
def test_what_is_not_there_is_one_line(text: str) -> None:
    with pytest.raises(InputError, match=r"^[^\n]+$"):
        load_problems(Source.parse(text))


def test_csv_and_parquet_are_read(tmp_path: Path) -> None:
    from datasets import Dataset

    rows = Dataset.from_list([{"question": "How many?", "final_ans": "42"}])
    rows.to_csv(tmp_path / "a.csv")
    rows.to_parquet(tmp_path / "a.parquet")
    assert [load_problems(Source(path=tmp_path / f"a.{kind}"))[0].answer for kind in ("csv", "parquet")] == ["42", "42"]


def arithmetic(line: str) -> None:
    """Every `a + b * c = d` in a line is right."""
    for left, right in re.findall(r"([-\d.$ +*/]*[-+*/][-\d.$ +*/]*)= ?\$?(\d+(?:\.\d+)?)", line):
        assert eval(re.sub(r"(\d+)", r"Fraction(\1)", left.replace("$", ""))) == Fraction(right), line


def test_generated_problems_compute_and_repeat_by_seed() -> None:
    made = list(generate(1500, seed=7))
    assert made == list(generate(1500, seed=7))
    assert len({p.question for p in made}) == 1500
    assert made[:50] != list(generate(50, seed=8))
    for problem in made:
        for line in problem.rationale.splitlines():
            arithmetic(line)
        assert problem.answer in re.findall(r"\d+", problem.rationale.splitlines()[-1])
        assert int(problem.answer) >= 1
        assert "-" not in problem.question


def test_renumbered_copies_follow_the_same_steps() -> None:
    original = Problem(
        question="A farm has 12 pens with 9 pigs each. It sells 40 pigs for $15.50 each. How many are left?",
        rationale="There are 12 * 9 = 108 pigs.\nAfter the sale 108 - 40 = 68 are left.",
        answer="68",
        source="made",
    )
    copies = list(variants(original, 5, random.Random(0)))
    assert len(copies) == 5
    assert len({c.question for c in copies}) == 5
    for copy in copies:
        pigs, sold = (int(re.search(pattern, copy.question)[1]) for pattern in (r"with (\d+) pigs", r"sells (\d+)"))
        assert copy.answer == str(12 * pigs - sold)
        assert f"12 * {pigs} = {12 * pigs}" in copy.rationale
        assert "$15.50" in copy.question
        assert copy.source == "made-renumbered"


@pytest.mark.parametrize(
    ("question", "rationale", "answer"),
    [
        ("He has 9 and 9 more?", "9 + 9 = 18", "18"),
        ("He has 8 and 5?", "8 + 5 = 14", "14"),
        ("He has 8 and 5?", "x = 8 + 5 = 13", "13"),
        ("He has 8?", "8 + 37 = 45", "45"),
        ("He has 9?", "9 ** 9 = 387420489", "387420489"),
        ("He has 8 and 5?", "No steps.", "13"),
    ],
)
def test_problems_with_doubt_are_left_alone(question: str, rationale: str, answer: str) -> None:
    assert read(Problem(question=question, rationale=rationale, answer=answer, source="made")) is None


def test_drills_ask_for_the_sums_of_the_rationales_with_other_numbers() -> None:
    solved = [
        Problem(
            question="?", rationale="He has 48/2 = $24.\nThen 20/100*50 = 10 are left.", answer="10", source="made"
        ),
        Problem(
            question="?", rationale="There are (7 x 8) - 3 = 53, and 9 ** 9 = 1, and 2 + 2 = 5.", answer="5", source="b"
        ),
    ]
    made = list(drills(solved, 40, random.Random(0)))
    assert len(made) == 40
    assert made == list(drills(solved, 40, random.Random(0)))
    shapes, results = set(), set()
    for drill in made:
        lines = drill.rationale.splitlines()
        assert len(lines) == 6
        for line in lines:
            left, right = line.split("=")
            assert left.strip() in drill.question
            assert sympify(left.replace("$", "").replace("x", "*")) == sympify(right.strip(" $"))
            shapes.add(re.sub(r"[\d.]+", "n", line))
            results.add(right)
        assert drill.answer == lines[-1].rpartition("=")[2].strip(" $")
        assert drill.source == "made-drills"
    assert shapes == {"n/n = $n", "n/n*n = n", "(n x n) - n = n"}
    assert len(results) > 50
    assert list(drills(solved, 0, random.Random(0))) == []
    assert list(drills([problem("1 and 1 is all there is?")], 3, random.Random(0))) == []


def test_numbers_that_leave_no_room_still_get_another() -> None:
    rng = random.Random(0)
    assert all(fresh(old, rng) > 0 for old in (0.001, 0.01, 1, 2, 3, 1e6, 12.5) for _ in range(50))


def problem(question: str, source: str = "a") -> Problem:
    return Problem(question=question, rationale="1 + 1 = 2", answer="2", source=source)


LONG = "Every morning the baker at the corner fills {} baskets with fresh rolls and sells most of them before noon."


def test_leaks_and_duplicates_are_dropped_and_reported() -> None:
    given = [
        problem(LONG.format(5)),
        problem("Something else entirely was asked here by someone."),
        problem(LONG.format(5)),
    ]
    kept, dropped = clean(given, [])
    assert kept == given[:2]
    assert [(d.why, d.overlap) for d in dropped] == [("duplicate", 1.0)]
    kept, dropped = clean(given[:2], [problem(LONG.format(81), "test")])
    assert kept == given[1:2]
    assert dropped[0].why == "in a test set"
    assert dropped[0].like.startswith("test-")


def test_weights_and_what_is_watched(problems_file: Path) -> None:
    half = build([Source(path=problems_file, weight=0.5)], [], seed=0)
    double = build([Source(path=problems_file, weight=2, renumbered=2)], [], seed=0, watch=0.25)
    assert len(half.examples) == 20
    assert len(double.watched) == 10
    watched = {e.prompt[0]["content"] for e in double.watched}
    assert not watched & {e.prompt[0]["content"] for e in double.examples}
    assert (
        build([Source(path=problems_file)], [], seed=0).sha256 == build([Source(path=problems_file)], [], seed=0).sha256
    )
    with pytest.raises(InputError, match="nothing is left"):
        build([Source(path=problems_file)], [Source(path=problems_file)], seed=0)


def test_loss_is_on_the_completion_and_its_end(tiny_base: str) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(tiny_base)
    rows = encode([example(problem("How many?"))], tokenizer, 128)
    learned = [t for t, label in zip(rows[0]["input_ids"], rows[0]["labels"], strict=True) if label != -100]
    assert tokenizer.decode(learned) == "1 + 1 = 2\n#### 2<|im_end|>"
    prompt = tokenizer.decode(rows[0]["input_ids"][: -len(learned)])
    assert prompt.endswith("Question: How many?\nAnswer:<|im_end|>\n<|im_start|>assistant\n")
    with pytest.raises(InputError, match="max_length"):
        encode([example(problem("How many?"))], tokenizer, 32)


def test_chat_sets_name_a_broken_row(tmp_path: Path) -> None:
    file = tmp_path / "chat.jsonl"
    file.write_text(
        '{"prompt": [{"role": "user", "content": "a"}], "completion": "b"}\n{"prompt": [], "completion": "b"}\n'
    )
    with pytest.raises(InputError, match="line 2: needs `prompt`"):
        build([Source(set="chat", path=file)], [], seed=0)


def test_study_plans_are_training_data() -> None:
    from studysmith.finetune.data.plans import demonstrations

    made = demonstrations()
    assert len(made) >= 100
    assert all(e.prompt[0]["role"] == "system" and json.loads(e.completion) for e in made)


def test_requests_with_their_spans_are_training_data() -> None:
    from studysmith.finetune.data.plans import readings

    made = readings()
    assert len({e.prompt[-1]["content"] for e in made}) == len(made) >= 200
    for each in made:
        marks = json.loads(each.completion)["spans"]
        assert all(words in each.prompt[-1]["content"] for _, words in marks)


@pytest.mark.parametrize("file", CONFIGS, ids=lambda p: p.stem)
def test_shipped_configurations_are_valid(file: Path) -> None:
    assert read_config(file, {"seed": 1}).seed == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("base: [", "not valid YAML"),
        ("- 1", "must hold fields"),
        ("data: []", "data"),
        ("data: [{set: generated}]\nlearning_rat: 1", "learning_rat"),
        ("data: [{set: generated}]\nmethod: magic", "method"),
        ("data: [{set: generated}]\nheld_out: 0\npatience: 2", "patience needs held_out"),
        ("data: [{weight: 1}]", "needs `set`"),
        ("data: [{set: generated, weight: 0}]", "weight"),
    ],
)
def test_bad_configurations_are_one_line(text: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "c.yaml"
    file.write_text(text)
    with pytest.raises(InputError, match=message) as caught:
        read_config(file)
    assert "\n" not in str(caught.value)


def test_configuration_hash_is_of_its_meaning() -> None:
    data = (Source(set="generated"),)
    assert TrainConfig(data=data).sha256 == TrainConfig(data=data, base="smollm2-135m").sha256
    assert TrainConfig(data=data).sha256 != TrainConfig(data=data, seed=1).sha256
    with pytest.raises(ValidationError):
        TrainConfig(data=data, epochs=0)
