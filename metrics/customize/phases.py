"""A rubric of one's own, for any task, in three phases: draft, refine, freeze.

1. `draft`: a task, two or three first dimensions, a few requests. A model answers each request without any of them in
   mind and with each of them; the pairs become blind questions.
2. `refine`: an expert (a person's answers in a file, or any dspy.LM) compares the pairs and advises; what is said twice
   is merged, and everything is proposed with its evidence.
3. `freeze`: the dimensions that the user keeps become `rubric.toml`; a judge is tested on the pairs before it counts.

Every phase reads and writes plain files in one folder. Without a model and without an expert, the user edits
`draft.toml` and freezes it.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, cast

from pydantic import ValidationError
from rapidfuzz import fuzz

from ...programs.errors import InputError, explain
from ...programs.learner import LearnerProfile
from ...programs.plan import StudyPlan
from ..dimensions import Assessment, Dimension, PlanView
from ..judge.judge import Judge
from ..judge.prompt import neutral, scale_from_words
from ..judge.validation import JudgeReports, judged_dimensions, unscored, validate_on_pairs
from ..rubric import Rubric, RubricSpec, Scorecard, parse_rubric
from .experts import Expert, Opinion
from .files import (
    Draft,
    DraftDimension,
    FrozenRubric,
    Pair,
    Pairs,
    dimension_from_text,
    read_file,
    toml_text,
    write_draft,
    write_questions,
)

if TYPE_CHECKING:
    import dspy

DRAFT, PAIRS, QUESTIONS, PROPOSAL = "draft.toml", "pairs.json", "questions.toml", "proposal.toml"
RUBRIC, JUDGES = "rubric.toml", "judges.json"
SAME = 80.0
"""Similarity of wording (0 to 100) from which two dimensions count as one."""
RESPONSE_TOKENS = 300


def draft(
    task: str,
    dimensions: Sequence[str],
    folder: Path,
    *,
    requests: Sequence[str] = (),
    lm: dspy.LM | None = None,
    max_tokens: int = RESPONSE_TOKENS,
) -> Draft:
    """Phase 1: write `draft.toml`, and with a model `pairs.json` and `questions.toml`, into the folder.

    dimensions: each ``name=words`` or ``name=path/to/file.py:function``. requests: examples of what the task is asked
    to do. lm: answers each request once without and once with each dimension, so (1 + dimensions) calls a request.
    Raises InputError in one line that names the field.
    """
    try:
        made = Draft(
            task=task, requests=list(requests), dimensions=dict(dimension_from_text(text) for text in dimensions)
        )
    except ValidationError as error:
        raise InputError(explain(error)) from None
    if lm is not None and not made.requests:
        raise InputError("requests: the model needs at least one example request to answer")
    folder.mkdir(parents=True, exist_ok=True)
    write_draft(folder / DRAFT, made, "The draft of a rubric. Edit it freely; `keep = false` leaves a dimension out.")
    if lm is not None:
        pairs = _pairs(made, lm, max_tokens)
        (folder / PAIRS).write_text(Pairs(pairs=pairs).model_dump_json(indent=2) + "\n", "utf-8")
        write_questions(folder / QUESTIONS, pairs)
    return made


def refine(folder: Path, expert: Expert | None = None) -> Draft:
    """Phase 2: the draft with what the expert found, written to `proposal.toml` for the user to choose from.

    The user's own dimensions stay kept, with the share of pairs that they won; the expert's suggestions start with
    ``keep = false``. Without an expert the proposal is the draft. Raises InputError when a file is missing or broken.
    """
    drafted = read_file(folder / DRAFT, Draft)
    opinions: list[Opinion] = []
    pairs: list[Pair] = []
    if expert is not None:
        if not (folder / PAIRS).is_file():
            raise InputError(f"{folder / PAIRS}: there are no pairs to compare; draft with a model first")
        pairs = read_file(folder / PAIRS, Pairs).pairs
        opinions = expert.opinions(drafted.task, pairs)
    proposal = propose(drafted, pairs, opinions)
    comment = "Set `keep` for each dimension, then: studysmith rubric freeze FOLDER"
    write_draft(folder / PROPOSAL, proposal, comment)
    return proposal


def propose(drafted: Draft, pairs: Sequence[Pair], opinions: Sequence[Opinion]) -> Draft:
    """The draft's dimensions with their evidence, and the suggestions, those that say the same merged."""
    of_pair = {pair.id: pair.dimension for pair in pairs}
    dimensions: dict[str, DraftDimension] = {}
    for name, dimension in drafted.dimensions.items():
        won = [o.prefers_with for o in opinions if of_pair.get(o.pair) == name]
        evidence = {"compared": len(won), "preferred": round(fmean(won), 3) if won else None}
        dimensions[name] = dimension.model_copy(update=evidence)
    for suggestion in (o.suggestion for o in opinions if o.suggestion):
        _add(dimensions, *suggestion)
    return drafted.model_copy(update={"dimensions": dimensions})


