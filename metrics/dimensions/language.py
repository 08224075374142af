"""A small statistical model of English word order and spelling, made from a curriculum's own text.

Word order: a trigram model over word classes. Function words stand for themselves, every other word for its ending, so
that 20,000 words are enough to know that "the of with" is no English. What is measured is how much better a sentence is
predicted in its order than without order (its classes drawn independently), so neither rare words nor long sentences
count against it. Spelling: letter trigrams, which tell words from typing noise.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from statistics import median, quantiles

from ...programs.curriculum import Curriculum
from .facts import CURRICULA
from .lexicon import FUNCTION_WORDS, OBSERVABLE_VERBS
from .register import SENTENCES
from .text import sentences, words

_ENDINGS = ("ing", "ed", "ly", "tion", "er", "est", "al", "s", "e")
_COMMON = 60
"""Content words that are frequent enough to be classes of their own."""
REGISTER_WEIGHT = 5
"""How often each sentence of ``register`` counts: enough for some thousand words among the curriculum's 30,000."""
_WEIGHTS = (0.6, 0.3, 0.1)
"""Shares of the trigram, bigram and unigram estimates."""


@dataclass(frozen=True)
class OrderModel:
    """Counts of word classes, and the two points to which a sentence's gain is compared."""

    classes: frozenset[str]
    unigrams: Counter[str]
    bigrams: Counter[tuple[str, str]]
    trigrams: Counter[tuple[str, str, str]]
    total: int
    shuffled: float = 0.0
    natural: float = 1.0

    def tags(self, sentence: str) -> list[str]:
        return [self._tag(word) for word in words(sentence)]

    def _tag(self, word: str) -> str:
        if word in FUNCTION_WORDS or word in self.classes:
            return word
        if word[0].isdigit():
            return "#"
        if word in OBSERVABLE_VERBS:
            return "<verb>"
        return next((f"-{ending}" for ending in _ENDINGS if word.endswith(ending)), "-")

    def gain(self, tags: list[str]) -> float:
        """Bits per word that the order of the classes saves."""
        if not tags:
            return 0.0
        a, b, saved = "<s>", "<s>", 0.0
        for tag in [*tags, "</s>"]:
            alone = (self.unigrams[tag] + 0.5) / (self.total + 0.5 * (len(self.unigrams) + 1))
            pair, before = self.bigrams[a, b], self.unigrams[b]
            three = self.trigrams[a, b, tag] / pair if pair else alone
            two = self.bigrams[b, tag] / before if before else alone
            saved += math.log2((_WEIGHTS[0] * three + _WEIGHTS[1] * two + _WEIGHTS[2] * alone) / alone)
            a, b = b, tag
        return saved / (len(tags) + 1)


def _corpus(source: Curriculum) -> list[str]:
    texts = list(SENTENCES) * REGISTER_WEIGHT
    for c in source.values():
        texts += [c.objective, f"The student {c.misconception[0].lower()}{c.misconception[1:]}", *c.steps]
        texts += [e.task for e in c.exercises]
    return [s for text in texts for s in sentences(text) if len(words(s)) >= 5]


def _count(corpus: Iterable[str], classes: frozenset[str]) -> OrderModel:
    model = OrderModel(classes, Counter(), Counter(), Counter(), 0)
    for sentence in corpus:
        tags = ["<s>", "<s>", *model.tags(sentence), "</s>"]
        model.unigrams.update(tags[1:])
        model.bigrams.update(pairwise(tags))
        model.trigrams.update(zip(tags, tags[1:], tags[2:], strict=False))
    return OrderModel(classes, model.unigrams, model.bigrams, model.trigrams, model.unigrams.total())


@lru_cache(maxsize=CURRICULA)
def order_model(source: Curriculum) -> OrderModel:
    """The model of the whole corpus, with its scale found on sentences that each half did not see."""
    corpus = _corpus(source)
    frequent = Counter(w for s in corpus for w in words(s) if w not in FUNCTION_WORDS and not w[0].isdigit())
    classes = frozenset(w for w, _ in frequent.most_common(_COMMON))
    # Copies of a sentence must not fall on both sides, so the halves are made of distinct sentences.
    distinct = list(dict.fromkeys(corpus))
    half = _count(distinct[::2], classes)
    random_order = random.Random(0)
    held_out = [half.tags(s) for s in distinct[1::2]]
    natural = quantiles([half.gain(tags) for tags in held_out], n=4)[0]
    shuffled = median(half.gain(random_order.sample(tags, len(tags))) for tags in held_out)
    whole = _count(corpus, classes)
    return OrderModel(classes, whole.unigrams, whole.bigrams, whole.trigrams, whole.total, shuffled, natural)


@lru_cache(maxsize=1 << 15)
def order(sentence: str, source: Curriculum) -> float:
    """How far a sentence's words stand in the order of English: 0 as after shuffling, 1 as in real text, unclipped."""
    model = order_model(source)
    gain = model.gain(model.tags(sentence))
    return (gain - model.shuffled) / (model.natural - model.shuffled)


@lru_cache(maxsize=CURRICULA)
def _letters(source: Curriculum) -> frozenset[str]:
    """The letter trigrams of the curriculum's words and of the closed word lists."""
    known = {w for s in _corpus(source) for w in words(s)} | FUNCTION_WORDS | OBSERVABLE_VERBS
    return frozenset(f"^{w}$"[i : i + 3] for w in known for i in range(len(w)))


@lru_cache(maxsize=1 << 15)
def spelt_like_english(word: str, source: Curriculum) -> bool:
    """Whether a word's letters follow each other as in English words; numbers and short words pass."""
    if len(word) < 4 or word[0].isdigit():
        return True
    marked = f"^{word}$"
    unseen = sum(marked[i : i + 3] not in _letters(source) for i in range(len(word)))
    return unseen / len(word) <= 0.45 and (len(word) < 25)
