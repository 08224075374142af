"""The signs in a plan that point to a learner, each as a fit from 0 to 1 that can be asked of any other learner too."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from ...programs.curriculum import Curriculum
from . import facts
from .associations import INTEREST_NAMES, own_stems, related_stems
from .counterfactuals import error_concepts
from .text import (
    ERROR_STEMS,
    FILLER_STEMS,
    content_stems,
    is_sentence_like,
    ngrams,
    ramp,
    sentences,
    specific_stems,
    words,
)
from .view import PlanView

ECHO_RUN = 3
"""Words in a row shared with the request that count as an echo of it."""
SAME_CONTEXT = 0.5
"""Share of words in common from which two sentences say the same thing around a mention."""
UNJOINED = 0.35
"""Worth of a sentence that names something of the learner's but nothing of the matter beyond its heading."""
ONE_MENTION = 0.7
"""How far one sentence makes a session the learner's own; a second one in the same session adds to it."""
REPEATED = 0.75
"""Share of words in common from which a sentence repeats an earlier one and tells nothing new."""
WINDOW = 50
"""Earlier sentences that each is compared with."""
OWN_WORDS = 3
"""Words of a misconception at which a sentence clearly speaks of it."""


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence of a session as evidence: its stems, its worth from 0 to 1, and where it stands."""

    stems: frozenset[str]
    worth: float
    session: int
    reason: bool
    place: int


class Signs:
    """What one plan says that could tell its learner from others."""

    def __init__(self, view: PlanView):
        self.view = view

    @cached_property
    def _said(self) -> list[Said]:
        p = self.view.profile
        request = frozenset(run for text in (p.text, p.goal) for run in ngrams(words(text), ECHO_RUN))
        own = frozenset(s for interest in p.interests for s in content_stems(interest))
        said: list[Said] = []
        for prose in self.view.prose:
            if prose.session is None:
                continue
            for sentence in sentences(prose.text):
                stems = frozenset(content_stems(sentence))
                if not stems or not is_sentence_like(sentence):
                    continue
                echo = 0.0
                if request:
                    echo = _covered(words(sentence), request)
                worth = (1.0 - ramp(echo, 0.2, 0.6)) * (
                    1.0 - ramp(facts.copied_share(sentence, self.view.source), 0.2, 0.8)
                )
                if any(_alike(stems, earlier.stems, REPEATED) for earlier in said[-WINDOW:]):
                    worth = 0.0
                # Whoever lists interests hits some by chance.
                listed = len((stems & INTEREST_NAMES) - own)
                # "Because you like soccer, here is slope" fits any interest and any concept.
                view = self.view.sessions[prose.session]
                joined = 1.0 if stems & view.telling - view.heading - facts.plain() else UNJOINED
                said.append(
                    Said(stems, joined * worth / max(1, listed), prose.session, prose.kind == "rationale", len(said))
                )
        return said

    @cached_property
    def _by_stem(self) -> dict[str, list[Said]]:
        index: dict[str, list[Said]] = {}
        for said in self._said:
            for s in said.stems:
                index.setdefault(s, []).append(said)
        return index

    def _mentions(self, wish: str) -> list[tuple[Said, float]]:
        """The sentences that take up a wish, by half of its own words or by a related one, with their worth.

        What is said around the mention must be new: a sentence that repeats another counts nothing.
        """
        own, related = own_stems(wish), related_stems(wish)
        found_in = {said.place: said for s in own | related for said in self._by_stem.get(s, ())}
        # The worthiest first, so that of two alike the better one counts; places break ties the same way every time.
        candidates = sorted(found_in.values(), key=lambda said: (-said.worth, said.place))
        contexts: list[frozenset[str]] = []
        found = []
        for said in candidates:
            named = 2 * len(said.stems & own) >= len(own)
            hinted = said.stems & related
            if not named and not hinted:
                continue
            context = said.stems - own - FILLER_STEMS
            new = len(context) >= 2 and not any(_alike(context, earlier) for earlier in contexts[-WINDOW:])
            contexts.append(context)
            strength = 1.0 if named else ramp(len(hinted), 0, 2)
            found.append((said, said.worth * strength if new else 0.0))
        return found

    def _coverage(self, wishes: Sequence[str]) -> float:
        """Over sessions: how many take up one of the wishes; each further mention adds less than the one before."""
        missing: dict[int, float] = {}
        for wish in wishes:
            for said, worth in self._mentions(wish):
                missing[said.session] = missing.get(said.session, 1.0) * (1.0 - ONE_MENTION * worth)
        return _diminishing(sum(1.0 - rest for rest in missing.values()) / len(self.view.sessions))

    def interests(self, interests: Sequence[str]) -> float:
        return self._coverage(interests)

    def preferences(self, preferences: Sequence[str]) -> float:
        return self._coverage(preferences)

    @cached_property
    def _repairs(self) -> frozenset[str]:
        return frozenset(facts.normal(a.task or "") for v in self.view.sessions for a in v.tasks if a.kind == "repair")

    @cached_property
    def _sessions_on(self) -> dict[str, int]:
        count: dict[str, int] = {}
        for v in self.view.sessions:
            if v.matter:
                count[v.matter] = count.get(v.matter, 0) + 1
        return count

    def errors(self, problems: tuple[str, ...]) -> float:
        """The problems return as repairs, their concepts have sessions, and the words name what went wrong."""
        room = min(len(problems), len(self.view.sessions))
        repaired = min(1.0, sum(facts.normal(problem) in self._repairs for problem in problems) / room)
        concepts = error_concepts(problems, self.view.source)
        planned = sum(c in self._sessions_on for c in concepts) / len(concepts) if concepts else 0.0
        return 0.18 * repaired + 0.03 * planned + 0.79 * self._named(concepts)

    def _named(self, concepts: Sequence[str]) -> float:
        """Over sessions: how far sentences, in words of their own, speak of the concepts' common wrong ideas."""
        best: dict[int, float] = {}
        for said in self._said:
            for concept in concepts:
                value = said.worth * _speaks_of(said.stems, concept, self.view.source)
                best[said.session] = max(best.get(said.session, 0.0), value)
        return _diminishing(sum(best.values()) / len(self.view.sessions))

    def topic(self, topics: Sequence[str]) -> float:
        """Every topic has sessions, and as many as any other concept of the plan."""
        most = max(self._sessions_on.values(), default=0)
        if not most:
            return 0.0
        return sum(0.5 + 0.5 * n / most for n in (self._sessions_on.get(t, 0) for t in topics) if n) / len(topics)

    def time(self, time: tuple[int | None, ...]) -> float:
        """How near weeks, weekly minutes and weekly sessions are to the learner's, each on a logarithmic scale."""
        weeks = self.view.weeks
        mine = (len(weeks), max(week.minutes for week in weeks), max(len(week.sessions) for week in weeks))
        pairs = [(a, b) for a, b in zip(mine, time, strict=True) if b]
        return sum(math.exp(-2.0 * abs(math.log(max(a, 0.5) / b))) for a, b in pairs) / len(pairs) if pairs else 0.0

    def reasons(self) -> list[tuple[str, float]]:
        """Per session: how far its reason speaks of this learner: an interest, a preference, the goal, an own error."""
        p = self.view.profile
        wishes = [*p.interests, *p.preferences, *([p.goal] if p.goal else [])]
        best: dict[int, float] = {}
        for wish in wishes:
            for said, worth in self._mentions(wish):
                if said.reason:
                    best[said.session] = max(best.get(said.session, 0.0), worth)
        concepts = error_concepts(tuple(e.problem for e in p.errors), self.view.source)
        for said in self._said:
            if said.reason and best.get(said.session, 0.0) < 1.0:
                for concept in concepts:
                    value = said.worth * _speaks_of(said.stems, concept, self.view.source)
                    best[said.session] = max(best.get(said.session, 0.0), value)
        return [(v.where, best.get(v.index, 0.0)) for v in self.view.sessions]


