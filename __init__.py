"""studysmith compiles a small language model into a study planner that fits on a phone.

``plan(text)`` plans with the embedded model, ``load(bundle).plan(text)`` with an exported bundle.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .deploy.bundle.bundle import Planner
    from .programs.plan import StudyPlan

__all__ = ["load", "plan"]


def load(bundle: str) -> Planner:
    """Open a bundle; see ``studysmith.deploy.bundle.bundle.load``."""
    from .deploy.bundle.bundle import load as load_bundle

    return load_bundle(bundle)


def plan(text: str = "", **fields: Any) -> StudyPlan:
    """A study plan from the embedded model; ``fields`` are those of LearnerProfile and win over the text.

    Raises InputError with one line that names the field when something cannot be used. Loads the model at each call:
    to plan often, keep ``default_planner()`` open.
    """
    from .deploy.planner import default_planner

    with default_planner() as planner:
        return planner.plan(text, **fields)
