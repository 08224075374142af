"""The kept model of languages says what the whole one says."""

from __future__ import annotations

from pathlib import Path

import pytest
from py3langid.langid import MODEL_FILE, LanguageIdentifier
from studysmith.programs.request.facts import LANGUAGES
from studysmith.programs.request.identifier import identifier, kept_name, pack

TEXTS = (
    "I keep mixing up slope and intercept", "Tengo tres semanas para las fracciones", "Ich habe zwei Wochen für Brüche",
    "J'ai un examen sur les dérivées", "1/2 + 1/3 = 2/5", "我想学习分数的加法", "???",
)  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STUDYSMITH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_the_kept_model_gives_the_same_numbers_as_the_whole_one(folder: Path) -> None:
    whole = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    whole.set_languages(LANGUAGES)
    said = [whole.rank(text) for text in TEXTS]
    made = identifier(LANGUAGES)
    assert [path.suffix for path in folder.iterdir()] == [".zip"]
    read = identifier(LANGUAGES)
    pack(LANGUAGES, folder / kept_name(LANGUAGES))
    sent = identifier(LANGUAGES)
    for model in (made, read, sent):
        for text, ranks in zip(TEXTS, said, strict=True):
            now = model.rank(text)
            assert dict(now) == pytest.approx(dict(ranks), abs=1e-5)
            assert now[0][0] == ranks[0][0]
    assert (folder / kept_name(LANGUAGES)).stat().st_size < 3_000_000


def test_a_broken_file_is_made_anew_and_a_folder_that_cannot_be_written_does_no_harm(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = identifier(("en", "es")).rank(TEXTS[1])
    [file] = folder.iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    assert identifier(("en", "es")).rank(TEXTS[1]) == known
    assert len(file.read_bytes()) == len(whole)
    (folder.parent / "file").write_text("no folder")
    monkeypatch.setenv("STUDYSMITH_CACHE", str(folder.parent / "file"))
    assert identifier(("en", "es")).rank(TEXTS[1]) == known
