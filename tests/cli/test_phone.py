"""`phone` as a command."""

from collections.abc import Callable
from pathlib import Path
from typing import Any


def test_the_command_says_it_to_people_and_to_programs(bundle: Path, studysmith: Callable[..., Any]) -> None:
    done = studysmith("phone", bundle)
    assert done.code == 0
    for said in ("0.69 GB of memory", "iPhone 17 Pro and Air", "MLX: 179 tokens/s of at most 229", "PocketPal"):
        assert said in " ".join(done.out.split())
    assert studysmith("phone", bundle, "--json").json["need"]["kv_cache"] == 94_371_840


def test_what_is_no_bundle_is_one_line(
    studysmith: Callable[..., Any], refused: Callable[..., None], tmp_path: Path
) -> None:
    refused(studysmith("phone", tmp_path / "nowhere"), "no model ")
    refused(studysmith("phone", tmp_path), "is no bundle: manifest.json cannot be read")
    (tmp_path / "manifest.json").write_text("{}")
    refused(studysmith("phone", tmp_path), "manifest.json: name: Field required")
