"""The page in Chromium, planned by the embedded model behind `studysmith serve`: a real planner, and real plans."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from studysmith.deploy.bundle.frozen import FrozenProgram
from studysmith.deploy.engines.llamacpp import LlamaCppEngine
from studysmith.deploy.planner import PROGRAMS, Planner

from ..serve.conftest import serve  # noqa: F401  a fixture

TEXT = "adding fractions, 2 weeks, one session a week of 20 minutes, quaternions"
TODAY = "2026-01-05"
PATIENCE = 60_000
"""Milliseconds that a busy machine has for a plan."""


@contextmanager
def opened(browser: Any, url: str, before: Callable[[Any], None] = lambda page: None, **settings: Any) -> Iterator[Any]:
    """A page of its own on the day TODAY that asks for nothing beyond its origin and throws nothing."""
    context = browser.new_context(**{"viewport": {"width": 360, "height": 740}, "reduced_motion": "reduce"} | settings)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.clock.set_fixed_time(f"{TODAY}T10:00:00")
    beyond: list[str] = []
    thrown: list[str] = []
    page.on("request", lambda r: None if r.url.startswith((url, "data:", "blob:")) else beyond.append(r.url))
    page.on("pageerror", lambda error: thrown.append(str(error)))
    before(page)
    page.goto(url)
    yield page
    context.close()
    assert (beyond, thrown) == ([], [])


def make(page: Any, text: str = TEXT) -> None:
    """Type a request, and wait for the whole plan."""
    page.get_by_label("What do you want to learn?").fill(text)
    page.get_by_role("button", name="Make my plan").click()
    page.get_by_role("heading", name="Keep this plan").wait_for()


def kept(page: Any) -> Any:
    """What the page remembers."""
    return json.loads(page.evaluate("localStorage.getItem('studysmith:/')"))


@pytest.fixture(scope="session")
def client(serve: Callable[..., Any], engine: LlamaCppEngine) -> Iterator[Any]:  # noqa: F811
    """The default planner on the embedded model, served; one for all, for what a browser keeps is kept by address."""
    from studysmith.deploy.web.service import Service

    with serve(Service(Planner(FrozenProgram.load(PROGRAMS["chosen"]), engine))) as client:
        yield client


@pytest.fixture(scope="session")
def planned(browser: Any, client: Any) -> Any:
    """What a browser keeps once a plan was made: the start of many tests."""
    with opened(browser, client.url) as page:
        make(page)
        page.wait_for_function("() => JSON.parse(localStorage.getItem('studysmith:/')).current.files")
        return page.context.storage_state()
