"""What a learner does with the page: ask, read, tick, plan again, save, print."""

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from studysmith.deploy.bundle.frozen import FrozenProgram
from studysmith.deploy.engines.llamacpp import LlamaCppEngine
from studysmith.deploy.planner import PROGRAMS, Planner
from studysmith.deploy.web.server import PAGE
from studysmith.programs.curriculum import curriculum
from studysmith.programs.ics import to_icalendar
from studysmith.programs.learner import profile_for
from studysmith.programs.plan import StudyPlan
from studysmith.programs.render import to_markdown
from studysmith.programs.replan import Marks
from studysmith.programs.request.complete import complete
from studysmith.programs.steps import Call

from .conftest import TEXT, TODAY, kept, make, opened

NEWS = """() => { window.news = [];
  new MutationObserver(() => window.news.push(document.querySelector("#news").textContent))
    .observe(document.querySelector("#news"), { childList: true }); }"""


@pytest.fixture(scope="module")
def planner(engine: LlamaCppEngine) -> Planner:
    return Planner(FrozenProgram.load(PROGRAMS["chosen"]), engine)


@pytest.fixture(scope="module")
def plan(planner: Planner) -> StudyPlan:
    return planner.plan(TEXT, date.fromisoformat(TODAY))


def sent(page: Any, path: str, press: Any) -> Any:
    """What the planner is asked at a press of a button."""
    with page.expect_request(f"**/api/{path}") as asked:
        press()
    return json.loads(asked.value.post_data)


def test_a_plan_comes_week_by_week_with_answers_folded(browser: Any, client: Any, plan: StudyPlan) -> None:
    with opened(browser, client.url) as page:
        page.evaluate(NEWS)
        make(page)
        assert page.evaluate("news") == ["Week 1 is ready.", "Week 2 is ready.", "The plan is ready."]
        assert kept(page)["current"]["plan"] == plan.model_dump(mode="json")
        assert page.evaluate("document.activeElement.id") == "plan-title"
        assert [page.locator("details.session").nth(i).get_attribute("open") is None for i in (0, 1)] == [False, True]
        page.locator("details.session").nth(1).locator("summary").first.click()
        shown = " ".join(page.locator("#plan").inner_text().split())
        for session in plan.sessions:
            for said in (session.title, session.objective, session.rationale):
                assert said in shown
            for activity in session.activities:
                assert all(line in shown for line in activity.text.splitlines())
                assert (activity.task or "") in shown
        assert [f"“{words}”" for words in plan.unused] == page.locator(".note li").all_inner_texts()[: len(plan.unused)]
        answer = page.locator("details.answer").first
        assert not answer.locator("p").is_visible()
        answer.locator("summary").click()
        assert answer.locator("p").is_visible()


def test_what_is_ticked_stays_ticked_and_other_tabs_see_it(browser: Any, client: Any, planned: Any) -> None:
    with opened(browser, client.url, storage_state=planned) as page:
        other = page.context.new_page()
        other.goto(client.url)
        page.get_by_label("Done: 1.1").check()
        assert page.get_by_text("1 of 2 sessions done").is_visible()
        other.get_by_text("1 of 2 sessions done").wait_for()
        assert other.get_by_label("Done: 1.1").is_checked()
        page.reload()
        assert page.get_by_label("Done: 1.1").is_checked()
        assert page.locator(".is-next").get_attribute("data-number") == "2.1"


def test_the_rest_is_planned_from_what_was_missed_and_hard(
    browser: Any, client: Any, planned: Any, planner: Planner, plan: StudyPlan
) -> None:
    with opened(browser, client.url, storage_state=planned) as page:
        page.get_by_label("Done: 2.1").check()
        page.get_by_role("button", name="I missed this week").click()
        page.get_by_role("button", name="This was too hard").click()
        concept = plan.weeks[0].sessions[0].concept
        said = f"Missed: week 1. Too hard: {curriculum()[concept].name}."
        assert said in page.locator("#bar").inner_text()
        again = page.get_by_role("button", name="Plan the rest again")
        body = sent(page, "replan", again.click)
        marks = {"done": ["2.1"], "missed": ["1.1"], "hard": [concept]}
        assert body["marks"] == marks
        page.get_by_text("What changed, and what is assumed").wait_for()
        wanted = planner.replan(plan, Marks.model_validate(marks), date.fromisoformat(TODAY))
        assert kept(page)["current"]["plan"] == wanted.model_dump(mode="json")
        assert not page.locator("#bar").is_visible()
        page.get_by_role("button", name="Earlier plan").click()
        assert page.get_by_label("Done: 2.1").is_checked()


def test_a_topic_that_was_too_easy_counts_as_done(browser: Any, client: Any, planned: Any, plan: StudyPlan) -> None:
    concept = plan.sessions[0].concept
    numbers = [f"{w.number}.{i}" for w in plan.weeks for i, s in enumerate(w.sessions, 1) if s.concept == concept]
    with opened(browser, client.url, storage_state=planned) as page:
        page.get_by_role("button", name="This was too hard").first.click()
        page.get_by_role("button", name="This was too easy").first.click()
        body = sent(page, "replan", page.get_by_role("button", name="Plan the rest again").click)
        assert body["marks"] == {"done": numbers, "missed": [], "hard": []}


