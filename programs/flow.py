"""The way of a request, without DSPy: complete, diagnose, sequence, write, adapt, assemble.

The same code runs while a program is optimized and inside a shipped bundle; only who answers the calls differs.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from rapidfuzz import fuzz

from .assemble import assemble
from .curriculum import Curriculum, curriculum
from .learner import LearnerProfile
from .plan import Diagnosis, StudyPlan
from .request.complete import Completed, complete
from .request.topics import normalize
from .sequence import Slot, Timetable, focus_of, foundations, study_days, timetable
from .steps import Answerer, Call

MOST_SUSPECTS = 6


def plan_study(
    profile: LearnerProfile, answer: Answerer, today: date | None = None, source: Curriculum | None = None
) -> StudyPlan:
    """A plan for a learner. ``answer`` is asked at most four times, the weeks in one batch.

    source: the built-in curriculum if left out. Raises InputError for a text or a concept that cannot be used; errors
    of ``answer`` pass through.
    """
    today, source = today or date.today(), curriculum() if source is None else source
    done = complete(profile, answer, source, today)
    if not done.profile.topics:
        return assemble(done, [], [], [], None, source, today)
    diagnosis = diagnose(done.profile, answer, source)
    shaky = [d.concept for d in diagnosis] or done.profile.struggles
    days = study_days(done.days)
    table = timetable(done.profile.topics, shaky, done.profile.known, done.weeks, done.sessions_per_week, source, days)
    account_for(done, diagnosis, table, source)
    about = about_learner(done)
    calls = [week_call(about, week, source) for week in table.weeks]
    written = answer(calls)
    [advice] = answer([adapt_call(about, table.weeks, source)])
    return assemble(done, diagnosis, table.weeks, written, advice, source, today)


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


def diagnose(profile: LearnerProfile, answer: Answerer, source: Curriculum) -> list[Diagnosis]:
    """The concept that the learner's errors point to: the model's choice among the topics and their prerequisites."""
    if not profile.errors:
        return []
    suspects = suspects_for(profile, source)
    names = [source[c].name for c in suspects]
    if len(suspects) > 1:
        [reply] = answer([diagnose_call(profile, suspects, source)])
        chosen = suspects[names.index(reply["shaky"])]
    else:
        chosen = suspects[0]
    first = profile.errors[0]
    fits = source[chosen].misconception
    count = len(profile.errors)
    evidence = (
        f"{count} wrong answer{'s' if count > 1 else ''}, such as “{first.answer}” instead of “{first.correct_answer}” "
        f"for: {first.problem} A known pattern here: the student {fits[0].lower()}{fits[1:]}"
    )
    return [Diagnosis(concept=chosen, evidence=evidence)]


def suspects_for(profile: LearnerProfile, source: Curriculum) -> list[str]:
    """The concepts that errors may point to, those whose description resembles the problems first."""
    near = [*profile.topics, *profile.struggles, *foundations(profile.topics, profile.struggles, [], source)]
    problems = normalize(" ".join(e.problem for e in profile.errors))

    def resemblance(concept: str) -> float:
        c = source[concept]
        return fuzz.token_set_ratio(normalize(f"{c.name} {c.objective} {' '.join(c.aliases)}"), problems)

    return sorted(dict.fromkeys(near), key=lambda c: -resemblance(c))[:MOST_SUSPECTS]


def diagnose_call(profile: LearnerProfile, suspects: Sequence[str], source: Curriculum) -> Call:
    errors = "\n".join(
        one_line(f"- {e.problem} Wrote {e.answer}; right is {e.correct_answer}.") for e in profile.errors[:3]
    )
    concepts = "\n".join(f"- {source[c].name}: {source[c].misconception}" for c in suspects)
    names = [source[c].name for c in suspects]
    return Call("diagnose", {"errors": errors, "concepts": concepts}, {"shaky": names})


def about_learner(done: Completed) -> str:
    """One line on the learner, for every prompt that writes."""
    p = done.profile
    parts = [f"{p.audience}, {p.course}", f"{done.minutes_per_week} minutes a week"]
    if p.goal:
        parts.append(f"wants to {p.goal}")
    if p.interests:
        parts.append(f"likes {', '.join(p.interests)}")
    if p.preferences:
        parts.append(f"prefers {', '.join(p.preferences)}")
    return one_line("; ".join(parts))


def one_line(text: str) -> str:
    """Without line breaks: what a user wrote must not look like another field of the prompt."""
    return " ".join(text.split())


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
    hardest = source[focus_of(weeks[len(weeks) // 2])]
    inputs = {
        "learner": about,
        "weeks": outline,
        "pitfall": f"The student {hardest.misconception[0].lower()}{hardest.misconception[1:]}",
    }
    return Call("adapt", inputs)
