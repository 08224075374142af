"""Words that mean something else beside certain other words: ``programs/data/senses.yaml``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from ...curriculum import Curriculum
from .names import Mention, Placed, load_data
from .subjects import Named
from .words import Word, key_of, words_of


def stands_beside(text: str, course: str, phrases: Iterable[str], start: int, end: int) -> bool:
    """Whether one of the phrases stands in a text outside a stretch of it, or in the name of the course."""
    words = [*words_of(text), *(Word(word, -1, -1) for word in key_of(course))]
    outside = [word.text if word.end <= start or end <= word.start else "" for word in words]
    keys = list(map(key_of, phrases))
    return any(tuple(outside[i : i + len(key)]) == key for key in keys for i in range(len(outside)))


def meant(
    text: str, course: str, named: Sequence[Mention], subjects: Sequence[Named], source: Curriculum
) -> tuple[list[Mention], list[Named]]:
    """The concepts and the subjects that are named, each in the sense that the rest of the text gives to its word."""
    mentions, kept = [], []
    for mention in named:
        sense = _sense(text, course, mention.start, mention.end)
        if sense is not None and "means" in sense:
            mention = _with(mention, sense, source)
        mentions.append(mention)
    for subject in subjects:
        sense = _sense(text, course, subject.start, subject.end)
        if sense is not None and "means" in sense:
            mentions.append(_with(Mention((), subject.start, subject.end), sense, source))
        else:
            kept.append(replace(subject, subject=sense["subject"]) if sense else subject)
    placed: list[Placed] = [*mentions, *kept]
    mentions += [
        _with(Mention((), *place), sense, source)
        for place, sense in _alone(text, course)
        if all(place[1] <= m.start or m.end <= place[0] for m in placed)
    ]
    return sorted(mentions, key=lambda m: m.start), kept


def _with(mention: Mention, sense: dict[str, Any], source: Curriculum) -> Mention:
    concepts = tuple(c for c in sense["means"] if c in source)
    return replace(mention, concepts=concepts or mention.concepts, family="")


def _alone(text: str, course: str) -> list[tuple[tuple[int, int], dict[str, Any]]]:
    """Where words stand that name something only beside others, and what; of nested ones the longest."""
    words, found = words_of(text), []
    for key, senses in _senses().items():
        if not any(sense.get("alone") for sense in senses):
            continue
        for stretch in (words[i : i + len(key)] for i in range(len(words) - len(key) + 1)):
            start, end = stretch[0].start, stretch[-1].end
            if tuple(word.text for word in stretch) == key and (sense := _sense(text, course, start, end)):
                found.append(((start, end), sense))
    return [(p, s) for p, s in found if not any(q[0] <= p[0] and p[1] <= q[1] and q != p for q, _ in found)]


def _sense(text: str, course: str, start: int, end: int) -> dict[str, Any] | None:
    senses = _senses().get(key_of(text[start:end]), ())
    return next((sense for sense in senses if stands_beside(text, course, sense["beside"], start, end)), None)


@cache
def _senses() -> dict[tuple[str, ...], list[dict[str, Any]]]:
    found: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for sense in load_data("senses.yaml"):
        for word in dict.fromkeys(map(key_of, sense["words"])):
            found.setdefault(word, []).append(sense)
    return found
