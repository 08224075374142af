"""Does a sentence make sense for a concept? A very small network that has read what experts and what models write.

Each word is seen as itself and as what it is to the session: a word of the concept, of its neighbours, of other
mathematics, of a hobby. The network (two layers of attention, 64 wide) was fitted by ``benchmarks/sound`` on
experts' sentences against sentences of tuned and untuned small models and against experts' sentences with the sense
taken out. Its numbers are in ``sense.npz``; reading a sentence takes NumPy and half a millisecond.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...programs.curriculum import Curriculum
from . import facts
from .associations import INTEREST_NAMES, INTERESTS
from .facts import CURRICULA
from .language import spelt_like_english
from .lexicon import FUNCTION_WORDS, OBSERVABLE_VERBS
from .text import content_stems, stem, words

FILE = Path(__file__).with_name("sense.npz")
_PAD, _START, _UNKNOWN, _STRANGE, FIRST_WORD = range(5)
_FUNCTION, _OWN, _NEAR, _AROUND, _OTHER, _HOBBY, _DO, _NUMBER, _PLAIN = range(9)
MOST_WORDS = 48
"""Words of a sentence that are read."""
_HEADING = 24
LIMIT = 8.0
"""Log odds beyond which nothing is surer."""
_HEADS = 4
_BLOCK = 16
_HOBBY_STEMS = INTEREST_NAMES | frozenset().union(*INTERESTS.values())
Floats = NDArray[np.float32]


@lru_cache(maxsize=CURRICULA)
def _subject(source: Curriculum) -> frozenset[str]:
    """Stems by which one concept or another is told."""
    return frozenset().union(*(facts.telling(c, source) for c in source)) | facts.mathematical(source)


@lru_cache(maxsize=1 << 12)
def _around(concept: str, source: Curriculum) -> frozenset[str]:
    """Stems of the concept's neighbours in the graph."""
    return frozenset().union(*(facts.vocabulary(c, source) for c in facts.near(concept, source)))


@lru_cache(maxsize=1 << 16)
def _role(word: str, concept: str, source: Curriculum) -> int:
    """What a word is to a session on the concept."""
    if word in FUNCTION_WORDS:
        return _FUNCTION
    if word[0].isdigit():
        return _NUMBER
    s = stem(word)
    if s in facts.telling(concept, source):
        return _OWN
    if s in facts.vocabulary(concept, source):
        return _NEAR
    if s in _around(concept, source):
        return _AROUND
    if s in _subject(source):
        return _OTHER
    if s in _HOBBY_STEMS:
        return _HOBBY
    return _DO if word in OBSERVABLE_VERBS else _PLAIN


@dataclass(frozen=True, slots=True)
class Encoded:
    """A sentence as numbers, a row each: words, their roles, parts (heading, activity, reason), and what is shared."""

    rows: NDArray[np.int16]
    reason: bool


def encode(text: str, concept: str, activity: str | None, source: Curriculum, known: dict[str, int]) -> Encoded:
    """``activity`` is what a reason follows from, None where ``text`` is itself one. ``known``: words to numbers."""

    def number(word: str) -> int:
        found = known.get(word)
        if found is not None:
            return found
        return _UNKNOWN if word.isascii() and spelt_like_english(word, source) else _STRANGE

    c = source[concept]
    heading = words(f"{c.name} {c.objective}")[:_HEADING]
    rows = [(_START, _FUNCTION, 0, 0)] + [(number(w), _role(w, concept, source), 0, 0) for w in heading]
    there = frozenset(content_stems(activity or ""))
    here = frozenset(content_stems(text))
    parts = [(text, 1, there)] if activity is None else [(activity, 1, here), (text, 2, there)]
    for said, part, other in parts:
        rows += [(number(w), _role(w, concept, source), part, int(stem(w) in other)) for w in words(said)[:MOST_WORDS]]
    return Encoded(np.array(rows, np.int16).T, activity is not None)


