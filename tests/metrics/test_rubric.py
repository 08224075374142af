"""The rubric file, the score, and its use as a DSPy metric."""

import ast
import json
import os
import re
import subprocess
import sys
from types import SimpleNamespace

import pytest
from studysmith.metrics.dimensions import BUILT_IN
from studysmith.metrics.rubric import DEFAULT, Rubric, RubricError, Scorecard, plan_metric
from studysmith.metrics.validity.cases import expert_cases
from studysmith.programs.learner import LearnerProfile
from studysmith.programs.plan import Activity, Phase, Session, StudyPlan, Week

RUBRIC = Rubric.load()


@pytest.fixture(scope="module")
def case():
    return max(expert_cases()[:20], key=lambda c: len(c.plan.sessions))


def rubric_from(tmp_path, change):
    file = tmp_path / "rubric.toml"
    file.write_text(change(DEFAULT.read_text("utf-8")), "utf-8")
    return Rubric.load(file)


def test_every_dimension_has_a_score_a_level_and_evidence(case):
    card = RUBRIC.score(case.plan, case.profile)
    assert set(card.dimensions) == set(BUILT_IN)
    for name, score in card.dimensions.items():
        spec = RUBRIC.spec.dimensions[name]
        assert 0 <= score.score <= 1
        assert score.level == (-1 if score.score < spec.low else 1 if score.score >= spec.high else 0)
        if score.score < 0.95:
            assert any(finding.effect < 0 for finding in score.evidence), name


def test_the_scorecard_is_the_documented_json(case):
    data = json.loads(RUBRIC.score(case.plan, case.profile).model_dump_json())
    assert set(data) == {"overall", "dimensions"}
    assert set(data["dimensions"]["fluent"]) == {"score", "level", "evidence"}
    assert Scorecard.model_validate(data).overall == data["overall"]


def test_effects_of_the_evidence_account_for_what_is_lost(case):
    for score in RUBRIC.score(case.plan, case.profile).dimensions.values():
        lost = sum(finding.effect for finding in score.evidence)
        # Findings below half a point are not listed, so the account may fall short, but never say more than was lost.
        assert score.score - 1 - 0.001 <= lost <= min(0.0, score.score - 1 + 0.15)


def test_scores_do_not_depend_on_the_order_of_sets():
    """Hash randomization changes the order of sets from process to process; scores must not notice."""
    # Another process builds only the plans that it scores: all experts' plans take ten times as long.
    code = (
        "from studysmith.metrics.rubric import Rubric\n"
        "from studysmith.metrics.validity.cases import expert_case\n"
        "from studysmith.programs.demonstrations import demonstrations\n"
        "r, cases = Rubric.load(), map(expert_case, demonstrations()[:12])\n"
        "print([hash('a'), [r.score(c.plan, c.profile).model_dump_json() for c in cases]])"
    )
    seed = "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    said = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    other_hash, other_scores = ast.literal_eval(said.stdout)
    assert other_hash != hash("a")
    assert other_scores == [RUBRIC.score(c.plan, c.profile).model_dump_json() for c in expert_cases()[:12]]


def test_a_weight_changes_only_the_overall_score(case, tmp_path):
    def heavier(text):
        text = text.replace("[dimensions.personalized]\nweight = 0.16", "[dimensions.personalized]\nweight = 0.24")
        return text.replace("[dimensions.hierarchical]\nweight = 0.08", "[dimensions.hierarchical]\nweight = 0.00")

    before = RUBRIC.score(case.plan, case.profile)
    after = rubric_from(tmp_path, heavier).score(case.plan, case.profile)
    assert after.dimensions == before.dimensions
    assert after.overall < before.overall  # the weaker dimension counts more now


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("weight = 0.16", "weight = 0.90", "weight"),
        ("[dimensions.hierarchical]", "[dimensions.flowing]", "dimensions.flowing"),
        ("low = 0.25", "low = 1.50", "dimensions.personalized.low"),
        ("low = 0.25", "low = 0.95", "dimensions.personalized"),
        ("low = 0.25", 'low = "much"', "dimensions.personalized.low"),
        ("low = 0.25", "lowest = 0.25", "dimensions.personalized"),
        ("floor = 0.05", "floor = 0", "overall.floor"),
        ("[overall]", "[total]", "total"),
        ("[overall]", "[overall", "TOML"),
        ("weight = 0.16", 'weight = 0.16\ncheck = "nowhere.py:f"', "dimensions.personalized.check"),
    ],
)
def test_a_broken_rubric_file_is_one_line_that_names_the_key(tmp_path, old, new, key):
    assert old in DEFAULT.read_text("utf-8")
    with pytest.raises(RubricError) as caught:
        rubric_from(tmp_path, lambda text: text.replace(old, new, 1))
    assert key in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_one_line(tmp_path):
    with pytest.raises(RubricError, match="cannot be read"):
        Rubric.load(tmp_path / "none.toml")


OWN = """
[dimensions.short]
weight = 1.0
low = 0.2
high = 0.8
check = "mine.py:short"
"""


def test_a_python_function_becomes_a_dimension(case, tmp_path):
    (tmp_path / "mine.py").write_text("def short(plan, profile):\n    return 1.0 if len(plan.sessions) < 3 else 0.5\n")
    (tmp_path / "rubric.toml").write_text(OWN)
    card = Rubric.load(tmp_path / "rubric.toml").score(case.plan, case.profile)
    assert card.dimensions["short"].score == (1.0 if len(case.plan.sessions) < 3 else 0.5)


def test_a_function_that_returns_nonsense_is_named(case, tmp_path):
    (tmp_path / "mine.py").write_text("def short(plan, profile):\n    return 'good'\n")
    (tmp_path / "rubric.toml").write_text(OWN)
    with pytest.raises(RubricError, match=re.escape("dimensions.short.check")):
        Rubric.load(tmp_path / "rubric.toml").score(case.plan, case.profile)


def test_the_metric_is_a_number_and_while_bootstrapping_a_decision(case):
    metric = plan_metric(RUBRIC)
    example, good = SimpleNamespace(profile=case.profile), SimpleNamespace(plan=case.plan)
    score = metric(example, good)
    assert isinstance(score, float)
    assert score == RUBRIC.score(case.plan, case.profile).overall
    assert metric(example, good, trace=[]) is True
    empty = SimpleNamespace(plan=StudyPlan(title="Nothing"))
    assert metric(example, empty) == 0
    assert metric(example, empty, trace=[]) is False
    assert metric(example, SimpleNamespace()) == 0


def test_a_plan_without_sessions_is_worth_nothing(case):
    card = RUBRIC.score(StudyPlan(title="Nothing"), case.profile)
    assert card.overall == 0
    assert all(score.score == 0 for score in card.dimensions.values())


def test_five_hundred_sessions_are_scored():
    sessions = [
        Session(
            title="Slope",
            concept="slope",
            objective="Find the slope of a line.",
            activities=[Activity(kind="study", text=f"Draw line {n} and mark its rise and run.", minutes=10)],
            rationale="You mixed up rise and run.",
            day=n,
        )
        for n in range(500)
    ]
    plan = StudyPlan(
        title="Long",
        phases=[Phase(title="All", objective="Find slopes.", weeks=[Week(number=1, title="One", sessions=sessions)])],
    )
    card = RUBRIC.score(plan, LearnerProfile(topics=["slope"], weeks=2, minutes_per_week=60))
    assert 0 < card.overall < 0.5
    assert card.dimensions["feasible"].level == -1
