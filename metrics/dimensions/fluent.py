"""Fluent: does the plan read as written by a person, for a person of this age?

Measures each text written for the plan (instructions, rationales, reactions): whether it is made of whole sentences,
whether its words stand in the order of English and are words, whether it loops, whether it is read easily in the
learner's school year; and across sessions whether one template was filled in again and again. Range: 0 (noise) to 1.

Sources: the share of distinct n-grams as a sign of degenerate text (Li et al., A Diversity-Promoting Objective
Function, NAACL 2016); the grade level formula of Kincaid, Fishburne, Rogers and Chissom (1975), here without the
subject's words.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from functools import lru_cache
from itertools import pairwise

from ...programs.curriculum import Curriculum
from .base import SMALLEST_EFFECT, Assessment, Evidence, Parts, nothing
from .facts import CURRICULA
from .language import order, spelt_like_english
from .lexicon import FUNCTION_WORDS
from .text import function_rate, ngrams, ramp, sentences, stem, words
from .view import PlanView, Prose

ALIKE = (0.25, 0.7)
"""Share of common words at which two texts begin to look like one template, and at which they are one."""
ENGLISH = (0.1, 0.5)
"""Mean order of a plan's sentences at which nothing, and at which everything, reads as English."""
WINDOW = 25
"""Texts before and after that each is compared with: all of them in a usual plan, and a bound in a very long one."""
GRADE_ABOVE = 3.0
"""School years that a text may be above the learner's before it costs anything."""
_VOWELS = re.compile(r"[aeiouy]+")


class Fluent:
    def assess(self, view: PlanView) -> Assessment:
        prose = view.prose
        if not prose:
            return nothing("nothing was written for this plan")
        stamped, grade = _not_stamped(prose), view.level
        parts = Parts()
        by_rule: dict[str, list[tuple[str, float]]] = {}
        for p, original in zip(prose, stamped, strict=True):
            values = {
                "is made of whole sentences": sentence_form(p.text),
                "has its words in an order that English has": word_order(p.text, view.source),
                "is made of words": spelling(p.text, view.source),
                "does not go round and round": no_loops(p.text),
                "is not stamped from one template": 0.1 + 0.9 * original,
                "is easy enough for the learner's school year": 0.5 + 0.5 * _readable(p.text, grade, view.source),
            }
            # A text is as fluent as its faults together allow; the loss is listed under the worst of them.
            worst = min(values, key=lambda rule: values[rule])
            by_rule.setdefault(worst, []).append((p.where, math.prod(values.values())))
        for rule, places in by_rule.items():
            parts.each(len(places), rule, places)
        texts = parts.assessment()
        # One odd sentence may be style, and one formula may return; a whole plan of them was not written for anybody.
        english = ramp(sum(_order(p.text, view.source) for p in prose) / len(prose), *ENGLISH)
        in_sessions = [value for p, value in zip(prose, stamped, strict=True) if p.session is not None]
        written = 0.6 + 0.4 * ramp(sum(in_sessions) / len(in_sessions), 0.0, 0.5) if in_sessions else 1.0
        losses = {
            "its sentences taken together do not read as English": texts.score * (1.0 - english),
            "most of its sessions are filled into one template": texts.score * english * (1.0 - written),
        }
        whole = [Evidence("plan", rule, round(-loss, 4)) for rule, loss in losses.items() if loss > SMALLEST_EFFECT]
        return Assessment(texts.score * english * written, [*whole, *texts.evidence])


@lru_cache(maxsize=1 << 15)
def _order(text: str, source: Curriculum) -> float:
    """Mean order of a text's sentences, each within -0.2 and 1."""
    gains = [min(1.0, max(-0.2, order(part, source))) for part in sentences(text) if words(part)]
    return sum(gains) / len(gains) if gains else 0.0


@lru_cache(maxsize=1 << 15)
def sentence_form(text: str) -> float:
    """Mean over sentences of: starts like one, ends like one, has at least four words in a frame of function words."""
    parts = sentences(text)
    if not parts:
        return 0.0
    total = 0.0
    for part in parts:
        starts = part[0].isupper() or part[0].isdigit() or (part[0] in "\"'“(" and part[1:2].isupper())
        ends = part.rstrip("\"')”]")[-1:] in (".", "!", "?")
        rate = function_rate(part)
        framed = ramp(rate, 0.05, 0.22) * (1.0 - ramp(rate, 0.72, 0.9))
        length = len(words(part))
        sized = ramp(length, 1, 4) * (1.0 - ramp(length, 40, 70))
        total += (0.25 * starts + 0.25 * ends + 0.5) * framed * sized
    return total / len(parts)


