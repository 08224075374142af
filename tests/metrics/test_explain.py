"""Scorecards for people."""

from io import StringIO

from rich.console import Console
from studysmith.metrics.explain import MEND, compare_table, differences, reasons, score_table, weaknesses
from studysmith.metrics.rubric import Rubric
from studysmith.metrics.validity.cases import expert_cases, generated_cases
from studysmith.programs.learner import LearnerProfile

RUBRIC = Rubric.load()


def printed(table) -> str:
    out = StringIO()
    Console(file=out, width=200, color_system=None).print(table)
    return out.getvalue()


def test_a_score_names_every_dimension_and_the_reasons_for_what_is_lost():
    case = generated_cases()[0]
    card = RUBRIC.score(case.plan, case.profile)
    text = printed(score_table(card, RUBRIC))
    assert f"Overall {100 * card.overall:.0f} of 100" in text
    for name in card.dimensions:
        assert RUBRIC.spec.dimensions[name].description.split(":")[0] in text
    assert reasons(card.dimensions["personalized"])[0].split("(")[0].split("enough: ")[1].strip() in text


def test_reasons_of_one_rule_are_joined_and_the_costliest_comes_first():
    case = generated_cases()[0]
    for score in RUBRIC.score(case.plan, case.profile).dimensions.values():
        lines = reasons(score, limit=10)
        rules = [line.split("enough: ")[1].split(" (")[0] for line in lines]
        assert len(rules) == len(set(rules))
        costs = [int(line.split()[0]) for line in lines]
        assert costs == sorted(costs)


def test_a_comparison_says_who_is_better_and_why():
    expert = expert_cases()[3]
    worse = expert.plan.model_copy(deep=True, update={"adaptations": []})
    good, bad = RUBRIC.score(expert.plan, expert.profile), RUBRIC.score(worse, expert.profile)
    lines = differences(good.dimensions["adaptable"], bad.dimensions["adaptable"], ("mine", "yours"))
    assert lines
    assert all(line.startswith("mine is better") for line in lines)
    text = printed(compare_table(good, bad, RUBRIC, ("mine", "yours")))
    assert "mine is better" in text
    # What differs most stands first.
    assert text.index("Adaptable") < text.index("Fluent")


def test_brackets_in_a_name_are_text():
    case = expert_cases()[0]
    card = RUBRIC.score(case.plan, case.profile)
    assert "[red]a.json" in printed(compare_table(card, card, RUBRIC, ("[red]a.json", "b.json")))


def test_what_is_weak_is_said_in_words_with_what_to_add_and_without_a_score():
    assert {*MEND, "personalized"} == set(RUBRIC.spec.dimensions)
    weak = next(c.plan for c in generated_cases() if not RUBRIC.accepts(RUBRIC.score(c.plan, c.profile)))
    case = next(c for c in generated_cases() if c.plan is weak)
    plan = weak.model_copy(update={"profile": case.profile.model_copy(update={"errors": [], "interests": ["chess"]})})
    said = weaknesses(plan)
    assert said
    assert not any(word in said for word in ("%", "rubric", "score"))
    plain = plan.model_copy(update={"profile": LearnerProfile(topics=["slope"])})
    assert "what you like" in weaknesses(plain)
    assert weaknesses(plan.model_copy(update={"phases": []})) == ""
