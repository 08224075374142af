"""The MaE benchmark: its protocol on the real data, its parts on small cases."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from studysmith.programs.errors import InputError
from studysmith.programs.learner import Attempt

from benchmarks.mae.benchmark import (
    PUBLISHED,
    WrongAnswer,
    examples_from,
    load_mae,
    macro,
    mae_benchmark,
    packaged_encoder,
    rank_misconceptions,
)
from benchmarks.mae.match import ridge_scores
from benchmarks.mae.views import arithmetic

DATA = Path(os.environ.get("STUDYSMITH_DATA", "data")) / "mae" / "data.json"
needs_data = pytest.mark.skipif(not DATA.is_file(), reason="set STUDYSMITH_DATA to a folder that holds mae/data.json")


def attempt(problem: str, answer: str, correct_answer: str) -> Attempt:
    return Attempt(problem=problem, answer=answer, correct_answer=correct_answer)


@pytest.mark.parametrize(
    ("mistake", "token"),
    [
        (attempt("4/5 + 2/3 =", "4/5 + 2/3 = 6/8", "22/15"), "w0/2=q0+q2"),
        (attempt("4/5 + 2/3 =", "4/5 + 2/3 = 6/8", "22/15"), "w1/2=q1+q3"),
        (attempt("Find 3/4 of 8", "8 * .75 = .6", "6"), "power of ten -1"),
        (attempt("-8 + 6 =", "2", "-2"), "opposite"),
        (attempt("2/5 ÷ 1/3 =", "5/6", "6/5"), "reciprocal"),
        (attempt("3 2/5 - 1", "2 4/5", "2 2/5"), "answer has mixed"),
        (attempt("5 + 6", "1", "11"), "w0/1=q1-q0"),
    ],
)
def test_arithmetic_sees_where_a_wrong_number_comes_from(mistake: Attempt, token: str) -> None:
    assert token in arithmetic(mistake)


@pytest.mark.parametrize("text", ["", "=", "[Image]", "1/0", "-", "½", "x" * 200, "9" * 200, "0.", "\n\n", "$"])
def test_no_answer_text_breaks_the_views(text: str) -> None:
    assert isinstance(arithmetic(attempt(text or "?", text or "?", text or "?")), list)


def test_ridge_scores_point_to_the_likeliest_label() -> None:
    train = np.array([[1.0, 0.8, 0.0], [0.8, 1.0, 0.1], [0.0, 0.1, 1.0]])
    scores = ridge_scores(train, np.array([[0.7, 0.7, 0.0], [0.0, 0.0, 0.9]]), [0, 0, 1], 2, 0.1)
    assert scores.argmax(axis=1).tolist() == [0, 1]
    assert np.allclose(scores.sum(axis=1), 1)


def test_macro_counts_a_label_that_is_never_named_as_precision_0() -> None:
    assert macro(["a", "a", "b", "b"], ["a", "a", "a", "a"]) == (0.25, 0.5)
    assert macro(["a", "b"], ["a", "b"]) == (1.0, 1.0)


@pytest.mark.parametrize("rows", [[{"Question": "1+1"}], [3], []])
def test_a_table_without_the_columns_is_refused_in_one_line(rows: list[object]) -> None:
    with pytest.raises(InputError, match="source") as error:
        examples_from(rows)
    assert "\n" not in str(error.value)


def test_missing_or_broken_data_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no MaE data"):
        load_mae(tmp_path)
    (tmp_path / "data.json").write_text("{")
    with pytest.raises(InputError, match="not JSON"):
        load_mae(tmp_path)


@needs_data
def test_the_published_table_is_read_whole() -> None:
    examples = load_mae()
    assert len(examples) == 220
    assert len({e.label for e in examples}) == 55
    assert sum(e.image_only for e in examples) == 16


@needs_data
def test_a_table_from_datasets_gives_the_same_examples() -> None:
    datasets = pytest.importorskip("datasets")
    assert examples_from(datasets.Dataset.from_list(json.loads(DATA.read_text("utf-8")))) == load_mae()


@needs_data
def test_what_gives_the_label_away_is_not_used() -> None:
    examples = [e for e in load_mae() if e.topic == "Number sense"]
    blinded = [replace(e, misconception="") for e in examples]
    assert rank_misconceptions(blinded, "topic") == rank_misconceptions(examples, "topic")


@needs_data
def test_the_held_out_answers_do_not_depend_on_their_labels() -> None:
    """Labels of the examples asked about are permuted: what is named for them must not move."""
    examples = [e for e in load_mae() if e.topic in ("Number sense", "Algebraic representations")]
    ranked, _ = rank_misconceptions(examples, "all")
    asked = [i for i, e in enumerate(examples) if e.number == 1]
    labels = [examples[i].label for i in asked]
    permuted: list[WrongAnswer] = list(examples)
    for i, label in zip(asked, labels[1:] + labels[:1], strict=True):
        permuted[i] = replace(examples[i], label=label)
    again, _ = rank_misconceptions(permuted, "all")
    assert [again[i] for i in asked] == [ranked[i] for i in asked]


@needs_data
@pytest.mark.model
def test_the_benchmark_beats_the_published_numbers_over_all_and_is_repeatable() -> None:
    report = mae_benchmark(load_mae(), resamples=200)
    assert report.all_misconceptions.precision > PUBLISHED["all"][0]
    assert report.all_misconceptions.recall > PUBLISHED["all"][1]
    assert report.within_topic.recall > report.all_misconceptions.recall
    low, high = report.all_misconceptions.recall_interval
    assert low < report.all_misconceptions.recall < high
    assert report == mae_benchmark(load_mae(), resamples=200)
    printed = json.loads(report.to_json())
    assert {"all", "topic", "n"} <= printed.keys()
    assert {"precision", "recall"} <= printed["all"].keys()


@pytest.mark.model
def test_the_packaged_encoder_gives_unit_vectors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    encode = packaged_encoder()
    if encode is None:
        pytest.skip("install the extra 'embedded' for the sentence encoder")
    vectors = encode(["a fraction", "half of a pizza"])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
