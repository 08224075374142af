"""The site of a bundle in Chromium: it plans as Python does, without a network, and says what goes wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from studysmith.deploy.planner import load_planner
from studysmith.deploy.web.service import FormatsGiven, Service
from studysmith.programs.replan import Marks

from .conftest import U_SUBSTITUTION
from .serving import Site, serving

TODAY = "2026-01-05"
PATIENCE = 600_000
"""Milliseconds that a busy machine has for a plan."""
SMALL, CUT = 10_000_000, 8_000_000
"""Bytes of a model that is none, and after how many a download of it is cut: more than a browser holds before it hands
them to the page, for what it holds when the connection ends it forgets."""

pytestmark = pytest.mark.model


def opened(browser: Any, served: Site, requests: list[str] | None = None) -> Any:
    context = browser.new_context()
    if requests is not None:
        context.on("request", lambda request: requests.append(request.url))
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{served.url}try.html")
    page.wait_for_function("() => window.ready")
    return page


def refused(page: Any, call: str) -> dict[str, Any]:
    """What a call is refused with: a kind and a sentence."""
    said = page.evaluate(f"{call}.then(() => 'nothing', (error) => error.message)")
    error: dict[str, Any] = json.loads(said)
    assert error["message"].strip(), error
    assert "\n" not in error["message"]
    return error


def test_it_plans_without_a_network_what_python_plans(site: Path, bundle: Path, browser: Any) -> None:
    with load_planner(bundle) as planner:
        wanted = planner.plan(U_SUBSTITUTION, date.fromisoformat(TODAY), weeks=1)
        formats = Service(planner).formats(FormatsGiven(plan=wanted))
        marks = Marks(done=["1.1"], hard=[wanted.sessions[-1].concept])
        again = planner.replan(wanted, marks, date.fromisoformat(TODAY))
    requests: list[str] = []
    with serving(site) as served:
        page = opened(browser, served, requests)
        assert page.evaluate("state()") == {"bytes": 98362432, "have": 0, "where": "device"}
        page.goto(served.url)
        page.evaluate("import('./planner.js').then(({ openPlanner }) => openPlanner())")
        origin = served.url
    # The server is gone, and the page is loaded anew, once: Python takes as long to start as a plan to make.
    page.context.set_offline(True)
    page.goto(f"{origin}try.html")
    page.wait_for_function("() => window.ready")
    assert page.evaluate("state()")["have"] == 98362432
    about = page.evaluate(f"open_({{ today: '{TODAY}' }})")
    assert (about["name"], about["where"]) == ("small", "device")
    assert page.evaluate("crossOriginIsolated")  # by its second visit the service worker sends what threads need
    assert about["threads"] >= min(2, page.evaluate("navigator.hardwareConcurrency"))
    made = page.evaluate("text => plan(text, { weeks: 1 })", U_SUBSTITUTION)
    assert page.evaluate("plan => formats(plan)", made) == formats
    assert made == wanted.model_dump(mode="json")
    heard = page.evaluate("heard")
    sessions = len(wanted.sessions)
    assert [h["said"] for h in heard if h.get("stage") == "plan"][-1].endswith(f"session {sessions} of {sessions}.")
    assert [h["week"] for h in heard if "week" in h] == [1]  # as soon as it stands
    asked = {"plan": made, "marks": marks.model_dump()}
    assert page.evaluate("({ plan, marks }) => replan(plan, marks)", asked) == again.model_dump(mode="json")
    assert refused(page, "plan('   ', {})")["kind"] == "input"
    assert refused(page, "plan('slope', { weeks: 0 })")["field"] == "weeks"
    assert refused(page, f"interrupted('{U_SUBSTITUTION}', 0)")["kind"] == "aborted"
    assert {url for url in requests if not url.startswith((origin, f"blob:{origin}"))} == set()
    page.context.close()


def test_a_learner_plans_ticks_and_replans_in_the_page_without_a_network(
    site: Path, bundle: Path, browser: Any
) -> None:
    """The first example of the page. Among the alternatives that it makes the model look at are parts of characters."""
    context = browser.new_context(viewport={"width": 360, "height": 740})
    context.clock.set_fixed_time(f"{TODAY}T12:00:00")
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    with serving(site) as served:
        page.goto(served.url)
        page.evaluate("import('./planner.js').then(({ openPlanner }) => openPlanner())")
    # The server is gone, and the page is loaded anew.
    context.set_offline(True)
    page.reload()
    example = page.locator(".examples button").first
    text = example.inner_text()
    example.click()
    page.get_by_role("button", name="Make my plan").click()
    current = "JSON.parse(localStorage['studysmith:/']).current"
    trouble = "document.querySelector('#trouble-said').textContent"
    page.wait_for_function(f"() => {current} || {trouble}")
    assert page.evaluate(trouble) == ""
    with load_planner(bundle) as planner:
        wanted = planner.plan(text, date.fromisoformat(TODAY))
    assert page.evaluate(f"{current}.plan") == wanted.model_dump(mode="json")
    first = page.locator(".sitting .done").first
    first.check()
    page.reload()
    first.wait_for()
    assert first.is_checked()
    assert page.locator(".sitting .done:checked").count() == 1
    page.get_by_role("button", name="I missed this week").first.click()
    page.get_by_role("button", name="Plan the rest again").click()
    page.wait_for_function(f"() => {current}.replanned || {trouble}")
    assert page.evaluate(trouble) == ""
    assert page.locator(".sitting").count() > 0
    context.close()


def test_the_golden_vectors_of_the_bundle_pass_in_the_page(site: Path, browser: Any) -> None:
    with serving(site) as served:
        page = opened(browser, served)
        page.goto(f"{served.url}?selftest")
        page.wait_for_function("() => document.querySelector('#said')?.textContent.includes('checks failed')")
        assert "None of" in page.inner_text("#said")
        assert page.inner_text("#checks").splitlines()[-1].endswith("the same plan as on the laptop")
        page.context.close()


@pytest.fixture
def small(site: Path, tmp_path: Path) -> Iterator[Site]:
    """The same site with a model that is none: what comes before it is loaded."""
    folder = tmp_path / "small"
    folder.mkdir()
    for path in site.rglob("*"):
        target = folder / path.relative_to(site)
        if path.is_dir():
            target.mkdir()
        elif path.suffix != ".gguf":
            target.hardlink_to(path)
    model = bytes(range(250)) * (SMALL // 250)
    listed = json.loads((site / "site.json").read_text())
    listed["model"].update(bytes=SMALL, sha256=sha256(model).hexdigest())
    (folder / "bundle" / "model.gguf").write_bytes(model)
    (folder / "site.json").unlink()
    (folder / "site.json").write_text(json.dumps(listed))
    with serving(folder) as served:
        yield served


TAMPER = """async () => {
  const root = await navigator.storage.getDirectory();
  const [[, folder]] = await Array.fromAsync(root.entries());
  for await (const [name, file] of folder.entries()) {
    const writable = await file.createWritable({ keepExistingData: true });
    await writable.write({ type: "write", position: 1000, data: new Uint8Array([9]) });
    await writable.close();
  }
}"""


HELD = """async () => {
  while (!(await navigator.locks.query()).held.length) await new Promise((resolve) => setTimeout(resolve, 50));
}"""
"""Waits until a tab holds the model."""


def test_a_download_that_was_cut_goes_on_and_a_damaged_model_is_removed(small: Site, browser: Any) -> None:
    small.cut = CUT
    page = opened(browser, small)
    error = refused(page, "open_()")
    assert (error["kind"], "kept" in error["message"]) == ("offline", True)
    assert (have := page.evaluate("state()")["have"]) > 0
    small.cut = 0
    assert refused(page, "open_()")["kind"] == "memory"  # it is whole, and llama.cpp cannot load it
    assert small.ranges == [f"bytes={have}-"]
    page.reload()
    page.wait_for_function("() => window.ready")
    assert page.evaluate("state()") == {"bytes": SMALL, "have": SMALL, "where": "device"}
    page.evaluate(TAMPER)
    error = refused(page, "open_()")
    assert (error["kind"], "removed" in error["message"]) == ("corrupt", True)
    assert page.evaluate("state()")["have"] == 0
    page.context.close()


def test_a_second_tab_and_a_browser_without_simd_are_a_sentence(small: Site, browser: Any) -> None:
    page = opened(browser, small)
    second = page.context.new_page()
    second.goto(f"{small.url}try.html")
    second.wait_for_function("() => window.ready")
    small.go_on.clear()
    page.evaluate("void open_().catch(() => {})")
    page.evaluate(HELD)
    assert refused(second, "open_()")["kind"] == "busy"
    small.go_on.set()
    page.close()
    assert refused(second, "open_()")["kind"] == "memory"  # the first one has let go, and this model is none
    second.context.close()

    page = opened(browser, small)
    page.evaluate("WebAssembly.validate = () => false")
    error = refused(page, "open_()")
    assert (error["kind"], "SIMD" in error["message"]) == ("browser", True)
    page.context.close()


def test_a_device_without_room_is_a_sentence_and_with_room_it_goes_on(small: Site, browser: Any) -> None:
    """The browser's own quota for the address. Its estimate is not asked: Chromium always says that there is room."""
    text, state = "slope, one week", "import('./planner.js').then(({ modelState }) => modelState())"
    page = opened(browser, small)
    disk = page.context.new_cdp_session(page)
    origin = {"origin": small.url.rstrip("/")}

    def pressed(button: str, said: str) -> int:
        """The bytes that are kept once a button led to a sentence."""
        page.get_by_role("button", name=button).click()
        page.locator("#trouble", has_text=said).wait_for()
        assert page.input_value("#text") == text
        have: int = page.evaluate(state)["have"]
        return have

    small.cut = CUT
    page.goto(small.url)
    page.fill("#text", text)
    first = pressed("Make my plan", "what came is kept")
    small.cut = 0
    disk.send("Storage.overrideQuotaForOrigin", {**origin, "quotaSize": CUT + 500_000})
    kept = pressed("Go on", "no room for the model: 10 MB are needed")
    assert 0 < first <= kept < SMALL
    disk.send("Storage.overrideQuotaForOrigin", origin)
    assert pressed("Try again, there is room now", "cannot be loaded") == SMALL  # it is whole, and no model
    assert small.ranges == [f"bytes={first}-", f"bytes={kept}-"]
    page.context.close()


LOOK = """async (questions) => {
  const { openEngine } = await import("./engine.js");
  const site = await (await fetch("./site.json")).json();
  const file = new File([await (await fetch("./tiny.gguf")).blob()], "tiny.gguf");
  const engine = await openEngine(site, file, { context: 4096, longest: 0 });
  const found = [];
  for (const prompt of questions) {
    const { logprobs, prompt_tokens } = await engine.answer({ prompt, look: 1000, ids: [260, 314, 411] });
    found.push([engine.context, prompt_tokens, logprobs]);
  }
  return found;
}"""


def test_a_longer_prompt_gets_a_larger_context_which_changes_no_answer(
    small: Site, browser: Any, tiny_gguf: Path
) -> None:
    (small.folder / "tiny.gguf").hardlink_to(tiny_gguf)
    short, long = "Which way of working?", "ab " * 1500
    page = opened(browser, small)
    before, grown, after = page.evaluate(LOOK, [short, long, short])
    assert (before[0], grown[0], after[0]) == (1024, 4096, 4096)
    assert grown[1] > 1024
    assert after[1:] == before[1:]
    page.context.close()
