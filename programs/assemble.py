"""Putting a plan together: the model's words around the curriculum's checked material."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from datetime import date
from typing import Any

from .curriculum import Concept, Curriculum, Exercise
from .plan import Activity, Adaptation, Checkpoint, Diagnosis, Phase, Session, StudyPlan, Week
from .request.complete import Completed, start_of
from .sequence import Slot, focus_of, phase_of, session_days, split_minutes, study_days

VERB = {"learn": "Learn", "practise": "Practise", "apply": "Apply", "review": "Review"}
PHASE = {
    "foundations": ("Foundations", "Make the ideas behind {topic} reliable again."),
    "core": ("Core", "Learn {topic} well enough to work without help."),
    "consolidation": ("Consolidation", "Keep {topic} at hand among other work."),
}
SHARES = {"study": 2, "review": 2, "example": 3, "repair": 3, "practice": 4}
"""How the minutes of a session are divided."""
MOST_REPAIRS = 2
AMPLE = 15
"""Minutes from which one task does not fill the time for practice."""
_PROPER = ("Bayes", "Gaussian", "L'Hopital", "Pythagorean", "Riemann", "Taylor")


def assemble(
    done: Completed,
    diagnosis: Sequence[Diagnosis],
    weeks: Sequence[Sequence[Slot]],
    written: Sequence[Mapping[str, Any]],
    advice: Mapping[str, Any] | None,
    source: Curriculum,
    today: date,
) -> StudyPlan:
    """The StudyPlan. ``written`` and ``advice`` are the replies to the calls of ``weeks`` in the same order."""
    profile, start = done.profile, start_of(today, done.days)
    plan = StudyPlan(
        title=_title(done, weeks, source),
        audience=profile.audience,
        goal=profile.goal,
        start=start,
        diagnosis=list(diagnosis),
        assumptions=done.assumptions,
        omissions=done.omissions,
    )
    if not weeks:
        return plan
    writer = _SessionWriter(done, diagnosis, weeks, source, start)
    topic = _in_sentence(_topic(done, weeks, source))
    for number, (slots, reply) in enumerate(zip(weeks, written, strict=True), 1):
        week = writer.week(number, slots, reply["week"])
        name, objective = PHASE[phase_of(slots)]
        if not plan.phases or plan.phases[-1].title != name:
            plan.phases.append(Phase(title=name, objective=objective.format(topic=topic)))
        plan.phases[-1].weeks.append(week)
    if advice:
        plan.adaptations = _adaptations(plan, advice["advice"], source, profile.topics)
    return plan


def _topic(done: Completed, weeks: Sequence[Sequence[Slot]], source: Curriculum) -> str:
    """What the plan is about, in few words; empty if nothing is planned."""
    planned = {slot.concept for week in weeks for slot in week}
    names = [source[t].name for t in done.profile.topics if t in planned]
    if len(names) > 2:
        return done.subject.capitalize() or f"{names[0]} to {_in_sentence(names[-1])}"
    joint = ", " if any(" and " in name for name in names) else " and "
    return joint.join([*names[:1], *map(_in_sentence, names[1:])])


def _title(done: Completed, weeks: Sequence[Sequence[Slot]], source: Curriculum) -> str:
    topic = _topic(done, weeks, source)
    if not topic:
        return "No plan"
    days = study_days(done.days)
    number, unit = (len(weeks), "week") if days is None or days >= 7 else (days, "day")
    whom = "" if done.profile.course.casefold() == topic.casefold() else f" for {done.profile.course}"
    return f"{topic}: {number} {unit}{'s' * (number > 1)}{whom}"


def _in_sentence(name: str) -> str:
    """A concept's name as it stands within a sentence."""
    return name if name.startswith(_PROPER) else name[:1].lower() + name[1:]


