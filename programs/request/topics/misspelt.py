"""Concepts that are named with typing errors, or by a word of another language that is spelt alike."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from rapidfuzz import fuzz, process

from ...curriculum import Curriculum
from .names import Mention, everyday, family_of, is_subject, table_of, together
from .words import Word, words_of

FOUND, SURE = 84.0, 90.0
"""Similarity (0 to 100) from which a wording counts as a name with typing errors, in a short text and in any."""
_CHANCE = 70.0
"""Similarity that words have by chance: a long wording that is more alike weighs more than a short one."""
CLOSE = 10.0
"""How much less alike a wording may be than the one that is most alike, and still be what is meant."""


@lru_cache(maxsize=8)
def _by_length(source: Curriculum, listed: bool) -> dict[int, tuple[list[str], list[str]]]:
    """Names and their concepts, by the number of words; everyday words among them only for what is listed."""
    lengths: dict[int, tuple[list[str], list[str]]] = {}
    for key, concept in table_of(source).items():
        name = " ".join(key)
        if len(name) > 4 and (listed or len(key) > 1 or name not in everyday()):
            names, concepts = lengths.setdefault(len(key), ([], []))
            names.append(name)
            concepts.append(concept)
    return lengths


def _alike_at_most(one: int, other: int) -> float:
    """The similarity of texts of these lengths where all of the shorter is in the longer."""
    return 200.0 * min(one, other) / (one + other)


def _word_by_word(stretch: Sequence[Word], name: str) -> bool:
    """Whether each word resembles one of the name, as "counting on" does not resemble "counting coins"."""
    return all(fuzz.ratio(word.text, other) >= _CHANCE for word, other in zip(stretch, name.split(), strict=True))


def _spelt_right(stretch: Sequence[Word], text: str) -> bool:
    return is_subject(stretch, text) or stretch[0].text in everyday()


def misspelt(text: str, source: Curriculum, at_least: float = FOUND, listed: bool = False) -> list[Mention]:
    """Concepts whose name resembles words of the text, as with typing errors and cognates.

    ``listed``: the text is an item of a list of topics, where an everyday word names one too.
    """
    words = words_of(text)
    found: list[tuple[float, Mention]] = []
    for count, (names, concepts) in _by_length(source, listed).items():
        stretches = [words[i : i + count] for i in range(len(words) - count + 1)]
        # A word that is the name of a subject, or an everyday one ("what a fraction means"), is spelt right.
        stretches = [s for s in stretches if together(s, text) and (count > 1 or not _spelt_right(s, text))]
        for stretch in stretches:
            shown = " ".join(word.text for word in stretch)
            # Names of another length are not alike; where there is no rapidfuzz in C, to compare them takes a second.
            near = {i: name for i, name in enumerate(names) if _alike_at_most(len(name), len(shown)) >= at_least}
            similar = process.extract(shown, near, scorer=fuzz.ratio, score_cutoff=at_least, limit=None)
            if similar:  # what is as alike as the best, but for a letter or two, may be meant too
                best = similar[0][1]
                close = [i for _, score, i in similar if score > best - CLOSE]
                alike = [concepts[i] for i in close if _word_by_word(stretch, names[i])]
                if not alike:
                    continue
                start, end = stretch[0].start, stretch[-1].end
                likest = names[close[0]]
                family = family_of(likest) or family_of(likest + text[end - 1])
                mention = Mention(tuple(dict.fromkeys(alike)), start, end, family=family)
                found.append(((best - _CHANCE) * (mention.end - mention.start), mention))
    kept: list[Mention] = []
    for _, mention in sorted(found, key=lambda pair: (-pair[0], pair[1].start)):
        if all(mention.end <= other.start or other.end <= mention.start for other in kept):
            kept.append(mention)
    return sorted(kept, key=lambda m: m.start)
