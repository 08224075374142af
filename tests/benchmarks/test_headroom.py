"""The benchmark of `headroom`, on one scripted model, whose searches take no time."""

from pathlib import Path

import pytest
from studysmith.deploy.journal import Journal

from benchmarks import headroom as benchmark
from benchmarks.small_tasks import SPLITS, small_tasks


def test_a_case_is_forecast_run_and_reported_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark, "CALLS", (40,))
    model = benchmark.scripted(11, tmp_path)
    with Journal(tmp_path / "cases.jsonl", {"benchmark": "headroom"}, key="case") as journal:
        benchmark.run("topic", model, 0, tmp_path, journal)
        [row] = journal.rows.values()
        assert row["usage"]["lm_calls"] <= 40
        assert -1 <= row["gain"] <= 1
        benchmark.run("topic", model, 0, tmp_path, journal)
        assert list(journal.rows.values()) == [row]
    lines = benchmark.report([row], tmp_path).splitlines()
    assert lines[2].startswith("| topic-scripted11-0 | 40, ")
    assert "gains within the interval of 90 %: " in lines[4]


@pytest.mark.parametrize("name", small_tasks())
def test_splits_share_no_text_and_labels_are_as_frequent_in_each(name: str) -> None:
    task = small_tasks()[name]()
    texts = [example.text for split in SPLITS for example in getattr(task, split)]
    shown = {demo["text"] for demo in task.pools["answer"].demos}
    assert len(texts) == len(set(texts))
    assert not shown & set(texts)
    labels = {example.label for example in task.train}
    if len(labels) <= 4:
        counts = [[e.label for e in task.test].count(label) for label in labels]
        assert max(counts) - min(counts) <= len(task.test) // 8
