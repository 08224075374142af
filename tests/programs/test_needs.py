"""Needs choose among the written material, and the plan says what that came to."""

from __future__ import annotations

import re
from datetime import date

import pytest
from studysmith.programs.choices import choices
from studysmith.programs.curriculum import curriculum
from studysmith.programs.flow import plan_study
from studysmith.programs.learner import LearnerProfile
from studysmith.programs.material import material
from studysmith.programs.needs import accounts, longest_session, needed, needs, spared
from studysmith.programs.sequence import Slot
from studysmith.programs.steps import Answerer
from studysmith.programs.wishes import denied_by, is_kept, wishes_of

SOURCE, DAY = curriculum(), date(2026, 1, 5)


@pytest.mark.parametrize("name", needs())
def test_each_need_is_read_from_its_own_name_or_words(name: str) -> None:
    need = needs()[name]
    assert needed([name])[0] == need
    assert all(re.compile(pattern) for pattern in need.said)
    assert bool(need.how or need.does) == bool(need.asks or need.without or need.spares), "what it changes is said"
    assert not need.asks or wishes_of(need.asks)
    assert not need.without or need.does


@pytest.mark.parametrize(
    ("need", "word"), [("colour-blind", "colou?r"), ("hard of hearing", "listen"), ("no printer", "print")]
)
@pytest.mark.parametrize("topic", ["slope", "fraction-meaning", "similar-figures", "simple-probability"])
def test_no_instruction_has_a_word_that_a_need_rules_out(need: str, word: str, topic: str) -> None:
    learner = LearnerProfile(topics=[topic], needs=[need])
    for kind in ("learn", "practise", "apply", "review"):
        offer = choices(Slot(topic, kind, "core"), learner, SOURCE, material(), young=False)
        assert offer
        assert not [c.do for c in offer if re.search(rf"\b{word}", c.do.lower())]


def test_a_plan_for_dyslexia_works_without_long_writing_and_says_so(likeliest: Answerer) -> None:
    plan = plan_study(LearnerProfile(text="I have dyslexia, help with slope for 3 weeks"), likeliest, DAY)
    [said] = [a for a in plan.assumptions if "dyslexia" in a]
    assert re.fullmatch(r"For “dyslexia”: [1-9]\d? of \d+ sessions use short steps, pictures or speaking .*\.", said)


def test_a_need_for_which_nothing_is_written_is_listed(likeliest: Answerer) -> None:
    plan = plan_study(LearnerProfile(text="slope please, I am left-handed"), likeliest, DAY)
    assert plan.unused == ["left-handed"]


def test_short_sessions_suit_some_needs_unless_a_length_was_told(likeliest: Answerer) -> None:
    short = plan_study(LearnerProfile(text="slope please, ADHD"), likeliest, DAY)
    assert {session.minutes for session in short.sessions} == {20}
    assert "No time was named, so a session takes 20 minutes, because of “ADHD”." in short.assumptions
    told = plan_study(LearnerProfile(text="slope please, ADHD, 3 times a week for 30 minutes"), likeliest, DAY)
    assert {session.minutes for session in told.sessions} == {30}
    assert longest_session(["dyslexia"]) is None


def test_what_is_not_wanted_is_no_wish_and_is_not_offered() -> None:
    assert wishes_of(["no group work"]) == frozenset()
    assert denied_by(["no group work"]) == {"together"}
    assert wishes_of(["pictures rather than drill"]) == {"pictures"}
    assert "together" in spared(["no partner work"], [])
    assert "writing" not in spared(["writing notes"], ["dyslexia"]), "what is asked for wins"
    learner = LearnerProfile(topics=["slope"], preferences=["no partner work"])
    offer = choices(Slot("slope", "review", "core"), learner, SOURCE, material(), young=False)
    assert not [c for c in offer if "together" in c.written.suits]


def test_a_wish_is_kept_where_a_session_fulfils_it_or_where_nothing_goes_against_it() -> None:
    assert is_kept("pictures", [("pictures",)], [])
    assert not is_kept("pictures", [("quiz",)], [])
    assert is_kept("no videos", [("quiz",)], ["Draw a line."])
    assert not is_kept("no videos", [()], ["Watch a video."])
    assert not is_kept("no group work", [("together",)], [])
    assert not is_kept("past papers", [("pictures",)], [])


def test_a_need_that_nothing_names_is_listed_as_it_was_given() -> None:
    assert accounts(["a window seat"], [()], ["Draw."]) == ([], ["a window seat"])
