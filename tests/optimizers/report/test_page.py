"""The page is whole, leads nowhere, and says what its numbers allow."""

import base64
import json
import re
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path

import pytest
from studysmith.deploy.engines.meter import Usage
from studysmith.optimizers.candidate import Prompt
from studysmith.optimizers.compare import MethodComparison, MethodResult, Search
from studysmith.optimizers.compare_rows import rows_of
from studysmith.optimizers.contrasts import contrasts_of
from studysmith.optimizers.ledger import Point, Spent
from studysmith.optimizers.report.conclusions import conclude
from studysmith.optimizers.report.page import report_html, report_markdown, write_report
from studysmith.programs.plan import Adaptation, Phase, Session, StudyPlan, Week

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>"
USAGE = Usage(lm_calls=3, prompt_tokens=900, completion_tokens=200, seconds=4.0)
VOID = {"meta", "br", "hr", "img", "link", "input"}
OPEN = {"li", "dt", "dd", "p", "html", "td", "th", "tr"}
"""Elements whose end HTML lets one leave out."""


def plan() -> dict[str, object]:
    session = Session(title=HOSTILE, objective="Add & subtract", rationale=f"Because {HOSTILE}", day=0)
    week = Week(number=1, title="Fractions", sessions=[session])
    written = StudyPlan(
        title=HOSTILE,
        phases=[Phase(title="One", objective="x < 2 && y > 3", weeks=[week])],
        adaptations=[Adaptation(when="behind", trigger="When behind", action="Read https://example.org/a.js")],
    )
    return written.model_dump(mode="json")


def results(scores: Sequence[float], written: dict[str, object] | None = None) -> list[MethodResult]:
    return [
        MethodResult(
            id=f"test-{i}",
            score=score,
            usage=USAGE,
            dimensions={"sound": 0.5, "diagnosis": 1.0, "fluent": score},
            plan=written,
            reply=None if written else {"said": HOSTILE, "spans": [["topic", "slope"]]},
        )
        for i, score in enumerate(scores)
    ]


def compared(
    scores: dict[str, list[float]], arms: dict[str, list[str]], spent: dict[str, Spent], *, plans: bool = True
) -> MethodComparison:
    """A comparison of searches with these scores; ``spent`` by arm, where it is a search."""
    found = {name: results(each, plan() if plans else None) for name, each in scores.items()}
    rows = rows_of(found, arms)
    searches = {}
    for row in rows:
        row.ledger = spent.get(row.method, Spent())
        row.confirmed = 1 if row.method in spent else None
        for name in arms[row.method]:
            prompts = {"ask": Prompt(instructions=f"Say it. {HOSTILE}", demos=[{"said": "so"}])}
            curve = [Point(lm_calls=10, tokens=100, score=0.4), Point(lm_calls=40, tokens=900, score=0.6)]
            searches[name] = Search(
                arm=row.method,
                budget="60 calls" if row.method in spent else "",
                notes=[f"finalist: {HOSTILE}"],
                prompts=prompts,
                ledger=row.ledger,
                curve=curve if row.method in spent else [],
            )
    return MethodComparison(
        task="plan",
        model="some.gguf",
        machine="a machine, 2 cores",
        rows=rows,
        results=found,
        arms=arms,
        searches=searches,
        contrasts=contrasts_of(found, arms),
    )


BASE = [0.50, 0.52, 0.48, 0.55, 0.45, 0.51, 0.49, 0.50]
ARMS = {
    "base": ["base"],
    "text": ["text-0", "text-1", "text-2"],
    "random": ["random-0", "random-1"],
    "direct": ["direct"],
}
TEXT, RANDOM = Spent(lm_calls=60, prompt_tokens=5000, labels=30, words=90), Spent(lm_calls=58, prompt_tokens=9000)


def comparison() -> MethodComparison:
    scores = {
        "base": BASE,
        "text-0": [b + 0.20 for b in BASE],
        "text-1": [b + 0.22 for b in BASE],
        "text-2": [b + 0.21 for b in BASE],
        "random-0": [b + 0.01 * (-1) ** i for i, b in enumerate(BASE)],
        "random-1": [b - 0.01 * (-1) ** i for i, b in enumerate(BASE)],
        "direct": [0.1] * len(BASE),
    }
    whole = compared(scores, ARMS, {"text": TEXT, "random": RANDOM})
    whole.results["direct"] = [MethodResult(id=f"test-{i}", score=0.1, usage=USAGE, failure="cut") for i in range(8)]
    return whole


