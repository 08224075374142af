"""Negative controls: what is left of a winner's gain when that which should make it is taken out.

Each is derived from a finished compile, without a search. A winner that does not beat its control owes its gain to
something else: that there are demonstrations at all, that the prompt is long, that vectors of this size stand there.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..deploy.engines.open import open_engine
from ..deploy.errors import EngineError
from ..deploy.files import sha256
from ..deploy.journal import Journal
from .candidate import Candidate, Prompt
from .ledger import JOURNAL
from .space import pools_for

if TYPE_CHECKING:
    from .result import Result

ABOUT_NOTHING = Path(__file__).with_name("about_nothing.txt")

Control = Callable[["Result", int, Path], tuple[Candidate, Path]]
"""Of a finished compile, a seed and a folder to write to: other prompts, and the model that serves them."""


def shuffled_soft(result: Result, seed: int, folder: Path) -> tuple[Candidate, Path]:
    """The winner with the vectors of each soft prompt in another order: as much of everything, but nothing in place."""
    from ..deploy.gguf.bake import bake

    winner = result.compiled.candidate
    if winner.weights is None:
        return winner, result.model(winner)
    base = result.model(result.unchanged)
    vectors = {}
    for name, prompt in result.soft_prompts(winner).items():
        order = list(range(len(prompt.vectors)))
        random.Random(f"shuffled/{name}/{seed}").shuffle(order)
        vectors[name] = prompt.vectors[order]
    # The winner's weights name its vectors, and so theirs in another order.
    model = folder / f"model-{winner.weights[:12]}.gguf"
    if not model.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        bake(base, vectors, model)
    return winner.model_copy(update={"weights": sha256(model)}), model


def random_demos(result: Result, seed: int, folder: Path) -> tuple[Candidate, Path]:
    """The winner with as many demonstrations as its calls show, drawn from all that its search could choose from."""
    winner = result.compiled.candidate
    pools = pools_for(result.task, lambda step: _bootstrapped(result, step))
    prompts = {}
    for step, prompt in winner.prompts.items():
        rng = random.Random(f"demonstrations/{step}/{seed}")
        pool = pools[step].demos
        shown = getattr(prompt, "nearest", None) or len(prompt.demos)
        drawn = rng.sample(list(pool), min(shown, len(pool)))
        prompts[step] = Prompt(instructions=prompt.instructions, demos=drawn)
    return winner.model_copy(update={"prompts": prompts}), result.model(winner)


def same_length(result: Result, seed: int, folder: Path) -> tuple[Candidate, Path]:
    """As many tokens as the winner's instructions and demonstrations have, of a text that has to do with nothing."""
    winner, base = result.compiled.candidate, result.model(result.unchanged)
    with open_engine(result.model(winner), "exact", engine=result.engine) as engine:

        def length(text: str) -> int:
            try:
                return len(engine.tokenize(text))
            except EngineError:  # one that shows no tokens: as many words
                return len(text.split())

        signatures = {name: p.signature for name, p in result.task.program().named_predictors()}
        prompts = {
            step: Prompt(instructions=_filler(length, length(_said(signatures[step], prompt))))
            for step, prompt in winner.prompts.items()
        }
    return Candidate(prompts=prompts), base


def _bootstrapped(result: Result, step: str) -> list[dict[str, Any]]:
    """All calls of a step in the runs of the unchanged program, good and bad."""
    rows = Journal.read(result.folder / JOURNAL)
    return [fields for row in rows for name, fields in row.get("trace", ()) if name == step]


def _said(signature: Any, prompt: Prompt) -> str:
    """Instructions and demonstrations, one after the other."""
    from ..programs.adapter import LeanAdapter

    inputs = dict.fromkeys(signature.input_fields, "")
    messages = LeanAdapter().format(signature.with_instructions(prompt.instructions), prompt.demos, inputs)[:-1]
    return "\n".join(message["content"] for message in messages)


def _filler(length: Callable[[str], int], wanted: int) -> str:
    """Words of the text, from its beginning and over again, as near to that many tokens as whole words come."""
    words = _words()
    low, high = 1, max(1, wanted)  # no word has less than a token

    def text(count: int) -> str:
        return " ".join(words[i % len(words)] for i in range(count))

    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if length(text(middle)) <= wanted else (low, middle - 1)
    return text(low)


@cache
def _words() -> list[str]:
    return ABOUT_NOTHING.read_text("utf-8").split()
