"""Study plans as training data, so that a base that learns to solve does not forget how to plan.

Two kinds: the expert demonstrations, and replay: what the untuned base itself answers to the planner's calls for the
train learners. Trained on its own answers, a model stays where it was.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...programs.progress import Progress, silent
from .mixture import ChatExample, write_chat

if TYPE_CHECKING:
    from ...deploy.bundle.frozen import FrozenProgram
    from ...deploy.engines.base import Engine, Request
    from ...programs.learner import LearnerProfile
    from ...programs.steps import Call

_DAY = date(2026, 1, 5)


def write(folder: str | Path, engine: "Engine", progress: Progress = silent) -> dict[str, int]:
    """Write `plans.jsonl` (demonstrations), `readings.jsonl` (requests with their spans) and `replay.jsonl` (this
    engine's own answers).

    How many examples each holds, and how many replies are left out because the model did not finish them.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    written = demonstrations()
    write_chat(folder / "plans.jsonl", written)
    read = readings()
    write_chat(folder / "readings.jsonl", read)
    own, left_out = replay(engine, progress=progress)
    write_chat(folder / "replay.jsonl", own)
    return {"plans.jsonl": len(written), "readings.jsonl": len(read), "replay.jsonl": len(own), "left out": left_out}


def demonstrations() -> list[ChatExample]:
    """Each expert-written week and its advice, as the planner asks for them and as the grammar writes them."""
    from ...programs.demonstrations import demonstrations as written
    from ...programs.steps import compact

    pairs = [pair for demo in written() for pair in (demo.week(), demo.advice())]
    return [ChatExample(tuple(_request(call).messages), compact(answer), "plans") for call, answer in pairs]


def readings() -> list[ChatExample]:
    """Requests of train learners with the spans that they were made from, as the task `read` asks for them."""
    from ...deploy.bundle.frozen import FrozenProgram
    from ...deploy.planner import READER
    from ...programs.demonstrations import solved_calls
    from ...programs.request.spoken import STEP
    from ...programs.steps import compact

    step = FrozenProgram.load(READER).steps[STEP]
    pairs = [(step.request(call.inputs), compact(answer)) for call, answer in solved_calls(STEP)]
    return [ChatExample(tuple(request.messages), answer, "readings") for request, answer in pairs]


def replay(
    engine: "Engine", learners: "Sequence[LearnerProfile] | None" = None, progress: Progress = silent
) -> tuple[list[ChatExample], int]:
    """The planner's calls for `learners` (the train split if None) with this engine's answers, asked for just as the
    planner does; and how many replies are left out, because they were cut or wrong twice.

    A learner's plan ends there: what would come next depends on that reply.
    """
    from ...deploy.engines.schema import complete_json
    from ...deploy.errors import OutputError
    from ...programs.flow import plan_study
    from ...programs.synthetic_learners import learners as split

    found: list[ChatExample] = []
    left_out = 0

    def ask(call: "Call") -> tuple[ChatExample, dict[str, Any]] | OutputError:
        request = _request(call)
        try:
            value, completions = complete_json(engine, request)
        except OutputError as error:
            return error
        return ChatExample(tuple(request.messages), completions[-1].text, "replay"), value

    def answer(calls: "Sequence[Call]") -> list[dict[str, Any]]:
        nonlocal left_out
        with ThreadPoolExecutor(engine.slots) as pool:
            replies = list(pool.map(ask, calls))
        failed = [reply for reply in replies if isinstance(reply, OutputError)]
        answered = [reply for reply in replies if not isinstance(reply, OutputError)]
        found.extend(example for example, _ in answered)
        left_out += len(failed)
        if failed:
            raise failed[0]
        return [value for _, value in answered]

    profiles = [learner.given for learner in split("train")] if learners is None else learners
    for done, profile in enumerate(profiles, 1):
        with suppress(OutputError):
            plan_study(profile, answer, _DAY, wording="free")
        progress("replay", done, len(profiles), f"{left_out} replies left out" if left_out else "")
    return found, left_out


def _request(call: "Call") -> "Request":
    """What the planner sends, from the very program that ships: its messages, grammar, limit and repeat penalty."""
    return _shipped().steps[call.step].request(call.inputs, call.options)


@cache
def _shipped() -> "FrozenProgram":
    from ...deploy.bundle.frozen import FrozenProgram
    from ...deploy.planner import PROGRAMS

    return FrozenProgram.load(PROGRAMS["free"])
