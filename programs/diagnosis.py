"""Which concept a learner's wrong answers point to: ranked by what the errors show, then chosen by the model."""

from __future__ import annotations

from collections.abc import Sequence

from .curriculum import Curriculum
from .learner import Attempt, LearnerProfile
from .likeness import alike
from .plan import Diagnosis
from .request.topics.notation import formulas
from .sequence import foundations
from .steps import Answerer, Call, one_line

MOST_SUSPECTS, MOST_FOUND = 6, 3
APART = 0.04
"""Likeness by which an error must be more like another concept to be that one's: of 360 errors of synthetic learners,
which each have one cause, 13 were taken for another's."""
LIKENESS, LIKELIHOOD = 30.0, 0.1
"""How much a suspect's likeness to the errors (0 to 1, for each error) and the model's likelihood count."""
FORM = 0.2
"""What counts beside likeness where the problem is a formula of the kind that the concept is about: "-3 - 5" subtracts.
Of 192 synthetic learners the first suspect is right for 184 with it, and for 169 without."""


def diagnose(profile: LearnerProfile, answer: Answerer, source: Curriculum) -> list[Diagnosis]:
    """The concepts that the learner's errors point to: the model's choice among the topics and their prerequisites.

    Errors that are clearly more like another concept than the chosen one are asked about once more, on their own.
    """
    found: list[Diagnosis] = []
    left = profile
    while left.errors and len(found) < MOST_FOUND:
        suspects = suspects_for(left, source)
        names = [source[c].name for c in suspects]
        chosen = suspects[0]
        if len(suspects) > 1:
            [reply] = answer([diagnose_call(left, suspects, source)])
            chosen = suspects[names.index(reply["shaky"])]
        own = [e for e in left.errors if not _elsewhere(e, chosen, suspects, source)]
        if not own or len(found) + 1 == MOST_FOUND:
            own = left.errors
        found.append(_found(chosen, own, profile, source))
        left = left.model_copy(update={"errors": [e for e in left.errors if e not in own]})
    return found


def _elsewhere(error: Attempt, chosen: str, suspects: Sequence[str], source: Curriculum) -> bool:
    return max(_evidence(c, error, source) for c in suspects) > _evidence(chosen, error, source) + APART


def _found(concept: str, errors: Sequence[Attempt], profile: LearnerProfile, source: Curriculum) -> Diagnosis:
    first, count, fits = errors[0], len(errors), source[concept].misconception
    evidence = (
        f"{count} wrong answer{'s' if count > 1 else ''}, such as “{first.answer}” instead of “{first.correct_answer}” "
        f"for: {first.problem} A common mistake here: {fits[0].lower()}{fits[1:]}"
    )
    return Diagnosis(concept=concept, evidence=evidence, errors=[profile.errors.index(e) for e in errors])


def suspects_for(profile: LearnerProfile, source: Curriculum) -> list[str]:
    """The concepts that errors may point to, the likeliest first."""
    near = [*profile.topics, *profile.struggles, *foundations(profile.topics, profile.struggles, [], source)]
    likeness = {c: sum(_evidence(c, error, source) for error in profile.errors) for c in near}
    return sorted(likeness, key=lambda c: -likeness[c])[:MOST_SUSPECTS]


def diagnose_call(profile: LearnerProfile, suspects: Sequence[str], source: Curriculum) -> Call:
    errors = "\n".join(
        one_line(f"- {e.problem} Wrote {e.answer}; right is {e.correct_answer}.") for e in profile.errors[:3]
    )
    concepts = "\n".join(f"- {source[c].name}: {source[c].misconception}" for c in suspects)
    names = [source[c].name for c in suspects]
    prior = [round(LIKENESS * sum(_evidence(c, e, source) for e in profile.errors), 3) for c in suspects]
    rank = {"prior": prior, "weight": LIKELIHOOD}
    return Call("diagnose", {"errors": errors, "concepts": concepts}, {"shaky": names}, rank)


def _evidence(concept: str, error: Attempt, source: Curriculum) -> float:
    """How much an error speaks for a concept: by its words, and by the form of its problem."""
    formed = any(form.concept == concept and not form.weak for form in formulas(error.problem, source))
    return alike(concept, error, source) + FORM * formed
