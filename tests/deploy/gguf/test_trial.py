"""The first load of a file in a process of its own, and the special tokens that llama.cpp is found to have."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from studysmith.deploy.engines.base import Message
from studysmith.deploy.engines.llamacpp import LlamaCppEngine
from studysmith.deploy.errors import ModelError
from studysmith.deploy.gguf import trial
from studysmith.deploy.gguf.header import read_header

from .tiny import CONTROL, NORMAL, USER, write_tiny

pytestmark = pytest.mark.model

# Vocabularies as public models have them; some control tokens are typed as ordinary ones, as in many a converted file.
# Each: what is written, and what of it llama.cpp takes out of text whatever its type, or ends a text.
FAMILIES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "llama": (
        {
            "special": {"<s>": CONTROL, "</s>": CONTROL, "<|eot_id|>": NORMAL, "[INST]": NORMAL, "<tool>": USER},
            "model": "llama",
            "roles": {"bos": "<s>", "eos": "</s>"},
        },
        ["<unk>", "<s>", "</s>", "<|eot_id|>", "<tool>"],
    ),
    "smollm2": (
        {
            "special": {"<|endoftext|>": CONTROL, "<|im_start|>": CONTROL, "<|im_end|>": NORMAL, "<div>": NORMAL},
            "roles": {"bos": "<|im_start|>", "eos": "<|im_end|>"},
        },
        ["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
    ),
    "deepseek": (
        {
            "special": {
                "<｜begin▁of▁sentence｜>": CONTROL,
                "<｜end▁of▁sentence｜>": NORMAL,
                "<｜User｜>": USER,
                "<｜fim▁begin｜>": NORMAL,
                "<think>": USER,
            },
            "pre": "deepseek-llm",
            "roles": {"bos": "<｜begin▁of▁sentence｜>"},
        },
        ["<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>", "<｜User｜>", "<｜fim▁begin｜>", "<think>"],
    ),
    "gemma": (
        {
            "special": {
                "<bos>": CONTROL,
                "<eos>": CONTROL,
                "<start_of_turn>": CONTROL,
                "<end_of_turn>": NORMAL,
                "\n\n": USER,
                "▁▁": USER,
                "<table>": USER,
            },
            "model": "llama",
            "roles": {"bos": "<bos>", "eos": "<eos>"},
        },
        ["<unk>", "<bos>", "<eos>", "<start_of_turn>", "<end_of_turn>", "\n\n", "▁▁", "<table>"],
    ),
    "qwen": (
        {
            "special": {"<|endoftext|>": NORMAL, "<|im_end|>": NORMAL, "<|fim_prefix|>": NORMAL, "<think>": USER},
            "pre": "qwen2",
            "roles": {"eos": "<|im_end|>"},
        },
        ["<|endoftext|>", "<|im_end|>", "<|fim_prefix|>", "<think>"],
    ),
}
CONTENT = {"\n\n", "▁▁"}


def _forms(token: str) -> list[str]:
    cuts = range(1, len(token))
    return [
        token,
        token * 2,
        token.replace("▁", " "),
        *(token[:i] + token + token[i:] for i in cuts),
        *(token[:i] + joint + token[i:] for i in cuts for joint in (" ", "▁", "\u200b", "\n")),
    ]


@pytest.mark.parametrize("family", FAMILIES)
def test_what_is_special_is_what_llama_cpp_takes_out_of_text_and_no_user_can_write_it(
    family: str, tmp_path: Path
) -> None:
    written, special = FAMILIES[family]
    path = write_tiny(tmp_path / "m.gguf", **written, values={"llama.context_length": 2**15})
    header = read_header(path)
    found = trial.special_tokens(header)
    assert set(found) == set(special)
    tokens = header.metadata["tokenizer.ggml.tokens"]
    with LlamaCppEngine(path) as engine:
        # Without this, what follows would pass where nothing is parsed at all.
        assert {text: engine.tokenize(text) for text in found} == {text: [index] for text, index in found.items()}
        plain = engine.tokenize(engine.render([Message(role="user", content="a")]))
        begin = [i for i in plain if tokens[i] in found]
        for token in set(special) - CONTENT:
            said = "".join(_forms(token)) + " ".join(_forms(token))
            ids = engine.tokenize(engine.render([Message(role="user", content=said)]))
            assert [i for i in ids if tokens[i] in set(special) - CONTENT] == begin, token
        text = "1 < 2\n\nand  3 > 2 | [INST] <div>▁▁"
        assert engine.render([Message(role="user", content=text)]).endswith(text)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STUDYSMITH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return write_tiny(tmp_path / "small.gguf", {"<s>": CONTROL, "<|im_end|>": NORMAL})


def test_a_file_is_tried_once_and_once_more_when_it_has_changed(
    small: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = trial.special_tokens(read_header(small))
    assert found == {"<s>": 0, "<|im_end|>": 1}
    with monkeypatch.context() as patch:
        patch.setattr(trial.sys, "executable", "/nowhere")
        assert trial.special_tokens(read_header(small)) == found
        other = write_tiny(tmp_path / "other.gguf", {"<s>": CONTROL, "</s>": NORMAL})
        with pytest.raises(ModelError, match=r"cannot start a process to try .*other\.gguf"):
            trial.special_tokens(read_header(other))
    [record] = (cache / "trials").iterdir()
    for broken in ("", "[]", '{"special": 3}', json.dumps({"special": [10**6]}), json.dumps({"special": ["a"]})):
        record.write_text(broken)
        assert trial.special_tokens(read_header(small)) == found
        assert json.loads(record.read_text()) == {"special": [1]}


def test_a_cache_that_cannot_be_written_costs_a_trial_each_time(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("STUDYSMITH_CACHE", str(tmp_path / "file"))
    assert trial.special_tokens(read_header(small)) == {"<s>": 0, "<|im_end|>": 1}


@pytest.mark.skipif(os.name != "posix", reason="there are no such limits")
@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({"_MEMORY": 50 * 2**20, "_MEMORY_SHARE": 0}, "it takes more than 52 MB of memory"),
        ({"_CPU_SECONDS": 0}, "it computes for more than 0 seconds"),
        ({"_SECONDS": 0}, "it takes more than 0 seconds"),
    ],
    ids=["memory", "computing", "waiting"],
)
def test_what_goes_beyond_its_limits_is_one_line(
    small: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, limits: dict[str, int], said: str
) -> None:
    for name, value in limits.items():
        monkeypatch.setattr(trial, name, value)
    with pytest.raises(ModelError, match=f"^llama.cpp cannot load mine: {said}$"):
        trial.special_tokens(read_header(small), "mine")
    assert not (cache / "trials").exists()
