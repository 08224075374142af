"""The planner as a bundle: its steps are frozen, its flow is ``programs.flow``, its curriculum lies beside them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from ..programs.curriculum import Concept, Curriculum, curriculum
from ..programs.errors import InputError, explain
from ..programs.flow import OnWeek, plan_study
from ..programs.learner import LearnerProfile, profile_for
from ..programs.material import Material, material
from ..programs.plan import StudyPlan
from ..programs.progress import Progress, silent
from ..programs.replan import Marks, replan
from ..programs.request.spoken import STEP
from ..programs.sheet import with_sheet
from ..programs.steps import Answerer, Call, ReadingMode, WordingMode, compact
from .bundle.bundle import PROGRAM, Bundle, Result, load
from .bundle.frozen import FrozenProgram
from .engines.base import Engine
from .engines.open import open_engine, usual_mode
from .engines.schema import complete_json
from .errors import BundleError
from .files import read_data
from .models import DEFAULT_MODEL, resolve

PROGRAMS: dict[WordingMode, Path] = {
    "chosen": Path(__file__).parent / "data" / "default_program.json",
    "free": Path(__file__).parent / "data" / "free_program.json",
}
_CONCEPTS = TypeAdapter(Annotated[list[Concept], Field(min_length=1)])
READER = Path(__file__).parent / "data" / "read_program.json"
"""The step by which a model reads requests, as a program of its own."""
CURRICULUM = "curriculum.json"
MATERIAL = "material.json"
GOLDEN = (
    {
        "text": "I am taking Calculus 1 this semester and struggling with u-substitution. One week, 30 minutes.",
        "today": "2026-01-05",
    },
    {
        "text": "i have two weeks and 30 min 2 times a week for adding fractions, i love basketball",
        "today": "2026-01-05",
    },
)
"""What a planner's bundle is checked with unless its author says otherwise: short plans, which `verify` makes again."""


class Planner(Bundle):
    """A frozen planner, with the curriculum of its bundle, or the installed one where there is none."""

    EXTRA = (CURRICULUM, MATERIAL)

    def __init__(self, program: FrozenProgram, engine: Engine, folder: Path | None = None):
        super().__init__(program, engine)
        if folder:
            check_steps(program)
        self.source = read_curriculum(folder / CURRICULUM) if folder else None
        self.material = read_material(folder / MATERIAL) if folder else None

    @property
    def wording(self) -> WordingMode:
        """Whether the model chooses among written sentences or writes its own: by the steps that it was frozen with."""
        return "free" if "write_week" in self.program.steps else "chosen"

    @property
    def reading(self) -> ReadingMode:
        """Whether rules alone read requests, or the model as well: by the steps that it was frozen with."""
        return "model" if STEP in self.program.steps else "rules"

    def __call__(self, /, **inputs: Any) -> Result:
        """No way to plan. Raises InputError naming the right one."""
        raise InputError("this bundle holds a planner; use .plan(text)")

    def plan(self, text: str = "", today: date | None = None, practice: int = 0, **fields: Any) -> StudyPlan:
        """A study plan for a request in plain words; ``fields`` are those of LearnerProfile and win over the text.

        practice: tasks of a sheet that is added, up to 200, or as many as there are.
        Raises InputError with one line that names the field when something cannot be used.
        """
        return self.plan_for(profile_for(text, **fields), today, practice)

    def plan_for(
        self,
        profile: LearnerProfile,
        today: date | None = None,
        practice: int = 0,
        progress: Progress = silent,
        on_week: OnWeek | None = None,
    ) -> StudyPlan:
        """A study plan for a profile. progress hears of each call: how many of its step there were, and the step;
        on_week of the plan so far, week by week.

        Raises InputError for unusable input, EngineError when the model fails, and what those who hear raise.
        """
        source, given, answer = self._material(progress)
        plan = plan_study(profile, answer, today, source, given, self.wording, self.reading, on_week)
        return with_sheet(plan, practice, source, given) if practice else plan

    def replan(
        self,
        plan: StudyPlan,
        marks: Marks,
        today: date | None = None,
        progress: Progress = silent,
        on_week: OnWeek | None = None,
    ) -> StudyPlan:
        """The rest of a plan, planned anew from what was done; see ``programs.replan``, and ``plan_for`` for who hears.

        Raises InputError when the marks or the plan cannot be used, EngineError when the model fails.
        """
        source, given, answer = self._material(progress)
        return replan(plan, marks, answer, today, source, given, self.wording, on_week)

    def _material(self, progress: Progress) -> tuple[Curriculum, Material, Answerer]:
        """What a plan is made from: curriculum, what is written for it, and who answers."""
        return self.source or curriculum(), self.material or material(), partial(self._answer, progress=progress)

    def _answer(self, calls: Sequence[Call], progress: Progress = silent) -> list[dict[str, Any]]:
        """Replies to calls, one after the other: exact mode has one slot anyway."""
        replies = []
        for call in calls:
            number, total = call.place
            progress("plan", number - 1, total, call.step)
            request = self.program.steps[call.step].request(call.inputs, call.options, call.rank)
            replies.append(complete_json(self.engine, request)[0])
        return replies

    def answer_golden(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """The plan for a golden request of the form ``{"text": ..., "today": "2026-01-05"}``."""
        try:
            text, today = inputs["text"], date.fromisoformat(inputs["today"])
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"golden: a planner's example has a text and today, YYYY-MM-DD ({error!r})") from None
        return self.plan(text, today).model_dump(mode="json")

    @classmethod
    def problems(cls, folder: Path, program: FrozenProgram) -> Iterator[str]:
        """See Bundle.problems: steps that the flow does not have, a broken curriculum, broken material."""
        source = given = None
        try:
            check_steps(program)
        except InputError as error:
            yield f"{PROGRAM}: {error}"
        try:
            source = read_curriculum(folder / CURRICULUM)
        except ValueError as error:
            yield str(error)
        try:
            given = read_material(folder / MATERIAL)
        except ValueError as error:
            yield str(error)
        if given and source:
            yield from (f"{MATERIAL}: {problem}" for problem in given.problems(source))

    @classmethod
    def extra_files(cls) -> dict[str, str]:
        """The installed curriculum, and what is written for its concepts."""
        concepts = [concept.model_dump() for concept in curriculum().values()]
        return {
            CURRICULUM: json.dumps(concepts, indent=1, ensure_ascii=False) + "\n",
            MATERIAL: material().dump(curriculum()),
        }


