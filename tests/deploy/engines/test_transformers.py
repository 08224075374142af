"""Batches through transformers say what plain `generate` says, one prompt at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from studysmith.deploy import torch_models
from studysmith.deploy.bundle.frozen import FrozenProgram
from studysmith.deploy.engines.base import Message, Request
from studysmith.deploy.engines.continuous import ContinuousEngine
from studysmith.deploy.engines.llamacpp import LlamaCppEngine
from studysmith.deploy.engines.transformers import TransformersEngine, end_ids
from studysmith.deploy.errors import EngineError, RequestError
from studysmith.deploy.planner import PROGRAMS, READER, Planner
from studysmith.finetune import prompts
from studysmith.programs.problems.generator import generate as generated

Turns = list[Message]


@pytest.fixture(scope="module")
def embedded(model_path: Path) -> torch_models.Opened:
    return torch_models.open_model(str(model_path))


@pytest.fixture(scope="module")
def batched(model_path: Path) -> Iterator[TransformersEngine]:
    with TransformersEngine(model_path, "fast", device="cpu", precision="float32", batch=3) as engine:
        yield engine


def _turns(count: int, shots: int) -> list[Turns]:
    problems = sorted(generated(40, seed=5), key=lambda p: len(p.question))
    examples = list(generated(2, seed=6))[:shots]
    return [prompts.messages(p, examples) for p in problems[:: 40 // count][:count]]


def _encode(opened: torch_models.Opened, turns: Sequence[Turns]) -> list[list[int]]:
    texts = [prompts.render(opened.tokenizer, turn) for turn in turns]
    return list(opened.tokenizer(texts, add_special_tokens=False)["input_ids"])


def _plain(opened: torch_models.Opened, turns: Sequence[Turns], max_tokens: int) -> list[list[int]]:
    import torch

    ends, found = end_ids(opened.model, opened.tokenizer), []
    for ids in _encode(opened, turns):
        prompt = torch.tensor([ids])
        mask = torch.ones_like(prompt)
        out = opened.model.generate(
            prompt, attention_mask=mask, max_new_tokens=max_tokens, do_sample=False, eos_token_id=ends
        )
        found.append(out[0, len(ids) :].tolist())
    return found


def _greedy(turns: Sequence[Turns], max_tokens: int) -> list[Request]:
    return prompts.requests(turns, max_tokens, temperature=0.0, seed=0)


def test_batches_say_what_generate_says(embedded: torch_models.Opened, batched: TransformersEngine) -> None:
    turns = _turns(5, shots=2)[:4]  # a full batch, and one of a single row
    assert len({len(ids) for ids in _encode(embedded, turns)}) > 3
    rows = _plain(embedded, turns, 32)
    # Some rows leave early, some stay until the cache has grown, by 32 places, and to the last token.
    assert min(map(len, rows)) < 28
    assert max(map(len, rows)) == 32
    for row, said, ids in zip(rows, batched.complete_many(_greedy(turns, 32)), _encode(embedded, turns), strict=True):
        assert (said.prompt_ids, said.token_ids) == (ids, row)
        assert embedded.tokenizer.decode(row, skip_special_tokens=True).startswith(said.text)


def test_prompts_without_a_common_beginning(embedded: torch_models.Opened, batched: TransformersEngine) -> None:
    turns: list[Turns] = [[{"role": "system", "content": text}, *_turns(1, 0)[0]] for text in ("Add.", "You are kind.")]
    said = batched.complete_many(_greedy(turns, 16))
    assert [one.token_ids for one in said] == _plain(embedded, turns, 16)


def test_the_same_prompt_many_times(embedded: torch_models.Opened, batched: TransformersEngine) -> None:
    turns = _turns(1, 1) * 4
    [alone] = _plain(embedded, turns[:1], 12)
    assert [one.token_ids for one in batched.complete_many(_greedy(turns, 12))] == [alone] * 4


def test_a_seed_gives_the_same_samples_and_resuming_the_rest(batched: TransformersEngine) -> None:
    def texts(seed: int, skip: set[int] = frozenset()) -> dict[int, str]:  # type: ignore[assignment]
        requests = prompts.requests(_turns(5, 0), 8, temperature=1.0, seed=seed)
        return {index: done.text for index, done in batched.complete_each(requests, skip)}

    whole = texts(3)
    assert texts(3) == whole
    assert texts(4) != whole
    # Cut off inside the second batch: it is done again, as a whole.
    requests = prompts.requests(_turns(5, 0), 8, temperature=1.0, seed=3)
    first, second = batched.batches(requests)
    assert texts(3, {*first, second[0]}) == {index: whole[index] for index in second}


def test_requests_of_several_kinds_are_not_mixed(batched: TransformersEngine) -> None:
    [one] = _greedy(_turns(1, 0), 3)
    requests = [one, replace(one, max_tokens=5), replace(one, temperature=0.5), one]
    assert sorted(batched.batches(requests)) == [[0, 3], [1], [2]]
    assert [done.completion_tokens for done in batched.complete_many(requests)] == [3, 5, 3, 3]


def test_the_default_program_plans_as_on_llama_cpp(engine: LlamaCppEngine, batched: TransformersEngine) -> None:
    plans = []
    for one in (engine, batched):
        program = FrozenProgram.load(PROGRAMS["chosen"])
        program.steps |= FrozenProgram.load(READER).steps
        plans.append(
            Planner(program, one).plan("I am stuck on adding fractions, 1 week, 20 minutes.", date(2026, 1, 5))
        )
    assert plans[0] == plans[1]


def test_what_it_cannot_do_is_refused(tiny_base: str) -> None:
    with pytest.raises(RequestError, match="batch"):
        TransformersEngine(tiny_base, batch=0)
    with pytest.raises(RequestError, match="continuous batching has no exact mode"):
        ContinuousEngine(tiny_base, "exact", device="cpu")
    with TransformersEngine(tiny_base, device="cpu") as engine:
        assert "exact-cpu-float32-batch1" in engine.id
    with pytest.raises(EngineError, match="closed"):
        engine.tokenize("a")
