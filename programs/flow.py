"""The way of a request, without DSPy: complete, diagnose, sequence, write, adapt, assemble.

The same code runs while a program is optimized and inside a shipped bundle; only who answers the calls differs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date

from .assemble import assemble
from .curriculum import Curriculum, curriculum
from .diagnosis import diagnose
from .learner import LearnerProfile
from .material import Material, material
from .plan import Diagnosis, StudyPlan
from .request.complete import Completed, complete
from .request.question import question_for
from .sequence import Timetable, study_days, timetable
from .steps import Answerer, WordingMode
from .wording import Wording, chosen, free


@dataclass(frozen=True)
class Past:
    """What an earlier plan has done: sessions behind each topic, concepts that were hard, tasks that it held."""

    begun: Mapping[str, int] = field(default_factory=dict)
    hard: Sequence[str] = ()
    tasks: Set[str] = frozenset()


def plan_study(
    profile: LearnerProfile,
    answer: Answerer,
    today: date | None = None,
    source: Curriculum | None = None,
    given: Material | None = None,
    wording: WordingMode = "chosen",
) -> StudyPlan:
    """A plan for a learner. ``answer`` is asked at most four times, the sessions in one batch.

    source: the built-in curriculum if left out; given: what is written for its concepts. wording: whether the model
    chooses among written sentences or writes its own. Raises InputError for a text or a concept that cannot be used;
    errors of ``answer`` pass through.
    """
    today, source = today or date.today(), curriculum() if source is None else source
    given = material() if given is None else given
    done = complete(profile, answer, source, today)
    if not done.profile.topics:
        nothing = assemble(done, [], [], Wording([], "", ""), source, given, today)
        return nothing.model_copy(update={"needs": question_for(done, source)})
    return plan_completed(done, answer, today, source, given, wording)


def plan_completed(
    done: Completed,
    answer: Answerer,
    today: date,
    source: Curriculum,
    given: Material,
    wording: WordingMode,
    past: Past | None = None,
) -> StudyPlan:
    """The plan for a profile that names its topics; ``past`` is what an earlier plan for them has done."""
    past = past or Past()
    diagnosis = diagnose(done.profile, answer, source)
    shaky = list(dict.fromkeys([*past.hard, *([d.concept for d in diagnosis] or done.profile.struggles)]))
    days = study_days(done.days)
    known, long = done.profile.known, not done.open_end
    table = timetable(
        done.profile.topics, shaky, known, done.weeks, done.sessions_per_week, source, days, long, past.begun
    )
    account_for(done, diagnosis, table, source)
    words = (
        free(done, table.weeks, answer, source)
        if wording == "free"
        else chosen(done, table.weeks, shaky, answer, source, given)
    )
    return assemble(done, diagnosis, table.weeks, words, source, given, today, past.tasks)


def account_for(done: Completed, diagnosis: Sequence[Diagnosis], table: Timetable, source: Curriculum) -> None:
    """Say what the timetable leaves out, and how long it is where nobody said how long."""
    topics, weeks = done.profile.topics, len(table.weeks)
    if table.omitted:
        names = ", ".join(source[c].name for c in table.omitted)
        done.omissions.append(
            f"There is time for {len(topics) - len(table.omitted)} of {len(topics)} topics; cut for now: {names}."
        )
    planned = {slot.concept for week in table.weeks for slot in week}
    done.omissions += [
        f"There is no time for {source[d.concept].name} itself, although the errors point to it."
        for d in diagnosis
        if d.concept not in planned
    ]
    if done.open_end:
        done.assumptions.append(
            f"No deadline was named, so the plan takes {weeks} week{'s' * (weeks > 1)}"
            + (", as long as the topic needs." if table.weeks_spared else ".")
        )
    elif table.weeks_spared:
        stay = "stays" if table.weeks_spared == 1 else "stay"
        done.assumptions.append(
            f"The topic needs no more; {table.weeks_spared} of {done.weeks} weeks {stay} free for revision."
        )