@lru_cache(maxsize=1 << 15)
def word_order(text: str, source: Curriculum) -> float:
    """Mean over sentences of their order on the scale of ``language.order``, clipped to 0..1."""
    parts = [part for part in sentences(text) if words(part)]
    return sum(ramp(order(part, source), -0.2, 0.45) for part in parts) / len(parts) if parts else 0.0


@lru_cache(maxsize=1 << 15)
def spelling(text: str, source: Curriculum) -> float:
    """1 if all words are spelt like English, 0 from a quarter of strange ones."""
    all_words = words(text)
    strange = sum(not spelt_like_english(w, source) for w in all_words)
    return 1.0 - ramp(strange / len(all_words), 0.0, 0.25) if all_words else 0.0


@lru_cache(maxsize=1 << 15)
def no_loops(text: str) -> float:
    """Distinct share of word pairs and triples; no word, pair of words or stutter that fills the text."""
    all_words = words(text)
    if len(all_words) < 3:
        return 1.0 if all_words else 0.0
    pairs, triples = ngrams(all_words, 2), ngrams(all_words, 3)
    distinct = min(len(set(pairs)) / len(pairs), len(set(triples)) / len(triples))
    content = Counter(stem(w) for w in all_words if w not in FUNCTION_WORDS)
    most = max(content.values(), default=1)
    heavy = ramp(most / len(all_words), 0.22, 0.5) if most > 2 else 0.0
    twice = any(a == b and a not in ("that", "had") for a, b in pairwise(all_words))
    common = Counter(pairs).most_common(1)[0][1]
    refrain = ramp(common / len(pairs), 0.1, 0.3) if common > 2 else 0.0
    return ramp(distinct, 0.5, 0.97) * (1.0 - heavy) * (1.0 - refrain) * (0.6 if twice else 1.0)


def _not_stamped(prose: list[Prose]) -> list[float]:
    """Per text: how much of its wording, in whatever order, the most similar text of its kind does not share."""
    values = [1.0] * len(prose)
    for kind in ("activity", "rationale"):
        places = [i for i, p in enumerate(prose) if p.kind == kind]
        bags = [frozenset(words(prose[i].text)) for i in places]
        for k, (place, bag) in enumerate(zip(places, bags, strict=True)):
            others = bags[max(0, k - WINDOW) : k] + bags[k + 1 : k + 1 + WINDOW]
            most = max((len(bag & other) / len(bag | other) for other in others if bag), default=0.0)
            values[place] = 1.0 - ramp(most, *ALIKE)
    return values


@lru_cache(maxsize=CURRICULA)
def _subject_words(source: Curriculum) -> frozenset[str]:
    texts = (t for c in source.values() for t in (c.name, *c.aliases, c.objective))
    return frozenset(stem(w) for text in texts for w in words(text))


@lru_cache(maxsize=1 << 15)
def reading_grade(text: str, source: Curriculum) -> float:
    """Kincaid's school year; words of the subject count as short, since the learner is learning just those."""
    parts = [p for p in sentences(text) if words(p)]
    all_words = words(text)
    if not all_words:
        return 0.0
    known = _subject_words(source)
    syllables = sum(1 if stem(w) in known else _syllables(w) for w in all_words)
    return 0.39 * len(all_words) / len(parts) + 11.8 * syllables / len(all_words) - 15.59


@lru_cache(maxsize=1 << 15)
def _syllables(word: str) -> int:
    silent = word.endswith("e") and not word.endswith("le")
    return max(1, len(_VOWELS.findall(word)) - silent)


def _readable(text: str, grade: float | None, source: Curriculum) -> float:
    if grade is None:
        return 1.0
    # The formula is unreliable below the third year, where every sentence of an adult scores above.
    return 1.0 - ramp(reading_grade(text, source) - max(3.0, grade), GRADE_ABOVE, GRADE_ABOVE + 6.0)
