"""Blind reading: do sentences make sense to somebody who does not know who wrote them?

    python benchmarks/reading.py draw --source default=plans.jsonl --source experts --count 100 --out reading
    python benchmarks/reading.py rates reading labels.jsonl [--json]

``draw`` takes sessions at random from each source, shuffles them, and writes ``reading/sheet.jsonl``, which names no
writer, and ``reading/key.jsonl``, which does. A source is NAME=FILE, a JSONL with a StudyPlan under ``plan`` in each
line, or ``experts``, the demonstrations. A reader answers with a line for each session of the sheet:
``{"id": 7, "activity": 2, "why": 1, "fit": 1}``; 2 makes sense, 1 partly, 0 nonsense; fit: it is about the concept
named. ``rates`` puts labels and key together: shares with 95 % Wilson intervals, and a writer's sessions that are less
than full sense.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FIELDS = {"activity": (0, 1, 2), "why": (0, 1, 2), "fit": (0, 1)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True)
    draw = commands.add_parser("draw", help="write a sheet to read")
    draw.add_argument("--source", action="append", required=True, help="NAME=FILE of plans, or experts")
    draw.add_argument(
        "--count", type=int, action="append", help="sessions of each source; one number for all is enough"
    )
    draw.add_argument("--seed", type=int, default=0)
    draw.add_argument("--out", type=Path, required=True)
    draw.set_defaults(run=_draw)
    rates = commands.add_parser("rates", help="turn labels into rates")
    rates.add_argument("folder", type=Path)
    rates.add_argument("labels", type=Path, nargs="+")
    rates.add_argument("--json", action="store_true")
    rates.set_defaults(run=_rates)
    options = parser.parse_args()
    options.run(options)


def _draw(options: argparse.Namespace) -> None:
    rng = random.Random(f"reading/{options.seed}")
    drawn = []
    counts = options.count or [100]
    counts = counts * len(options.source) if len(counts) == 1 else counts
    if len(counts) != len(options.source):
        raise SystemExit(f"error: count: one, or one for each source ({len(options.source)})")
    for source, count in zip(options.source, counts, strict=True):
        writer, _, file = source.partition("=")
        sessions = list(_experts() if source == "experts" else _sessions(Path(file)))
        if len(sessions) < count:
            raise SystemExit(f"error: count: {writer} has {len(sessions)} sessions (asked for {count})")
        drawn += [(writer, session) for session in rng.sample(sessions, count)]
    rng.shuffle(drawn)
    options.out.mkdir(parents=True, exist_ok=True)
    _write(options.out / "sheet.jsonl", [{"id": i, **session} for i, (_, session) in enumerate(drawn, 1)])
    _write(options.out / "key.jsonl", [{"id": i, "writer": writer} for i, (writer, _) in enumerate(drawn, 1)])
    print(f"{len(drawn)} sessions in {options.out / 'sheet.jsonl'}; do not show key.jsonl to the reader")


def _sessions(path: Path) -> Iterator[dict[str, str]]:
    from studysmith.programs.curriculum import curriculum
    from studysmith.programs.plan import StudyPlan

    source = curriculum()
    for line in path.read_text("utf-8").splitlines():
        plan = StudyPlan.model_validate(json.loads(line)["plan"])
        for session in plan.sessions:
            yield {
                "concept": source[session.concept].name if session.concept in source else session.concept,
                "kind": session.title.partition(":")[0],
                "audience": plan.audience,
                "activity": session.activities[0].text,
                "why": session.rationale,
            }


def _experts() -> Iterator[dict[str, str]]:
    from studysmith.programs.curriculum import curriculum
    from studysmith.programs.demonstrations import demonstrations

    verbs = {"learn": "Learn", "practise": "Practise", "apply": "Apply", "review": "Review"}
    for week in demonstrations():
        for session in week.sessions:
            yield {
                "concept": curriculum()[session.concept].name,
                "kind": verbs[session.kind],
                "audience": week.learner.audience,
                "activity": session.activity,
                "why": session.why,
            }


def _rates(options: argparse.Namespace) -> None:
    sheet, key = ({r["id"]: r for r in _read(options.folder / f"{name}.jsonl")} for name in ("sheet", "key"))
    labels = [_checked(row, key) for file in options.labels for row in _read(file)]
    table: dict[str, dict[str, Any]] = {}
    for writer in sorted({r["writer"] for r in key.values()}):
        own = [row for row in labels if key[row["id"]]["writer"] == writer]
        if not own:
            continue
        table[writer] = {
            "n": len(own),
            "activity makes sense": _share(row["activity"] == 2 for row in own),
            "activity is nonsense": _share(row["activity"] == 0 for row in own),
            "why makes sense": _share(row["why"] == 2 for row in own),
            "why is nonsense": _share(row["why"] == 0 for row in own),
            "fits the concept": _share(row["fit"] == 1 for row in own),
            "less than full sense": [
                {**sheet[row["id"]], **{f"{f} mark": row[f] for f in FIELDS}}
                for row in own
                if min(row["activity"], row["why"]) < 2 or not row["fit"]
            ],
        }
    if options.json:
        print(json.dumps(table, indent=1, ensure_ascii=False))
        return
    for writer, row in table.items():
        print(f"{writer}, n = {row['n']}")
        for name, value in row.items():
            if isinstance(value, dict):
                print(f"  {name:22} {value['share']:.3f} [{value['low']:.3f}, {value['high']:.3f}]")
        for session in row["less than full sense"]:
            print(f"  {session['id']}: {session['concept']}: {session['activity']} WHY {session['why']}")


def _checked(row: dict[str, Any], key: dict[int, Any]) -> dict[str, Any]:
    if row.get("id") not in key:
        raise SystemExit(f"error: labels: {row.get('id')!r} is no id of the sheet")
    for field, accepted in FIELDS.items():
        if row.get(field) not in accepted:
            raise SystemExit(f"error: labels: {field} of {row['id']}: one of {accepted} (got {row.get(field)!r})")
    return row


def _share(marks: Iterator[bool]) -> dict[str, float]:
    from studysmith.metrics.statistics import wilson

    values = list(marks)
    low, high = wilson(sum(values), len(values))
    return {"share": sum(values) / len(values), "low": low, "high": high}


def _read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")


if __name__ == "__main__":
    main()