@lru_cache(maxsize=1 << 10)
def misconception_stems(concept: str, source: Curriculum) -> frozenset[str]:
    """What the curriculum says of the wrong idea, without the concept's own name and without plain talk."""
    c = source[concept]
    return specific_stems(c.misconception) - specific_stems(c.name) - facts.plain()


def _speaks_of(stems: frozenset[str], concept: str, source: Curriculum) -> float:
    """How far a sentence speaks of a concept's wrong idea: in its words, or of going wrong in words of the concept."""
    same = ramp(len(stems & misconception_stems(concept, source)), 0, OWN_WORDS)
    of_it = len(stems & facts.telling(concept, source) - specific_stems(source[concept].name))
    wrong = 0.4 + 0.6 * ramp(of_it, 0, 2) if of_it and stems & ERROR_STEMS else 0.0
    return max(same, wrong)


def _covered(sentence: tuple[str, ...], runs: frozenset[tuple[str, ...]]) -> float:
    """Share of a sentence's words that stand in one of the runs."""
    inside = {i + k for i, run in enumerate(ngrams(sentence, ECHO_RUN)) if run in runs for k in range(ECHO_RUN)}
    return len(inside) / len(sentence)


def _alike(a: frozenset[str], b: frozenset[str], share: float = SAME_CONTEXT) -> bool:
    return len(a & b) > share * min(len(a), len(b))


def _diminishing(share: float) -> float:
    """1 - (1 - x)^2: half of the sessions give three quarters of the fit, and every further one still adds."""
    return 1.0 - (1.0 - min(1.0, share)) ** 2
