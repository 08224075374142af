"""Plans as Markdown and JSON."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from markdown_it import MarkdownIt
from studysmith.programs.curriculum import curriculum
from studysmith.programs.flow import plan_study
from studysmith.programs.frame import SPOKEN, language_data
from studysmith.programs.learner import LearnerProfile, profile_for
from studysmith.programs.markdown import as_is, with_dots
from studysmith.programs.material import material
from studysmith.programs.plan import StudyPlan
from studysmith.programs.render import to_markdown
from studysmith.programs.steps import Call
from studysmith.programs.synthetic_learners import learners

READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def shown(markdown: str) -> str:
    """What a reader sees of Markdown."""
    blocks = [token.children or [] for token in READER.parse(markdown) if token.type == "inline"]
    return "\n".join(
        "".join(" " if t.type in ("softbreak", "hardbreak") else t.content for t in tokens) for tokens in blocks
    )


@pytest.fixture(scope="module")
def plan(new_oracle: Callable[[], Any], today: date) -> StudyPlan:
    """Of a learner with errors, a goal and a deadline in the text."""
    learner = next(x for x in learners("test") if x.truth.goal and (x.truth.weeks or 0) >= 2)
    return plan_study(learner.given, new_oracle(), today)


def test_markdown_shows_all_and_keeps_answers_for_the_end(plan: StudyPlan) -> None:
    text = to_markdown(plan)
    body, answers = text.split("## Answers\n")
    assert text.startswith(f"# {plan.title}\n")
    assert f"**Goal:** {plan.goal.capitalize()}" in body
    assert [line[3:] for line in body.splitlines() if line.startswith("## ")][: len(plan.phases)] == [
        phase.title for phase in plan.phases
    ]
    assert body.count("\n### Week ") == len(plan.weeks)
    assert body.count("- [ ] ") == sum(len(s.activities) for s in plan.sessions)
    for session in plan.sessions:
        assert session.title in body
        assert session.rationale in body
    numbered = [line.split(". ", 1) for line in answers.strip().splitlines()]
    assert [int(number) for number, _ in numbered] == list(range(1, len(numbered) + 1))
    hidden = [a for s in plan.sessions for a in s.activities if a.kind in ("practice", "repair")]
    assert len(numbered) == len(hidden) + len(plan.weeks)
    for activity in hidden:
        [number] = re.findall(rf"{re.escape(activity.task or '')} \[(\d+)\] {re.escape(activity.text)}", body)[:1]
        assert [number, activity.answer] in numbered
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


def test_markdown_names_days_of_the_calendar(plan: StudyPlan) -> None:
    assert plan.start
    first = plan.start + timedelta(days=plan.sessions[0].day)
    assert f"{first:%a %d %b}" in to_markdown(plan)


def test_markdown_of_no_plan_says_why(today: date, oracle: Any) -> None:
    text = to_markdown(plan_study(profile_for("something please"), oracle, today))
    assert text.startswith("# No plan\n\n## Not planned\n\n- Nothing in the request names a topic")
    assert "Answers" not in text


def test_json_comes_back_as_it_was(plan: StudyPlan) -> None:
    assert StudyPlan.model_validate_json(plan.model_dump_json(indent=1)) == plan
    with pytest.raises(ValueError, match="colour"):
        StudyPlan.model_validate(plan.model_dump() | {"colour": "red"})


@pytest.mark.parametrize(
    ("language", "headings", "day"),
    [
        ("de", ("## Lösungen", "### Woche 1", "**Kontrollfrage:**", "## Angenommen"), "Di 6. Jan."),
        ("es", ("## Respuestas", "### Semana 1", "- Por qué:"), "mar 6 ene"),
        ("fr", ("## Réponses", "### Semaine 1", "- Pourquoi:"), "mar. 6 janv."),
        ("pt", ("## Respostas", "### Semana 1", "- Por quê:"), "ter 6 jan"),
        ("zh", ("## 答案", "### 周次 1", "- 原因:"), "1月6日 周二"),
        ("en", ("## Answers", "### Week 1", "- Why:", "## Assumed"), "Tue 06 Jan"),
        ("it", ("## Answers", "### Week 1"), "Tue 06 Jan"),
    ],
)
def test_the_frame_of_a_plan_is_in_its_language(language: str, headings: tuple[str, ...], day: str) -> None:
    def first(calls: Sequence[Call]) -> list[dict[str, Any]]:
        return [{name: choices[0] for name, choices in call.options.items()} for call in calls]

    plan = plan_study(LearnerProfile(text="slope, 3 weeks"), first, date(2026, 1, 5))
    shown = to_markdown(plan.model_copy(update={"language": language}))
    for words in (*headings, day):
        assert words in shown, words


def test_each_language_says_every_phrase_of_the_frame() -> None:
    phrases = [set(language_data(language)["frame"]) for language in SPOKEN]
    assert all(said == phrases[0] for said in phrases)
    for language in SPOKEN:
        frame = language_data(language)["frame"]
        assert (len(frame["days"]), len(frame["months"])) == (7, 12)


def test_every_formula_is_shown_as_it_is() -> None:
    """In each place where a plan has one: after a bullet, a number, a word, and between others.

    Of every exercise, with a quarter of its variants: they differ in numbers and names alone.
    """
    source, given = curriculum(), material()
    texts = {
        text
        for concept in source.values()
        for exercise in (*concept.practice, *(v for i in range(3) for v in given.variants(concept.id, i, "usual")[::4]))
        for text in (exercise.task, exercise.answer, concept.objective, *concept.steps, *getattr(exercise, "steps", ()))
    }
    assert len(texts) > 5000
    for text in texts:
        line, wanted = as_is(text), with_dots(text)
        assert shown(line) == wanted
        assert shown(f"1. {line}\n2. {line}\n") == f"{wanted}\n{wanted}"
        assert shown(f"- [ ] 5 min: {line} [1] {line} **Answer:** {line}") == (
            f"[ ] 5 min: {wanted} [1] {wanted} Answer: {wanted}"
        )


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        ("product is 4*5 = 20. The other is 3*2 = 6", "product is 4·5 = 20. The other is 3·2 = 6"),
        ("(x + 1)*(x - 2) = 2 * x", "(x + 1)·(x - 2) = 2 · x"),
        ("I *really* want _this_, **now**", None),
        ("a_n < b_n, <b>not</b> &amp; `code` ~~gone~~", None),
        ("[a](http://x.y) ![b](c) [d]: e", None),
        ("# no heading #", None),
        ("> no quote", None),
        ("- no list", None),
        ("+ 3", None),
        ("12. no number", None),
        ("3) or 4)", None),
        ("---", None),
        ("===", None),
        ("[x] done", None),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "| a | b | |---|---| | 1 | 2 |"),
        ("f\\(x\\) ends in \\", None),
        ("two\n\n# lines", "two # lines"),
    ],
)
def test_no_text_is_taken_for_markup(said: str, seen: str | None) -> None:
    for before, after in (("", ""), ("- ", ""), ("1. ", ""), ("**Goal:** ", ""), ("*", "*"), ("# ", "")):
        assert shown(f"{before}{as_is(said)}{after}").removeprefix("Goal: ") == (seen or said), before


def test_all_that_a_plan_says_can_be_read_in_its_markdown(plan: StudyPlan) -> None:
    hostile = "*a* _b_ <i>c</i> `d` [e](f) 4*5"
    wanted = hostile.replace("4*5", "4·5")
    odd = plan.model_copy(deep=True)
    odd.goal = odd.title = odd.phases[0].objective = odd.weeks[0].title = hostile
    odd.assumptions, odd.omissions, odd.unused = [hostile], [hostile], [hostile]
    places = 7
    for found in odd.diagnosis:
        found.evidence, places = hostile, places + 1
    for adaptation in odd.adaptations:
        adaptation.trigger = adaptation.action = hostile
        places += 2
    for session in odd.sessions:
        session.title = session.objective = session.rationale = hostile
        places += 3
        for activity in session.activities:
            activity.text, places = hostile, places + 1
            if activity.task:
                activity.task = activity.answer = hostile
                places += 2
    for week in odd.weeks:
        assert week.checkpoint
        week.checkpoint.question = week.checkpoint.answer = hostile
        places += 2
    assert shown(to_markdown(odd)).count(wanted) == places
