"""Another curriculum than the built-in one goes the whole way, and nothing on that way opens the built-in one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from studysmith.metrics.dimensions import BUILT_IN
from studysmith.metrics.rubric import Rubric
from studysmith.metrics.validity.corruption import Case
from studysmith.metrics.validity.honesty import is_honest
from studysmith.metrics.validity.registry import ATTACKS, REGISTRY
from studysmith.programs import curriculum as module
from studysmith.programs.curriculum import Concept, Curriculum, Exercise
from studysmith.programs.errors import InputError
from studysmith.programs.flow import plan_study
from studysmith.programs.learner import profile_for
from studysmith.programs.plan import StudyPlan
from studysmith.programs.render import to_markdown
from studysmith.programs.steps import Call

REQUEST = "I am in grade 6 and stuck on the three ball cascade. I have 2 weeks, 40 minutes twice a week. I love music."
TODAY = date(2026, 3, 4)


def _concept(name: str, needs: tuple[str, ...], about: str) -> Concept:
    def exercise(n: int) -> Exercise:
        return Exercise(task=f"How many {about} are caught in {n} rounds?", answer=f"{3 * n}", check="3*n", wrong="1")

    return Concept(
        id=name.lower().replace(" ", "-"),
        name=name,
        strand="juggling",
        level=6,
        prerequisites=needs,
        objective=f"Keep the {about} going for ten rounds.",
        misconception=f"Thinks that the {about} are handed over instead of thrown.",
        steps=(f"Throw the {about} at eye level.", "Catch with the other hand."),
        example=exercise(1),
        practice=(exercise(2), exercise(3)),
    )


SOURCE = Curriculum(
    [
        _concept("One ball throw", (), "high arcs"),
        _concept("Two ball exchange", ("one-ball-throw",), "crossing pairs"),
        _concept("Three ball cascade", ("two-ball-exchange",), "flying triples"),
    ]
)
ERRORS = [
    {"problem": e.task, "answer": e.wrong, "correct_answer": e.answer} for e in SOURCE["two-ball-exchange"].practice
]
PROFILE = profile_for(REQUEST, errors=ERRORS)


@pytest.fixture(autouse=True)
def _built_in_is_closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whoever asks for the built-in curriculum in these tests fails."""

    def closed(*_: Any) -> Curriculum:
        raise AssertionError("the built-in curriculum was opened")

    monkeypatch.setattr(Curriculum, "load", closed)
    module.curriculum.cache_clear()
    with pytest.raises(AssertionError):
        module.curriculum()
    yield
    module.curriculum.cache_clear()


def answer(calls: Sequence[Call]) -> list[dict[str, Any]]:
    """The first of several choices; sentences that name what the call is about."""

    def reply(call: Call) -> dict[str, Any]:
        if call.step == "write_week":
            words = {
                "activity": "Throw ten high arcs to the beat of a song and write down how many you catch.",
                "why": "You love music, and your last answer handed the crossing pairs over.",
            }
            return {"week": {"sessions": [words] * int(call.options["sessions"])}}
        if call.step == "adapt":
            return {"advice": {"behind": "Repeat the high arcs alone.", "ahead": "Write a harder song for triples."}}
        [(field, choices)] = call.options.items()
        return {field: choices[0]}

    return [reply(call) for call in calls]


def planned() -> StudyPlan:
    return plan_study(PROFILE, answer, TODAY, SOURCE, wording="free")


def test_from_a_sentence_to_a_plan_to_markdown_to_a_score() -> None:
    plan = planned()
    assert {session.concept for session in plan.sessions} <= set(SOURCE)
    assert plan.sessions[-1].concept == "three-ball-cascade"
    assert plan.diagnosis[0].concept == "two-ball-exchange"
    assert "**To repair first: Two ball exchange.**" in to_markdown(plan, SOURCE)
    truth = PROFILE.model_copy(update={"topics": ["three-ball-cascade"], "interests": ["music"], "weeks": 2})
    card = Rubric.load(source=SOURCE).score(plan, truth)
    assert set(card.dimensions) == set(BUILT_IN)
    assert card.dimensions["grounded"].score > 0.9
    assert min(score.score for score in card.dimensions.values()) > 0


def test_the_tests_of_the_rubric_speak_of_the_curriculum_of_their_case() -> None:
    case = Case(planned(), PROFILE, source=SOURCE)
    rubric = Rubric.load(source=SOURCE)
    for attack in ATTACKS:
        rubric.score(attack.plan(case, [case], 0), PROFILE)
    changed = [plan for corruption in REGISTRY if (plan := corruption.apply(case, 1.0, [case], 0))]
    assert len(changed) > 25
    for plan in changed:
        rubric.score(plan, PROFILE)
    assert isinstance(is_honest(case), bool)


def test_two_curricula_are_read_side_by_side_in_threads() -> None:
    other = Curriculum([*SOURCE.values(), _concept("Four ball fountain", ("two-ball-exchange",), "even columns")])
    asked = profile_for("help with the four ball fountain and the three ball cascade")

    def topics(source: Curriculum) -> set[str]:
        return {session.concept for session in plan_study(asked, answer, TODAY, source).sessions}

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(topics, [SOURCE, other] * 8))
    assert all("four-ball-fountain" not in concepts for concepts in found[::2])
    assert all("four-ball-fountain" in concepts for concepts in found[1::2])


def test_what_the_curriculum_does_not_have_is_refused_or_said() -> None:
    with pytest.raises(InputError, match=r"^topics: 'slope' is no concept"):
        plan_study(profile_for(topics=["slope"]), answer, TODAY, SOURCE)
    with pytest.raises(InputError, match=r"^topics: 'slope' is no concept"):
        Rubric.load(source=SOURCE).score(planned(), profile_for(topics=["slope"]))
    said = " ".join(plan_study(profile_for("help me with calculus please"), answer, TODAY, SOURCE).omissions)
    assert "“One ball throw” or “Two ball exchange”" in said
    assert "mathematics" not in said


def test_a_copy_of_a_curriculum_is_equal_to_it() -> None:
    assert Curriculum(SOURCE.values()) == SOURCE
    assert hash(Curriculum(SOURCE.values())) == hash(SOURCE)
    assert Curriculum(list(SOURCE.values())[:2]) != SOURCE