def _adaptations(
    plan: StudyPlan, advice: Mapping[str, str], source: Curriculum, topics: Sequence[str]
) -> list[Adaptation]:
    pivot = plan.weeks[len(plan.weeks) // 2]
    planned = {session.concept for session in plan.sessions}
    last = [t for t in topics if t in planned][-1]
    onward = [c for c in (*topics, *source.successors(last)) if c not in planned]
    ahead = advice["ahead"]
    if onward:
        ahead += f" Next after this plan: {source[onward[0]].name}."
    missed = ", or more than one session was missed" if len(plan.sessions) > 1 else ""
    return [
        Adaptation(
            when="behind",
            trigger=f"The checkpoint of week {pivot.number} is wrong{missed}.",
            action=f"{advice['behind']} Keep the checkpoint and leave out the last practice of the week.",
        ),
        Adaptation(
            when="ahead",
            trigger=f"The checkpoint of week {pivot.number} is right at the first try and without notes.",
            action=ahead,
        ),
    ]


class _SessionWriter:
    """Writes sessions; remembers which exercises were used, so that the least used one comes next."""

    def __init__(
        self,
        done: Completed,
        diagnosis: Sequence[Diagnosis],
        weeks: Sequence[Sequence[Slot]],
        source: Curriculum,
        start: date,
    ):
        self.done, self.source = done, source
        self.class_ = done.profile.audience == "teacher"
        self.school_from = start if self.class_ else None
        self.errors = list(done.profile.errors)
        # The problems of the error set come back as repairs, so other tasks are fresher.
        self.wrong = {error.problem for error in self.errors}
        self.used = Counter(self.wrong)
        self.shown: set[str] = set()
        self.checkpoints: set[str] = set()
        self.kept_back = ""
        self.repairs = Counter(_repair_slots([s for week in weeks for s in week], {d.concept for d in diagnosis}))
        self.minutes = max(10, done.minutes_per_week // done.sessions_per_week)

    def week(self, number: int, slots: Sequence[Slot], text: Mapping[str, Any]) -> Week:
        focus = self.source[focus_of(slots)]
        checkpoint = self._checkpoint(focus, 0 if text["checkpoint"] == "first" else 1)
        days = session_days(len(slots), number - 1, study_days(self.done.days), self.school_from)
        sessions = [
            self._session(slot, words, day) for slot, words, day in zip(slots, text["sessions"], days, strict=True)
        ]
        return Week(
            number=number,
            title=focus.name,
            sessions=sessions,
            checkpoint=Checkpoint(concept=focus.id, question=checkpoint.task, answer=checkpoint.answer),
        )

    def _checkpoint(self, concept: Concept, wanted: int) -> Exercise:
        """The wanted practice task unless the other one is fresher; never the example, which is shown."""
        order = (concept.practice[wanted], concept.practice[1 - wanted])
        chosen = min(order, key=lambda e: (e.task in self.checkpoints, self.used[e.task]))
        self.used[chosen.task] += 1
        self.checkpoints.add(chosen.task)
        # A checkpoint that was practised in its own week shows nothing.
        self.kept_back = chosen.task
        return chosen

    def _session(self, slot: Slot, words: Mapping[str, str], day: int) -> Session:
        concept = self.source[slot.concept]
        parts = [Activity(kind="review" if slot.kind == "review" else "study", text=words["activity"], minutes=1)]
        if slot.kind == "learn":
            parts.append(self._example(concept))
        parts += self._repair(slot, {part.task for part in parts})
        exercise = self._exercise(concept, {part.task for part in parts})
        kinds = [part.kind for part in parts] + ["practice"] * (exercise is not None)
        minutes = split_minutes(self.minutes, [SHARES[kind] for kind in kinds])
        if exercise:
            parts.append(self._practice(concept, exercise, minutes[-1]))
        for part, length in zip(parts, minutes, strict=True):
            part.minutes = length
        return Session(
            title=f"{VERB[slot.kind]}: {concept.name}",
            concept=concept.id,
            objective=concept.objective,
            activities=parts,
            rationale=words["why"],
            day=day,
        )

    def _example(self, concept: Concept) -> Activity:
        self.used[concept.example.task] += 1
        self.shown.add(concept.id)
        lead = "Show this solution line by line" if self.class_ else "Read this solution line by line"
        text = f"{lead}, covering what comes next: {' '.join(concept.steps)}"
        return Activity(kind="example", text=text, minutes=1, task=concept.example.task, answer=concept.example.answer)

    def _exercise(self, concept: Concept, taken: Set[str | None]) -> Exercise | None:
        """The least used exercise that is neither in this session nor the week's checkpoint; the example last."""
        free = [e for e in (*concept.practice, concept.example) if e.task != self.kept_back and e.task not in taken]
        return min(free, key=lambda e: self.used[e.task]) if free else None

    def _practice(self, concept: Concept, exercise: Exercise, minutes: int) -> Activity:
        again = self.used[exercise.task] > 0
        self.used[exercise.task] += 1
        if again and exercise is concept.example and concept.id in self.shown:
            texts = (
                "Solve the worked example again with its solution covered, then compare line by line.",
                "Let everyone solve the worked example again with its solution covered, then compare line by line.",
            )
        elif again and self.used[exercise.task] == 2 and exercise.task in self.wrong:
            texts = (
                "This one went wrong once: solve it line by line, and check every line.",
                "This one went wrong once: let everyone solve it line by line, and check every line together.",
            )
        elif again:
            texts = (
                "Solve this again from memory, and say aloud why each step is right.",
                "Let everyone solve this again from memory, and ask why each step is right.",
            )
        else:
            texts = (
                "Solve this on your own, then compare with the answer.",
                "Let everyone solve this alone before the answers are compared.",
            )
        text = texts[self.class_]
        if minutes >= AMPLE:
            text += (
                " Then let pairs make up two more like it and swap them."
                if self.class_
                else " Then make up two more like it and solve them."
            )
        return Activity(kind="practice", text=text, minutes=1, task=exercise.task, answer=exercise.answer)

    def _repair(self, slot: Slot, taken: Set[str | None]) -> list[Activity]:
        """The learner's own errors that are due in this session: all of them, spread over the sessions that fit."""
        if not self.repairs[slot]:
            return []
        due = -(-len(self.errors) // self.repairs.total())
        self.repairs[slot] -= 1
        errors = [error for error in self.errors if error.problem not in taken][: min(due, MOST_REPAIRS)]
        self.errors = [error for error in self.errors if error not in errors]
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


def _repair_slots(slots: Sequence[Slot], shaky: Set[str]) -> list[Slot]:
    """The sessions that return to the learner's errors: on the shaky concept if it is planned, best after learning."""
    about = [slot for slot in slots if slot.concept in shaky] or list(slots)
    return [slot for slot in about if slot.kind in ("practise", "review")] or about
