"""Putting a plan together: the model's words around the curriculum's checked material."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence, Set
from datetime import date, timedelta
from itertools import cycle, islice

from .calendar import session_days, start_of
from .choices import in_sentence
from .curriculum import Concept, Curriculum, Exercise
from .fresh import Same, Tasks
from .learner import Attempt
from .material import Material
from .plan import Activity, Adaptation, Checkpoint, Diagnosis, Phase, Session, StudyPlan, Week
from .request.complete import CHILD, Completed
from .sequence import Slot, focus_of, phase_of, split_minutes, turning_point
from .teaching import quotes_example
from .wording import COMES_BACK, SLIP, Wording, Words

VERB = {"learn": "Learn", "practise": "Practise", "apply": "Apply", "review": "Review"}
PHASE = {
    "foundations": ("Foundations", "Make what “{topic}” builds on reliable again."),
    "core": ("Core", "Learn “{topic}” well enough to work without help."),
    "consolidation": ("Consolidation", "Keep “{topic}” at hand among other work."),
}
EARLIER = ", and earlier topics"
SHARES = {"study": 2, "review": 2, "example": 3, "repair": 3, "practice": 4}
"""How the minutes of a session are divided."""
LONGEST = {"study": 15, "review": 15, "example": 10, "repair": 10}
"""Minutes for one of them at most: a few lines are read in ten, and the rest of a long session is for tasks."""
MOST_REPAIRS = 2
PACES, PACE, MOST_TASKS = ((CHILD, 4), (8, 5)), 8, 12
"""Minutes for one task up to a school year, for one of the later years, and the most tasks of a session."""
ALONE = (
    "Solve this on your own, then compare with the answer.",
    "Let everyone solve this alone before the answers are compared.",
)
AGAIN = (
    "Solve this again from memory, and say aloud why each step is right.",
    "Let everyone solve this again from memory, and ask why each step is right.",
)
SHORTER = "In the week after it, leave out the last task of each session, and keep the checkpoint."
LONGER = "Then add one more session with the tasks that were wrong."
NEXT = ("Then solve this one.", "Then let everyone solve this one.")
AGAIN_NEXT = ("Then solve this one again.", "Then let everyone solve this one again.")


def assemble(
    done: Completed,
    diagnosis: Sequence[Diagnosis],
    weeks: Sequence[Sequence[Slot]],
    words: Wording,
    source: Curriculum,
    material: Material,
    today: date,
    past: Iterable[Same] = (),
) -> StudyPlan:
    """The StudyPlan. ``words`` has those of each session of ``weeks``, or of the first weeks: then the plan has no
    others yet. ``past`` are tasks of an earlier plan."""
    profile, start = done.profile, done.start or start_of(today)
    plan = StudyPlan(
        title=_title(done, weeks, source),
        audience=profile.audience,
        goal=profile.goal,
        start=start,
        profile=profile.model_copy(update={"text": ""}),
        deadline=today + timedelta(days=done.days) if done.days is not None else None,
        diagnosis=list(diagnosis),
        assumptions=done.assumptions,
        omissions=done.omissions,
        unused=done.unused,
        language=done.language,
    )
    if not weeks:
        return plan
    writer = _SessionWriter(done, diagnosis, weeks, words, source, material, past)
    # Who learns three topics of algebra does not learn algebra.
    names = _taught(done, weeks, source)
    topic = _topic(done, names) if len(names) == len(profile.topics) else _listed(names)
    for number, (slots, texts) in enumerate(zip(weeks, words.weeks, strict=False), 1):
        week = writer.week(number, slots, texts)
        name, objective = PHASE[phase_of(slots)]
        if not plan.phases or plan.phases[-1].title != name:
            plan.phases.append(Phase(title=name, objective=objective.format(topic=topic)))
        plan.phases[-1].weeks.append(week)
    if len(plan.weeks) == len(weeks):
        plan.adaptations = _adaptations(plan, words, source, profile.topics)
    return plan


def _taught(done: Completed, weeks: Sequence[Sequence[Slot]], source: Curriculum) -> list[str]:
    """Names of the topics that find a place."""
    planned = {slot.concept for week in weeks for slot in week}
    return [source[t].name for t in done.profile.topics if t in planned]


def _topic(done: Completed, names: Sequence[str]) -> str:
    """What a plan for these topics is about, in few words; empty if there are none."""
    return done.subject[:1].upper() + done.subject[1:] if len(names) > 2 and done.subject else _listed(names)


def _listed(names: Sequence[str]) -> str:
    """Three names, or two and how many more."""
    if len(names) < 3:
        return _joined(names)
    first, second, *others = [*names[:1], *map(in_sentence, names[1:])]
    return f"{first}, {second} and {others[0] if len(others) == 1 else f'{len(others)} more topics'}"


def _joined(names: Sequence[str]) -> str:
    joint = ", " if any(" and " in name for name in names) else " and "
    return joint.join([*names[:1], *map(in_sentence, names[1:])])


def _title(done: Completed, weeks: Sequence[Sequence[Slot]], source: Curriculum) -> str:
    topic = _topic(done, _taught(done, weeks, source))
    if not topic:
        return "No plan"
    days = done.length
    number, unit = (len(weeks), "week") if days is None or days >= 7 else (days, "day")
    course = "" if done.course_assumed else done.profile.course
    whom = f" for {course}" if course and course.casefold() not in topic.casefold() else ""
    return f"{topic}: {number} {unit}{'s' * (number > 1)}{whom}"


def _adaptations(plan: StudyPlan, words: Wording, source: Curriculum, topics: Sequence[str]) -> list[Adaptation]:
    pivot = plan.weeks[turning_point(len(plan.weeks))]
    planned = {session.concept for session in plan.sessions}
    last = [t for t in topics if t in planned][-1]
    onward = [c for c in (*topics, *source.successors(last)) if c not in planned]
    ahead = words.ahead
    if onward:
        ahead += f" Next after this plan: {source[onward[0]].name}."
    missed = ", or more than one session was missed" if len(plan.sessions) > 1 else ""
    return [
        Adaptation(
            when="behind",
            trigger=f"The checkpoint of week {pivot.number} is wrong{missed}.",
            action=f"{words.behind} {SHORTER if len(plan.weeks) > 1 else LONGER}",
        ),
        Adaptation(
            when="ahead",
            trigger=f"The checkpoint of week {pivot.number} is right at the first try and without notes.",
            action=ahead,
        ),
    ]


class _SessionWriter:
    """Writes sessions: the words around checked tasks, none of which stands in a plan twice."""

    def __init__(
        self,
        done: Completed,
        diagnosis: Sequence[Diagnosis],
        weeks: Sequence[Sequence[Slot]],
        words: Wording,
        source: Curriculum,
        material: Material,
        past: Iterable[Same],
    ):
        self.done, self.source, self.words = done, source, words
        self.class_ = done.profile.audience == "teacher"
        self.tasks = Tasks(material, (error.problem for error in done.profile.errors), past)
        self.warned: set[str] = set()
        self.shaky = {d.concept for d in diagnosis} | set(done.profile.struggles)
        self.returns = 0
        slots = [slot for week in weeks for slot in week]
        self.repairs = [_Repairs([done.profile.errors[i] for i in d.errors], d.concept, slots) for d in diagnosis]
        self.unnamed = {d.concept: done.profile.errors[d.errors[-1]] for d in diagnosis if d.concept in words.slips}
        written = [pair for of, texts in zip(weeks, words.weeks, strict=False) for pair in zip(of, texts, strict=True)]
        self.quoted = {slot.concept for slot, text in written if quotes_example(text.activity)}
        """Concepts of which a sentence names numbers of the curriculum's own worked example: no other one fits it."""

    def week(self, number: int, slots: Sequence[Slot], words: Sequence[Words]) -> Week:
        focus = self.source[focus_of(slots)]
        days = session_days(len(slots), self.done.calendar[number - 1])
        # Set aside before the week's sessions take their tasks: a checkpoint that was practised shows nothing.
        checkpoint = self.tasks.checkpoint(focus)
        sessions = [self._session(slot, text, day) for slot, text, day in zip(slots, words, days, strict=True)]
        return Week(
            number=number,
            title=_listed(list(dict.fromkeys(self.source[slot.concept].name for slot in slots))),
            sessions=sessions,
            checkpoint=Checkpoint(concept=focus.id, question=checkpoint.task, answer=checkpoint.answer),
        )

    def _session(self, slot: Slot, words: Words, day: int) -> Session:
        concept = self.source[slot.concept]
        parts = [Activity(kind="review" if slot.kind == "review" else "study", text=words.activity, minutes=1)]
        if slot.kind == "learn":
            parts.insert(0 if words.after_example else 1, self._example(concept))
        repairs = self._repair(slot, {part.task for part in parts})
        parts += repairs
        kinds = [*(part.kind for part in parts), "practice"]
        length = self.done.minutes[day]
        split = split_minutes(length, [SHARES[kind] for kind in kinds])
        shares = [min(LONGEST[part.kind], share) for part, share in zip(parts, split, strict=False)]
        left = length - sum(shares)
        practice = self._practice(concept, slot, left, {part.task or "" for part in parts})
        if practice:
            shares += split_minutes(left, [1] * len(practice))
        else:
            shares[-1] += left
        for part, share in zip([*parts, *practice], shares, strict=True):
            part.minutes = share
        return Session(
            title=f"{VERB[slot.kind]}: {concept.name}" + EARLIER * bool(slot.also),
            concept=concept.id,
            objective=concept.objective,
            activities=[*parts, *practice],
            rationale=" ".join(filter(None, (words.why, self._own_error(slot, repairs)))),
            day=day,
        )

    def _example(self, concept: Concept) -> Activity:
        exercise, steps = self.tasks.example(concept, own=concept.id in self.quoted)
        lead = "Show this solution line by line" if self.class_ else "Read this solution line by line"
        text = "\n".join((f"{lead}, covering what comes next:", *steps))
        return Activity(kind="example", text=text, minutes=1, task=exercise.task, answer=exercise.answer)

    def _practice(self, concept: Concept, slot: Slot, minutes: int, here: Set[str]) -> list[Activity]:
        """Tasks for the time there is; the first of a concept says what to look out for."""
        pace = next((pace for year, pace in PACES if concept.level <= year), PACE)
        count = max(1, min(MOST_TASKS, round(minutes / pace)))
        easy_first = slot.kind == "practise" and concept.id in self.shaky
        parts = []
        exercises = self._mixed(slot, count, here) or self.tasks.practice(concept, slot.kind, count, here, easy_first)
        for place, exercise in enumerate(exercises):
            again, first = self.tasks.times(exercise) > 1, place == 0
            text = ((AGAIN if first else AGAIN_NEXT) if again else ALONE if first else NEXT)[self.class_]
            if concept.id not in self.warned and self.words.watch.get(concept.id):
                text += " " + self.words.watch[concept.id]
            self.warned.add(concept.id)
            parts.append(Activity(kind="practice", text=text, minutes=1, task=exercise.task, answer=exercise.answer))
        return parts

    def _mixed(self, slot: Slot, count: int, here: Set[str]) -> list[Exercise]:
        """For a review of several concepts, tasks of each in turn; none for any other session."""
        found: list[Exercise] = []
        for concept in islice(cycle((slot.concept, *slot.also)), count if slot.also else 0):
            found += self.tasks.practice(self.source[concept], slot.kind, 1, here | {e.task for e in found})
        return found

    def _repair(self, slot: Slot, taken: Set[str | None]) -> list[Activity]:
        """The learner's own errors that are due in this session."""
        errors: list[Attempt] = []
        for repairs in self.repairs:
            errors += repairs.due(slot, taken, MOST_REPAIRS - len(errors))
        owner = "A student" if self.class_ else "You"
        return [
            Activity(
                kind="repair",
                text=f"{owner} once wrote “{e.answer}” here. Find the step that went wrong, then solve it again.",
                minutes=1,
                task=e.problem,
                answer=e.correct_answer,
            )
            for e in errors
        ]

    def _own_error(self, slot: Slot, repairs: Sequence[Activity]) -> str:
        """What the learner's own errors have to do with a session; empty where they have nothing to do with it."""
        if slot.concept in self.unnamed:
            error = self.unnamed.pop(slot.concept)
            return SLIP[self.class_].format(self.words.slips[slot.concept], error.answer)
        if repairs and self.words.slips:
            again = COMES_BACK[min(self.returns, len(COMES_BACK) - 1)][self.class_]
            self.returns += 1
            return again.format(next(e.answer for e in self.done.profile.errors if e.problem == repairs[0].task))
        return ""


class _Repairs:
    """Errors with one cause, spread over the sessions that return to them: on that concept if it is planned, best
    after learning."""

    def __init__(self, errors: Sequence[Attempt], concept: str, slots: Sequence[Slot]):
        about = [slot for slot in slots if slot.concept == concept] or list(slots)
        self._left = list(errors)
        self._sessions = Counter([slot for slot in about if slot.kind in ("practise", "review")] or about)

    def due(self, slot: Slot, taken: Set[str | None], most: int) -> list[Attempt]:
        """The next errors, if this session returns to any; none whose problem is in the session already."""
        if not self._sessions[slot]:
            return []
        count = min(most, -(-len(self._left) // self._sessions.total()))
        self._sessions[slot] -= 1
        due = [error for error in self._left if error.problem not in taken][:count]
        self._left = [error for error in self._left if error not in due]
        return due
