"""The words of a plan: chosen by the model among written sentences, or written by it.

Both ways give the same thing, so that the rest of a plan does not know which it was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from .choices import Choice, choices, filled, likable, prior
from .curriculum import Curriculum
from .material import Material
from .needs import asked_by
from .request.complete import Completed
from .sequence import Slot, focus_of, turning_point
from .steps import Answerer, Call, one_line
from .teaching import Way, works_on_example
from .wishes import Wish, overlap, wishes_of

IN_A_ROW = 2
"""Sessions that may work in one way, one after the other; who asks for a way has it as often as it suits."""
ASKED = "This session was chosen because of “{}”."
SLIP = (
    "A common way to go wrong here is to {}; see whether your “{}” came from that.",
    "A common way to go wrong here is to {}; see whether “{}” came from that.",
)
COMES_BACK = (
    (
        "Your “{}” comes back here, and once you can say what is wrong with it, you will catch it next time.",
        "“{}” comes back here, and once students can say what is wrong with it, they will catch it next time.",
    ),
    (
        "Your “{}” is waiting here as well, to show whether you see it coming by now.",
        "“{}” is waiting here as well, to show whether your class sees it coming by now.",
    ),
)
"""What a reason says of this learner, to a student and to a teacher: their wish, the common mistake and their own wrong
answer (which may have come from another one), an error that returns."""


@dataclass(frozen=True)
class Words:
    """What to do in a session, and why."""

    activity: str
    why: str
    fulfils: tuple[Wish, ...] = ()
    """The wishes that the session's way of working fulfils, where it was chosen among written ones."""
    after_example: bool = False
    """Whether it can be done only after the worked example of the session."""


@dataclass
class Wording:
    """The words of each session of each week, and what to do when behind and when ahead."""

    weeks: list[list[Words]]
    behind: str
    ahead: str
    watch: dict[str, str] = field(default_factory=dict)
    """What to look out for, by concept; empty where nobody wrote it down."""
    slips: dict[str, str] = field(default_factory=dict)
    """The common mistake, as what "you" or "students" do, by concept; empty where nobody wrote it down."""


Heard = Callable[[Wording], object] | None
"""Hears of the words of the weeks so far, whenever a week has its own."""


def chosen(
    done: Completed, weeks: Sequence[Sequence[Slot]], shaky: Sequence[str], answer: Answerer, source: Curriculum,
    material: Material, heard: Heard = None,
) -> Wording:  # fmt: skip
    """The model chooses a way of working for each session; the sentences are written material."""
    profile, slots = done.profile, [slot for week in weeks for slot in week]
    likes, about, turns = asked_by(profile.preferences, profile.needs), about_learner(done), Counter[str]()
    practised = {slot.concept for slot in slots if slot.kind in ("practise", "apply")}
    offers: list[list[Choice]] = []
    for slot in slots:
        early = slot.concept not in practised
        offers.append(choices(slot, profile, source, material, done.young, 2 * turns[slot.kind], early=early))
        turns[slot.kind] += 1
    priors = [[prior(c, s.kind, likes, material.weights) for c in o] for s, o in zip(slots, offers, strict=True)]
    calls = [
        replace(way_call(about, *each, material.weights.likelihood, source), place=(number, len(slots)))
        for number, each in enumerate(zip(slots, offers, priors, strict=True), 1)
    ]

    def words(replies: Sequence[Mapping[str, Any]]) -> Wording:
        ways = _with_interest([reply["way"] for reply in replies], weeks, offers)
        return _chosen_words(done, weeks, shaky, source, material, list(zip(slots, offers, priors, ways, strict=False)))

    return words(_answered(calls, list(map(len, weeks)), answer, heard and (lambda replies: heard(words(replies)))))


def _answered(
    calls: Sequence[Call],
    sizes: Sequence[int],
    answer: Answerer,
    heard: Callable[[list[dict[str, Any]]], object] | None,
) -> list[dict[str, Any]]:
    """The answers to calls, of which each week has as many as its size; ``heard`` has those so far after each week."""
    if heard is None:
        return answer(calls)
    replies: list[dict[str, Any]] = []
    for size in sizes:
        replies += answer(calls[len(replies) : len(replies) + size])
        heard(replies)
    return replies


