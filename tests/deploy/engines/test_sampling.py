"""Sampling is llama.cpp's chain on the same weights; each row has its own seed and schema."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from studysmith.deploy.engines.base import Message, Request
from studysmith.deploy.engines.llamacpp import LlamaCppEngine
from studysmith.deploy.engines.testing import SCHEMA
from studysmith.deploy.engines.transformers import TransformersEngine

torch = pytest.importorskip("torch")

# Likely first words of the reply are in the prompt, so that there is something to penalize.
STORY = Request(messages=[Message(role="user", content="The triangle. There is a story. Tell me.")], max_tokens=24)


@pytest.fixture(scope="module")
def llama(baked_f32: Path) -> Iterator[LlamaCppEngine]:
    with LlamaCppEngine(baked_f32, context=512) as engine:
        yield engine


@pytest.fixture(scope="module")
def ours(baked_f32: Path) -> Iterator[TransformersEngine]:
    with TransformersEngine(baked_f32, device="cpu") as engine:
        yield engine


@pytest.fixture(scope="module")
def first_logits(llama: LlamaCppEngine, ours: TransformersEngine) -> torch.Tensor:
    """The logits (1, vocabulary) of the first token of the reply."""
    with torch.inference_mode():
        return ours._decoder.read([llama.tokenize(llama.render(STORY.messages))])[0]


@pytest.fixture(scope="module")
def rows(tiny_base: str) -> Iterator[TransformersEngine]:
    with TransformersEngine(tiny_base, "fast", device="cpu", batch=4) as engine:
        yield engine


@pytest.mark.parametrize(
    ("penalty", "top_p", "min_p", "temperature"),
    [(1.0, 1.0, 0.0, 1.0), (1.0, 0.8, 0.0, 0.7), (1.0, 1.0, 0.1, 1.5), (1.5, 0.9, 0.02, 2.0)],
)
def test_the_chain_leaves_what_llama_cpp_leaves(
    llama: LlamaCppEngine, first_logits: torch.Tensor, penalty: float, top_p: float, min_p: float, temperature: float
) -> None:
    from studysmith.deploy.engines.sampling import PENALTY_WINDOW, chances, penalized

    ids = llama.tokenize(llama.render(STORY.messages))
    reply = llama._post(
        "/completion",
        {
            "prompt": ids,
            "n_predict": 1,
            "samplers": ["penalties", "top_p", "min_p", "temperature"],
            "repeat_penalty": penalty,
            "repeat_last_n": PENALTY_WINDOW,
            "top_p": top_p,
            "min_p": min_p,
            "temperature": temperature,
            "n_probs": 50,
            "post_sampling_probs": True,
        },
    )
    theirs = {one["id"]: one["prob"] for one in reply["completion_probabilities"][0]["top_probs"]}
    logits = first_logits
    if penalty != 1:
        logits = penalized(logits, torch.tensor([([ids[0]] * PENALTY_WINDOW + ids)[-PENALTY_WINDOW:]]), penalty)
    kept = chances(logits, temperature, top_p, min_p)[0]
    best = kept.topk(min(50, int((kept > 0).sum())))
    found = dict(zip(best.indices.tolist(), best.values.tolist(), strict=True))
    assert len(theirs) > 3
    assert found == pytest.approx(theirs, abs=2e-3)


@pytest.mark.parametrize(
    "settings",
    [{"repeat_penalty": 1.3}, {"schema": SCHEMA}, {"schema": SCHEMA, "repeat_penalty": 1.2}, {"logprobs": 3}],
    ids=str,
)
def test_greedy_text_is_llama_cpps_on_the_same_weights(
    llama: LlamaCppEngine, ours: TransformersEngine, settings: dict[str, object]
) -> None:
    request = replace(STORY, **settings)  # type: ignore[arg-type]
    theirs, found = llama.complete(request), ours.complete(request)
    assert (found.text, found.finish_reason) == (theirs.text, theirs.finish_reason)
    assert found.prompt_ids == theirs.prompt_ids
    for one, other in zip(found.logprobs or [], theirs.logprobs or [], strict=True):
        # llama.cpp keeps keys and values in 16 bits: of places below the first, near equals may change theirs.
        assert one[0]["id"] == other[0]["id"]
        assert [a["logprob"] for a in one] == pytest.approx([a["logprob"] for a in other], abs=2e-2)


def test_a_rows_draws_depend_on_its_own_seed_alone(rows: TransformersEngine) -> None:
    hot = replace(STORY, temperature=1.0, max_tokens=12)
    requests = [replace(hot, seed=seed) for seed in (5, 6, 5, 7)]
    texts = [done.text for done in rows.complete_many(requests)]
    assert texts[0] == texts[2] != texts[1] != texts[3]
    assert [rows.complete(one).text for one in requests] == texts


def test_rows_of_one_batch_follow_different_schemas(rows: TransformersEngine) -> None:
    options = [["yes", "no"], ["red", "green", "blue"], ["1/2"], ["a longer answer than that", 'é\n"x"']]
    schemas = [{"type": "object", "properties": {"a": {"enum": each}}, "required": ["a"]} for each in options]
    requests = [replace(STORY, schema=one, temperature=2.0, seed=i) for i, one in enumerate(schemas)]
    assert rows.batches(requests) == [[0, 1, 2, 3]]
    for each, done in zip(options, rows.complete_many(requests), strict=True):
        assert json.loads(done.text)["a"] in each
        assert done.text == json.dumps({"a": json.loads(done.text)["a"]}, ensure_ascii=False, separators=(",", ":"))
        assert done.finish_reason == "stop"


def test_requests_that_choose_differently_are_not_mixed(rows: TransformersEngine) -> None:
    kinds = [{}, {"repeat_penalty": 1.1}, {"logprobs": 2}, {"schema": SCHEMA}, {"temperature": 1.0}]
    kinds += [{"temperature": 1.0, "top_p": 0.5}, {"temperature": 1.0, "min_p": 0.5}, {"max_tokens": 3}]
    requests = [replace(STORY, **kind) for kind in kinds]  # type: ignore[arg-type]
    assert sorted(rows.batches(requests)) == [[i] for i in range(len(kinds))]
    # A greedy reply is the same whatever would cut the distribution.
    assert rows.batches([STORY, replace(STORY, top_p=0.5, seed=3)]) == [[0, 1]]


def test_logprobs_are_of_the_model_before_grammar_and_penalty(rows: TransformersEngine) -> None:
    asked = replace(STORY, logprobs=5, max_tokens=4)
    plain = rows.complete(asked)
    held = rows.complete(replace(asked, schema=SCHEMA, repeat_penalty=1.7))
    assert plain.logprobs is not None
    assert held.logprobs is not None
    assert held.token_ids[0] != plain.token_ids[0]
    assert held.logprobs[0][:5] == plain.logprobs[0][:5]
    assert held.logprobs[0][-1]["id"] == held.token_ids[0]


def test_draws_follow_the_chances_and_never_leave_them() -> None:
    from studysmith.deploy.engines.sampling import drawn

    chances = torch.tensor([[0.0, 0.5, 0.0, 0.2, 0.3, 0.0]])
    numbers = torch.from_numpy(np.random.default_rng(0).random(20_000, dtype=np.float32))
    counts = Counter(drawn(chances.expand(20_000, -1), numbers)[:, 0].tolist())
    assert {token: count / 20_000 for token, count in counts.items()} == pytest.approx(
        {1: 0.5, 3: 0.2, 4: 0.3}, abs=0.02
    )
    ends = torch.tensor([0.0, 1 - 2**-24])
    assert drawn(chances.expand(2, -1), ends)[:, 0].tolist() == [1, 4]


def test_bits_are_read_lowest_first() -> None:
    from studysmith.deploy.engines.sampling import unpacked

    bits = torch.tensor([[0b101, -(2**31)]], dtype=torch.int32)
    assert unpacked(bits, 64)[0].nonzero()[:, 0].tolist() == [0, 2, 63]
