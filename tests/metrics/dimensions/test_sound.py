"""Sense: what is written is known, what is pasted is seen, free text is judged, and nonsense caps style."""

import json
import os
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import mannwhitneyu
from studysmith.metrics.dimensions.sense import FILE, network
from studysmith.metrics.dimensions.sound import activity_value, reason_value
from studysmith.metrics.rubric import Rubric, RubricError, parse_rubric
from studysmith.metrics.sessions import read_sessions, soundness
from studysmith.metrics.statistics import paired_difference
from studysmith.metrics.validity.cases import expert_cases
from studysmith.programs.curriculum import curriculum
from studysmith.programs.errors import InputError
from studysmith.programs.material import material
from studysmith.programs.plan import StudyPlan
from studysmith.programs.synthetic_learners import learners

SOURCE = curriculum()
DATA = Path(os.environ.get("STUDYSMITH_DATA", "data"))
SENSE, PLANS = DATA / "sense" / "sentences.jsonl", DATA / "tuned-plans" / "plans.jsonl"
MARKED = Path(__file__).parents[3] / "benchmarks" / "sound" / "marked.jsonl"
needs_sense = pytest.mark.skipif(not SENSE.is_file(), reason="STUDYSMITH_DATA lacks sense/sentences.jsonl")
needs_plans = pytest.mark.skipif(not PLANS.is_file(), reason="STUDYSMITH_DATA lacks tuned-plans/plans.jsonl")
CONCEPT = "limits-by-factoring"


def pair(way):
    teaching = material().teaching(CONCEPT)
    found = next(i for i in teaching.student if i.way == way)
    return found.do.replace("{interest}", "video games"), found.why.replace("{interest}", "video games")


def test_written_material_is_sound_for_its_concept_and_pasted_elsewhere():
    do, why = pair("table")
    other_do, other_why = pair("interest")
    for a, b in ((do, why), (other_do, other_why)):
        assert activity_value(a, b, CONCEPT, SOURCE) == reason_value(b, [a], CONCEPT, SOURCE) == 1
    assert reason_value(why, [other_do], CONCEPT, SOURCE) == 0
    assert activity_value(do, why, "place-value", SOURCE) == reason_value(why, [do], "place-value", SOURCE) == 0
    general = material().teaching(CONCEPT).reasons.student[0]
    assert reason_value(f"{why} {general}", [do], CONCEPT, SOURCE) == 1


def test_letters_and_what_is_about_nothing_make_no_sense():
    assert activity_value("Simplify xtrpq zzyydx izlekemu, then factor it.", "", CONCEPT, SOURCE) < 0.01
    assert activity_value("Write something nice about your weekend.", "", CONCEPT, SOURCE) < 0.1
    assert reason_value("", [], CONCEPT, SOURCE) < 0.01


def test_the_network_is_small_and_quick():
    assert FILE.stat().st_size < 1_000_000
    assert len(network().known) > 1000
    case = max(expert_cases()[:60], key=lambda c: len(c.plan.sessions))
    rubric = Rubric.load()
    rubric.score(case.plan, case.profile)
    start = time.process_time()
    for session in case.plan.sessions:
        soundness_of = session.rationale + " Again."  # a text that was not read before
        reason_value(soundness_of, [session.activities[0].text], session.concept, SOURCE)
    assert (time.process_time() - start) / len(case.plan.sessions) < 0.025


def test_nonsense_caps_what_style_earns():
    rubric = Rubric.load()
    scores = dict.fromkeys(rubric.spec.dimensions, 1.0)
    assert rubric.overall(scores) == 1
    assert rubric.overall({**scores, "sound": 0.1}) < 0.2
    with pytest.raises(RubricError, match=r"caps.*'absent'"):
        parse_rubric({"dimensions": {"a": {"weight": 1, "low": 0.1, "high": 0.9, "caps": ["absent"]}}})


def test_sessions_are_read_with_the_line_and_the_field_of_what_is_wrong(tmp_path):
    good = {"concept": "Place value", "kind": "Learn", "audience": "student", "activity": "Draw.", "why": "", "x": 1}
    file = tmp_path / "sessions.jsonl"
    file.write_text(json.dumps(good) + "\n\n" + json.dumps({**good, "concept": "place-value"}) + "\n")
    assert [s.concept for s in read_sessions(file)] == ["place-value"] * 2
    assert set(soundness(read_sessions(file)[0])) == {"activity", "why"}
    bad = {"kind": "nap", "concept": "cooking", "activity": 5}
    for key, value in bad.items():
        file.write_text(json.dumps(good) + "\n" + json.dumps({**good, key: value}) + "\n")
        with pytest.raises(InputError, match=f"line 2: {key}"):
            read_sessions(file)
    for text, said in (
        ("{", "line 1: is not JSON"),
        (json.dumps({"kind": "learn"}), "line 1: concept"),
        ("3", "line 1"),
    ):
        file.write_text(text)
        with pytest.raises(InputError, match=said):
            read_sessions(file)
    with pytest.raises(InputError, match="cannot be read"):
        read_sessions(tmp_path / "absent.jsonl")


@needs_sense
def test_sense_is_told_from_nonsense_on_sentences_that_were_read_blind():
    raw = [json.loads(line) for line in SENSE.read_text("utf-8").splitlines()]
    values = [soundness(s) for s in read_sessions(SENSE)]
    for key in ("activity", "why"):
        high = [v[key] for v, r in zip(values, raw, strict=True) if r[f"{key}_mark"] == 2]
        low = [v[key] for v, r in zip(values, raw, strict=True) if r[f"{key}_mark"] == 0]
        assert np.mean([a > b for a in high for b in low]) >= 0.90, key


def test_sense_is_told_from_the_nonsense_of_a_writer_that_was_not_learned_from():
    """Sessions of finely merged LoRA beside the base's and the experts', each marked by two readers."""
    raw = [json.loads(line) for line in MARKED.read_text("utf-8").splitlines()]
    values = [soundness(s) for s in read_sessions(MARKED)]
    for key, least in (("activity", 0.84), ("why", 0.90)):
        for reader in (0, 1):
            high = [v[key] for v, r in zip(values, raw, strict=True) if r["marks"][reader][key] == 2]
            low = [v[key] for v, r in zip(values, raw, strict=True) if r["marks"][reader][key] == 0]
            assert np.mean([a > b for a in high for b in low]) >= least, (key, reader)


@needs_plans
def test_known_groups_stand_in_the_right_order():
    """Experts' weeks above what the untuned model writes freely, and tuning for style no better than not tuning."""
    rubric, truth = Rubric.load(), {learner.id: learner.truth for learner in learners("test")}
    scores = defaultdict(dict)
    for line in PLANS.read_text("utf-8").splitlines():
        record = json.loads(line)
        card = rubric.score(StudyPlan.model_validate(record["plan"]), truth[record["learner"]])
        scores[record["writer"]][record["learner"]] = card.overall
    experts = [rubric.score(c.plan, c.profile).overall for c in expert_cases()[::4]]
    base = scores["baseline-free"]
    for writer in scores.values():
        assert mannwhitneyu(experts, list(writer.values()), alternative="greater").pvalue < 0.001
    for writer in ("soft-free", "text-free"):
        same = sorted(scores[writer].keys() & base.keys())
        difference = paired_difference([scores[writer][k] for k in same], [base[k] for k in same])
        assert difference.interval.mean <= 0.02
        assert difference.interval.mean < 0 or not difference.significant
