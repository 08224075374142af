"""Batches through transformers say what plain `generate` says, one prompt at a time."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from studysmith.finetune import models, prompts
from studysmith.finetune.generate import Sample, Turns
from studysmith.finetune.torch_sampling import TransformersSampler, encode, end_ids
from studysmith.programs.problems.generator import generate as generated


@pytest.fixture(scope="module")
def embedded(model_path: Path) -> models.Opened:
    return models.open_model(str(model_path))


def _turns(count: int, shots: int) -> list[Turns]:
    problems = sorted(generated(40, seed=5), key=lambda p: len(p.question))
    examples = list(generated(2, seed=6))[:shots]
    return [prompts.messages(p, examples) for p in problems[:: 40 // count][:count]]


def _plain(opened: models.Opened, turns: Sequence[Turns], max_tokens: int) -> list[list[int]]:
    import torch

    ends, found = end_ids(opened.model, opened.tokenizer), []
    for ids in encode(opened.tokenizer, turns):
        prompt = torch.tensor([ids])
        mask = torch.ones_like(prompt)
        out = opened.model.generate(
            prompt, attention_mask=mask, max_new_tokens=max_tokens, do_sample=False, eos_token_id=ends
        )
        found.append(out[0, len(ids) :].tolist())
    return found


@pytest.mark.parametrize("shots", [0, 2])
def test_batches_say_what_generate_says(embedded: models.Opened, shots: int) -> None:
    turns = _turns(6, shots)
    assert len({len(ids) for ids in encode(embedded.tokenizer, turns)}) > 3
    rows = _plain(embedded, turns, 48)
    # Some rows leave early, some stay until the cache has grown and to the last token.
    assert min(map(len, rows)) < 40
    assert max(map(len, rows)) == 48
    said = {s.index: s for s in _greedy(embedded, turns, 48)}
    for index, row in enumerate(rows):
        text = embedded.tokenizer.decode(row, skip_special_tokens=True)
        assert (said[index].text, said[index].tokens) == (prompts.until_stop(text), len(row))


def test_prompts_without_a_common_beginning(embedded: models.Opened) -> None:
    turns: list[Turns] = [[{"role": "system", "content": text}, *_turns(1, 0)[0]] for text in ("Add.", "You are kind.")]
    texts = [embedded.tokenizer.decode(row, skip_special_tokens=True) for row in _plain(embedded, turns, 24)]
    assert [s.text for s in sorted(_greedy(embedded, turns, 24), key=lambda s: s.index)] == texts


def test_the_same_prompt_many_times(embedded: models.Opened) -> None:
    turns = _turns(1, 1) * 5
    [alone] = _plain(embedded, turns[:1], 16)
    assert {s.text for s in _greedy(embedded, turns, 16)} == {
        embedded.tokenizer.decode(alone, skip_special_tokens=True)
    }


def test_a_seed_gives_the_same_samples_and_resuming_the_rest(embedded: models.Opened) -> None:
    sampler, turns = TransformersSampler(embedded, batch=4), _turns(6, 1)
    whole = list(sampler.complete(turns, max_tokens=12, temperature=1.0, seed=3))
    assert list(sampler.complete(turns, max_tokens=12, temperature=1.0, seed=3)) == whole
    assert list(sampler.complete(turns, max_tokens=12, temperature=1.0, seed=4)) != whole
    # Cut off inside the second batch: it is done again, as a whole.
    done = {s.index for s in whole[:5]}
    assert list(sampler.complete(turns, max_tokens=12, temperature=1.0, seed=3, done=done)) == whole[4:]


def _greedy(opened: models.Opened, turns: Sequence[Turns], max_tokens: int) -> list[Sample]:
    return list(TransformersSampler(opened, batch=5).complete(turns, max_tokens=max_tokens, temperature=0.0, seed=0))
