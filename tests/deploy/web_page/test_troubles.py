"""What goes wrong is one sentence, and nothing is lost: faults are put before the real planner, which then goes on."""

import json
from collections.abc import Callable
from typing import Any

from .conftest import TEXT, kept, make, opened

SENTENCE = "One sentence of the planner's."


def before_the_planner(url: str, module: str) -> Callable[[Any], None]:
    """Put a module in the planner's place; it has the real one as ./real.js."""

    def route(page: Any) -> None:
        page.route("**/planner.js", lambda r: r.fulfill(body=module, content_type="text/javascript"))
        page.route("**/real.js", lambda r: r.fulfill(response=r.fetch(url=f"{url}planner.js")))

    return route


def failing(kinds: list[str]) -> str:
    """A planner that fails at each call with one of these, and then plans."""
    return f"""import {{ openPlanner as real }} from "./real.js";
    export {{ modelState }} from "./real.js";
    const kinds = {json.dumps(kinds)};
    export async function openPlanner(said) {{
      const planner = await real(said);
      const plan = (...asked) => {{
        if (!kinds.length) return planner.plan(...asked);
        const kind = kinds.shift();
        return Promise.reject(Object.assign(new Error(`{SENTENCE} It is ${{kind}}.`), {{ kind }}));
      }};
      return {{ ...planner, plan }};
    }}"""


# A week comes, and then nothing more.
STUCK = """import { openPlanner as real } from "./real.js";
export { modelState } from "./real.js";
export async function openPlanner(said) {
  const planner = await real(said);
  return { ...planner, plan: (text, profile, { onWeek, signal }) => new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(Object.assign(new Error("Stopped."), { kind: "aborted" })));
    planner.plan(text, profile, { onWeek: (week, plan) => week.number === 1 && onWeek(week, plan) });
  }) };
}"""

ON_A_DEVICE = """export { openPlanner } from "./real.js";
export const modelState = async () => ({ bytes: 98362432, have: 1000000, where: "device" });"""


def test_a_fault_is_one_sentence_and_trying_again_goes_on(browser: Any, client: Any) -> None:
    kinds = ["corrupt", "quota", "offline", "busy", "memory", "fault"]
    with opened(browser, client.url, before_the_planner(client.url, failing(kinds))) as page:
        page.get_by_label("What do you want to learn?").fill(TEXT)
        page.get_by_role("button", name="Make my plan").click()
        for kind in kinds:
            page.get_by_text(f"{SENTENCE} It is {kind}.").wait_for()
            assert page.get_by_label("What do you want to learn?").input_value() == TEXT
            page.locator("#again").click()
        page.get_by_role("heading", name="Keep this plan").wait_for()
        assert not page.locator("#trouble").is_visible()


def test_a_browser_that_cannot_plan_is_told_so_at_once(browser: Any, client: Any) -> None:
    module = (
        failing([]).replace('export { modelState } from "./real.js";', "")
        + f"""
    export const modelState = async () => {{ throw Object.assign(new Error("{SENTENCE}"), {{ kind: "browser" }}); }};"""
    )
    with opened(browser, client.url, before_the_planner(client.url, module)) as page:
        page.get_by_text(SENTENCE).wait_for()
        assert not page.locator("#again").is_visible()


def test_a_reload_in_the_middle_loses_nothing(browser: Any, client: Any) -> None:
    with opened(browser, client.url, before_the_planner(client.url, STUCK)) as page:
        page.get_by_label("What do you want to learn?").fill(TEXT)
        page.get_by_role("button", name="Make my plan").click()
        page.get_by_role("heading", name="Week 1").wait_for()
        page.reload()
        page.get_by_role("heading", name="Week 1").wait_for()
        page.reload()  # it went on once by itself; a third time it waits for the learner
        page.get_by_text("The plan was interrupted twice").wait_for()
        page.unroute("**/planner.js")
        page.reload()
        page.get_by_role("button", name="Try again").click()
        page.get_by_role("heading", name="Keep this plan").wait_for()
        assert (kept(page)["pending"], kept(page)["partial"]) == (None, None)


def test_a_stop_brings_back_what_was_there(browser: Any, client: Any, planned: Any) -> None:
    with opened(browser, client.url, before_the_planner(client.url, STUCK), storage_state=planned) as page:
        page.get_by_label("Done: 1.1").check()
        page.get_by_role("button", name="New plan").click()
        page.get_by_role("button", name="Make my plan").click()
        page.get_by_role("button", name="Stop").click()
        page.get_by_role("button", name="Back to my plan").click()
        assert page.get_by_label("Done: 1.1").is_checked()


def test_where_plans_are_made_is_what_privacy_says(browser: Any, client: Any) -> None:
    with opened(browser, client.url) as page:
        page.get_by_text("Plans are made by the computer that serves this page").wait_for()
    with opened(browser, client.url, before_the_planner(client.url, ON_A_DEVICE)) as page:
        page.get_by_text("Nothing leaves this device").wait_for()
        assert page.get_by_text("The first plan fetches 98 MB, once.").is_visible()


def test_a_browser_that_keeps_nothing_still_shows_the_plan(browser: Any, client: Any) -> None:
    full = "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }"
    with opened(browser, client.url, lambda page: page.add_init_script(full)) as page:
        make(page)
        assert page.get_by_text("This browser keeps nothing for this page").is_visible()
        page.get_by_label("Done: 1.1").check()
        assert page.get_by_text("1 of 2 sessions done").is_visible()