def _chosen_words(
    done: Completed, weeks: Sequence[Sequence[Slot]], shaky: Sequence[str], source: Curriculum, material: Material,
    ways: Sequence[tuple[Slot, Sequence[Choice], Sequence[float], Way]],
) -> Wording:  # fmt: skip
    """The written sentences for sessions whose way of working is known: of all weeks, or of the first ones."""
    profile, likes = done.profile, asked_by(done.profile.preferences, done.profile.needs)
    wishes = wishes_of(likes)
    said: set[str] = set()
    met: set[str] = set()
    last: list[Way] = []
    words: list[Words] = []
    for slot, offer, scores, way in ways:
        wanted = next(c for c in offer if c.way == way)
        # What was said before, of this concept or another, is not said again as long as there is anything else to say.
        rest = [c for _, c in sorted(zip(scores, offer, strict=True), key=lambda pair: -pair[0])]
        if last == [way] * IN_A_ROW and wishes.isdisjoint(wanted.written.suits):
            rest = [c for c in rest if c.own and c.way != way] + [wanted, *rest]
        else:
            rest = [wanted, *rest]
        best = next((c for c in rest if c.written.do not in said), wanted)
        said.add(best.written.do)
        last = [*last, best.way][-IN_A_ROW:]
        reason = "" if slot.concept in met else _reason(done, slot, shaky, source, material)
        met.add(slot.concept)
        asked = _asked_for(done, best)
        # Said once: who reads it in every session stops reading it.
        asked = "" if asked in said else asked
        said.add(asked)
        why = " ".join(part for part in (asked, best.why, reason) if part)
        words.append(Words(best.do, why, best.written.suits, _after_example(best, slot)))
    pivot, audience = focus_of(weeks[turning_point(len(weeks))]), profile.audience
    written = material.about(pivot)
    behind, ahead = (_advice(part.to(audience), pivot, likes, source) for part in (written.behind, written.ahead))
    watch = {c: filled(material.about(c).watch.to(audience), source[c].name) for c in met}
    slips = {c: slip for c in met if (slip := material.about(c).slip)}
    return Wording(_by_week(words, weeks), behind, ahead, watch, slips)


def _by_week(words: Sequence[Words], weeks: Sequence[Sequence[Slot]]) -> list[list[Words]]:
    """Words by week, without the weeks that have none yet."""
    rows = iter(words)
    return [own for week in weeks if (own := list(islice(rows, len(week))))]


def _with_interest(ways: list[Way], weeks: Sequence[Sequence[Slot]], offers: Sequence[Sequence[Choice]]) -> list[Way]:
    """The ways, with what the learner likes in a session of each week: where something is applied, or the last one.

    What is written for the concept alone is worth a session for it; a pattern serves where no other session has it,
    which is known once all weeks have their ways.
    """
    start = 0
    for week in weeks:
        if start == len(ways):
            return ways  # the weeks so far
        places = range(start, start + len(week))
        able = [i for i in places if any(choice.way == "interest" and choice.own for choice in offers[i])]
        if able and not any(ways[i] == "interest" for i in places):
            ways[next((i for i in able if week[i - start].kind == "apply"), able[-1])] = "interest"
        start += len(week)
    if "interest" not in ways:
        able = [i for i, offer in enumerate(offers) if any(choice.way == "interest" for choice in offer)]
        for i in able[-1:]:
            ways[i] = "interest"
    return ways


def _after_example(choice: Choice, slot: Slot) -> bool:
    """Whether it needs the worked example, or was written for those who have seen one."""
    return choice.way != "trying first" and (works_on_example(choice.do) or slot.kind not in choice.written.for_)


