"""Nothing that a request says is lost: what no reader used is quoted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from studysmith.programs.curriculum import curriculum
from studysmith.programs.flow import plan_study
from studysmith.programs.learner import LearnerProfile
from studysmith.programs.plan import StudyPlan
from studysmith.programs.render import to_markdown
from studysmith.programs.request.account import clauses_of, unread
from studysmith.programs.request.complete import Completed, complete
from studysmith.programs.request.facts import read_request
from studysmith.programs.request.spans import Span
from studysmith.programs.request.topics.read import read_topics
from studysmith.programs.steps import Call

SOURCE = curriculum()
DAY = date(2026, 1, 5)
TOPICS = ("slope", "long division", "chain rule", "adding fractions", "quadratic formula", "eigenvalues")
TIMES = ("20 minutes a day", "2 hours a week", "three times a week", "for 3 weeks", "every other day", "on Mon and Thu")
LIKES = ("I like chess", "she loves football", "he is into Minecraft", "hobby: pottery", "examples about cars please")
FACTS = ("I have 28 kids", "page 43 is due", "my calculator is broken", "we use the Big Ideas textbook", "I scored 61")
NEEDS = ("I have dyslexia", "ADHD", "no internet", "she is left-handed", "I freeze in tests")
DATES = ("exam on 12 March", "by Friday", "I failed on 3 October", "I'm away from 1 to 5 February", "tutor on Fridays")
OPENERS = ("Hi, can you help me with", "I need a plan for", "Please:", "")


def _first(calls: Sequence[Call]) -> list[dict[str, Any]]:
    return [{name: choices[0] for name, choices in call.options.items()} for call in calls]


def _done(text: str, **fields: Any) -> Completed:
    return complete(LearnerProfile(text=text, **fields), _first, SOURCE, DAY)


def _plan(text: str, **fields: Any) -> StudyPlan:
    return plan_study(LearnerProfile(text=text, **fields), _first, DAY)


def _lost(text: str, words: str) -> bool:
    """Whether neither a span nor a quote has the words of the text."""
    start = text.index(words)
    used = [*read_request(text, DAY).used, *read_topics(text, SOURCE).used]
    read = any(span.start < start + len(words) and start < span.end for span in used)
    return not read and not any(words in quote for quote in _done(text).unused)


@given(
    st.sampled_from(OPENERS),
    st.sampled_from(TOPICS),
    st.permutations([TIMES, LIKES, FACTS, NEEDS, DATES]).flatmap(lambda kinds: st.tuples(*map(st.sampled_from, kinds))),
    st.integers(0, 5),
)
def test_each_number_day_date_and_topic_is_used_or_quoted(
    opener: str, topic: str, parts: tuple[str, ...], n: int
) -> None:
    text = ". ".join([f"{opener} {topic}".strip(), *parts[:n]]) + "."
    days = r"(?:Mon|Thu|Friday|March|October|February)"
    for match in re.finditer(rf"\b(?:\d+|{days})", text):
        assert not _lost(text, match.group()), (match.group(), text)
    assert not _lost(text, topic), text
    for fact in (*FACTS, *NEEDS):
        assert fact not in text or not _lost(text, fact.split()[-1]), (fact, text)


@pytest.mark.parametrize("fact", ["I have 28 kids", "we use the Big Ideas textbook", "I have a tutor", "I scored 61"])
def test_a_fact_that_no_reader_knows_is_quoted(fact: str) -> None:
    plan = _plan(f"Help me with slope, 3 times a week for 20 minutes. {fact}.")
    assert any(fact.split()[-1] in quote for quote in plan.unused)


@pytest.mark.parametrize(
    "text",
    [
        "Hi, can you help me with slope please? Thanks!",
        "Good morning! I need a study plan for slope, 20 minutes a day, for 3 weeks.",
        "slope",
        "Slope confuses my students.",
        "She mixes up mean and median, and outliers confuse her.",
    ],
)
def test_formulas_are_no_facts(text: str) -> None:
    assert _done(text).unused == []


def test_what_was_not_used_stands_in_the_plan_in_the_words_of_the_request() -> None:
    plan = _plan("Slope please, 28 kids.")
    assert plan.unused == ["28 kids"]
    assert "## Read but not used\n\n- “28 kids”\n" in to_markdown(plan)
    assert StudyPlan.model_validate_json(plan.model_dump_json()).unused == ["28 kids"]


def test_a_description_uses_no_day_and_no_clause_of_something_else() -> None:
    text = "When I divide fractions I forget which one to turn over. The bus is late on Fridays."
    concept = ["dividing-fractions"]
    assert unread(text, [Span(0, len(text), "topic")], SOURCE, concept) == ["The bus is late on Fridays"]


def test_a_topic_that_a_field_replaces_is_quoted() -> None:
    assert any("chain rule" in quote for quote in _done("help with the chain rule", topics=["slope"]).unused)
    assert _done("help with slope", topics=["slope"]).unused == []


def test_a_number_beside_a_unit_that_was_read_is_not_lost() -> None:
    assert unread("slope 30min", [Span(0, 5, "topic"), Span(8, 11, "rhythm")], SOURCE) == ["30"]


def test_what_is_said_of_a_topic_that_was_read_is_no_rest() -> None:
    assert _done("slope is easy but ratios are killing me, my cat is hard work").unused == ["my cat is hard work"]
    assert _done("I get the signs wrong in slope").unused == ["I get the signs wrong in"]


def test_abbreviations_and_times_of_day_are_no_ends_of_clauses() -> None:
    text = "washers vs. discs at 17:00, e.g. rings"
    assert [text[a:b].strip() for a, b in clauses_of(text)] == ["washers vs. discs at 17:00", "e.g. rings"]


@given(st.text(max_size=200))
def test_any_text_has_an_account(text: str) -> None:
    for quote in unread(text, [], SOURCE):
        assert quote.removesuffix(" …") in " ".join(text.split())


@pytest.mark.parametrize(
    "text",
    [
        "Good afternoon all, I hope this finds you well. I would be grateful for a plan on slope. Kind regards, Peter",
        "Hi there! Could you please help me with slope? Any help is appreciated, thank you so much in advance!",
        "sorry for the long message, slope pls, that's all, thanks a million and have a great day",
    ],
)
def test_greetings_and_thanks_are_not_listed(text: str) -> None:
    assert not unread(text, [_span(text, "slope")], SOURCE)


def test_a_statement_beside_a_greeting_is_listed() -> None:
    text = "Good morning! slope please. My shoes are red. Thanks in advance for 12 March, Kind regards"
    left = unread(text, [_span(text, "slope")], SOURCE)
    assert "My shoes are red" in left
    assert any("12" in words for words in left)


def _span(text: str, words: str) -> Span:
    return Span(text.index(words), text.index(words) + len(words), "topic")


@pytest.mark.parametrize(
    ("text", "read", "left"),
    [
        ("slope, use recipes", ["slope", "use"], "recipes"),
        ("I do slope and struggle with word problems", ["slope"], "word problems"),
        ("pharmacology quiz on slope", ["slope", "quiz"], "pharmacology"),
        ("slope from scratch", ["slope"], "from scratch"),
        ("slope, I have one hour tonight", ["slope", "one hour"], "tonight"),
        ("no exam, slope", ["slope"], "no exam"),
        ("slope. every lesson should be the same", ["slope"], "every lesson should be the same"),
        ("slope before the entrance exam", ["slope"], "entrance exam"),
        ("需要补正态分布和slope", ["slope"], "正态分布"),
    ],
)
def test_one_word_that_says_something_is_listed_though_its_clause_was_read(
    text: str, read: list[str], left: str
) -> None:
    assert any(left in quote for quote in unread(text, [_span(text, words) for words in read], SOURCE))


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("She loves horses and plays chess", ["horses", "chess"]),
        ("Good evening, slope, 20 minutes would be perfect", ["slope", "20 minutes"]),
        ("he's fine with slope, mixes up the mean", ["slope", "mean"]),
    ],
)
def test_words_that_lead_to_what_was_read_are_not_listed(text: str, read: list[str]) -> None:
    assert unread(text, [_span(text, words) for words in read], SOURCE) == []


def test_mathematics_alone_counts_as_read() -> None:
    done = _done("I need slope for maths")
    assert any(done.profile.text[s.start : s.end] == "maths" for s in done.used)
    assert done.unused == []
