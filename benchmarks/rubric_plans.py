"""Record what the embedded model writes untuned: the generated plans that `studysmith rubric validate` uses.

    python benchmarks/rubric_plans.py --model MODEL.gguf --demos 3 --learners 26

Plans are for learners of the validation split, from their own request, by the staged planner with its default
instructions and demonstrations drawn at random (seed 0) from the experts' pool, sampled at temperature 0.7. About half
a minute a plan on two cores. Appends; learners that are recorded already are skipped.
"""

from __future__ import annotations

import argparse
import json
import random
from datetime import date
from pathlib import Path

DAY = date(2026, 1, 5)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--demos", type=int, default=3, help="demonstrations per step")
    parser.add_argument("--temperature", type=float, default=0.7)
    parser.add_argument("--learners", type=int, default=24)
    parser.add_argument("--model", type=Path, required=True, help="a GGUF file")
    parser.add_argument("--output", type=Path, default=Path("metrics/validity/generated.jsonl"))
    options = parser.parse_args()

    import dspy
    from studysmith.deploy.engines.lm import language_model
    from studysmith.deploy.engines.open import open_engine
    from studysmith.programs.adapter import LeanAdapter
    from studysmith.programs.demonstrations import solved_calls
    from studysmith.programs.planner import StudyPlanner
    from studysmith.programs.synthetic_learners import learners

    planner = StudyPlanner(threads=4)
    rng = random.Random(0)
    for step in ("write_week", "adapt", "diagnose"):
        chosen = rng.sample(solved_calls(step), options.demos)
        getattr(planner, step).demos = [{**call.inputs, **reply} for call, reply in chosen]
    prompt = f"{options.demos} demonstrations, temperature {options.temperature}"
    known = (
        {json.loads(line)["id"] for line in options.output.read_text("utf-8").splitlines()}
        if options.output.exists()
        else set()
    )
    engine = open_engine(options.model, "fast", slots=4)
    lm = language_model(engine, temperature=options.temperature, min_p=0.05, seed=1)
    with engine, dspy.context(lm=lm, adapter=LeanAdapter()):
        for learner in learners("validation")[: options.learners]:
            if learner.id in known:
                continue
            plan = planner(learner.given, DAY).plan
            record = {
                "id": learner.id,
                "prompt": prompt,
                "profile": learner.truth.model_dump(mode="json", exclude_defaults=True),
                "plan": plan.model_dump(mode="json", exclude_defaults=True),
            }
            with options.output.open("a", encoding="utf-8") as file:
                file.write(json.dumps(record, ensure_ascii=False) + "\n")
            print(learner.id, flush=True)


if __name__ == "__main__":
    main()
