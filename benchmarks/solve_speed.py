"""How much faster batches are than one problem at a time through `generate`, on the same machine in the same run.

    python benchmarks/solve_speed.py --data ../shared/data/gsm8k/test.jsonl --many 512 --single 8      # CPU
    python benchmarks/solve_speed.py --data ../shared/data/gsm8k/test.jsonl --device cuda --single 20  # GPU

On a CPU: each engine in its fast mode against transformers in float32; on a GPU: batches against one, both through
transformers in bfloat16. Two worked examples in every prompt, at most 256 tokens, greedy. Loading is not counted.
"""

import argparse
import json
import time
from dataclasses import replace
from itertools import islice

from studysmith.deploy import torch_models as models
from studysmith.deploy.engines.base import Engine, Request
from studysmith.deploy.engines.transformers import end_ids
from studysmith.finetune import prompts, sampling
from studysmith.programs.problems.generator import generate as generated
from studysmith.programs.problems.sources import Source, load_problems


def one_at_a_time(opened: models.Opened, requests: list[Request]) -> tuple[float, int]:
    """Seconds and generated tokens of plain `generate`."""
    import torch

    model, tokenizer = opened.model, opened.tokenizer
    tokens, started = 0, time.monotonic()
    for request in requests:
        text = prompts.render(tokenizer, request.messages)
        ids = tokenizer([text], add_special_tokens=False, return_tensors="pt")["input_ids"].to(model.device)
        ends = end_ids(model, tokenizer)
        out = model.generate(
            ids, attention_mask=torch.ones_like(ids), max_new_tokens=256, do_sample=False, eos_token_id=ends
        )
        tokens += out.shape[1] - ids.shape[1]
    return time.monotonic() - started, tokens


def batched(engine: Engine, requests: list[Request]) -> tuple[float, int]:
    """Seconds and generated tokens of an engine, warmed up on two problems."""
    engine.complete_many([replace(request, max_tokens=8) for request in requests[:2]])
    started = time.monotonic()
    tokens = sum(reply.completion_tokens for reply in engine.complete_many(requests))
    return time.monotonic() - started, tokens


def main() -> None:
    """Print one JSON object: seconds per problem of each way, and how many times faster each is than the first."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="smollm2-135m")
    parser.add_argument("--data", required=True)
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--many", type=int, default=0, help="problems in batches, 0 for all")
    parser.add_argument("--single", type=int, default=10, help="problems one at a time, spread over the set")
    parser.add_argument("--shots", type=int, default=2)
    parser.add_argument("--batch", type=int, default=0)
    parser.add_argument("--engines", nargs="+")
    given = parser.parse_args()
    problems = load_problems(Source.parse(given.data))[: given.many or None]
    shots = list(islice(generated(100, seed=0), given.shots))
    requests = prompts.requests([prompts.messages(p, shots) for p in problems], 256, temperature=0.0, seed=0)
    some = requests[:: max(1, len(requests) // given.single)][: given.single]
    models.quiet_libraries()
    opened = models.open_model(
        given.model, device=given.device, precision="bfloat16" if given.device == "cuda" else "float32"
    )
    one_at_a_time(opened, some[:1])
    seconds, tokens = one_at_a_time(opened, some)
    single = seconds / len(some)
    rows = [{"engine": "generate, one at a time", "n": len(some), "seconds_per_problem": single, "tokens": tokens}]
    del opened
    for name in given.engines or (["llamacpp", "transformers"] if given.device == "cpu" else ["transformers"]):
        with sampling.open_sampler(given.model, requests, name, device=given.device, batch=given.batch) as engine:
            seconds, tokens = batched(engine, requests)
        each = seconds / len(requests)
        rows.append(
            {
                "engine": engine.id,
                "n": len(requests),
                "seconds": round(seconds, 2),
                "seconds_per_problem": each,
                "tokens": tokens,
                "times_faster": round(single / each, 1),
            }
        )
    print(json.dumps({"device": given.device, "model": given.model, "shots": given.shots, "rows": rows}, indent=2))


if __name__ == "__main__":
    main()
