"""What the page asks of a planner on this machine, said without HTTP: JSON in, JSON out (see ``planner.js``)."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ...programs.curriculum import curriculum
from ...programs.errors import InputError, explain
from ...programs.ics import to_icalendar
from ...programs.learner import profile_for
from ...programs.plan import StudyPlan
from ...programs.progress import Progress
from ...programs.render import to_markdown
from ...programs.replan import Marks
from ...programs.sheet import MOST
from ..bundle.bundle import GOLDEN, MODEL
from ..bundle.golden import Golden
from ..bundle.manifest import Manifest
from ..planner import Planner
from .desk import Tell

Given = TypeVar("Given", bound="_Given")
SAID = {
    "read_request": "Reading the request.",
    "choose_topic": "Finding the topic.",
    "diagnose": "Looking at what went wrong.",
    "choose_way": "Choosing how to work in session {number} of {total}.",
    "write_week": "Writing week {number} of {total}.",
    "adapt": "Writing what to do when things go differently.",
}


class _Given(BaseModel):
    """The body of a request. today: the client's date."""

    model_config = ConfigDict(extra="forbid")

    @classmethod
    def read(cls: type[Given], body: bytes) -> Given:
        """Raises InputError, one line that names the field."""
        try:
            return cls.model_validate_json(body)
        except ValidationError as error:
            raise InputError(explain(error)) from None


class PlanGiven(_Given):
    text: str = ""
    profile: dict[str, Any] = Field(default_factory=dict)
    practice: int = Field(default=0, ge=0, le=MOST)
    today: date | None = None


class ReplanGiven(_Given):
    plan: StudyPlan
    marks: Marks
    today: date | None = None


class FormatsGiven(_Given):
    plan: StudyPlan


class SelftestGiven(_Given):
    """Nothing to say."""


class Service:
    """A planner for a page. bundle: its folder, where it is one of its own."""

    def __init__(self, planner: Planner, bundle: Path | None = None):
        self.planner, self.bundle = planner, bundle
        self.manifest = Manifest.load(bundle) if bundle else None
        self._source = planner.source or curriculum()

    def about(self) -> dict[str, Any]:
        """Who answers: see ``planner.about``."""
        from importlib.metadata import version

        entry = self.manifest.files[MODEL] if self.manifest else None
        return {
            "name": self.manifest.name if self.manifest else "the planner that comes with studysmith",
            "version": version("studysmith"),
            "where": "server",
            "threads": os.cpu_count(),
            "sha256": entry.sha256 if entry else "",
            "bytes": entry.bytes if entry else 0,
            "names": self.names(),
        }

    def names(self) -> dict[str, str]:
        """What concepts are called, by id."""
        return {concept.id: concept.name for concept in self._source.values()}

    def plan(self, given: PlanGiven, tell: Tell, by_week: bool = False) -> dict[str, Any]:
        """The plan; its weeks are told before. by_week: as they come to stand, and not when all do."""
        profile = profile_for(**{**given.profile, "text": given.text or given.profile.get("text", "")})
        weeks = _Weeks(tell)
        heard = weeks if by_week else None
        return weeks(self.planner.plan_for(profile, given.today, given.practice, _progress(tell), heard))

    def replan(self, given: ReplanGiven, tell: Tell, by_week: bool = False) -> dict[str, Any]:
        """The rest of a plan, planned anew."""
        weeks = _Weeks(tell)
        heard = weeks if by_week else None
        return weeks(self.planner.replan(given.plan, given.marks, given.today, _progress(tell), heard))

    def formats(self, given: FormatsGiven) -> dict[str, str]:
        """The plan as files have it."""
        plan, source = given.plan, self._source
        return {
            "markdown": to_markdown(plan, source),
            "ical": to_icalendar(plan, source=source).decode(),
            "json": plan.model_dump_json(indent=1) + "\n",
        }

    def selftest(self, given: SelftestGiven, tell: Tell) -> dict[str, Any]:
        """The golden vectors of the bundle, asked again; none where there is no bundle."""
        vectors = Golden.load(self.bundle / GOLDEN).vectors if self.bundle else []
        checks = []
        for number, vector in enumerate(vectors, 1):
            wrong = vector.differences(self.planner.engine)
            name = f"golden vector {number} of {len(vectors)}"
            checks.append({"name": name, "ok": not wrong, "said": "; ".join(wrong) or "as it was at export"})
            tell({"progress": {"stage": "check", "done": number, "total": len(vectors), "said": f"Checked {name}."}})
        return {"passed": all(check["ok"] for check in checks), "checks": checks}


def _progress(tell: Tell) -> Progress:
    """A progress of planning that is told to a client in sentences."""

    def progress(stage: str, done: int, total: int, step: str) -> None:
        said = SAID.get(step, "Planning.").format(number=min(done + 1, total), total=total)
        tell({"progress": {"stage": stage, "done": done, "total": total, "said": said}})

    return progress


class _Weeks:
    """Tells of a plan as its weeks come to stand: what is around them (``frame``), and each new week with the number of
    its phase. A later frame replaces an earlier one, and leaves the weeks."""

    def __init__(self, tell: Tell):
        self.tell, self.told = tell, 0

    def __call__(self, plan: StudyPlan) -> dict[str, Any]:
        """The plan so far, as JSON."""
        whole: dict[str, Any] = plan.model_dump(mode="json")
        weeks = [(number, week) for number, phase in enumerate(whole["phases"]) for week in phase["weeks"]]
        if new := weeks[self.told :]:
            self.tell({"frame": {**whole, "phases": [{**phase, "weeks": []} for phase in whole["phases"]]}})
            for number, week in new:
                self.tell({"week": week, "phase": number})
            self.told = len(weeks)
        return whole