def check_steps(program: FrozenProgram) -> None:
    """Raises InputError naming a step that is not one of a planner's, or asks for or answers something else."""
    known = FrozenProgram.load(READER).steps
    for path in PROGRAMS.values():
        own = FrozenProgram.load(path).steps
        known |= own
        if set(own) == set(program.steps) - {STEP}:
            break
    else:
        raise InputError(f"steps: those of a planner, with or without {STEP} (got {', '.join(program.steps)})")
    for name, step in program.steps.items():
        if more := set(step.slots) - set(known[name].slots):
            raise InputError(f"steps.{name}: asks for {sorted(more)[0]!r}, which a planner does not give")
        wanted = known[name].reply_schema
        if set(step.reply_schema["properties"]) != set(wanted["properties"]):
            raise InputError(f"steps.{name}: must answer {', '.join(wanted['properties'])}")
        if _unnamed(step.reply_schema) != _unnamed(wanted):  # a call narrows it to its choices, which hides what it is
            raise InputError(
                f"steps.{name}: reply_schema must be that of a planner's step: {compact(_unnamed(wanted))}"
            )


def _unnamed(schema: Any) -> Any:
    """A JSON schema without titles and descriptions, which allow and forbid nothing. Names of fields stay."""
    if not isinstance(schema, dict):
        return [_unnamed(each) for each in schema] if isinstance(schema, list) else schema
    return {
        key: {name: _unnamed(each) for name, each in value.items()}
        if key in ("properties", "$defs") and isinstance(value, dict)
        else _unnamed(value)
        for key, value in schema.items()
        if key not in ("title", "description")
    }


def read_curriculum(path: Path) -> Curriculum:
    """The curriculum of a bundle. Raises InputError or CurriculumError, both ValueErrors, when it is none."""
    try:
        return Curriculum(_CONCEPTS.validate_json(read_data(path)))
    except ValidationError as error:
        raise InputError(f"{path.name} cannot be read: {explain(error)}") from None


def read_material(path: Path) -> Material:
    """The material of a bundle. Raises InputError when it is none."""
    try:
        return Material.from_json(read_data(path))
    except InputError:
        raise
    except ValueError as error:
        raise InputError(f"{path.name} cannot be read: {error}") from None


def load_planner(folder: str | Path, model: str | None = None) -> Planner:
    """Open the bundle of a planner, on its own model or another, such as what `export --to ollama://NAME` made of it.

    Raises BundleError for another kind of bundle.
    """
    opened = load(folder, model)
    if isinstance(opened, Planner):
        return opened
    opened.close()
    raise BundleError(f"{folder} holds no planner; call it with {', '.join(opened.program.inputs)}")


def default_planner(
    model: str = DEFAULT_MODEL, wording: WordingMode = "chosen", reading: ReadingMode = "rules"
) -> Planner:
    """A planner that works without any compile, in exact mode where the model's engine has it: the embedded model under
    the compiled prompts that ship with the package, any other model under the written ones. reading: "model" asks it
    once more for each request, for the spans that it marks. Raises ModelError when the model is not to be had."""
    from . import shipped

    file: str | Path = model
    if wording == "chosen" and model == DEFAULT_MODEL and shipped.made_for(resolve(model)):
        program, file = shipped.shipped(resolve(model))
    else:
        program = FrozenProgram.load(PROGRAMS[wording])
    if reading == "model":
        program.steps |= FrozenProgram.load(READER).steps
    return Planner(program, open_engine(file, usual_mode(file)))