def test_an_assumption_is_changed_and_the_plan_made_again(browser: Any, client: Any, planned: Any) -> None:
    with opened(browser, client.url, storage_state=planned) as page:
        page.get_by_role("button", name=re.compile("^2 weeks")).click()
        page.get_by_role("dialog").get_by_label("Weeks").fill("1")
        body = sent(page, "plan", page.get_by_role("button", name="Plan again").click)
        assert (body["text"], body["profile"]) == (TEXT, {"weeks": 1})
        page.get_by_role("button", name=re.compile("^1 week")).wait_for()
        page.get_by_role("button", name="change days").click()
        page.get_by_label("Wed").check()
        body = sent(page, "plan", page.get_by_role("button", name="Plan again").click)
        assert body["profile"] == {"weeks": 1, "days": ["wed"]}  # what was changed before stays changed
        page.get_by_role("button", name=re.compile("^Wed")).wait_for()
        assert "Wed 7 Jan" in page.locator("details.session").first.inner_text()


def test_where_a_part_is_done_a_change_keeps_it_done(browser: Any, client: Any, planned: Any) -> None:
    with opened(browser, client.url, storage_state=planned) as page:
        page.get_by_label("Done: 1.1").check()
        assert page.get_by_role("button", name="change weeks").count() == 0  # the rest keeps to its end
        page.get_by_role("button", name="change minutes a session").click()
        page.get_by_role("dialog").get_by_label("Minutes").fill("40")
        body = sent(page, "replan", page.get_by_role("button", name="Plan again").click)
        assert (body["marks"]["done"], body["plan"]["profile"]["minutes_per_week"]) == (["1.1"], 40)


def test_which_topic_is_meant_is_asked_with_buttons(browser: Any, client: Any) -> None:
    with opened(browser, client.url) as page:
        page.get_by_label("What do you want to learn?").fill("organic chemistry, 1 week, one session of 20 minutes")
        page.get_by_role("button", name="Make my plan").click()
        page.get_by_role("heading", name="Which of these topics do you need").wait_for()
        page.reload()  # the question waits
        concepts = kept(page)["question"]["plan"]["needs"]["options"]
        buttons = page.locator(".options button").all_inner_texts()
        assert buttons == [curriculum()[concept].name for concept in concepts]
        body = sent(page, "plan", page.get_by_role("button", name="Scientific notation").click)
        assert body["profile"] == {"topics": ["scientific-notation"]}
        page.get_by_role("heading", name=re.compile("^Scientific notation:")).wait_for()


def test_files_are_those_of_the_command_line(browser: Any, client: Any, planned: Any, plan: StudyPlan) -> None:
    wanted = {
        "Markdown": ("md", to_markdown(plan)),
        "JSON": ("json", plan.model_dump_json(indent=1) + "\n"),
        "Calendar (.ics)": ("ics", to_icalendar(plan).decode()),
    }
    with opened(browser, client.url, storage_state=planned) as page:
        for name, (suffix, text) in wanted.items():
            with page.expect_download() as started:
                page.get_by_role("button", name=name).click()
            assert started.value.suggested_filename.endswith(f".{suffix}")
            found = Path(started.value.path()).read_bytes().decode()
            assert re.sub("DTSTAMP:.*", "", found) == re.sub("DTSTAMP:.*", "", text)


def test_on_paper_all_is_open_and_answers_come_last(browser: Any, client: Any, planned: Any, plan: StudyPlan) -> None:
    tasks = [a for s in plan.sessions for a in s.activities if a.answer is not None and a.kind != "example"]
    with opened(browser, client.url, storage_state=planned) as page:
        page.emulate_media(media="print")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        shown = page.locator("body").inner_text()
        body, _, answers = shown.rpartition("Answers\n")
        assert all(session.rationale in body for session in plan.sessions)
        assert len(page.locator(".answers li").all()) == len(tasks) + sum(1 for w in plan.weeks if w.checkpoint)
        assert tasks[0].answer in answers
        assert f"{tasks[0].task} [1]" in body
        assert [said for said in ("Answer\n", "Print", "too hard") if said in body] == []
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        assert page.locator("details.session[open]").count() == 1


def test_the_keyboard_is_enough(browser: Any, client: Any, planned: Any) -> None:
    with opened(browser, client.url, storage_state=planned) as page:
        page.get_by_label("Done: 1.1").focus()
        page.keyboard.press("Space")
        assert page.get_by_label("Done: 1.1").is_checked()
        page.get_by_role("button", name="change sessions a week").focus()
        page.keyboard.press("Enter")
        assert page.get_by_role("dialog").is_visible()
        page.keyboard.press("Escape")
        assert page.evaluate("document.activeElement.textContent") == "1 × a week"
        page.get_by_role("button", name="New plan").press("Enter")
        assert page.evaluate("document.activeElement.id") == "text"


def test_the_examples_are_read_whole() -> None:
    def nobody(call: Call) -> str:
        raise AssertionError(f"{call.step} asks the model how to read an example")

    page = (PAGE / "index.html").read_text("utf-8")
    found = re.findall(r'<li><button type="button">(.*?)</button></li>', page)
    assert len(found) == 3
    for example in found:
        done = complete(profile_for(example), nobody, curriculum(), date.fromisoformat(TODAY))
        assert (done.profile.topics != [], done.unused, done.omissions) == (True, [], []), example
