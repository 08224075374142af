"""The tests of the rubric, run on a part of the plans so that they stay quick; the command runs them on all."""

from collections import Counter

import pytest
from studysmith.metrics.rubric import Rubric
from studysmith.metrics.validity.cases import default_cases, expert_cases, generated_cases
from studysmith.metrics.validity.corruption import STRENGTHS, Case, Corruption
from studysmith.metrics.validity.figure import heat_map
from studysmith.metrics.validity.gaming import limits, run_attacks
from studysmith.metrics.validity.honesty import is_honest
from studysmith.metrics.validity.registry import ATTACKS, REGISTRY
from studysmith.metrics.validity.suite import run_chains, summarize
from studysmith.metrics.validity.validate import DRIFT, validate
from studysmith.programs.plan import StudyPlan

RUBRIC = Rubric.load()


@pytest.fixture(scope="module")
def cases():
    return [*expert_cases()[::9], *generated_cases()[:6]]


@pytest.fixture(scope="module")
def report(cases):
    return validate(RUBRIC, cases)


def test_there_are_enough_corruptions_and_attacks():
    per_dimension = Counter(c.target for c in REGISTRY)
    assert set(per_dimension) == set(RUBRIC.spec.dimensions)
    assert min(per_dimension.values()) >= 4
    assert len(ATTACKS) >= 15
    assert len({a.name for a in ATTACKS}) == len(ATTACKS)


def test_every_dimension_notices_what_is_aimed_at_it_and_little_else(report):
    for name, d in report.validity.dimensions.items():
        assert d.chains >= 40, name
        assert d.detection_full.mean >= 0.93, name
        assert d.detection_light.mean >= 0.80, name
        assert d.monotone.mean >= 0.92, name
        assert d.drift <= DRIFT, (name, d.drift_in)
        assert d.detection_full.low <= d.detection_full.mean <= d.detection_full.high


def test_every_attack_stays_below_experts_and_honest_baseline_plans():
    reports = run_attacks(RUBRIC, expert_cases()[::9], generated_cases())
    assert {r.name for r in reports} == {a.name for a in ATTACKS}
    assert [r for r in reports if not r.lost] == []


def test_expert_plans_are_better_than_what_the_untuned_model_writes():
    experts = [RUBRIC.score(c.plan, c.profile).overall for c in expert_cases()[::5]]
    generated = [RUBRIC.score(c.plan, c.profile).overall for c in generated_cases()]
    assert sorted(experts)[len(experts) // 10] > sorted(generated)[len(generated) // 2]


def test_the_report_is_the_documented_json(report):
    data = report.to_json()
    assert set(data["dimensions"]) == set(RUBRIC.spec.dimensions)
    assert {"detection_full", "detection_light", "monotone", "drift"} <= set(data["dimensions"]["fluent"])
    assert {"name", "overall", "limit"} <= set(data["attacks"][0])
    assert data["plans_per_second"] > 0
    assert data["missed"] == report.missed()


def test_a_dimension_that_notices_nothing_is_reported(cases, tmp_path):
    """The suite must be able to fail: a constant check in the place of a dimension misses its bars."""
    (tmp_path / "blind.py").write_text("def blind(plan, profile):\n    return 0.5\n")
    text = "".join(
        f'[dimensions.{name}]\nweight = {0.5}\nlow = 0.1\nhigh = 0.9\ncheck = "blind.py:blind"\n'
        for name in ("fluent", "grounded")
    )
    (tmp_path / "rubric.toml").write_text(text)
    missed = validate(Rubric.load(tmp_path / "rubric.toml"), cases[:6]).missed()
    assert any(line.startswith("fluent: detection at full strength is 0.000") for line in missed)
    assert any(line.startswith("attack ") for line in missed)


def test_a_dimension_that_moves_with_everything_is_reported(cases):
    """Specificity: a corruption that truly changes the words must show as drift where it was not aimed."""

    def silence(plan: StudyPlan, context) -> bool:
        for session in plan.sessions:
            session.rationale = ""
            for activity in session.activities:
                activity.text = "-"
        return True

    chains = run_chains(RUBRIC, cases[:4], [Corruption("silence", "feasible", silence)])
    assert summarize(RUBRIC, chains).dimensions["feasible"].drift > DRIFT


@pytest.mark.parametrize("corruption", REGISTRY, ids=lambda c: c.name)
def test_corruptions_copy_nest_and_repeat(corruption, cases):
    """The plan itself is never changed, the same corruption twice is the same, and more strength changes more."""
    for number, case in enumerate(cases[:8]):
        before = case.plan.model_dump_json()
        plans = [corruption.apply(case, s, cases, number) for s in STRENGTHS]
        assert case.plan.model_dump_json() == before
        if plans[0] is None:
            assert plans == [None] * len(STRENGTHS)
            continue
        assert plans[-1] == corruption.apply(case, 1.0, cases, number)
        assert plans[-1] != case.plan
        StudyPlan.model_validate(plans[-1].model_dump())


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda a: a.name)
def test_attacks_are_valid_plans_for_any_profile(attack, cases):
    for number, case in enumerate(cases[:3]):
        plan = attack.plan(case, cases, number)
        StudyPlan.model_validate(plan.model_dump())
        bare = case.profile.model_copy(update={"interests": [], "preferences": [], "topics": [], "text": ""})
        assert attack.plan(Case(case.plan, bare), cases, number) is not None


def test_without_honest_baseline_plans_the_experts_are_the_only_bar(cases):
    experts = [c for c in cases if c.writer == "expert"]
    bars = limits(RUBRIC, experts, [])
    assert bars.baseline is None
    reports = run_attacks(RUBRIC, experts, [], ATTACKS[:2])
    assert {r.bar for r in reports} == {"experts"}
    with pytest.raises(ValueError, match="at least 4 expert plans"):
        limits(RUBRIC, experts[:2], [])


def test_loops_and_copies_are_not_honest():
    case = expert_cases()[0]
    assert is_honest(case)
    junk = case.plan.model_copy(deep=True)
    for session in junk.sessions:
        session.rationale = "again and again and again and again and again and again and again."
        for activity in session.activities:
            activity.text = session.objective
    assert not is_honest(Case(junk, case.profile))


def test_the_default_cases_hold_experts_and_the_model():
    assert {c.writer for c in default_cases(8)} == {"expert", "generated"}


def test_the_heat_map_is_drawn(report, tmp_path):
    for by_corruption in (False, True):
        file = tmp_path / f"{by_corruption}.png"
        heat_map(report.validity, by_corruption=by_corruption).savefig(file)
        assert file.stat().st_size > 10_000
