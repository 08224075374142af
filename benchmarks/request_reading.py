"""How typed requests are read: topics, time, facts, refusals, against the reading of a person.

    python benchmarks/request_reading.py [--half report] [--model MODEL] [--wrong] [--out READ.jsonl]

``requests.jsonl`` holds 500 requests of the kinds that people type, with the reading that a person gives them and the
facts that stand in them; 400 were there to build with, the other 100 are reported. Today is Monday, 5 January 2026 in
all. Every request is planned by the whole program, and its plan is judged:

- topic right: each topic of the person's reading is planned, none that is known or not wanted, and at most one more for
  each; of a whole subject at least half; two learners' topics may also be asked back;
- time kept: each statement of time is in the profile that the plan shows, and the sessions keep it (a row counts only
  with all of its statements);
- facts used or listed: a statement of the text was read by a reader, in part at least and with each of its numbers, or
  stands under "Read but not used"; the words in which a topic is described count as read;
- false assumptions: sentences among the plan's assumptions that the person's reading contradicts;
- honest refusals: nothing is planned, and the plan says why (not mathematics, unclear, impossible).
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

from studysmith.deploy.models import DEFAULT_MODEL
from studysmith.deploy.planner import Planner, default_planner
from studysmith.metrics.statistics import wilson
from studysmith.programs.curriculum import curriculum
from studysmith.programs.learner import LearnerProfile, profile_for
from studysmith.programs.plan import StudyPlan
from studysmith.programs.request.breaks import time_of
from studysmith.programs.request.complete import complete
from studysmith.programs.steps import Call

TODAY = date(2026, 1, 5)
ROWS = Path(__file__).with_name("requests.jsonl")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FACTS = "facts used or listed"
ASPECTS = ("topic right", "time kept", FACTS, "honest refusals")


@dataclass
class Judged:
    """Per aspect, what was asked and what was wrong; ``false`` are assumptions which the text contradicts."""

    text: str
    kind: str
    asked: Counter[str] = field(default_factory=Counter)
    wrong: dict[str, list[str]] = field(default_factory=dict)
    false: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def count(self, aspect: str, faults: list[str], of: int = 1) -> None:
        self.asked[aspect] += of
        if faults:
            self.wrong.setdefault(aspect, []).extend(faults)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--half", choices=["build", "report"], default="report")
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--wrong", action="store_true", help="print each request that is not read right")
    parser.add_argument("--out", type=Path, help="what was judged, as JSONL")
    options = parser.parse_args()

    rows = [row for row in map(json.loads, ROWS.read_text().splitlines()) if row["half"] == options.half]
    judged = []
    with default_planner(options.model) as planner:
        for number, row in enumerate(rows, 1):
            judged.append(_judge(row, planner))
            print(f"{number} of {len(rows)}", end="\r", file=sys.stderr, flush=True)
    if options.out:
        options.out.write_text("".join(json.dumps(vars(j), ensure_ascii=False) + "\n" for j in judged))
    if options.wrong:
        for j in judged:
            if j.wrong or j.false:
                print(f"[{j.kind}] {j.text}\n    {j.wrong or ''} {j.false or ''}")
    _report(judged)


def _judge(row: dict[str, Any], planner: Planner) -> Judged:
    judged = Judged(row["text"], row["kind"])
    reading = row["reading"]
    began = time.perf_counter()
    plan = planner.plan_for(profile_for(row["text"]), TODAY)
    judged.seconds = time.perf_counter() - began
    if reading.get("refuse"):
        judged.count("honest refusals", _refusal(reading, plan))
    elif "topics" in reading or "subject" in reading:
        judged.count("topic right", _topics(reading, plan))
    if plan.sessions and not reading.get("refuse"):
        if any(key in reading for key in _TIME):
            judged.count("time kept", [fault for key, check in _TIME.items() if key in reading
                                       for fault in check(reading[key], plan)])  # fmt: skip
        judged.false = list(_false(reading, plan))
    lost = _lost(row["text"], row["facts"], plan.unused)
    judged.count(FACTS, lost, len(row["facts"]))
    return judged


def _refusal(reading: dict[str, Any], plan: StudyPlan) -> list[str]:
    said = " ".join(plan.omissions)
    if reading["refuse"] == "impossible":
        return [] if "impossible" in said or "no time" in said.lower() else [f"does not say impossible: {said!r}"]
    if plan.sessions:
        return [f"plans {', '.join(plan.profile.topics if plan.profile else [])}"]
    wanted = "only mathematics" if reading["refuse"] == "not mathematics" else "?"
    return [] if wanted in said else [f"says {said!r}"]


def _topics(reading: dict[str, Any], plan: StudyPlan) -> list[str]:
    planned = list(plan.profile.topics) if plan.profile else []
    groups = reading.get("topics", [])
    asked_back = " ".join(plan.omissions).lower() if reading.get("learners") else ""
    named = {c for group in groups for c in group if curriculum()[c].name.lower() in asked_back}
    missing = [group for group in groups if not set(group) & {*planned, *named}]
    faults = [f"misses {'/'.join(group)}" for group in missing]
    faults += [f"plans {c}, which is not wanted" for c in reading.get("not_topics", []) if c in planned]
    whole = reading.get("subject", [])
    if whole and 2 * len(set(whole) & set(planned)) < len(whole):
        faults.append(f"plans {len(set(whole) & set(planned))} of {len(whole)} of the subject")
    if not whole and len(planned) > 2 * len(groups):
        faults.append(f"plans {len(planned)} topics")
    return faults and [*faults, f"planned: {', '.join(planned[:6])}"]


def _kept(name: str, value: Callable[[StudyPlan], Any]) -> Callable[[Any, StudyPlan], list[str]]:
    def check(stated: Any, plan: StudyPlan) -> list[str]:
        return [] if value(plan) == stated else [f"{name}: {value(plan)} for {stated}"]

    return check


def _weekdays(plan: StudyPlan) -> set[str]:
    return {DAYS[day.weekday()] for day in _dates(plan)}


def _dates(plan: StudyPlan) -> list[date]:
    return [plan.start + timedelta(days=s.day) for s in plan.sessions] if plan.start else []


def _profile(plan: StudyPlan) -> LearnerProfile:
    return plan.profile or LearnerProfile()


def _on_days(stated: list[str], plan: StudyPlan) -> list[str]:
    others = _weekdays(plan) - set(stated)
    return [f"days: also on {', '.join(sorted(others))}"] if others else []


def _not_on(stated: list[str], plan: StudyPlan) -> list[str]:
    there = _weekdays(plan) & set(stated)
    return [f"not_days: on {', '.join(sorted(there))}"] if there else []


def _away(stated: list[list[str]], plan: StudyPlan) -> list[str]:
    spans = [(date.fromisoformat(a), date.fromisoformat(b)) for a, b in stated]
    there = [day for day in _dates(plan) if any(a <= day <= b for a, b in spans)]
    return [f"away: a session on {there[0]}"] if there else []


def _deadline(stated: str, plan: StudyPlan) -> list[str]:
    late = [day for day in _dates(plan) if day.isoformat() > stated]
    faults = _kept("deadline", lambda p: p.deadline.isoformat() if p.deadline else None)(stated, plan)
    return faults + [f"a session on {day}, after the deadline" for day in late[:1]]


def _session_minutes(stated: int, plan: StudyPlan) -> list[str]:
    """A long session is several ones with breaks, and a rest of a minute or two goes to these."""
    days = groupby(plan.sessions, key=lambda session: session.day)
    longest = max((time_of([session.minutes for session in sessions]) for _, sessions in days), default=0)
    return [] if abs(longest - stated) <= 2 else [f"minutes_per_session: {longest} for {stated}"]


def _sessions(stated: int, plan: StudyPlan) -> list[str]:
    shown = _profile(plan).sessions_per_week
    most = max((len(week.sessions) for week in plan.weeks), default=0)
    return [] if shown == stated or most == stated else [f"sessions_per_week: {shown} for {stated}"]


def _week_minutes(stated: int, plan: StudyPlan) -> list[str]:
    most = max((week.minutes for week in plan.weeks), default=0)
    shown = _profile(plan).minutes_per_week or 0
    return [] if most <= stated + 2 and stated in (shown, most) else [f"minutes_per_week: {shown} for {stated}"]


def _total(stated: int, plan: StudyPlan) -> list[str]:
    planned = sum(week.minutes for week in plan.weeks)
    return [] if planned <= stated + 5 else [f"total_minutes: {planned} for {stated}"]


def _days_left(stated: int, plan: StudyPlan) -> list[str]:
    late = [day for day in _dates(plan) if (day - TODAY).days > stated]
    return [f"days_left: a session on {late[0]}"] if late else []


def _hours(stated: str, plan: StudyPlan) -> list[str]:
    return [] if _profile(plan).hours else [f"hours: none for {stated!r}"]


def _weeks(stated: int, plan: StudyPlan) -> list[str]:
    shown = _profile(plan).weeks or 0
    return [] if shown == stated else [f"weeks: {shown} for {stated}"]


_TIME: dict[str, Callable[[Any, StudyPlan], list[str]]] = {
    "deadline": _deadline,
    "weeks": _weeks,
    "days_left": _days_left,
    "minutes_per_session": _session_minutes,
    "sessions_per_week": _sessions,
    "minutes_per_week": _week_minutes,
    "total_minutes": _total,
    "days": _on_days,
    "not_days": _not_on,
    "hours": _hours,
    "away": _away,
}


def _false(reading: dict[str, Any], plan: StudyPlan) -> Iterable[str]:
    """Assumptions that contradict what a person reads."""
    rhythm = any(key in reading for key in ("sessions_per_week", "days"))
    length = any(key in reading for key in ("minutes_per_session", "minutes_per_week", "total_minutes"))
    deadline = date.fromisoformat(reading["deadline"]) if "deadline" in reading else None
    if deadline is None and "days_left" in reading:
        deadline = TODAY + timedelta(days=reading["days_left"])
    groups = [c for group in reading.get("topics", []) for c in group]
    for said in plan.assumptions:
        day = re.search(r"deadline is read as \w+, (\d\d? \w+ \d{4})", said)
        if (
            ("No rhythm was named" in said and rhythm)
            or ("No time was named" in said and length)
            or ("No course or grade was named" in said and reading.get("course"))
            or ("speaks of students" in said and reading.get("audience") != "teacher")
            or ("read as all of" in said and groups and not reading.get("subject"))
            or ("closest wording" in said and groups and not set(groups) & set(_profile(plan).topics))
            or (day and (deadline is None or f"{deadline:%d %B %Y}" != day[1]))
        ):
            yield said


def _lost(text: str, facts: Sequence[str], unused: Sequence[str]) -> list[str]:
    """Statements of the text that were neither read nor listed."""
    done = complete(profile_for(text), _first, curriculum(), TODAY)
    read = [False] * len(text)
    places = [(span.start, span.end) for span in done.used]
    for quote in unused:
        places += [m.span() for m in re.finditer(r"\s+".join(map(re.escape, quote.removesuffix(" …").split())), text)]
    for start, end in places:
        read[start:end] = [True] * (end - start)
    lost = []
    for fact in facts:
        places = [m.start() for m in re.finditer(re.escape(fact), text)]
        there = [any(read[at : at + len(fact)]) and _numbers_in(fact, read[at : at + len(fact)]) for at in places]
        if places and not any(there):
            lost.append(f"lost: {fact!r}")
    return lost


def _numbers_in(fact: str, read: Sequence[bool]) -> bool:
    return all(any(read[m.start() : m.end()]) for m in re.finditer(r"\d+", fact))


def _first(calls: Sequence[Call]) -> list[dict[str, Any]]:
    return [{name: options[0] for name, options in call.options.items()} for call in calls]


def _report(judged: Sequence[Judged]) -> None:
    for aspect in ASPECTS:
        of = sum(j.asked[aspect] for j in judged)
        faults = sum(len(j.wrong.get(aspect, [])) if aspect == FACTS else aspect in j.wrong for j in judged)
        low, high = wilson(of - faults, of)
        print(f"{aspect:24} {of - faults:4} of {of:4}  {(of - faults) / of:.3f} [{low:.3f}, {high:.3f}]")
    assumed = sum(len(j.false) for j in judged)
    print(f"{'false assumptions':24} {assumed:4} in {len(judged)} requests")
    seconds = sorted(j.seconds for j in judged)
    print(f"{'seconds a plan, median':24} {seconds[len(seconds) // 2]:6.1f}")


if __name__ == "__main__":
    main()
