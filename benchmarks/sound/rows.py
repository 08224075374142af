"""The sentences that the judge of sense learns from, each with a label, a source and a fold of its concept."""

from __future__ import annotations

import gzip
import json
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from studysmith.metrics.dimensions import facts
from studysmith.metrics.dimensions.language import spelt_like_english
from studysmith.metrics.dimensions.lexicon import OBSERVABLE_VERBS
from studysmith.metrics.dimensions.text import sentences, words
from studysmith.metrics.validity.nonsense import letter_salad, paste_hobby, shuffle, swap_words
from studysmith.programs.choices import in_sentence
from studysmith.programs.curriculum import curriculum
from studysmith.programs.demonstrations import demonstrations
from studysmith.programs.material import material

WRITTEN = Path(__file__).with_name("written.jsonl.gz")
"""What the embedded model wrote, untuned, with soft prompts and with LoRA, sampled at .5 to .7, a prompt a session."""
FOLDS = 4
LIKED = "basketball cooking music space dogs chess fishing cars birds drawing".split()


@dataclass(frozen=True)
class Row:
    """A sentence; ``activity`` is None for an instruction, and what it has to follow from for a reason."""

    text: str
    concept: str
    activity: str | None
    sense: bool
    source: str


def folds() -> dict[str, int]:
    """The fold of each concept: no concept is judged by a judge that has read on it."""
    order = random.Random(3).sample(sorted(curriculum()), len(curriculum()))
    return {concept: i % FOLDS for i, concept in enumerate(order)}


def experts(held_out: frozenset[str]) -> Iterator[Row]:
    """What people wrote, and plain instructions of the curriculum. ``held_out``: sentences to leave out."""
    source, rng = curriculum(), random.Random(5)
    for d in demonstrations():
        for s in d.sessions:
            if not {s.activity, s.why} & held_out:
                yield Row(s.activity, s.concept, None, True, "demonstration")
                yield Row(s.why, s.concept, s.activity, True, "demonstration")
        yield from (Row(text, d.concept, None, True, "demonstration") for text in (d.behind, d.ahead))
    for c in source.values():
        yield Row(c.objective, c.id, None, True, "plain")
        tasks = [e.task for e in c.exercises if words(e.task)[0] in OBSERVABLE_VERBS and len(sentences(e.task)) == 1]
        yield from (Row(task, c.id, None, True, "plain") for task in tasks)
        teaching = material().teaching(c.id)
        if teaching is None:
            continue

        def filled(text: str, name: str = in_sentence(c.name)) -> str:
            return text.replace("{name}", name).replace("{interest}", rng.choice(LIKED))

        for items, general in ((teaching.student, "student"), (teaching.teacher, "teacher")):
            done = [filled(i.do) for i in items]
            for do, item in zip(done, items, strict=True):
                yield Row(do, c.id, None, True, "teaching")
                yield Row(filled(item.why), c.id, do, True, "teaching")
            yield from (Row(filled(r), c.id, rng.choice(done), True, "reasons") for r in teaching.reasons.to(general))
            advice = (*teaching.behind.to(general), *teaching.ahead.to(general))
            yield from (Row(filled(text), c.id, None, True, "teaching") for text in advice)


def without_sense(good: list[Row], seed: int = 0) -> Iterator[Row]:
    """Experts' sentences with the sense taken out, one for each way."""
    source, rng = curriculum(), random.Random(seed)
    for reason in (False, True):
        mine = [r for r in good if (r.activity is not None) == reason]
        by_concept = defaultdict(list)
        for r in mine:
            by_concept[r.concept].append(r)
        for r in mine:
            made = {
                "swap": swap_words(r.text, rng.choice(mine).text, rng),
                "hobby": paste_hobby(r.text, rng),
                "salad": letter_salad(r.text, rng),
                "shuffle": shuffle(r.text, rng),
            }
            yield from (Row(t, r.concept, r.activity, False, way) for way, t in made.items() if t != r.text)
            other = rng.choice(mine)
            while other.concept in facts.near(r.concept, source):
                other = rng.choice(mine)
            beside = r.activity if rng.random() < 0.5 else other.activity
            yield Row(other.text, r.concept, beside, False, "concept")
            same = [o for o in by_concept[r.concept] if o.activity != r.activity and o.source != "reasons"]
            if reason and same and r.source != "reasons":
                yield Row(rng.choice(same).text, r.concept, r.activity, False, "reason")


def models(good: Iterable[Row]) -> Iterator[Row]:
    """What small models wrote. The untuned model's instructions are often sensible, so only its letter salad counts."""
    source, known = curriculum(), {r.text for r in good}
    with gzip.open(WRITTEN, "rt", encoding="utf-8") as file:
        for line in file:
            raw = json.loads(line)
            activity, why, writer = raw["activity"], raw["why"], raw["writer"]
            tuned = writer not in ("base", "text")
            letters = not activity.isascii() or any(not spelt_like_english(w, source) for w in words(activity))
            kind = "model" if tuned else "untuned"
            if _whole(activity) and activity not in known and (tuned or letters):
                yield Row(activity, raw["concept"], None, False, kind)
            if _whole(why) and why not in known:
                yield Row(why, raw["concept"], activity, False, kind)


def _whole(text: str) -> bool:
    return 14 <= len(text) <= 260 and text[0].isupper() and text[-1] in ".?!"
