"""How a problem is put to a model, the same in training and in testing: the wording of lm-evaluation-harness's `gsm8k`
task, in the model's chat template, worked examples as earlier turns."""

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..deploy.engines.base import Message, Request
from ..programs.problems.formats import Problem

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

STOP = ("Question:", "</s>", "<|im_end|>")


def ask(question: str) -> str:
    """The user's turn."""
    return f"Question: {question}\nAnswer:"


def solution(problem: Problem) -> str:
    """The assistant's turn: the steps, and the answer after `####`."""
    steps = f"{problem.rationale}\n" if problem.rationale else ""
    return f"{steps}#### {problem.answer}"


def messages(problem: Problem, shots: Sequence[Problem] = ()) -> list[Message]:
    """The conversation that ends with the question."""
    turns: list[Message] = []
    for shot in shots:
        turns.append({"role": "user", "content": ask(shot.question)})
        turns.append({"role": "assistant", "content": solution(shot)})
    turns.append({"role": "user", "content": ask(problem.question)})
    return turns


def render(tokenizer: "PreTrainedTokenizerBase", turns: Sequence[Message]) -> str:
    """The prompt by the model's own chat template, up to where the assistant's reply starts."""
    conversation = [{"role": str(t["role"]), "content": t["content"]} for t in turns]
    return str(tokenizer.apply_chat_template(conversation, tokenize=False, add_generation_prompt=True))


def requests(turns: Sequence[Sequence[Message]], max_tokens: int, temperature: float, seed: int) -> list[Request]:
    """A call for each conversation; what is drawn for one follows from `seed` and its place."""
    return [
        Request(
            messages=turn,
            max_tokens=max_tokens,
            temperature=temperature,
            seed=random.Random(f"{seed} {index}").randrange(2**31),
            stop=STOP,
        )
        for index, turn in enumerate(turns)
    ]
