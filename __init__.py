"""studysmith compiles a small language model into a study planner that fits on a phone.

Everything a program needs is here: ``plan`` and ``load``; ``Task``, ``Budget``, ``headroom``, ``compile``, ``compare``,
``why`` and ``export``; ``Optimizer`` and ``Engine`` are the Protocols of what can be plugged in.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .deploy.bundle.bundle import Bundle, load
    from .deploy.engines.base import Engine
    from .optimizers.api import compile
    from .optimizers.base import Optimizer
    from .optimizers.best_of import BestOf
    from .optimizers.budget import Budget
    from .optimizers.compare_runs import compare
    from .optimizers.export import export
    from .optimizers.headroom import headroom
    from .optimizers.result import Result
    from .optimizers.task import StepPool, Task
    from .optimizers.why import why
    from .programs.errors import InputError, StudysmithError
    from .programs.plan import StudyPlan

_HOMES = {
    "BestOf": ".optimizers.best_of",
    "Budget": ".optimizers.budget",
    "Bundle": ".deploy.bundle.bundle",
    "Engine": ".deploy.engines.base",
    "InputError": ".programs.errors",
    "Optimizer": ".optimizers.base",
    "Result": ".optimizers.result",
    "StepPool": ".optimizers.task",
    "StudyPlan": ".programs.plan",
    "StudysmithError": ".programs.errors",
    "Task": ".optimizers.task",
    "compare": ".optimizers.compare_runs",
    "compile": ".optimizers.api",
    "export": ".optimizers.export",
    "headroom": ".optimizers.headroom",
    "load": ".deploy.bundle.bundle",
    "why": ".optimizers.why",
}
__all__ = [
    "BestOf",
    "Budget",
    "Bundle",
    "Engine",
    "InputError",
    "Optimizer",
    "Result",
    "StepPool",
    "StudyPlan",
    "StudysmithError",
    "Task",
    "compare",
    "compile",
    "export",
    "headroom",
    "load",
    "plan",
    "why",
]


def plan(text: str = "", **fields: Any) -> StudyPlan:
    """A study plan from the embedded model; ``fields`` are those of LearnerProfile and win over the text.

    Raises InputError with one line that names the field when something cannot be used. Loads the model at each call:
    to plan often, keep ``deploy.planner.default_planner()`` open.
    """
    from .deploy.planner import default_planner

    with default_planner() as planner:
        return planner.plan(text, **fields)


def __getattr__(name: str) -> Any:
    # Nothing is imported before it is used: `import studysmith` costs nothing, and needs neither torch nor DSPy.
    if name not in _HOMES:
        raise AttributeError(f"studysmith has no {name}")
    found = globals()[name] = getattr(import_module(_HOMES[name], __name__), name)
    return found


def __dir__() -> list[str]:
    return __all__
