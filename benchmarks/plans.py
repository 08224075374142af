"""Plans for the test learners, and what is wrong in them, counted.

    python benchmarks/plans.py write --out plans.jsonl [--bundle FOLDER | --wording free] [--learners 48]
    python benchmarks/plans.py count plans.jsonl [--json]

``write`` plans for each learner from their own request and errors, in exact mode, and notes the seconds; it goes on
where it was interrupted. ``count`` scores the plans with the built-in rubric against full profiles, and counts
what readers found in earlier plans: words that are none, sentences that stand twice, tasks that come back, checkpoints
that were worked before, minutes for one task, interests that show nowhere, wrong diagnoses.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

TODAY = date(2026, 1, 5)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True)
    write = commands.add_parser("write")
    write.add_argument("--out", type=Path, required=True)
    write.add_argument("--bundle", type=Path)
    write.add_argument("--wording", choices=("chosen", "free"), default="chosen")
    write.add_argument("--learners", type=int, default=48)
    write.set_defaults(run=_write)
    count = commands.add_parser("count")
    count.add_argument("plans", type=Path)
    count.add_argument("--json", action="store_true")
    count.set_defaults(run=_count)
    options = parser.parse_args()
    options.run(options)


def _write(options: argparse.Namespace) -> None:
    from studysmith.deploy.planner import default_planner, load_planner
    from studysmith.programs.synthetic_learners import learners

    known = {row["learner"] for row in _read(options.out)} if options.out.exists() else set()
    opened = load_planner(options.bundle) if options.bundle else default_planner(wording=options.wording)
    with opened as planner, options.out.open("a", encoding="utf-8") as file:
        for learner in learners("test")[: options.learners]:
            if learner.id in known:
                continue
            started = time.perf_counter()
            plan = planner.plan_for(learner.given, TODAY)
            seconds = round(time.perf_counter() - started, 2)
            row = {"learner": learner.id, "seconds": seconds, "plan": plan.model_dump(mode="json")}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            file.flush()
            print(f"{learner.id} {seconds} s", flush=True)


def _count(options: argparse.Namespace) -> None:
    found = counts(_read(options.plans))
    if options.json:
        print(json.dumps(found, indent=1))
        return
    for name, value in found.items():
        print(f"{name:58} {value}")


def counts(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Every count over plans, as "how many of how many" or a mean."""
    from studysmith.metrics.rubric import Rubric
    from studysmith.metrics.statistics import mean_interval
    from studysmith.programs.fresh import sameness
    from studysmith.programs.plan import StudyPlan
    from studysmith.programs.synthetic_learners import learners

    judge, known = Rubric.load(), {x.id: x for x in learners("test")}
    total: Counter[str] = Counter()
    overall: list[float] = []
    longest = 0
    for row in rows:
        plan, learner = StudyPlan.model_validate(row["plan"]), known[row["learner"]]
        card = judge.score(plan, learner.truth)
        overall.append(card.overall)
        words = [s.activities[0].text for s in plan.sessions] + [s.rationale for s in plan.sessions]
        total["sentences"] += len(words)
        total["twice"] += sum(n - 1 for n in Counter(words).values())
        total["odd"] += sum(bool(_not_words(text)) for text in words)
        tasks = [a.task for s in plan.sessions for a in s.activities if a.task and a.kind != "repair"]
        checks = [w.checkpoint.question for w in plan.weeks if w.checkpoint]
        total["tasks"] += len(tasks)
        drawn = [(a.task, a.answer) for s in plan.sessions for a in s.activities if a.task and a.kind != "repair"]
        total["tasks twice"] += sum(n - 1 for n in Counter(sameness(t, a or "") for t, a in drawn).values())
        total["checkpoints"] += len(checks)
        total["worked before"] += sum(question in tasks for question in checks)
        apply = [s for s in plan.sessions if s.title.startswith("Apply")]
        examples = {a.task for s in plan.sessions for a in s.activities if a.kind == "example"}
        total["apply"] += len(apply)
        total["redo"] += sum(any(a.task in examples for a in s.activities) for s in apply)
        practised = [a.minutes for s in plan.sessions for a in s.activities if a.task]
        longest = max([longest, *practised])
        total["interested"] += bool(learner.truth.interests)
        total["visible"] += any(i in text for i in learner.truth.interests for text in words)
        total["preferring"] += bool(learner.truth.preferences)
        total["weigh"] += any(a.action.startswith("Weigh") for a in plan.adaptations if a.when == "behind")
        total["diagnosed"] += any(d.concept == learner.shaky for d in plan.diagnosis)
        total["below the bar"] += not judge.accepts(card)
    n, mean = len(rows), mean_interval(overall)
    seconds = sorted(row["seconds"] for row in rows if "seconds" in row)
    return {
        "plans": n,
        "rubric, overall": f"{mean.mean:.3f} [{mean.low:.3f}, {mean.high:.3f}]",
        "below the rubric's own bar": f"{total['below the bar']} of {n}",
        "diagnosis right": f"{total['diagnosed']} of {n}",
        "sentences with a word that is none": f"{total['odd']} of {total['sentences']}",
        "sentences that stand elsewhere in their plan": f"{total['twice']} of {total['sentences']}",
        "tasks that stand elsewhere in their plan": f"{total['tasks twice']} of {total['tasks']}",
        "checkpoints worked before": f"{total['worked before']} of {total['checkpoints']}",
        "apply sessions that redo the worked example": f"{total['redo']} of {total['apply']}",
        "longest time for one task, minutes": longest,
        "plans in which a stated interest shows": f"{total['visible']} of {total['interested']}",
        'advice "when behind" that begins with "Weigh"': f"{total['weigh']} of {n}",
        "seconds a plan, median": seconds[len(seconds) // 2] if seconds else "not noted",
    }


def _not_words(text: str) -> list[str]:
    """Words in no sentence that a person wrote for this project: the curriculum, its teaching, the demonstrations."""
    return [w for w in re.findall(r"[a-zà-ÿ]{4,}", text.lower()) if w not in _lexicon()]


def _lexicon() -> set[str]:
    if not _LEXICON:
        from studysmith.programs.curriculum import DATA

        for path in DATA.rglob("*.yaml"):
            _LEXICON.update(re.findall(r"[a-zà-ÿ]{4,}", path.read_text("utf-8").lower()))
    return _LEXICON


_LEXICON: set[str] = set()


def _read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


if __name__ == "__main__":
    main()
