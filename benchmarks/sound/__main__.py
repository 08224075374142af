"""Fit the judge of sense and cross-validate it by concept.

    python -m benchmarks.sound --model MODEL.gguf [--held-out SENTENCES.jsonl] [--output metrics/dimensions/sense.npz]

Needs a GPU and the extra `train`; ten minutes on an H100. ``--held-out``: sessions that must not be learned from,
because the judge is to be tested on them.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, required=True, help="the embedded model, a GGUF file")
    parser.add_argument("--held-out", type=Path, help="JSONL with `activity` and `why`")
    parser.add_argument("--output", type=Path, default=Path("metrics/dimensions/sense.npz"))
    options = parser.parse_args()

    from studysmith.deploy.gguf.torch_model import load_torch
    from studysmith.metrics.dimensions.sense import FIRST_WORD

    from . import fit, rows, teach

    lines = options.held_out.read_text("utf-8").splitlines() if options.held_out else []
    held_out = frozenset(json.loads(line)[key] for line in lines for key in ("activity", "why"))
    good = list(rows.experts(held_out))
    data = [*good, *rows.without_sense(good), *rows.models(good)]
    known = fit.vocabulary(data)
    model, tokenizer = load_torch(options.model, "float32")
    table = model.get_input_embeddings().weight.numpy()
    first = fit.start(known, table, lambda text: tokenizer(text, add_special_tokens=False).input_ids)
    model = model.cuda().requires_grad_(True)
    encoded = fit.Encoded(data, {w: FIRST_WORD + i for i, w in enumerate(known)}, teach.judged(data, model, tokenizer))
    fit.save(fit.fit(encoded, first, np.arange(len(data))), known, options.output)

    fold = np.array([rows.folds()[r.concept] for r in data])
    found = np.zeros(len(data))
    for k in range(rows.FOLDS):
        net = fit.fit(encoded, first, np.nonzero(fold != k)[0])
        found[fold == k] = fit.logits(net, encoded, np.nonzero(fold == k)[0])
    sources = np.array([r.source for r in data])
    for reason in (False, True):
        mine = np.array([(r.activity is not None) == reason for r in data])
        ours = found[mine & (sources == "demonstration")]
        for source in sorted({r.source for r in data if not r.sense}):
            theirs = found[mine & (sources == source)]
            if len(theirs):
                print(f"{'reason' if reason else 'activity'}: experts against {source}: AUC {auc(ours, theirs):.3f}")


def auc(high: np.ndarray, low: np.ndarray) -> float:
    ranks = np.concatenate([high, low]).argsort().argsort()[: len(high)] + 1
    return float((ranks.sum() - len(high) * (len(high) + 1) / 2) / (len(high) * len(low)))


if __name__ == "__main__":
    main()
