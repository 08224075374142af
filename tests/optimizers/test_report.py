import re
from pathlib import Path

import pytest
from studysmith.deploy.engines.meter import Usage
from studysmith.optimizers.budget import Budget
from studysmith.optimizers.candidate import Candidate
from studysmith.optimizers.compare import MethodComparison, MethodResult, _rows
from studysmith.optimizers.report import HEAD, cells, write_report
from studysmith.optimizers.run import Compiled
from studysmith.optimizers.verdict import Verdict
from studysmith.programs.plan import Adaptation, Phase, Session, StudyPlan, Week

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>"


def plan() -> StudyPlan:
    session = Session(title=HOSTILE, objective="Add & subtract", rationale=f"Because {HOSTILE}", day=0)
    week = Week(number=1, title="Fractions", sessions=[session])
    return StudyPlan(
        title=HOSTILE,
        phases=[Phase(title="One", objective="x < 2 && y > 3", weeks=[week])],
        adaptations=[Adaptation(when="behind", trigger="When behind", action="Read https://example.org/a.js")],
    )


def comparison() -> MethodComparison:
    usage = Usage(lm_calls=3, prompt_tokens=900, completion_tokens=200, seconds=4.0)
    written = plan().model_dump(mode="json")

    def result(i: int, base: float) -> MethodResult:
        dimensions = {"fluent": base, "grounded": base / 2}
        return MethodResult(id=f"test-{i}", score=base + i / 100, usage=usage, dimensions=dimensions, plan=written)

    results = {method: [result(i, base) for i in range(6)] for method, base in (("baseline", 0.5), ("text", 0.7))}
    results["direct"] = [MethodResult(id=f"test-{i}", score=0.0, usage=usage, failure="cut") for i in range(6)]
    return MethodComparison(task="plan", rows=_rows(results), results=results)


def compiled() -> Compiled:
    return Compiled(
        task="plan",
        optimizer="text",
        candidate=Candidate(prompts={}),
        verdict=Verdict(confirmed=False, reason="not confirmed"),
        base="m",
        budget=Budget(seconds=60),
        usage={"lm_calls": 7, "tokens": 10, "seconds": 61.0},
        finished=False,
        notes=[f"finalist: {HOSTILE}"],
    )


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    path: Path = tmp_path_factory.mktemp("report") / "report.html"
    write_report(comparison(), path, [compiled()])
    return path.read_text("utf-8")


def test_the_page_needs_nothing_from_elsewhere(page: str) -> None:
    shown = re.sub(r'\sxmlns(:\w+)?="[^"]*"', "", page)  # names of languages, never fetched
    assert re.findall(r'(?:src|href|data|action)\s*=\s*"(?!#)[^"]*"', shown) == []
    assert re.findall(r"url\((?!#)[^)]*\)|@import|<link|<script|<iframe", shown) == []
    assert re.findall(r"https?://[^\s<\"]+", shown) == ["https://example.org/a.js"] * 2  # the plans' own words


def test_nothing_in_a_plan_or_a_note_becomes_markup(page: str) -> None:
    assert HOSTILE not in page
    assert "<img" not in page
    assert page.count("&lt;script&gt;alert(1)") >= 3
    assert "x &lt; 2 &amp;&amp; y &gt; 3" in page


def test_every_row_of_the_table_is_there(page: str) -> None:
    for row in comparison().rows:
        assert "".join(f"<td>{cell}</td>" for cell in cells(row)) in page
    assert "".join(f"<th>{name}</th>" for name in HEAD) in page
    assert page.count("<svg") == 2
    assert "7 calls" in page
    assert "(ended early)" in page


def test_a_row_in_the_terminal_has_a_cell_for_each_column() -> None:
    first, second, failed = (cells(row) for row in comparison().rows)
    assert len(first) == len(second) == len(failed) == len(HEAD)
    assert first[3:5] == ["", ""]
    assert second[3].startswith("+0.200 [")
    assert failed[2] == "0.000 [0.000, 0.000]"


def test_without_dimensions_or_plans_there_is_still_a_page(tmp_path: Path) -> None:
    usage = Usage(lm_calls=1, prompt_tokens=5, completion_tokens=2, seconds=0.1)
    results = {"baseline": [MethodResult(id=str(i), score=i / 2, usage=usage) for i in range(3)]}
    write_report(MethodComparison(task="mine", rows=_rows(results), results=results), tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text("utf-8")
    assert page.count("<svg") == 1
    assert "<details>" not in page
