"""What single dimensions must see, one case each."""

from fractions import Fraction

import pytest
from studysmith.metrics.dimensions import BUILT_IN, PlanView
from studysmith.metrics.dimensions.answers import arithmetic, check_answer, wrong_claims
from studysmith.metrics.dimensions.facts import copied_share, resolve
from studysmith.metrics.dimensions.fluent import no_loops, reading_grade, sentence_form, spelling, word_order
from studysmith.metrics.dimensions.text import clause_heads, sentences, stem
from studysmith.metrics.validity.cases import expert_cases
from studysmith.programs.curriculum import curriculum
from studysmith.programs.plan import Activity

SOURCE = curriculum()


@pytest.fixture
def case():
    return max(expert_cases()[:30], key=lambda c: len(c.plan.sessions))


def score(name, plan, profile):
    return BUILT_IN[name].assess(PlanView(plan, profile, SOURCE)).score


def changed(case, edit):
    plan = case.plan.model_copy(deep=True)
    edit(plan)
    return plan


# --- reading ----------------------------------------------------------------------------------------------------------


def test_words_are_joined_by_their_stems():
    assert stem("swimming") == stem("swim")
    assert stem("fractions") == stem("fraction")
    assert stem("baking") == stem("bake")
    assert stem("class") != stem("clas") or stem("class") == "class"


def test_imperatives_are_found_at_the_heads_of_clauses():
    heads = clause_heads("Before you start, draw a line, then mark its end and label it.")
    assert {"draw", "mark", "label"} <= set(heads)
    assert sentences("One. Two! Three?") == ("One.", "Two!", "Three?")


# --- fluent -----------------------------------------------------------------------------------------------------------

GOOD = "Draw two piles of coins, then explain to a friend which of them is worth more."


def test_order_tells_a_sentence_from_its_words_shuffled():
    salad = "Of then more two a worth friend explain coins which draw to is piles them of."
    assert word_order(GOOD, SOURCE) > 0.8
    assert word_order(salad, SOURCE) < word_order(GOOD, SOURCE) - 0.4


def test_loops_fragments_and_noise_are_told_apart():
    assert no_loops(GOOD) == 1
    assert no_loops("Learn the sum, the sum, the sum, the sum, the sum.") < 0.2
    assert sentence_form(GOOD) == 1
    assert sentence_form("slope, intercept, graph, draw") < 0.2
    assert spelling("Draw ipsqzxk wvrtn xkcdq gzzhj", SOURCE) == 0
    assert spelling(GOOD, SOURCE) == 1


def test_subject_words_do_not_raise_the_reading_grade():
    plain = reading_grade("You find the slope of a line.", SOURCE)
    assert reading_grade("You find the derivative of a function.", SOURCE) < plain + 5
    assert (
        reading_grade("Epistemological contextualization necessitates institutional reconceptualization.", SOURCE) > 20
    )


# --- grounded ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("3/4 + 1/8", Fraction(7, 8)),
        ("2(3 + 4)", 14),
        ("2^3 - 1", 7),
        ("-5 + 2.5", Fraction(-5, 2)),
        ("9**9**9**9", None),
        ("1/0", None),
        ("__import__('os')", None),
        ("", None),
        ("(" * 200, None),
    ],
)
def test_arithmetic_is_exact_and_harmless(expression, value):
    assert arithmetic(expression) == value


def test_false_statements_are_found_and_equations_are_not_taken_for_them():
    assert wrong_claims("So 3/4 + 1/8 = 7/8, and 2 + 2 = 5.") == ("2 + 2 = 5",)
    # A zero behind the point counts, and a bracket goes on with what stands before it.
    assert arithmetic("2*0.0548") == Fraction(274, 2500)
    assert wrong_claims("2*0.0548 = 0.1096, and 3 + 8*(-1) = 5*(-1).") == ()
    assert wrong_claims("Solve x + 2 = 5, or 2x = 6, with f(2) = 4 and n = 3.") == ()


def test_answers_are_looked_up_first_then_calculated():
    concept = SOURCE["slope"]
    exercise = concept.practice[0]
    assert check_answer(exercise.task, exercise.answer, {}, SOURCE) is True
    assert check_answer(exercise.task, exercise.wrong, {}, SOURCE) is False
    assert check_answer("What is 3/4 + 1/8?", "7/8", {}, SOURCE) is True
    assert check_answer("What is 3/4 + 1/8?", "4/12", {}, SOURCE) is False
    assert check_answer("Solve x^2 = 4 for x.", "x = 2 or x = -2", {}, SOURCE) is True
    assert check_answer("Why is the sky blue?", "42", {}, SOURCE) is None
    assert check_answer("My own problem", "7", {"my own problem": "7"}, SOURCE) is True


