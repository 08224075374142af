"""`phone` as a command."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ANSWER = "Yes, on every iPhone from iPhone 14 on: it needs 0.69 GB of memory, and an app may use 3 GB or more."


def test_the_command_says_it_to_people_and_to_programs(bundle: Path, studysmith: Callable[..., Any]) -> None:
    done = studysmith("phone", bundle)
    assert done.code == 0
    said = " ".join(done.out.split())
    assert said.startswith(ANSWER)
    assert "iPhone 17 Pro and Air" in said
    assert "PocketPal" not in said  # opens nothing of this bundle
    assert "MLX: 179" not in said
    explained = " ".join(studysmith("phone", bundle, "--sources").out.split())
    assert explained.startswith(ANSWER)
    for each in ("0.09 KV cache", "MLX: 179 tokens/s of at most 229", "PocketPal", "choose_way: ", "Yardstick"):
        assert each in explained
    found = studysmith("phone", bundle, "--json").json
    assert (found["need"]["kv_cache"], found["answer"][: len(ANSWER)]) == (94_371_840, ANSWER)


@pytest.mark.model
def test_without_a_bundle_it_says_so_of_the_default_planner(studysmith: Callable[..., Any]) -> None:
    found = studysmith("phone", "--json").json
    assert found["answer"].startswith(ANSWER)
    assert found["prompts"] == []
    assert [each["formats"] for each in found["apps"]] == [["web"], ["chat"], ["chat", "mlx"], ["chat", "mlx"], []]


def test_what_is_no_bundle_is_one_line(
    studysmith: Callable[..., Any], refused: Callable[..., None], tmp_path: Path
) -> None:
    refused(studysmith("phone", tmp_path / "nowhere"), "no model ")
    refused(studysmith("phone", tmp_path), "is no bundle: manifest.json cannot be read")
    (tmp_path / "manifest.json").write_text("{}")
    refused(studysmith("phone", tmp_path), "manifest.json: name: Field required")