def freeze(
    folder: Path,
    out: Path | None = None,
    *,
    choose: Sequence[str] = (),
    judge: dspy.LM | None = None,
) -> FrozenRubric:
    """Phase 3: write the kept dimensions as a rubric file, by default `rubric.toml` in the folder.

    Reads `proposal.toml`, or `draft.toml` where nothing was refined. choose: the names to keep, in place of the
    file's ``keep``. Weights that are all absent are equal; given for all, they are scaled to add up to 1. judge: the
    model that will grade dimensions given in words; it is tested on the pairs, and `judges.json` beside the rubric says
    whether it may count. Raises InputError in one line that names the key.
    """
    source = folder / PROPOSAL if (folder / PROPOSAL).is_file() else folder / DRAFT
    draft = read_file(source, Draft)
    kept = _kept(draft, choose, source)
    out = out or folder / RUBRIC
    tables = {
        f"dimensions.{name}": {
            "weight": weight,
            "low": kept[name].low,
            "high": kept[name].high,
            "description": kept[name].description or None,
            "check": _from_folder(kept[name].check, out.parent) if kept[name].check else None,
        }
        for name, weight in _weights(kept, source).items()
    }
    text = toml_text({}, tables, f"The rubric for: {' '.join(draft.task.split())}")
    spec = parse_rubric(tomllib.loads(text))
    judged = [name for name, dimension in spec.dimensions.items() if not dimension.check]
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text, "utf-8")
    # Loading finds a check that is missing or broken now, not when the first plan is scored.
    Rubric.load(out, judged={name: _Unjudged() for name in unscored(spec)})
    if judge is not None and judged:
        _test_judges(judge, kept, judged, folder, out.parent / JUDGES)
    return FrozenRubric(path=out, overall=spec.overall, dimensions=spec.dimensions, judged=judged)


class ResponseRubric:
    """A frozen rubric for responses to requests, both plain text.

    A check is then a function of the response and the request; every other dimension needs `lm` as its judge, which
    must be validated in the `judges.json` beside the rubric unless `trust` is set. Raises InputError in one line.
    """

    def __init__(self, path: Path, lm: dspy.LM | None = None, *, trust: bool = False) -> None:
        spec = read_file(path, RubricSpec)
        in_words = [name for name, dimension in spec.dimensions.items() if not dimension.check]
        judged: dict[str, Dimension] = {}
        if lm is not None:
            reports = JudgeReports.load(path.parent / JUDGES) if (path.parent / JUDGES).is_file() else JudgeReports()
            judged = judged_dimensions(lm, spec, in_words, reports, trust=trust)
        elif in_words:
            raise InputError(f"{path}: dimensions.{in_words[0]}: is given in words and needs a model as its judge")
        self._rubric = Rubric.load(path, judged=judged)

    def score(self, request: str, response: str) -> Scorecard:
        """Every dimension's score from 0 to 1, and the overall score."""
        # Checks and judges pass both through as they are; only built-in dimensions look inside a plan.
        view = PlanView(cast(StudyPlan, response), cast(LearnerProfile, request), self._rubric.source)
        return self._rubric.score_view(view)


