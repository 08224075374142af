"""The built-in curriculum: its schema, its graph, and every answer in it."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import networkx as nx
import pytest
from studysmith.programs.answers.checks import evaluate_check
from studysmith.programs.answers.parsing import equivalent, parse_answer
from studysmith.programs.curriculum import DATA, Concept, Curriculum, CurriculumError, curriculum

STRANDS = {
    "1-number-and-geometry": {"number", "fractions", "ratio", "measurement", "geometry", "data"},
    "2-algebra-and-trigonometry": {"algebra", "functions", "trigonometry"},
    "3-calculus-linear-algebra-statistics": {"calculus", "linear-algebra", "probability", "statistics"},
}
CONCEPTS = list(curriculum().values())


def _words(text: str) -> int:
    return len(text.split())


def _repeated(items: list[str]) -> list[str]:
    return [item for item, n in Counter(items).items() if n > 1]


def test_at_least_150_concepts_with_names_of_their_own() -> None:
    assert len(CONCEPTS) >= 150
    assert not _repeated([c.name.casefold() for c in CONCEPTS])
    # A repeated id would vanish in the mapping, so the files themselves are counted.
    ids = [
        i for file in (DATA / "curriculum").glob("*.yaml") for i in re.findall(r"(?m)^- id: (\S+)", file.read_text())
    ]
    assert not _repeated(ids)
    assert len(ids) == len(CONCEPTS)


def test_each_file_holds_its_own_strands() -> None:
    for file in (DATA / "curriculum").glob("*.yaml"):
        strands = set(re.findall(r"(?m)^  strand: (\S+)", file.read_text("utf-8")))
        assert strands == STRANDS[file.stem]


def test_prerequisites_are_direct_and_not_taught_later() -> None:
    concepts = curriculum()
    assert nx.is_directed_acyclic_graph(concepts.graph)
    for concept in concepts.values():
        assert len(concept.prerequisites) <= 4
        for prerequisite in concept.prerequisites:
            assert concepts[prerequisite].level <= concept.level, f"{concept.id} before {prerequisite}"


def test_everything_rests_on_counting() -> None:
    concepts = curriculum()
    assert [c.id for c in CONCEPTS if not c.prerequisites] == ["counting-and-comparing"]
    assert set(nx.descendants(concepts.graph, "counting-and-comparing")) == set(concepts) - {"counting-and-comparing"}


def test_no_task_is_asked_twice() -> None:
    tasks = [re.sub(r"\W+", " ", e.task.casefold()).strip() for c in CONCEPTS for e in c.exercises]
    assert not _repeated(tasks)


def test_an_alias_leads_to_one_concept() -> None:
    assert not _repeated([alias.casefold() for c in CONCEPTS for alias in c.aliases])


@pytest.mark.parametrize("concept", CONCEPTS, ids=lambda c: c.id)
def test_answers_are_right_and_wrong_answers_wrong(concept: Concept) -> None:
    for exercise in concept.exercises:
        computed = evaluate_check(exercise.check)
        assert equivalent(exercise.answer, computed), f"{exercise.answer} is not {computed}"
        assert not equivalent(exercise.wrong, exercise.answer), f"{exercise.wrong} is right"
        assert not equivalent(exercise.wrong, computed), f"{exercise.wrong} is right"
        right, wrong = (_kind(text) for text in (exercise.answer, exercise.wrong))
        assert right == wrong, f"{exercise.answer} is {right}, {exercise.wrong} is {wrong}"


@pytest.mark.parametrize("concept", CONCEPTS, ids=lambda c: c.id)
def test_texts_fit_their_place(concept: Concept) -> None:
    assert 3 <= len(concept.aliases) <= 6
    assert all(alias == alias.strip() and alias for alias in concept.aliases)
    assert not _repeated([alias.casefold() for alias in concept.aliases])
    assert concept.objective[0].isupper()
    assert 6 <= _words(concept.objective) <= 24
    assert 6 <= _words(concept.misconception) <= 26
    assert re.match(r"[A-Z][a-z]+(?:s|es)(?: |$)", concept.misconception), "continues 'The student ...'"
    for sentence in (concept.objective, concept.misconception, *concept.steps):
        assert sentence.endswith((".", "!", "?"))
    assert 2 <= len(concept.steps) <= 5
    assert all(_words(e.task) <= 45 for e in concept.exercises)
    for exercise in concept.exercises:
        assert len(exercise.answer) <= 60
        assert not re.search(r"\bNone\b|\\|\$\$|as shown|the picture|the figure", exercise.task)


def _kind(text: str) -> str:
    """What sort of answer it is; numbers, expressions and infinities are one sort."""
    import sympy

    value = parse_answer(text)
    if isinstance(value, str):
        return "words"
    if isinstance(value, sympy.Eq):
        return "expression" if value.lhs.is_Symbol else "equation"
    if isinstance(value, sympy.MatrixBase):
        return "matrix"
    if isinstance(value, sympy.Interval | sympy.Union) or value.is_Boolean or value.is_Relational:
        return "inequality"
    if isinstance(value, sympy.FiniteSet | sympy.Tuple):
        return "values"
    return "expression"


def test_a_broken_file_is_named_with_its_field(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("- id: a-concept\n  name: A concept\n  strand: number\n  level: 99\n")
    with pytest.raises(CurriculumError, match=r"broken\.yaml: a-concept: level"):
        Curriculum.load(tmp_path)


def test_an_empty_folder_and_an_unknown_concept_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CurriculumError, match="no concepts"):
        Curriculum.load(tmp_path)
    with pytest.raises(CurriculumError, match="unknown concept 'juggling'"):
        curriculum()["juggling"]


def test_cycles_and_unknown_prerequisites_are_refused() -> None:
    first, second = CONCEPTS[0], CONCEPTS[1]
    with pytest.raises(CurriculumError, match="cycle"):
        Curriculum(
            [
                first.model_copy(update={"prerequisites": (second.id,)}),
                second.model_copy(update={"prerequisites": (first.id,)}),
            ]
        )
    with pytest.raises(CurriculumError, match="unknown prerequisite 'juggling'"):
        Curriculum([first.model_copy(update={"prerequisites": ("juggling",)})])


def test_teaching_order_puts_prerequisites_first() -> None:
    concepts = curriculum()
    order = {c: i for i, c in enumerate(concepts.in_order(concepts))}
    assert all(order[p] < order[c.id] for c in CONCEPTS for p in c.prerequisites)
    assert concepts.ancestors("addition-with-regrouping") == concepts.in_order(
        concepts.ancestors("addition-with-regrouping")
    )
    assert "counting-and-comparing" in concepts.ancestors("long-division")
    assert "long-division" not in concepts.ancestors("long-division")
