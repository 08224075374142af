"""The page for everybody: no violation that axe-core knows of, and no scrolling sideways on a small phone."""

from typing import Any

import pytest

from .conftest import opened


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_it_reads_on_a_phone_and_to_everybody(
    browser: Any, client: Any, planned: Any, axe: str, width: int, scheme: str
) -> None:
    settings = {"viewport": {"width": width, "height": 740}, "color_scheme": scheme, "bypass_csp": True}

    def checked(page: Any) -> None:
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        if not page.evaluate("Boolean(window.axe)"):
            page.evaluate(axe)
        found = page.evaluate("axe.run()")["violations"]
        assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []

    with opened(browser, client.url, **settings) as page:
        page.locator("#privacy:not(:empty)").wait_for()
        checked(page)
        page.get_by_role("button", name="Make my plan").click()
        page.locator("#text[aria-invalid]").wait_for()
        assert page.locator("#text-error").inner_text().startswith("text: say in a sentence")
        checked(page)
    with opened(browser, client.url, storage_state=planned, **settings) as page:
        page.get_by_role("button", name="I missed this week").first.click()
        page.get_by_role("button", name="This was too hard").first.click()
        page.get_by_label("Done: 2.1").check()
        page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")
        checked(page)
        page.get_by_role("button", name="change days").click()
        checked(page)