@dataclass(frozen=True)
class Network:
    """The fitted numbers by name, and the words by number."""

    weights: dict[str, Floats]
    known: dict[str, int]

    @classmethod
    def load(cls, path: Path = FILE) -> Network:
        with np.load(path, allow_pickle=False) as file:
            names = bytes(file["words"]).decode().split("\n")
            weights = {k: file[k] * file[f"scale {k}"] for k in file.files if f"scale {k}" in file.files}
        return cls(weights, {word: FIRST_WORD + i for i, word in enumerate(names)})

    def logit(self, encoded: Encoded) -> float:
        """Above 0 where the sentence rather makes sense."""
        w = self.weights
        ids, roles, parts, shared = encoded.rows
        x = w["e"][ids] + w["r"][roles] + w["g"][parts] + w["f"][shared] + w["q"][places(parts)]
        for k in ("0", "1"):
            x = self._layer(x, k)
        x = _normed(x, w["n.w"], w["n.b"])
        judged = parts == (2 if encoded.reason else 1)
        read = np.concatenate([x[0], x[judged].mean(0) if judged.any() else np.zeros_like(x[0])])
        return float(w["h.w"][int(encoded.reason)] @ read + w["h.b"][int(encoded.reason)])

    def _layer(self, x: Floats, k: str) -> Floats:
        w, n, d = self.weights, *x.shape
        mixed = _times(_normed(x, w[f"{k}.n1.w"], w[f"{k}.n1.b"]), w[f"{k}.qkv.w"]) + w[f"{k}.qkv.b"]
        q, key, v = mixed.reshape(n, 3, _HEADS, d // _HEADS).transpose(1, 2, 0, 3)
        score = q @ key.transpose(0, 2, 1) / math.sqrt(d // _HEADS)
        share = np.exp(score - score.max(-1, keepdims=True))
        share /= share.sum(-1, keepdims=True)
        x = x + _times((share @ v).transpose(1, 0, 2).reshape(n, d), w[f"{k}.o.w"]) + w[f"{k}.o.b"]
        a = _times(_normed(x, w[f"{k}.n2.w"], w[f"{k}.n2.b"]), w[f"{k}.a.w"]) + w[f"{k}.a.b"]
        gelu = 0.5 * a * (1 + np.tanh(0.7978845608 * (a + 0.044715 * a * a * a)))
        return x + _times(gelu, w[f"{k}.b.w"]) + w[f"{k}.b.b"]


def _times(x: Floats, weight: Floats) -> Floats:
    """The product, in blocks so small that BLAS keeps to one thread: waking others takes ten times as long."""
    return np.concatenate([x[i : i + _BLOCK] @ weight.T for i in range(0, len(x), _BLOCK)])


def places(parts: NDArray[np.int16]) -> NDArray[np.intp]:
    """The place of each word in its part."""
    starts = [0, *(i + 1 for i, (a, b) in enumerate(pairwise(parts)) if a != b)]
    begin = np.repeat(starts, np.diff([*starts, len(parts)]))
    return np.minimum(np.arange(len(parts)) - begin, MOST_WORDS - 1)


def _normed(x: Floats, weight: Floats, bias: Floats) -> Floats:
    centred = x - x.mean(-1, keepdims=True)
    return centred / np.sqrt((centred * centred).mean(-1, keepdims=True) + 1e-5) * weight + bias


@cache
def network() -> Network:
    """The fitted network, read once."""
    return Network.load()


@lru_cache(maxsize=1 << 15)
def logit(text: str, concept: str, activity: str | None, source: Curriculum) -> float:
    """How surely a sentence makes sense for the concept, in log odds; ``activity`` as in ``encode``.

    Letters that are no words make no sense, nor does an instruction without a word of the concept or its neighbours:
    no sentence of an expert does either.
    """
    judge = network()
    encoded = encode(text, concept, activity, source, judge.known)
    numbers, roles, _, _ = encoded.rows[:, encoded.rows[2] == (1 if activity is None else 2)]
    about = np.isin(roles, (_OWN, _NEAR, _AROUND)).any() or activity is not None
    if not len(numbers) or _STRANGE in numbers or not about:
        return -LIMIT
    return min(LIMIT, max(-LIMIT, judge.logit(encoded)))
