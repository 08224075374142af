"""The served files in Chromium: the page's planner.js, the report on a phone, and the page itself.

Needs the package `playwright` and Debian's `chromium` (apt-get install chromium), the report's check also `npm`, for
axe-core.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from studysmith.deploy.bundle.frozen import FrozenProgram
from studysmith.deploy.engines.llamacpp import LlamaCppEngine
from studysmith.deploy.engines.meter import Usage
from studysmith.deploy.planner import PROGRAMS, Planner
from studysmith.deploy.web.service import Service
from studysmith.optimizers.compare import MethodComparison, MethodResult
from studysmith.optimizers.compare_rows import rows_of
from studysmith.optimizers.report.page import report_html

TEXT = "adding fractions, 3 weeks, one session a week of 20 minutes"
ASK = """async ([text, interrupt]) => {
  const { openPlanner, modelState } = await import("/planner.js");
  const told = { progress: [], weeks: [], so_far: [] };
  const planner = await openPlanner({ today: "2026-01-05" });
  const stop = new AbortController();
  const said = {
    signal: stop.signal,
    onProgress: (p) => { told.progress.push(p); if (interrupt) stop.abort(); },
    onWeek: (week, plan) => {
      told.weeks.push(week);
      told.so_far.push(plan.phases.flatMap((p) => p.weeks).length);
    },
  };
  try {
    const plan = await planner.plan(text, {}, said);
    const state = await modelState();
    return { plan, told, formats: await planner.formats(plan), about: planner.about, state };
  } catch (error) {
    return { name: error.name, kind: error.kind, message: error.message, field: error.field };
  }
}"""


@pytest.fixture(scope="module")
def report() -> str:
    usage = Usage(lm_calls=2, prompt_tokens=100, completion_tokens=20, seconds=1.0)
    arms = {name: [name] for name in ("base", "text", "a-method-with-a-long-name")}
    results = {
        name: [
            MethodResult(id=f"test-{i}", score=place / 5 + i / 50, usage=usage, dimensions={"sound": 0.5})
            for i in range(5)
        ]
        for place, name in enumerate(arms)
    }
    rows = rows_of(results, arms)
    return report_html(MethodComparison(task="plan", model="a.gguf", rows=rows, results=results, arms=arms))


def test_the_page_gets_what_python_gives(browser: Any, client: Any, engine: LlamaCppEngine) -> None:
    page = browser.new_page()
    page.goto(client.url + "planner.js")
    found = page.evaluate(ASK, [TEXT, False])
    plan = Planner(FrozenProgram.load(PROGRAMS["chosen"]), engine).plan(TEXT, date(2026, 1, 5))
    assert found["plan"] == plan.model_dump(mode="json")
    assert found["told"]["weeks"] == [week.model_dump(mode="json") for week in plan.weeks]
    assert found["told"]["so_far"] == [1, 2, 3]
    assert [p["done"] for p in found["told"]["progress"] if p["total"] == len(plan.sessions)] == [0, 1, 2]
    assert found["formats"]["ical"].startswith("BEGIN:VCALENDAR")
    assert found["about"]["where"] == found["state"]["where"] == "server"
    page.close()


def test_errors_reach_the_page_as_one_sentence(browser: Any, serve: Callable[..., Any], engine: LlamaCppEngine) -> None:
    page = browser.new_page()
    with serve(Service(Planner(FrozenProgram.load(PROGRAMS["chosen"]), engine))) as client:
        page.goto(client.url + "planner.js")
        refused = page.evaluate(ASK, ["", False])
        assert (refused["name"], refused["kind"], refused["field"]) == ("PlannerError", "input", "text")
        assert page.evaluate(ASK, [TEXT, True])["kind"] == "aborted"
        assert "plan" in page.evaluate(ASK, [TEXT, False])  # what was interrupted stands in nobody's way
        page.evaluate("async () => { window.ours = await import('/planner.js') }")
    kind, message = page.evaluate("window.ours.openPlanner().catch((error) => [error.kind, error.message])")
    assert (kind, message.startswith("The server does not answer")) == ("offline", True)
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_report_reads_on_a_phone_and_to_everybody(
    browser: Any, serve: Callable[..., Any], axe: str, report: str, width: int, scheme: str, engine: LlamaCppEngine
) -> None:
    asked: list[str] = []
    with serve(Service(Planner(FrozenProgram.load(PROGRAMS["chosen"]), engine)), report=report) as client:
        page = browser.new_page(viewport={"width": width, "height": 740}, color_scheme=scheme)
        page.on("request", lambda request: asked.append(request.url))
        page.goto(client.url + "report")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        first = page.locator("h1 ~ .said p").first
        assert first.inner_text().startswith("No arm was shown to differ from base on 5 test examples.")
        assert first.bounding_box()["y"] < 740  # seen without scrolling
        page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")
        page.evaluate(axe)
        assert page.evaluate("axe.run()")["violations"] == []
        page.close()
    assert asked == [client.url + "report"]


def test_the_page_plans(browser: Any, client: Any, page: None) -> None:
    asked: list[str] = []
    wrong: list[str] = []
    opened = browser.new_page(viewport={"width": 360, "height": 740})
    opened.on("request", lambda request: asked.append(request.url))
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    opened.goto(client.url)
    opened.locator("textarea").fill(TEXT)
    opened.locator("form button[type=submit]").click()
    opened.get_by_role("heading", name="Week 1").first.wait_for(timeout=60_000)
    opened.locator("#working").wait_for(state="hidden", timeout=60_000)
    assert opened.get_by_role("heading", name="Week 3").count()
    assert wrong == []
    assert [url for url in asked if not url.startswith((client.url, "data:", "blob:"))] == []
    opened.close()
