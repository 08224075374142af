"""What studysmith costs over the engine: plans through it against the very same prompts sent straight to xllamacpp.

    python benchmarks/overhead.py [--learners 4] [--repetitions 3] [--wording chosen free] [--short] [--json]

Each plan is made once, untimed, and what reaches the model is noted down: token ids, grammar, limits. Then, in the same
process, on the same model in exact mode, it is made through studysmith (as a frozen planner, which ships, and as the
DSPy program, which a compile runs) and its prompts are handed to the server object itself; who is first changes from
turn to turn. A ratio is that of one plan's seconds in one turn; intervals are 95 %, over plans and turns. Processor
seconds are those of the whole process, engine included; they tell the same where other work makes the clock unsteady.
``--short`` makes plans of one session, for a busy machine; what is done once for a plan then weighs more.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Callable
from datetime import date
from typing import Any

from studysmith.deploy.bundle.frozen import FrozenProgram
from studysmith.deploy.engines.llamacpp import LlamaCppEngine
from studysmith.deploy.models import DEFAULT_MODEL
from studysmith.deploy.planner import PROGRAMS, Planner
from studysmith.metrics.statistics import mean_interval
from studysmith.optimizers.evaluate import running
from studysmith.programs.learner import LearnerProfile
from studysmith.programs.planner import StudyPlanner
from studysmith.programs.synthetic_learners import learners

TODAY = date(2026, 1, 5)
SHORT = {"weeks": 1, "sessions_per_week": 1, "minutes_per_week": 20}
Timed = tuple[float, float]
"""Seconds on the clock, and processor seconds."""
Way = Callable[[LearnerProfile], Any]


class Heard(LlamaCppEngine):
    """The engine, noting down what it asks the model to compute, and the text that comes back."""

    heard: list[tuple[dict[str, Any], str]] | None = None

    def _post(self, route: str, body: dict[str, Any]) -> dict[str, Any]:
        reply = super()._post(route, body)
        if self.heard is not None and route == "/completion":
            self.heard.append((body, reply["content"]))
        return reply

    def straight(self, bodies: list[dict[str, Any]]) -> list[str]:
        """What the bare server says to these, without HTTP, templates, checks or anything else of ours."""
        return [self._server.handle_completions(body)["choices"][0]["text"] for body in bodies]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--learners", type=int, default=4)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--wording", nargs="+", choices=tuple(PROGRAMS), default=list(PROGRAMS))
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    rows = []
    with Heard(given.model, threads=given.threads) as engine:
        for wording in given.wording:
            profiles = [learner.given for learner in learners("test")[: given.learners]]
            if given.short:
                profiles = [profile.model_copy(update=SHORT) for profile in profiles]
            rows += measured(engine, wording, profiles, given.repetitions)
    if given.json:
        print(json.dumps({"engine": engine.id, "rows": rows}, indent=1))
        return
    print("wording  through  plans  calls  plans/s (straight)   clock, ratio [95 %]     processor, ratio [95 %]")
    for row in rows:
        speed = f"{row['plans_per_second']:.3f} ({row['straight_per_second']:.3f})"
        ratios = "   ".join("{:.3f} [{:.3f}, {:.3f}]".format(*row[name]) for name in ("clock", "processor"))
        print(f"{row['wording']:8} {row['way']:8} {row['plans']:5}  {row['calls']:5}  {speed:19}  {ratios}")


def measured(engine: Heard, wording: Any, profiles: list[LearnerProfile], repetitions: int) -> list[dict[str, Any]]:
    """A row for each way through studysmith."""
    frozen = Planner(FrozenProgram.load(PROGRAMS[wording]), engine)
    live = StudyPlanner(threads=1, wording=wording)

    def through_dspy(profile: LearnerProfile) -> Any:
        with running(engine):
            return live(given=profile, today=TODAY).plan

    ways: dict[str, Way] = {"frozen": lambda profile: frozen.plan_for(profile, TODAY), "dspy": through_dspy}
    took: dict[str, list[tuple[Timed, Timed]]] = {way: [] for way in ways}
    calls = 0
    for profile in profiles:
        asked, plan = heard(engine, ways["frozen"], profile)
        assert heard(engine, ways["dspy"], profile) == (asked, plan), "the two ways ask something else"
        bodies = [body for body, _ in asked]
        assert engine.straight(bodies) == [text for _, text in asked], "straight, something else is answered"
        calls += len(bodies)
        for turn in range(repetitions):
            for way, make in ways.items():
                took[way].append(in_turn(engine, make, profile, bodies, through_first=turn % 2 == 0))
                through, straight = took[way][-1]
                said = "{:.2f} s ({:.2f} s of processor)"
                print(f"{wording} {way}: {said.format(*through)}, straight {said.format(*straight)}", file=sys.stderr)
    return [
        {
            "wording": wording,
            "way": way,
            "plans": len(pairs),
            "calls": calls * repetitions,
            "plans_per_second": len(pairs) / sum(through[0] for through, _ in pairs),
            "straight_per_second": len(pairs) / sum(straight[0] for _, straight in pairs),
            "clock": ratio([(through[0], straight[0]) for through, straight in pairs]),
            "processor": ratio([(through[1], straight[1]) for through, straight in pairs]),
        }
        for way, pairs in took.items()
    ]


def in_turn(
    engine: Heard, make: Way, profile: LearnerProfile, bodies: list[dict[str, Any]], through_first: bool
) -> tuple[Timed, Timed]:
    """What one plan takes through studysmith, and what its prompts take straight."""
    works: list[Callable[[], Any]] = [lambda: make(profile), lambda: engine.straight(bodies)]
    if through_first:
        return timed(works[0]), timed(works[1])
    straight = timed(works[1])
    return timed(works[0]), straight


def heard(engine: Heard, make: Way, profile: LearnerProfile) -> tuple[list[tuple[dict[str, Any], str]], Any]:
    """What reaches the model while a plan is made, with its answers, and the plan."""
    engine.heard = []
    made = make(profile)
    asked, engine.heard = engine.heard, None
    return asked, made


def timed(work: Callable[[], Any]) -> Timed:
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - processor


def ratio(pairs: list[tuple[float, float]]) -> tuple[float, float, float]:
    """The geometric mean of ratios, with its interval."""
    found = mean_interval([math.log(through / straight) for through, straight in pairs])
    return math.exp(found.mean), math.exp(found.low), math.exp(found.high)


if __name__ == "__main__":
    main()
