"""The way of a request, without DSPy: complete, diagnose, sequence, write, adapt, assemble.

The same code runs while a program is optimized and inside a shipped bundle; only who answers the calls differs.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date

from .assemble import assemble
from .calendar import check_today, session_days
from .curriculum import Curriculum, curriculum
from .diagnosis import diagnose
from .fresh import Same
from .learner import LearnerProfile
from .material import Material, material
from .needs import accounts
from .plan import Diagnosis, StudyPlan
from .request.complete import Completed, complete, in_words
from .request.question import question_for
from .sequence import Timetable, timetable
from .steps import Answerer, ReadingMode, WordingMode
from .wishes import is_kept
from .wording import Wording, chosen, free

MANY = 8
"""Topics without a place, from which on it should be said how to choose among them."""

OnWeek = Callable[[StudyPlan], object]
"""Hears of a plan each time that another of its weeks stands: the whole frame, and the weeks up to that one."""


@dataclass(frozen=True)
class Past:
    """What an earlier plan has done: sessions behind each topic, concepts that were hard, tasks that it held."""

    begun: Mapping[str, int] = field(default_factory=dict)
    hard: Sequence[str] = ()
    tasks: Set[Same] = frozenset()


def plan_study(
    profile: LearnerProfile,
    answer: Answerer,
    today: date | None = None,
    source: Curriculum | None = None,
    given: Material | None = None,
    wording: WordingMode = "chosen",
    reading: ReadingMode = "rules",
    on_week: OnWeek | None = None,
) -> StudyPlan:
    """A plan for a learner. ``answer`` is asked for the topic, causes of errors (up to three times) and sessions: for
    all of them at once, or with ``on_week`` for those of one week after the other.

    source: the built-in curriculum if left out; given: what is written for its concepts. wording: whether the model
    chooses among written sentences or writes its own; reading: whether it marks what the request says, or rules alone
    read it. Raises InputError for a text or a concept that cannot be used; errors of ``answer`` pass through.
    """
    today, source = check_today(today or date.today()), curriculum() if source is None else source
    given = material() if given is None else given
    done = complete(profile, answer, source, today, reading)
    if not done.calendar:
        nothing = assemble(done, [], [], Wording([], "", ""), source, given, today)
        return nothing.model_copy(update={"needs": question_for(done, source)})
    return plan_completed(done, answer, today, source, given, wording, on_week=on_week)


def plan_completed(
    done: Completed,
    answer: Answerer,
    today: date,
    source: Curriculum,
    given: Material,
    wording: WordingMode,
    past: Past | None = None,
    on_week: OnWeek | None = None,
) -> StudyPlan:
    """The plan for a profile that names its topics; ``past`` is what an earlier plan for them has done."""
    past = past or Past()
    diagnosis = diagnose(done.profile, answer, source)
    shaky = list(dict.fromkeys([*past.hard, *([d.concept for d in diagnosis] or done.profile.struggles)]))
    known, long = done.profile.known, not done.open_end
    test = done.days is not None
    table = timetable(done.profile.topics, shaky, known, done.calendar, source, long, past.begun, test, done.ordered)
    account_for(done, diagnosis, table, source)

    def plan(words: Wording) -> StudyPlan:
        return assemble(done, diagnosis, table.weeks, words, source, given, today, past.tasks)

    def heard(words: Wording) -> None:
        if on_week is not None:
            on_week(plan(words))

    words = (
        free(done, table.weeks, answer, source, on_week and heard)
        if wording == "free"
        else chosen(done, table.weeks, shaky, answer, source, given, on_week and heard)
    )
    account_for_wishes(done, words)
    return plan(words)


def account_for_wishes(done: Completed, words: Wording) -> None:
    """Say what the sessions do for each need, and which needs, wishes and interests none of them takes up."""
    profile, sessions = done.profile, [session for week in words.weeks for session in week]
    fulfilled = [session.fulfils for session in sessions]
    told = [session.activity for session in sessions]
    did, nothing = accounts(profile.needs, fulfilled, told)
    done.assumptions += did
    whole = " ".join(told).casefold()
    # Of "football and dogs" only the dogs may be told of.
    liked = [like for said in profile.interests for like in re.split(r",\s*(?:and\s+)?|\s+(?:and|&|\+)\s+", said)]
    missed = [like for like in liked if like and like.casefold() not in whole]
    missed += [wish for wish in profile.preferences if not is_kept(wish, fulfilled, told)]
    done.unused += [words for words in (*nothing, *missed) if words not in done.unused]


def account_for(done: Completed, diagnosis: Sequence[Diagnosis], table: Timetable, source: Curriculum) -> None:
    """Say what the timetable leaves out, and how long it is where nobody said how long."""
    weeks = len(table.weeks)
    if table.omitted:
        done.omissions.append(_too_much(done, table, source))
    if table.ends_in_review:
        done.assumptions.append(
            "The last session holds nothing new: it is kept to review what was learned"
            f"{' before the deadline' if done.profile.deadline else ''}."
        )
    planned = {slot.concept for week in table.weeks for slot in week}
    done.omissions += [
        f"There is no time for {source[d.concept].name} itself, although the errors point to it."
        for d in diagnosis
        if d.concept not in planned
    ]
    hard = [source[c].name for c in done.profile.struggles if c not in planned]
    if hard and not diagnosis:
        room = sum(map(len, table.weeks))
        done.omissions.append(
            f"It is impossible to go back to {in_words(hard)} as well: there is time for {room} "
            f"session{'s' * (room > 1)}."
        )
    if not done.open_end and (thinned := _thinned(done, table)):
        done.assumptions.append(thinned)
    if done.open_end:
        done.assumptions.append(
            f"Without a deadline, the plan takes {weeks} week{'s' * (weeks > 1)}"
            + (f", as long as {_need(done)}." if table.weeks_spared else ".")
        )
        if half := _half_filled(done, table):
            done.assumptions.append(half)
    elif table.weeks_spared:
        stay = "stays" if table.weeks_spared == 1 else "stay"
        done.assumptions.append(
            f"{_need(done).capitalize()} no more; {table.weeks_spared} of {done.weeks} weeks {stay} free for revision."
        )


def _thinned(done: Completed, table: Timetable) -> str:
    """That some weeks have fewer sessions than there is time for; empty where none has."""
    weeks = list(zip(table.weeks, done.calendar, strict=False))
    fewer = [n for n, (week, days) in enumerate(weeks, 1) if len(week) < len(days)]
    if not fewer:
        return ""
    asked, planned = sum(len(days) for _, days in weeks), sum(len(week) for week, _ in weeks)
    named = f"week {fewer[0]}" if len(fewer) == 1 else f"weeks {in_words([str(n) for n in fewer])}"
    return (
        f"In {named} there {'is' if planned == 1 else 'are'} fewer sessions than there is time for, {planned} "
        f"instead of {asked} in all: {_need(done)} no more, and reviews do better with days between them."
    )


def _half_filled(done: Completed, table: Timetable) -> str:
    """That days with a session have time for more; empty where none has."""
    weeks = zip(table.weeks, done.calendar, strict=False)
    placed = [(Counter(session_days(len(week), days)), Counter(days)) for week, days in weeks]
    half = sum(there[day] < room[day] for there, room in placed for day in there)
    if not half:
        return ""
    last = "The last day has" if half == 1 else f"The last {half} days have"
    return f"{last} fewer sessions than there is time for: {_need(done)} no more."


def _need(done: Completed) -> str:
    return "the topic needs" if len(done.profile.topics) == 1 else "the topics need"


def _too_much(done: Completed, table: Timetable, source: Curriculum) -> str:
    """That not all topics fit, in how many sessions, and which do. Where nobody said how long, they could with time."""
    topics, sessions = done.profile.topics, sum(map(len, table.weeks))
    cut = ", ".join(source[c].name for c in table.omitted)
    if len(table.omitted) > MANY:
        cut += ". Name the topics that count most, and the plan is about them"
    kept = [source[c].name for c in topics if c not in table.omitted]
    minutes = max(done.minutes.values())
    room = f"{sessions} session{'s' * (sessions > 1)}"
    room += f" of {minutes} minutes" * (sessions == 1)
    room += ", the last of them for review," * table.ends_in_review
    if done.open_end:
        return f"There is time for {len(kept)} of {len(topics)} topics in {room}; cut for now: {cut}."
    end = f" before {done.profile.deadline:%d %B %Y}" if done.profile.deadline else ""
    return (
        f"All {len(topics)} topics in {room}{end} is impossible; planned {'is' if len(kept) == 1 else 'are'} "
        f"{', '.join(kept)}; cut for now: {cut}."
    )