@pytest.fixture(scope="module")
def page() -> str:
    return report_html(comparison())


def table(page: str, heading: str) -> list[dict[str, str]]:
    """The rows of the table below a heading, by the names of the columns as a phone shows them."""
    below = page.partition(f"<h2>{heading}</h2>")[2].partition("</table>")[0]
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", below.partition("</thead>")[2], re.DOTALL)
    return [dict(re.findall(r'<td[^>]*data-column="([^"]*)"[^>]*>([^<]*)</td>', row)) for row in rows]


class Tags(HTMLParser):
    """Every tag that is opened is closed in its turn."""

    def __init__(self) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Nothing to close."""

    def handle_endtag(self, tag: str) -> None:
        while self.stack and self.stack[-1] != tag and self.stack[-1] in OPEN:
            self.stack.pop()
        if not self.stack or self.stack.pop() != tag:
            self.wrong.append(tag)


def test_the_page_needs_nothing_from_elsewhere(page: str) -> None:
    shown = re.sub(r'\sxmlns(:\w+)?="[^"]*"', "", page)  # names of languages, never fetched
    led = re.findall(r'(?:src|href|data|action)\s*=\s*"(?!#)([^"]*)"', shown)
    assert all(address.startswith("data:application/jsonl;base64,") for address in led)
    assert re.findall(r"url\((?!#)[^)]*\)|@import|<link|<script|<iframe", shown) == []
    assert set(re.findall(r"https?://[^\s<\"]+", shown)) == {"https://example.org/a.js"}  # the plans' own words


def test_nothing_in_a_plan_a_note_or_a_prompt_becomes_markup(page: str) -> None:
    assert HOSTILE not in page
    assert "<img" not in page
    assert page.count("&lt;script&gt;alert(1)") >= 9
    assert "x &lt; 2 &amp;&amp; y &gt; 3" in page


def test_its_tags_close(page: str) -> None:
    tags = Tags()
    tags.feed(page)
    assert tags.wrong == []
    assert 'name="viewport" content="width=device-width' in page


def test_the_conclusion_comes_first(page: str) -> None:
    body = re.sub(r"<[^>]*>", "", page.partition("</h1>")[2])
    assert body.split("\n")[3].startswith("What may be concluded")
    assert body.index("text is better than base: +0.210 [") < body.index("What may not be concluded")
    assert "on 8 test examples, 3 searches, confirmed in 1 of 3 searches." in body


def test_every_arm_is_in_the_tables_with_costs_by_learner(page: str) -> None:
    for heading in ("Scores", "What a result costs at use", "How sure that is"):
        assert [row["arm"] for row in table(page, heading)] == list(ARMS)
    [text] = [row for row in table(page, "How sure that is") if row["arm"] == "text"]
    assert (text["searches"], text["exact p (least)"]) == ("3", "0.25 (least 0.25)")
    [text] = [row for row in table(page, "What a result costs at use") if row["arm"] == "text"]
    assert text == {
        "arm": "text",
        "calls / learner": "3.0",
        "prompt tokens / learner": "900",
        "reply tokens / learner": "200",
        "seconds / learner": "4.00",
    }


def test_sense_and_diagnosis_stand_beside_the_score(page: str) -> None:
    assert list(table(page, "Scores")[0])[1:4] == ["overall [95 %]", "sense", "diagnosis right"]


def test_the_markdown_says_the_same(page: str, tmp_path: Path) -> None:
    write_report(comparison(), tmp_path)
    text = (tmp_path / "report.md").read_text("utf-8")
    assert text == report_markdown(comparison())
    assert (tmp_path / "report.html").read_text("utf-8") == page
    for heading in re.findall(r"^## (.*)$", text, re.M):
        assert f"<h2>{heading}</h2>" in page
    for line in re.findall(r"^\| (text|random|direct) \|(.*) \|$", text, re.M):
        assert all(f">{cell.strip()}</td>" in page for cell in line[1].split("|"))
    assert [name for name in re.findall(r"\]\(([^)]*)\)", text) if not (tmp_path / name).is_file()] == []


def test_there_are_three_figures_and_what_each_arm_took(page: str) -> None:
    assert page.count("<svg") == 3  # scores, costs, dimensions
    assert [row["prompt tokens"] for row in table(page, "What each arm took")] == ["0", "5,000", "9,000", "0"]
    assert "words of written text" in page


def test_plans_are_rendered_side_by_side(page: str) -> None:
    assert page.count('<div class="beside">') == 3
    assert page.count("<h4>") >= 3
    assert "\n## " not in page
    assert "No usable reply: cut" not in page  # the worst arm is not among the three


def test_results_can_be_taken_along(page: str) -> None:
    data = re.findall(r'download="([^"]+)" href="data:application/jsonl;base64,([^"]+)"', page)
    assert [name for name, _ in data] == [f"{name}.jsonl" for name in comparison().results]
    lines = [json.loads(line) for line in base64.b64decode(dict(data)["text-0.jsonl"]).decode().splitlines()]
    assert [line["score"] for line in lines] == [result.score for result in comparison().results["text-0"]]
    assert "plan" not in lines[0]


def test_a_task_without_plans_shows_its_replies() -> None:
    scores = {"base": BASE, "text": BASE}
    arms = {"base": ["base"], "text": ["text"]}
    page = report_html(compared(scores, arms, {}, plans=False))
    assert "<dt>spans<dd>topic, slope" in page
    assert HOSTILE not in page
    assert page.count("<svg") == 2  # nothing was spent, so there is no curve of it


class TestConclusions:
    def test_a_gain_that_all_searches_repeat_may_be_concluded(self) -> None:
        _, may, may_not = conclude(comparison())
        assert may[0].startswith("text scores +0.210 [")
        assert "above base (8 test examples, 3 searches; p = " in may[0]
        assert may[0].endswith("corrected for 3 arms).")
        assert not any(line.startswith("That text differs") for line in may_not)

    def test_what_was_not_shown_is_not_said_to_be_equal(self) -> None:
        _, _, may_not = conclude(comparison())
        assert any(line.startswith("That random differs from base, or that it does not: ") for line in may_not)

    def test_it_says_what_so_few_searches_can_show(self) -> None:
        _, _, may_not = conclude(comparison())
        assert any("3 give no p below 0.25" in line for line in may_not)

    def test_it_says_when_examples_are_too_few_for_any_arm(self) -> None:
        scores = {"base": [0.1, 0.2, 0.3, 0.2, 0.1], "text": [0.9, 0.8, 0.9, 0.9, 0.9]}
        first, may, may_not = conclude(compared(scores, {"base": ["base"], "text": ["text"]}, {"text": TEXT}))
        assert first == (
            "No arm was shown to differ from base on 5 test examples. With 5 examples the smallest p that an exact "
            "test can give is 0.062: too few to show anything."
        )
        assert may == []
        assert "Anything at 0.05 about text: to an exact test, 5 examples give no p below 0.062." in may_not
        assert any("was searched for once" in line for line in may_not)

    def test_it_names_the_quantity_that_was_equal(self) -> None:
        [said] = [line for line in conclude(comparison()).may_not if "cost the same" in line]
        assert "within 5 % equal: calls (60)" in said
        assert "not equal: tokens (text 5,000, random 9,000)" in said
        assert said.endswith("Each search was allowed 60 calls.")

    def test_a_score_that_rises_without_sense_is_called_so(self) -> None:
        _, _, may_not = conclude(comparison())
        assert any(line.startswith("That text makes more sense: its overall score rose") for line in may_not)

    def test_a_winner_that_was_not_confirmed_does_not_ship(self) -> None:
        _, _, may_not = conclude(comparison())
        assert any(line.startswith("That text ships: 1 of 3 winners were confirmed") for line in may_not)

    def test_a_control_that_does_as_well_is_named(self) -> None:
        scores = {"base": BASE, "text": [b + 0.2 for b in BASE], "same-length": [b + 0.2 for b in BASE]}
        _, _, may_not = conclude(compared(scores, {name: [name] for name in scores}, {"text": TEXT}))
        assert any(line.startswith("That there is more in it than in same-length: ") for line in may_not)

    def test_a_part_that_got_worse_is_named_though_the_whole_did_not(self) -> None:
        whole = comparison()
        for name in ARMS["text"]:
            for i, result in enumerate(whole.results[name]):
                result.dimensions["sound"] = 0.2 + 0.01 * (i % 2)
        _, may, _ = conclude(whole)
        assert any(line.startswith("text is worse than base in sound: -0.29") for line in may)

    def test_it_never_speaks_of_other_models_or_tasks(self) -> None:
        _, _, may_not = conclude(comparison())
        assert "Anything about other models or tasks. One model (some.gguf), one task (plan), one metric." in may_not
