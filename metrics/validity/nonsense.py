"""Ways to take the sense out of a sentence and leave it fluent."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from ..dimensions.associations import INTERESTS
from ..dimensions.lexicon import FUNCTION_WORDS, OBSERVABLE_VERBS

_WORD = re.compile(r"[A-Za-z]+(?:'[a-z]+)?")
_ENDINGS = ("ing", "ed", "ly", "tion", "s", "er", "e")
_HOBBIES = tuple(INTERESTS)
_PASTED = (
    "like a {0}", "of your {0}", "with the {0} on it", "on a {0}", "for each {0}", "and the {0} of it", "by your {0}",
    "into the {0}", "from the {0}", "in {0}",
)  # fmt: skip


def kind_of_word(word: str) -> str:
    """A part of speech as far as a list of verbs and the ending tell it; empty for a function word."""
    w = word.lower()
    if w in FUNCTION_WORDS or len(w) < 3:
        return ""
    if w in OBSERVABLE_VERBS:
        return "verb"
    return next((e for e in _ENDINGS if w.endswith(e)), "-")


def swap_words(text: str, donor: str, rng: random.Random, share: float = 0.3) -> str:
    """Some content words give way to words of the same kind from another sentence; the text itself if none fits."""
    places = [m for m in _WORD.finditer(text) if kind_of_word(m[0])]
    pool: dict[str, list[str]] = {}
    for m in _WORD.finditer(donor):
        if (kind := kind_of_word(m[0])) and m[0].lower() not in text.lower():
            pool.setdefault(kind, []).append(m[0].lower())
    fitting = [m for m in places if pool.get(kind_of_word(m[0]))]
    wanted = min(len(fitting), max(1, round(share * len(places))))
    for m in sorted(rng.sample(fitting, wanted), key=lambda m: -m.start()):
        new = rng.choice(pool[kind_of_word(m[0])])
        text = text[: m.start()] + (new.capitalize() if m[0][0].isupper() else new) + text[m.end() :]
    return text


def paste_hobby(text: str, rng: random.Random, own: Sequence[str] = ()) -> str:
    """A hobby's word stands where it has no business."""
    hobby = rng.choice([*own, *rng.sample(_HOBBIES, 3)])
    thing = rng.choice([hobby, *sorted(INTERESTS.get(hobby, ()))]).replace("-", " ")
    parts = text.split()
    at = rng.randint(min(3, len(parts)), max(min(3, len(parts)), len(parts) - 1))
    return " ".join([*parts[:at], rng.choice(_PASTED).format(thing), *parts[at:]])


def letter_salad(text: str, rng: random.Random) -> str:
    """Several words turn into letters, as a model writes them when it loses its thread."""
    parts = text.rstrip(".!? ").split()
    for i in rng.sample(range(len(parts)), max(1, len(parts) // 4)):
        letters = "abcdefghiklmnoprstuvyxz"
        parts[i] = rng.choice(
            ("".join(rng.choices(letters, k=rng.randint(5, 13))), "".join(rng.choices("xydtz", k=rng.randint(3, 9))))
        )
    return " ".join(parts) + "."


def shuffle(text: str, rng: random.Random) -> str:
    """All of the words, or half of them, in another order."""
    parts = text.rstrip(".!? ").split()
    count = len(parts) if rng.random() < 0.6 else max(2, len(parts) // 2)
    places = sorted(rng.sample(range(len(parts)), min(count, len(parts))))
    for place, word in zip(places, rng.sample([parts[i] for i in places], len(places)), strict=True):
        parts[place] = word
    return " ".join(parts) + "."