def _asked_for(done: Completed, choice: Choice) -> str:
    """That a session is about what the learner likes, or works as they like to; empty where it is not so."""
    if choice.way == "interest":
        return next((ASKED.format(like) for like in likable(done.profile.interests) if like in choice.do), "")
    for preference in done.profile.preferences:
        if not wishes_of([preference]).isdisjoint(choice.written.suits):
            return ASKED.format(preference.rstrip("."))
    return ""


def way_call(
    about: str, slot: Slot, offer: Sequence[Choice], scores: Sequence[float], weight: float, source: Curriculum
) -> Call:
    """Which way of working suits this learner and session best.

    The ways on offer are not in the prompt: they are scored one by one, and every token of a prompt costs time.
    """
    inputs = {"learner": about, "session": f"{slot.kind} {source[slot.concept].name}"}
    rank = {"prior": [round(score, 4) for score in scores], "weight": weight}
    return Call("choose_way", inputs, {"way": [choice.way for choice in offer]}, rank)


def _reason(done: Completed, slot: Slot, shaky: Sequence[str], source: Curriculum, material: Material) -> str:
    """Why the concept is worth the time: what goes wrong in it, what it is needed for, what one can do with it."""
    several = material.about(slot.concept).reasons.to(done.profile.audience)
    if slot.concept in shaky:
        index = 0
    elif slot.concept not in done.profile.topics:
        index = 1
    else:
        index = 2
    return filled(several[index % len(several)], source[slot.concept].name)


def _advice(texts: Sequence[str], concept: str, preferences: Sequence[str], source: Curriculum) -> str:
    """Of several pieces of advice, the one that meets most of what the learner asked for."""
    return filled(max(texts, key=lambda text: overlap(text, preferences)), source[concept].name)


def free(
    done: Completed, weeks: Sequence[Sequence[Slot]], answer: Answerer, source: Curriculum, heard: Heard = None
) -> Wording:
    """The model writes the words itself: for models that can write."""
    about = about_learner(done)
    calls = [replace(week_call(about, w, source), place=(number, len(weeks))) for number, w in enumerate(weeks, 1)]

    def words(replies: Sequence[Mapping[str, Any]], behind: str = "", ahead: str = "") -> Wording:
        sessions = [reply["week"]["sessions"] for reply in replies]
        written = [
            [Words(s["activity"], s["why"], after_example=works_on_example(s["activity"])) for s in week]
            for week in sessions
        ]
        return Wording(written, behind, ahead)

    replies = _answered(calls, [1] * len(calls), answer, heard and (lambda replies: heard(words(replies))))
    [advice] = answer([adapt_call(about, weeks, source)])
    return words(replies, advice["advice"]["behind"], advice["advice"]["ahead"])


def about_learner(done: Completed) -> str:
    """One line on the learner, for every prompt that words."""
    p = done.profile
    parts = [f"{p.audience}, {p.course}", f"{done.minutes_per_week} minutes a week"]
    if p.goal:
        parts.append(f"wants to {p.goal}")
    if p.interests:
        parts.append(f"likes {', '.join(p.interests)}")
    if p.preferences:
        parts.append(f"prefers {', '.join(p.preferences)}")
    return one_line("; ".join(parts))


def week_call(about: str, week: Sequence[Slot], source: Curriculum) -> Call:
    focus = source[focus_of(week)]
    inputs = {
        "learner": about,
        "focus": f"{focus.name}. {focus.objective}",
        "pitfall": f"The student {focus.misconception[0].lower()}{focus.misconception[1:]}",
        "sessions": "; ".join(f"{slot.kind} {source[slot.concept].name}" for slot in week),
    }
    return Call("write_week", inputs, {"sessions": len(week)})


def adapt_call(about: str, weeks: Sequence[Sequence[Slot]], source: Curriculum) -> Call:
    outline = "; ".join(f"week {i}: {source[focus_of(week)].name}" for i, week in enumerate(weeks[:12], 1))
    hardest = source[focus_of(weeks[turning_point(len(weeks))])]
    inputs = {
        "learner": about,
        "weeks": outline,
        "pitfall": f"The student {hardest.misconception[0].lower()}{hardest.misconception[1:]}",
    }
    return Call("adapt", inputs)