def test_the_share_that_could_be_checked_is_reported(case):
    evidence = BUILT_IN["grounded"].assess(PlanView(case.plan, case.profile, SOURCE)).evidence
    assert any("could be checked (100%)" in finding.rule for finding in evidence)


def test_concepts_are_known_by_id_name_and_alias():
    assert resolve("slope", SOURCE) == resolve(SOURCE["slope"].aliases[0].upper(), SOURCE) == "slope"
    assert resolve(SOURCE["u-substitution"].name, SOURCE) == "u-substitution"
    assert resolve("hyperslope", SOURCE) is None


# --- personalized -----------------------------------------------------------------------------------------------------


def test_the_same_plan_is_worth_less_for_somebody_else(case):
    other = next(c for c in expert_cases() if not set(c.profile.interests) & set(case.profile.interests))
    assert score("personalized", case.plan, case.profile) > score("personalized", case.plan, other.profile) + 0.2


def with_words(case, activity, reason):
    def edit(plan):
        for session in plan.sessions:
            session.rationale = reason
            for a in session.activities:
                if a.kind in ("study", "review"):
                    a.text = activity

    return changed(case, edit)


def test_an_echo_of_the_request_is_no_evidence():
    case = next(c for c in expert_cases() if c.profile.interests == ["baking"])
    sentence = "The dough of every recipe that you bake shows you where the wrong denominator came from."
    told = case.profile.model_copy(update={"text": f"I like baking. {sentence}"})
    plan = with_words(case, "Write it down and check it with a friend.", sentence)
    assert score("personalized", plan, told) < score("personalized", plan, case.profile) - 0.05


def test_naming_every_interest_is_no_evidence():
    case = next(c for c in expert_cases() if c.profile.interests == ["baking"])
    own = "Bake a cake, cut it into equal slices, and write each slice as a part of the whole."
    every = (
        "For those who like chess, dogs, cars, music, soccer or baking, cut it into slices and write each slice down."
    )
    one, all_of_them = (with_words(case, text, "It helps to see it in a new place.") for text in (own, every))
    assert score("personalized", one, case.profile) > score("personalized", all_of_them, case.profile) + 0.05


def test_copied_curriculum_text_is_no_instruction(case):
    steps = SOURCE[case.profile.topics[0]].steps
    assert copied_share(steps[0], SOURCE) == 1
    copied = with_words(case, steps[0], steps[-1])
    assert score("detailed", copied, case.profile) < 0.3


# --- feasible and hierarchical ----------------------------------------------------------------------------------------


def test_feasible_reads_numbers_only(case):
    def reword(plan):
        for session in plan.sessions:
            session.title = session.rationale = "x"
            session.activities = [Activity(kind="study", text="x", minutes=session.minutes)]

    assert score("feasible", changed(case, reword), case.profile) == pytest.approx(
        score("feasible", case.plan, case.profile)
    )


def test_a_deadline_that_is_missed_costs(case):
    def late(plan):
        for session in plan.sessions:
            session.day += 40

    soon = case.profile.model_copy(update={"deadline": case.plan.start})
    assert score("feasible", changed(case, late), soon) < score("feasible", case.plan, case.profile) - 0.1


def test_a_long_session_with_a_break_costs_nothing_and_a_crammed_day_does(case):
    def divide(plan):
        for session in plan.sessions:
            session.activities = [Activity(kind="study", text="x", minutes=55)]
        for week in plan.weeks:
            week.sessions = [half for session in week.sessions for half in (session, session.model_copy(deep=True))]

    def cram(plan):
        divide(plan)
        for session in plan.sessions:
            session.day = 7 * (session.day // 7)

    each = len(case.plan.weeks[0].sessions)
    asked = case.profile.model_copy(update={"minutes_per_week": 120 * each, "sessions_per_week": each})
    with_breaks = score("feasible", changed(case, divide), asked)
    assert with_breaks > 0.9
    assert score("feasible", changed(case, cram), asked) < with_breaks - 0.03


def test_weeks_out_of_order_cost_on_the_page_but_not_in_the_calendar():
    from studysmith.metrics.validity.cases import generated_cases

    case = next(c for c in generated_cases() if len(c.plan.weeks) >= 3)

    def reverse(plan):
        weeks = iter(plan.weeks[::-1])
        for phase in plan.phases:
            phase.weeks = [next(weeks) for _ in phase.weeks]

    worse = changed(case, reverse)
    assert score("hierarchical", worse, case.profile) < score("hierarchical", case.plan, case.profile) - 0.1
    assert score("grounded", worse, case.profile) == pytest.approx(score("grounded", case.plan, case.profile))
