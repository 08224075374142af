"""The training set of a run: sources loaded, cleaned against each other and the tests, augmented and weighted."""

import hashlib
import json
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...deploy.engines.base import Message
from ...programs.errors import InputError
from ...programs.problems.formats import Problem, read_json_lines
from ...programs.problems.sources import Source, load_problems
from ...programs.progress import Progress, silent
from .. import prompts
from .drills import drills
from .overlap import Dropped, clean
from .renumber import variants

if TYPE_CHECKING:
    from datasets import Dataset
    from transformers import PreTrainedTokenizerBase


@dataclass(frozen=True)
class ChatExample:
    """What is trained on: a conversation, and the reply that the loss is taken on."""

    prompt: tuple[Message, ...]
    completion: str
    source: str


@dataclass
class Mixture:
    """`problems` without repeats (what rejection sampling draws from), `examples` with weights applied, `watched`
    for early stopping (no example is made from a problem in it), and what was left out."""

    problems: list[Problem]
    examples: list[ChatExample]
    watched: list[ChatExample]
    dropped: list[Dropped] = field(default_factory=list)

    @property
    def sha256(self) -> str:
        """Hash of all examples in order."""
        digest = hashlib.sha256()
        for example in self.examples:
            digest.update(json.dumps([list(example.prompt), example.completion]).encode())
        return digest.hexdigest()

    def summary(self) -> dict[str, Any]:
        """Counts per source, and of what was dropped and why."""
        return {
            "examples": len(self.examples),
            "watched": len(self.watched),
            "sha256": self.sha256,
            "sources": dict(Counter(e.source for e in self.examples)),
            "dropped": dict(Counter(f"{d.source}: {d.why}" for d in self.dropped)),
        }


def example(problem: Problem) -> ChatExample:
    """A solved problem as a training example."""
    return ChatExample(tuple(prompts.messages(problem)), prompts.solution(problem), problem.source)


def build(
    data: Sequence[Source],
    tests: Sequence[Source],
    *,
    seed: int,
    gold: bool = True,
    watch: float = 0.0,
    progress: Progress = silent,
) -> Mixture:
    """Load, clean, set the share `watch` aside, augment and weight. Without `gold`, problems are kept for sampling but
    give no examples.

    Raises InputError when a source cannot be read, or when nothing is left.
    """
    rng = random.Random(seed)
    held_out = [p for test in tests for p in load_problems(test, progress)]
    owners: dict[str, Source] = {}
    problems: list[Problem] = []
    examples: list[ChatExample] = []
    watched: list[ChatExample] = []
    for source in data:
        if source.set == "chat":
            chats = read_chat(source)
            watched += chats[: round(len(chats) * watch)]
            examples += _repeat(chats[round(len(chats) * watch) :], source.weight, rng)
            continue
        for problem in load_problems(source, progress):
            problems.append(problem)
            owners.setdefault(problem.id, source)
    kept, dropped = clean(problems, held_out)
    aside = set(rng.sample([p.id for p in kept if p.rationale], round(sum(bool(p.rationale) for p in kept) * watch)))
    watched += [example(p) for p in kept if p.id in aside]
    kept = [p for p in kept if p.id not in aside]
    if gold:
        for source in dict.fromkeys(data):
            own = [p for p in kept if owners[p.id] == source]
            new = [v for p in own for v in variants(p, source.renumbered, rng)] if source.renumbered else []
            solved = [example(p) for p in own + new if p.rationale]
            examples += _repeat(solved, source.weight, rng)
            examples += [example(p) for p in drills(own, source.drills, rng)]
    if not (examples if gold else kept):
        raise InputError(f"data: nothing is left to train on ({len(dropped)} problems dropped, see tests)")
    rng.shuffle(examples)
    return Mixture(kept, examples, watched, dropped)


def read_chat(source: Source) -> list[ChatExample]:
    """Examples of a JSONL file with `prompt` (messages with role and content) and `completion`. Raises InputError
    naming the line."""
    assert source.path is not None
    if not source.path.is_file():
        raise InputError(f"{source.path}: no such file")
    found = []
    for place, row in read_json_lines(source.path):
        turns, reply = row.get("prompt"), row.get("completion")
        fine = isinstance(turns, list) and all(isinstance(t, dict) and {"role", "content"} <= t.keys() for t in turns)
        if not turns or not fine or not isinstance(reply, str) or not reply:
            raise InputError(f"{place}: needs `prompt` (a list of role and content) and `completion` (text)")
        messages: tuple[Message, ...] = tuple({"role": t["role"], "content": t["content"]} for t in turns)
        found.append(ChatExample(messages, reply, source.path.stem))
    if not found:
        raise InputError(f"{source.path}: is empty")
    return found[slice(*source.rows)] if source.rows else found


def write_chat(path: Path, examples: Sequence[ChatExample]) -> None:
    """The inverse of `read_chat`."""
    lines = (json.dumps({"prompt": list(e.prompt), "completion": e.completion}, ensure_ascii=False) for e in examples)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _repeat(examples: list[ChatExample], weight: float, rng: random.Random) -> list[ChatExample]:
    whole, part = int(weight), weight - int(weight)
    return examples * whole + rng.sample(examples, round(len(examples) * part))


def encode(examples: Sequence[ChatExample], tokenizer: "PreTrainedTokenizerBase", max_length: int) -> "Dataset":
    """Token ids and labels; labels are -100 on the prompt, so the loss is on the completion and its end only.

    Examples longer than `max_length` tokens are left out whole: a cut solution would teach to stop before the answer.
    Raises InputError when none is left.
    """
    from datasets import Dataset

    prompt_texts = [prompts.render(tokenizer, e.prompt) for e in examples]
    end = tokenizer.eos_token
    prompt_ids = tokenizer(prompt_texts, add_special_tokens=False)["input_ids"]
    reply_ids = tokenizer([e.completion + end for e in examples], add_special_tokens=False)["input_ids"]
    rows = [
        {"input_ids": p + r, "labels": [-100] * len(p) + r}
        for p, r in zip(prompt_ids, reply_ids, strict=True)
        if len(p) + len(r) <= max_length
    ]
    if not rows:
        raise InputError(f"max_length: every example is longer than {max_length} tokens")
    return Dataset.from_list(rows)
