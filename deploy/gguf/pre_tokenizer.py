"""How a tokenizer splits text before it merges, by llama.cpp's name for it.

The converter knows a tokenizer by the ids that it gives to one text, so that a vocabulary trained anew, or one with a
token more, is unknown to it although it splits as its family does. What splits text stands in `tokenizer.json` word for
word: where that is a family's, so is the name.
"""

import json
from pathlib import Path
from typing import Any

_CONTRACTIONS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"
_REST = r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
_AFTER_SPLIT, _WITH_REGEX = ("ByteLevel", False, False), ("ByteLevel", False, True)
# What splits, the normalizer, and whether whole words that are tokens skip the merges.
_NAMES: dict[tuple[Any, ...], str] = {
    ((("Digits", True), _WITH_REGEX), None, False): "smollm",
    ((_WITH_REGEX,), None, False): "gpt-2",
    ((("Split", _CONTRACTIONS + r"\p{N}" + _REST, "Isolated", False), _AFTER_SPLIT), "NFC", False): "qwen2",
    ((("Split", _CONTRACTIONS + r"\p{N}{1,3}" + _REST, "Isolated", False), _AFTER_SPLIT), None, True): "llama-bpe",
}


def pre_type(folder: Path) -> str:
    """The name of what `folder`'s tokenizer.json splits by, "" where it is no family's or there is none."""
    path = folder / "tokenizer.json"
    if not path.is_file():
        return ""
    tokenizer = json.loads(path.read_text("utf-8"))
    splitter, normalizer = tokenizer.get("pre_tokenizer") or {}, tokenizer.get("normalizer") or {}
    steps = tuple(map(_essence, splitter.get("pretokenizers", [splitter])))
    return _NAMES.get((steps, normalizer.get("type"), bool(tokenizer["model"].get("ignore_merges"))), "")


def is_sentencepiece(folder: Path) -> bool:
    """Whether `folder`'s tokenizer.json was made of a SentencePiece model."""
    path = folder / "tokenizer.json"
    return path.is_file() and bool(json.loads(path.read_text("utf-8"))["model"].get("byte_fallback"))


def _essence(step: dict[str, Any]) -> tuple[Any, ...]:
    """A step without what changes no token."""
    fields = {
        "Digits": ("individual_digits",),
        "Split": ("pattern", "behavior", "invert"),
        "ByteLevel": ("add_prefix_space", "use_regex"),
    }
    values = (step.get(field) for field in fields.get(step.get("type", ""), ()))
    return (step.get("type"), *(value.get("Regex") if isinstance(value, dict) else value for value in values))
