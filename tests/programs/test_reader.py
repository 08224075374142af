"""Reading requests as a program: the score, the rules as a baseline, the program that ships."""

from __future__ import annotations

import dspy
import pytest
from studysmith.deploy.bundle.freeze import freeze, run_live
from studysmith.deploy.bundle.frozen import FrozenProgram
from studysmith.deploy.engines.llamacpp import LlamaCppEngine
from studysmith.deploy.planner import READER
from studysmith.programs.demonstrations import demonstrations_of
from studysmith.programs.planner import StudyPlanner
from studysmith.programs.reader import RequestReader, RulesReader, counts, f1, rules_pairs, slot_f1
from studysmith.programs.request.spoken import STEP, pairs_of, places
from studysmith.programs.synthetic_learners import SIZES, learners
from studysmith.programs.verbatim import runs

TEXT = "I'm in Grade 8 and I keep getting stuck on slope. I love chess. I have 3 weeks. maybe 30 min, 2 times a week."


def test_case_white_space_and_outer_punctuation_do_not_count() -> None:
    assert counts([("topic", "Slope of  a line")], [("topic", "slope of a line.")]) == [1, 1, 1]
    assert counts([("topic", "slope")], [("struggle", "slope")]) == [0, 1, 1]


def test_words_that_overlap_and_differ_are_two_errors() -> None:
    assert counts([("topic", "slope")], [("topic", "slope of a line")]) == [0, 1, 1]
    assert f1(0, 1, 1) == 0


def test_the_score_is_f1_over_all_slots_of_a_request() -> None:
    example = dspy.Example(request="x", spans=[["topic", "slope"], ["interest", "chess"]]).with_inputs("request")
    right = dspy.Prediction(spans=[("interest", "chess"), ("topic", "slope")])
    half = dspy.Prediction(spans=[("topic", "slope"), ("topic", "slope"), ("goal", "pass")])
    assert slot_f1(example, right) == 1
    assert slot_f1(example, half) == pytest.approx(0.5)
    assert slot_f1(example, dspy.Prediction()) == 0
    assert slot_f1(example, right, trace=[]) is True
    assert slot_f1(example, half, trace=[]) is False
    assert f1(0, 0, 0) == 1


def test_one_slot_can_be_counted_alone() -> None:
    assert counts([("topic", "a"), ("goal", "b")], [("topic", "a"), ("goal", "c")], "topic") == [1, 1, 1]
    assert counts([("topic", "a")], [("goal", "c")], "goal") == [0, 0, 1]


def test_the_rules_read_a_tidy_request_whole() -> None:
    assert rules_pairs(TEXT) == RulesReader()(request=TEXT).spans
    assert {
        ("course", "Grade 8"),
        ("topic", "slope"),
        ("interest", "chess"),
        ("duration", "3 weeks"),
        ("rhythm", "30 min"),
        ("rhythm", "2 times a week"),
    } == set(rules_pairs(TEXT))


def test_the_spans_of_synthetic_learners_are_their_profiles() -> None:
    for learner in (x for split in SIZES for x in learners(split)):
        text, truth = learner.given.text, learner.truth
        said = pairs_of(text, learner.spans)
        assert "[" not in text
        assert all(text[s.start : s.end].strip() for s in learner.spans)
        of = {slot: [words.lower() for name, words in said if name == slot] for slot, _ in said}
        assert of["course"] == [truth.course.lower()]
        assert of["interest"] == [x.lower() for x in truth.interests]
        assert of.get("preference", []) == [x.lower() for x in truth.preferences]
        assert of.get("goal", []) == [truth.goal.lower()] * bool(truth.goal)
        assert len(of["topic"]) == 1
        assert str(truth.weeks) in of["duration"][0]
        assert ("audience" in of) == (truth.audience == "teacher")
        # The grammar lets a reply say all of it.
        assert {words for _, words in said} <= set(runs(text))
        # A reply that marks all of this is found in the text again, at the same places.
        assert places(text, said) == sorted(learner.spans, key=lambda span: span.start)


def test_the_program_that_ships_is_the_reader_as_it_is() -> None:
    assert FrozenProgram.load(READER) == freeze(RequestReader())


def test_a_planner_that_reads_by_a_model_has_the_readers_step() -> None:
    assert STEP not in freeze(StudyPlanner()).steps
    assert freeze(StudyPlanner(reading="model")).steps[STEP] == freeze(RequestReader()).steps[STEP]


@pytest.mark.model
def test_the_embedded_model_marks_only_words_of_the_request(engine: LlamaCppEngine) -> None:
    reader = RequestReader()
    reader.read_request.demos = demonstrations_of(STEP)[5:7]
    spans = freeze(reader).run(engine, {"request": TEXT})["spans"]
    assert spans
    assert all(words in TEXT for _, words in spans)
    assert run_live(reader, engine, {"request": TEXT}) == {"spans": spans}