class _Unjudged:
    def assess(self, view: PlanView) -> Assessment:
        raise NotImplementedError("a dimension in words is scored by a judge only")


def _pairs(drafted: Draft, lm: dspy.LM, max_tokens: int) -> list[Pair]:
    pairs = []
    for number, request in enumerate(drafted.requests, start=1):
        without = _respond(lm, drafted.task, request, max_tokens)
        for name, dimension in drafted.dimensions.items():
            respect = dimension.description or name.replace("-", " ").replace("_", " ")
            instructions = f"{drafted.task}\nAbove all: {neutral(respect)}"
            with_it = _respond(lm, instructions, request, max_tokens)
            pairs.append(Pair(id=f"{name}-{number}", dimension=name, request=request, with_it=with_it, without=without))
    return pairs


def _respond(lm: dspy.LM, instructions: str, request: str, max_tokens: int) -> str:
    from dspy import lm15

    config = lm15.Config(max_tokens=max_tokens, temperature=0.0)
    message = (lm15.Message.user(request),)
    answer = lm(lm15.Request(model=lm.model, system=instructions, messages=message, config=config))
    return answer.text or ""


def _add(dimensions: dict[str, DraftDimension], name: str, description: str) -> None:
    """A suggestion, merged into the dimension that says the same, if any."""
    description = " ".join(neutral(description).split())[:300]
    for known_name, known in dimensions.items():
        said = f"{known_name} {known.description}"
        if fuzz.token_set_ratio(f"{name} {description}".lower(), said.lower()) >= SAME:
            if description.lower() != known.description.lower() and description not in known.merged:
                dimensions[known_name] = known.model_copy(update={"merged": [*known.merged, description]})
            return
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "suggestion"
    slug = slug if slug[0].isalpha() and len(slug) > 1 else f"respect-{slug}"[:40]
    while slug in dimensions:
        slug = f"{slug[:37]}-2"
    if len(dimensions) < 12:
        dimensions[slug] = DraftDimension(description=description, keep=False, source="expert")


def _kept(draft: Draft, choose: Sequence[str], source: Path) -> dict[str, DraftDimension]:
    for name in choose:
        if name not in draft.dimensions:
            raise InputError(f"{source}: dimensions.{name}: not there; it has {', '.join(draft.dimensions)}")
    kept = {n: d for n, d in draft.dimensions.items() if (n in choose if choose else d.keep)}
    if not kept:
        raise InputError(f"{source}: dimensions: keep at least one")
    return kept


def _weights(kept: Mapping[str, DraftDimension], source: Path) -> dict[str, float]:
    """Weights of the kept dimensions, adding up to 1 after rounding."""
    given = [d.weight for d in kept.values() if d.weight is not None]
    if given and len(given) < len(kept):
        missing = next(n for n, d in kept.items() if d.weight is None)
        raise InputError(f"{source}: dimensions.{missing}.weight: give a weight to all dimensions or to none")
    total = sum(given) or len(kept)
    weights = {n: round((d.weight or 1.0) / total, 4) for n, d in kept.items()}
    first = next(iter(weights))
    weights[first] = round(weights[first] + 1 - sum(weights.values()), 4)
    return weights


def _from_folder(check: str, folder: Path) -> str:
    """A check that was given relative to the working folder, relative to the rubric file's folder instead."""
    file, _, function = check.rpartition(":")
    return f"{Path(os.path.relpath(Path(file).resolve(), folder.resolve())).as_posix()}:{function}"


def _test_judges(
    lm: dspy.LM, kept: Mapping[str, DraftDimension], judged: Sequence[str], folder: Path, path: Path
) -> None:
    pairs = read_file(folder / PAIRS, Pairs).pairs if (folder / PAIRS).is_file() else []
    reports = JudgeReports.load(path) if path.is_file() else JudgeReports()
    for name in judged:
        told = [(p.request, p.with_it, p.without) for p in pairs if p.dimension == name]
        if told:
            judge = Judge(lm, name, scale_from_words(kept[name].description))
            reports.reports.append(validate_on_pairs(judge, told))
    reports.save(path)
