"""The rest of a plan, planned anew from what was done, what was missed and what was hard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sized
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from math import ceil

from pydantic import Field

from .calendar import check_today, dated, start_of
from .curriculum import Curriculum, curriculum
from .errors import InputError
from .flow import OnWeek, Past, plan_completed
from .fresh import Same, tasks_of
from .learner import SHORTEST, Attempt, LearnerProfile, Strict
from .material import Material, material
from .plan import Session, StudyPlan
from .request.breaks import BREAK
from .request.complete import LEVEL_OF_TOPIC, complete, in_words
from .request.schedule import SESSIONS
from .request.topics.ids import concept_named
from .steps import Answerer, WordingMode


class Marks(Strict):
    """What became of a plan so far.

    ``done`` and ``missed`` name sessions as the plan numbers them ("1.2": the second of week 1) or whole weeks ("2");
    ``hard`` are concepts, by id or name. What is in neither list counts as not done yet.
    """

    done: list[str] = Field(default_factory=list)
    missed: list[str] = Field(default_factory=list)
    hard: list[str] = Field(default_factory=list)


def replan(
    plan: StudyPlan,
    marks: Marks,
    answer: Answerer,
    today: date | None = None,
    source: Curriculum | None = None,
    given: Material | None = None,
    wording: WordingMode = "chosen",
    on_week: OnWeek | None = None,
) -> StudyPlan:
    """A plan for the time from ``today`` to the end of ``plan``, in its rhythm; its assumptions say what changed.

    A concept whose learning was done is not learned again unless it was hard; what was missed or not done keeps its
    place in the order of teaching, before all that builds on it; no task of the old plan comes back as long as there
    are others. Raises InputError for marks that are not of this plan, a plan that says too little to go on from, and
    where nothing is left to do or no day to do it on.
    """
    today, source = check_today(today or date.today()), curriculum() if source is None else source
    given = material() if given is None else given
    old = _Marked(plan, marks, source)
    end, extended = _end(old, today)
    course = old.profile.course
    if LEVEL_OF_TOPIC.format(course) in plan.assumptions:
        course = ""  # nobody named it, and nobody has since
    # The end is a deadline while the rest is planned, so that nothing lies beyond it.
    profile = old.profile.model_copy(
        update={
            "topics": old.topics, "known": old.known, "struggles": old.struggles, "errors": old.errors, "weeks": None,
            "total_minutes": old.minutes_left, "deadline": end, "start": None,
            "sessions_on": old.sessions_on(today), "course": course,
        }
    )  # fmt: skip
    done = complete(profile, answer, source, today)
    done.assumptions = _changes(old, today, end, extended) + done.assumptions
    past = Past(old.begun, old.hard, old.tasks)
    new = plan_completed(done, answer, today, source, given, wording, past, on_week)
    planned = {s.concept for s in new.sessions} | set(old.topics)
    left = [c for c in dict.fromkeys([*old.left, *old.hard]) if c not in planned and c not in old.known]
    omissions = [f"There is no time left for {source[c].name}." for c in left]
    kept = new.profile and new.profile.model_copy(update={"deadline": old.profile.deadline})
    leads_to = None if extended else plan.deadline
    return new.model_copy(update={"deadline": leads_to, "profile": kept, "omissions": new.omissions + omissions})


def _end(old: _Marked, today: date) -> tuple[date, bool]:
    """The day that the rest leads to, and whether it is later than the end of the plan, whose time is over."""
    plan, deadline = old.plan, old.profile.deadline
    if deadline and deadline < today:
        raise InputError(f"plan: the day that it leads to, {dated(deadline)}, has passed; make a new plan")
    end = deadline or plan.deadline or (plan.start or today) + timedelta(weeks=len(plan.weeks))
    if deadline or end > today:
        return end, False
    days = {session.day for session in old.undone}
    weeks = ceil(max(1, len(days)) / (old.profile.sessions_per_week or SESSIONS))
    return start_of(today) + timedelta(weeks=weeks), True


def _changes(old: _Marked, today: date, end: date, extended: bool) -> list[str]:
    """What is different from the old plan and why, in sentences."""
    plan, name = old.plan, {c: f"“{old.source[c].name}”" for c in (*old.learned, *old.hard)}
    count = f"{len(old.done)} of {len(old.numbered)} sessions {'is' if len(old.done) == 1 else 'are'} done"
    said = [f"This plan was made anew on {dated(today)}: {count}."]
    if plan.start and today < plan.start:
        said.append(
            f"The old plan begins only on {dated(plan.start)}; this one is made for the time from {dated(today)}."
        )
    if finished := [name[c] for c in old.learned if c in old.known and c not in old.left]:
        said.append(
            f"{in_words(finished)} {'is' if len(finished) == 1 else 'are'} done, so {_it(finished)} not planned again."
        )
    if goes_on := [name[c] for c in old.begun]:
        said.append(f"{in_words(goes_on)} {_was(goes_on)} learned already, so the rest goes on with practice.")
    if enough := [name[c] for c in old.learned if c in old.known and c in old.left]:
        said.append(f"{in_words(enough)} {_was(enough)} learned, and further practice of it makes room for the rest.")
    if old.missed:
        missed = in_words([f"{number} ({session.title})" for number, session in old.missed.items()])
        said.append(f"Missed: {missed}; what was missed is planned again.")
    late = [
        n for n, s in old.numbered.items() if n not in old.done and n not in old.missed and _is_past(plan, s, today)
    ]
    if late:
        said.append(
            f"Nobody marked {in_words(late)}, which {_was(late)} due before today, so {_it(late)} planned again."
        )
    if old.hard:
        hard = [name[c] for c in old.hard]
        said.append(
            f"{in_words(hard)} {_was(hard)} hard, so {_it(hard)} planned from the beginning, easier tasks first."
        )
    if beside := [name[c] for c in old.hard if c not in {s.concept for s in plan.sessions}]:
        said.append(f"{in_words(beside)} {_was(beside)} not in the old plan; {_it(beside)} planned beside the rest.")
    said.append("No task of the old plan comes back as long as there are others.")
    if old.profile.deadline:
        said.append(f"The plan still leads to {dated(old.profile.deadline)}, with as much time a week.")
    elif extended:
        said.append(f"The time of the old plan is over, so what is left is planned until {dated(end - timedelta(1))}.")
    else:
        said.append(f"The plan ends when the old one did, on {dated(end - timedelta(1))}, with as much time a week.")
    return said


def _is_past(plan: StudyPlan, session: Session, today: date) -> bool:
    return plan.start is not None and plan.start + timedelta(days=session.day) < today


def _teaches(session: Session) -> bool:
    return any(a.kind == "example" for a in session.activities)


def _is_review(session: Session) -> bool:
    return any(a.kind == "review" for a in session.activities)


def _was(things: Sized) -> str:
    return "was" if len(things) == 1 else "were"


def _it(things: Sized) -> str:
    return "it is" if len(things) == 1 else "they are"


def check_marks(plan: StudyPlan, marks: Marks, source: Curriculum, today: date) -> None:
    """Raises InputError as ``replan`` would, without planning."""
    _end(_Marked(plan, marks, source), today)


@dataclass
class _Marked:
    """A plan with its marks: which sessions are done, and what that leaves."""

    plan: StudyPlan
    marks: Marks
    source: Curriculum

    def __post_init__(self) -> None:
        if not self.plan.sessions:
            raise InputError("plan: it has no sessions, so there is nothing to plan anew")
        if self.plan.profile is None or self.plan.start is None:
            raise InputError("plan: it does not say for whom it is and when it starts, so it cannot be planned anew")
        unknown = [s.concept for s in self.plan.sessions if s.concept not in self.source]
        if unknown:
            raise InputError(f"plan: {unknown[0]!r:.60} is no concept of the curriculum; use the bundle that made it")
        both = [number for number in self.done if number in self.missed]
        if both:
            raise InputError(f"missed: {both[0]} is marked as done as well")
        if not (self.topics or self.hard):
            raise InputError("done: every session of the plan is done, so nothing is left to plan")

    @property
    def profile(self) -> LearnerProfile:
        assert self.plan.profile
        return self.plan.profile

    @cached_property
    def numbered(self) -> dict[str, Session]:
        return {f"{w.number}.{i}": s for w in self.plan.weeks for i, s in enumerate(w.sessions, 1)}

    @cached_property
    def done(self) -> dict[str, Session]:
        return self._marked(self.marks.done, "done")

    @cached_property
    def missed(self) -> dict[str, Session]:
        return self._marked(self.marks.missed, "missed")

    @cached_property
    def hard(self) -> list[str]:
        return list(dict.fromkeys(concept_named(name, self.source, "hard") for name in self.marks.hard))

    @cached_property
    def undone(self) -> list[Session]:
        return [s for number, s in self.numbered.items() if number not in self.done]

    @cached_property
    def begun(self) -> Mapping[str, int]:
        """How many of its sessions are behind each topic that goes on; one that was hard begins again."""
        counts = Counter(s.concept for s in self.done.values() if not _is_review(s))
        # A topic that an earlier plan had begun has no session here in which it is learned.
        counts.update(c for c in self.learned if c not in self._taught)
        return {c: counts[c] for c in self.learned if c in self.topics and c not in self.hard}

    @cached_property
    def learned(self) -> list[str]:
        """Concepts whose learning was done, here or before this plan, in the order of the plan."""
        now = {s.concept for s in self.done.values() if _teaches(s)}
        return [c for c in dict.fromkeys(s.concept for s in self.plan.sessions) if c in now or c not in self._taught]

    @cached_property
    def _taught(self) -> set[str]:
        """Concepts that this plan begins with."""
        return {s.concept for s in self.plan.sessions if _teaches(s)}

    @cached_property
    def left(self) -> list[str]:
        """Concepts of which something is not done yet."""
        return list(dict.fromkeys(s.concept for s in self.undone))

    @cached_property
    def topics(self) -> list[str]:
        """What was asked for and is not done, or never found room, or was hard."""
        planned = {s.concept for s in self.plan.sessions}
        asked = [t for t in self.profile.topics if t in self.left or t not in planned or t in self.hard]
        return asked or self.hard or self.left

    @cached_property
    def known(self) -> list[str]:
        finished = [c for c in self.learned if c not in self.topics]
        return [c for c in dict.fromkeys([*self.profile.known, *finished]) if c not in self.hard]

    @cached_property
    def struggles(self) -> list[str]:
        still = [c for c in self.profile.struggles if c not in self.learned]
        return list(dict.fromkeys([*self.hard, *still]))

    @cached_property
    def errors(self) -> list[Attempt]:
        """The learner's own errors that no session which is done returned to."""
        repaired = {a.task for s in self.done.values() for a in s.activities if a.kind == "repair"}
        return [e for e in self.profile.errors if e.problem not in repaired]

    def sessions_on(self, today: date) -> dict[date, int]:
        """The only time there is, from today on; none where all is over, so that other days can be found."""
        start, used = self.plan.start or today, self._used
        left = {day: minutes - used.get((day - start).days, 0) for day, minutes in self.profile.sessions_on.items()}
        return {day: minutes for day, minutes in left.items() if day >= today and minutes >= SHORTEST}

    @property
    def minutes_left(self) -> int | None:
        """Of all the time that there was, what the sessions that are done have left."""
        total = self.profile.total_minutes
        return max(SHORTEST, total - sum(self._used.values())) if total else None

    @cached_property
    def _used(self) -> Mapping[int, int]:
        """Minutes of each day, as its place in the plan, that sessions which are done have taken, with their breaks."""
        used = Counter[int]()
        for session in self.done.values():
            last = session is [s for s in self.plan.sessions if s.day == session.day][-1]
            used[session.day] += session.minutes + (0 if last else BREAK)
        return used

    @cached_property
    def tasks(self) -> frozenset[Same]:
        """The tasks that the plan holds, but for the learner's own errors."""
        return tasks_of(self.plan)

    def _marked(self, marks: Iterable[str], field: str) -> dict[str, Session]:
        found: dict[str, Session] = {}
        for mark in marks:
            wanted = mark.strip()
            these = {n: s for n, s in self.numbered.items() if n == wanted or n.partition(".")[0] == wanted}
            if not these:
                first, *_, last = [*self.numbered] * 2  # one session is both
                raise InputError(f"{field}: the plan has no session or week {wanted!r:.20}; it has {first} to {last}")
            found |= these
        return found
