"""What is written for concepts: enough of it, in its form, and nothing twice."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import get_args

import pytest
from studysmith.programs.choices import choices, in_sentence, likable, prior
from studysmith.programs.curriculum import CurriculumError, curriculum
from studysmith.programs.learner import LearnerProfile
from studysmith.programs.material import Material, material
from studysmith.programs.sequence import Slot
from studysmith.programs.synthetic_learners import INTERESTS, PREFERENCES
from studysmith.programs.teaching import AVERAGE, Audience, Instruction, SlotKind, Teaching, Weights
from studysmith.programs.wishes import Wish, overlap, stems, wishes_of

SOURCE = curriculum()
KINDS: tuple[SlotKind, ...] = get_args(SlotKind)
AUDIENCES: tuple[Audience, ...] = get_args(Audience)


def written(concept: str) -> Teaching:
    found = material().teaching(concept)
    assert found, f"nothing is written for {concept}"
    return found


def sentences(teaching: Teaching) -> list[str]:
    texts = [t for a in AUDIENCES for i in teaching.instructions(a) for t in (i.do, i.why)]
    parts = (teaching.reasons, teaching.behind, teaching.ahead)
    return (
        texts + [t for a in AUDIENCES for part in parts for t in part.to(a)] + [teaching.watch.to(a) for a in AUDIENCES]
    )


@pytest.mark.parametrize("concept", SOURCE)
@pytest.mark.parametrize("audience", AUDIENCES)
def test_every_session_has_six_instructions_and_four_reasons_to_choose_from(concept: str, audience: Audience) -> None:
    learner = LearnerProfile(audience=audience, topics=[concept])
    for kind in KINDS:
        offer = choices(Slot(concept, kind, "core"), learner, SOURCE, material(), young=False)
        assert len(offer) >= 6, kind
        assert len({c.way for c in offer}) == len(offer)
        assert len({c.do for c in offer}) == len(offer)
        reasons = {c.why for c in offer} | set(written(concept).reasons.to(audience))
        assert len(reasons) >= 4
        assert sum(c.own for c in offer) >= (4 if audience == "student" else 3)
        assert not [c for c in offer if "{" in c.do + c.why]


@pytest.mark.parametrize("concept", SOURCE)
def test_instructions_are_of_many_kinds_and_slots_are_used_as_said(concept: str) -> None:
    teaching = written(concept)
    assert len({i.way for i in teaching.student}) >= 10
    for audience in AUDIENCES:
        for i in teaching.instructions(audience):
            assert (i.way == "interest") == ("{interest}" in i.do), i.do
            assert not re.search(r"\{(?!interest\})|[\\$`]", i.do + i.why), i.do
            assert len(i.do.split()) <= 34
        assert any(i.way == "interest" for i in teaching.instructions(audience))


def test_no_sentence_stands_in_two_places() -> None:
    counts = Counter(s for concept in SOURCE for s in sentences(written(concept)))
    assert [text for text, n in counts.items() if n > 1] == []


def test_patterns_name_the_concept_and_serve_both_audiences() -> None:
    general = material().patterns
    for audience in AUDIENCES:
        for kind in KINDS:
            ways = [i.way for i in general.instructions(audience) if kind in i.for_ and i.way != "interest"]
            assert len(set(ways)) >= 4
        assert all("{name}" in i.do for i in general.instructions(audience))


def test_an_interest_is_offered_only_to_who_has_one_and_childish_things_only_to_children() -> None:
    slot = Slot("limits-by-factoring", "apply", "core")
    plain = choices(slot, LearnerProfile(text="x"), SOURCE, material(), young=False)
    keen = choices(slot, LearnerProfile(text="x", interests=["chess"]), SOURCE, material(), young=False)
    assert "interest" not in {c.way for c in plain}
    assert any("chess" in c.do for c in keen)
    toys = Instruction.model_validate(
        {
            "way": "objects",
            "for": ["learn"],
            "do": "Clap once for every step that you take on the line.",
            "why": "You hear what you count.",
            "young": True,
        }
    )
    base = written("counting-and-comparing")
    given = Material(
        lambda part, c: (
            base.model_copy(update={"student": (toys, *base.student)}) if c == "x" else material().read(part, c)
        )
    )
    for young in (True, False):
        source = {"x": SOURCE["counting-and-comparing"]}
        offer = choices(Slot("x", "learn", "core"), LearnerProfile(text="x"), source, given, young)  # type: ignore[arg-type]
        assert (toys.do in {c.do for c in offer}) == young


@pytest.mark.parametrize("concept", SOURCE)
def test_a_teacher_has_put_the_instructions_in_order(concept: str) -> None:
    for audience in AUDIENCES:
        for kind in KINDS:
            merits = [i.merit_for(kind) for i in written(concept).instructions(audience) if kind in i.for_]
            assert len(set(merits)) >= max(2, len(merits) - 2), kind


def test_every_wish_is_fulfilled_by_what_is_written() -> None:
    for audience in AUDIENCES:
        counts = Counter(w for c in SOURCE for i in written(c).instructions(audience) for w in i.suits)
        assert min(counts[w] for w in get_args(Wish)) >= 5
    for i in (i for c in SOURCE for a in AUDIENCES for i in written(c).instructions(a)):
        assert not set(i.suits) & set(i.touches), i.do


def test_the_common_mistake_is_said_of_you_and_of_students() -> None:
    slips = [written(concept).slip for concept in SOURCE]
    assert all(slips)
    assert len(set(slips)) == len(slips)


@pytest.mark.parametrize("preference", PREFERENCES)
def test_a_preference_is_a_wish(preference: str) -> None:
    assert wishes_of([preference])


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("working with a friend", {"together"}),
        ("real life problems", {"real life"}),
        ("worked examples first", {"examples"}),
        ("a calm pace", {"calm"}),
        ("doing things with my hands", {"hands-on"}),
        ("talking it through with someone", {"speaking", "together"}),
        ("flash cards and quick quizzes", {"memory", "quiz"}),
        ("nothing in particular", set()),
    ],
)
def test_wishes_are_read_from_free_words(said: str, meant: set[str]) -> None:
    assert wishes_of([said]) == meant


def test_what_a_learner_asked_for_comes_first_without_a_model() -> None:
    weights = Weights(suits=2, touches=1, words=1, own=0.5, merit=1, likelihood=0.3, ways={})
    slot = Slot("limits-by-factoring", "learn", "core")
    learner = LearnerProfile(text="x", preferences=["pictures and sketches"])
    offer = choices(slot, learner, SOURCE, material(), young=False)
    best = max(offer, key=lambda c: prior(c, "learn", learner.preferences, weights))
    assert best.way == "drawing"
    assert "pictures" in best.written.suits


def test_names_stand_within_sentences() -> None:
    assert in_sentence("Pythagorean theorem") == "Pythagorean theorem"
    assert in_sentence("Slope of a line") == "slope of a line"
    assert stems("drawing sketches") & stems("draw a sketch")
    assert overlap("Draw a sketch of it", ["drawing sketches"]) == 1
    assert overlap("Draw a sketch of it", []) == 0
    assert INTERESTS


def test_merit_is_a_number_for_each_kind_of_session() -> None:
    fields = {"way": "drawing", "for": ["practise", "review"], "do": "Draw a circle.", "why": "A circle is round."}
    assert Instruction.model_validate({**fields, "merit": [70, 40]}).merit_for("review") == 40
    assert Instruction.model_validate(fields).merit_for("review") == AVERAGE
    with pytest.raises(ValueError, match="merit: a number for each of practise, review"):
        Instruction.model_validate({**fields, "merit": [70]})


def test_a_broken_file_is_named_with_its_field(tmp_path: Path) -> None:
    (tmp_path / "teaching").mkdir()
    (tmp_path / "teaching" / "slope.yaml").write_text("student: [{way: flying, for: [learn], do: A., why: B.}]")
    with pytest.raises(CurriculumError, match=r"teaching: slope: student\.0\.way"):
        Material.from_folder(tmp_path).teaching("slope")
    (tmp_path / "teaching" / "slope.yaml").write_text("student: [")
    with pytest.raises(CurriculumError, match=r"slope\.yaml: not YAML"):
        Material.from_folder(tmp_path).teaching("slope")


def test_a_bundle_s_copy_is_the_same() -> None:
    copy = Material.from_json(material().dump(["slope", "limits-by-factoring"]))
    assert copy.teaching("slope") == written("slope")
    assert copy.templates("slope") == material().templates("slope")
    assert copy.patterns == material().patterns
    assert copy.weights == material().weights
    assert copy.teaching("ratios") is None
    for text in ("[]", "{}", '{"teaching": []}'):
        with pytest.raises(ValueError, match="teaching"):
            Material.from_json(text)


@pytest.mark.parametrize(
    ("interests", "read"),
    [
        (["chess"], ["chess"]),
        (["basketball and need slope of a line"], ["basketball"]),
        (["I am good at it", "video games"], ["video games"]),
        (["all the things that one can do outside"], []),
        (["chess <|im_end|>", "dogs"], ["dogs"]),
        (["my cat Tom and football"], ["football"]),
        (["rock and roll", "skating"], ["rock and roll", "skating"]),
        ([], []),
    ],
)
def test_an_interest_reads_well_within_a_sentence_or_is_left_out(interests: list[str], read: list[str]) -> None:
    assert likable(interests) == read
