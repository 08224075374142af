"""The site in WebKit, which Safari is made of, and in Firefox: it plans as Python does, also without a network.

Needs `pip install selenium`, and by apt-get install: webkit2gtk-driver gir1.2-webkit2-4.1 python3-gi xvfb; firefox-esr.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from studysmith.deploy.planner import load_planner
from studysmith.programs.replan import Marks

from .serving import serving

TEXT = "Struggling with u-substitution, one week, twice for 20 minutes"
WINDOW = Path(__file__).parent / "webkit_window.py"
PATIENCE = 900
"""Seconds that a busy machine has for a plan."""

pytestmark = pytest.mark.model


def found(program: str, how: str) -> str:
    """The path of a program, or of what the variable of its name says; without it the test is skipped."""
    path = os.environ.get(program.upper()) or shutil.which(program)
    if path is None:
        pytest.skip(f"needs {program}: {how}")
    return path


@contextmanager
def webkit(kept: Path) -> Iterator[Any]:
    from selenium.webdriver.webkitgtk import options, service, webdriver

    driver = found("WebKitWebDriver", "apt-get install webkit2gtk-driver")
    screen = found("Xvfb", "apt-get install xvfb")
    bindings = [WINDOW.read_text().splitlines()[0][2:], "-c", "import gi; gi.require_version('WebKit2', '4.1')"]
    if subprocess.run(bindings, capture_output=True, check=False).returncode:
        pytest.skip("needs WebKit for Python: apt-get install python3-gi gir1.2-webkit2-4.1")
    given = options.Options()
    given.binary_location = str(WINDOW)
    given.add_argument(str(kept))
    with subprocess.Popen([screen, "-displayfd", "1"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as shown:
        assert shown.stdout is not None
        try:
            env = {**os.environ, "DISPLAY": f":{shown.stdout.readline().decode().strip()}"}
            browser = webdriver.WebDriver(given, service=service.Service(driver, env=env))
            yield browser
            browser.quit()
        finally:
            shown.terminate()


@contextmanager
def firefox(kept: Path) -> Iterator[Any]:
    from selenium.webdriver.firefox import options, service, webdriver

    given = options.Options()
    given.binary_location = found("firefox-esr", "apt-get install firefox-esr")
    given.add_argument("-headless")
    browser = webdriver.WebDriver(given, service=service.Service(found("geckodriver", "its path in GECKODRIVER")))
    yield browser
    browser.quit()


@pytest.fixture(params=[webkit, firefox], ids=lambda opened: opened.__name__)
def browser(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    pytest.importorskip("selenium", reason="needs selenium: pip install selenium")
    with request.param(tmp_path) as opened:
        opened.set_script_timeout(PATIENCE)
        yield opened


WRITTEN = """
const done = arguments[0];
const write = async () => {
  const { model } = await (await fetch("./site.json")).json();
  const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle("studysmith_", { create: true });
  const file = await folder.getFileHandle(`model-${model.sha256}.gguf`, { create: true });
  await (await fetch(model.path)).body.pipeTo(await file.createWritable());
};
write().then(() => done(null), (error) => done(String(error)));
"""
"""Puts the model where the page keeps it, in a browser where the page cannot do so itself."""


def until(browser: Any, wanted: str) -> Any:
    """What an expression of the remembered state of the page becomes. Fails with what the page says of trouble."""
    from selenium.webdriver.support.wait import WebDriverWait

    script = (
        "const it = JSON.parse(localStorage['studysmith:/'] ?? '{}'); "
        f"return [{wanted}, document.querySelector('#trouble-said').textContent]"
    )
    value, trouble = WebDriverWait(browser, PATIENCE).until(
        lambda _: any(said := browser.execute_script(script)) and said
    )
    assert trouble == ""
    return value


def pressed(browser: Any, name: str) -> None:
    browser.find_element("xpath", f"//button[normalize-space()='{name}']").click()


def test_a_learner_plans_ticks_and_replans_and_the_server_may_be_gone(site: Path, bundle: Path, browser: Any) -> None:
    today = date.today()
    with serving(site) as served:
        browser.get(served.url)
        if browser.name == "MiniBrowser":
            assert browser.execute_async_script(WRITTEN) is None
        browser.find_element("id", "text").send_keys(TEXT)
        pressed(browser, "Make my plan")
        made = until(browser, "it.current?.plan")
    with load_planner(bundle) as planner:
        wanted = planner.plan(TEXT, today)
        again = planner.replan(wanted, Marks(done=["1.1"], missed=["1.2"]), today)
    assert made == wanted.model_dump(mode="json")

    # The server is gone, and the page is loaded anew.
    browser.find_element("css selector", ".sitting .done").click()
    browser.get(served.url)
    ticked = "[...document.querySelectorAll('.sitting .done')].map((box) => box.checked)"
    assert until(browser, f"{ticked}.length && {ticked}") == [True, False]
    pressed(browser, "I missed this week")
    pressed(browser, "Plan the rest again")
    assert until(browser, "it.current.replanned && it.current.plan") == again.model_dump(mode="json")
