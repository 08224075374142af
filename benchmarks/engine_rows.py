"""One row of `engines.py`: an engine that answers the golden prompts, and how far it is from PEFT in float32."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from studysmith.deploy.bundle.bundle import GOLDEN
from studysmith.deploy.bundle.parity import Difference, Logprobs, agreement, first_difference
from studysmith.deploy.bundle.verify import verify
from studysmith.deploy.engines.open import MLX_REPORT

from benchmarks.engine_bundle import BUNDLE, Say, base_of, cases_of, gguf, mlx, same_tensors, zeroed
from benchmarks.engine_openers import BITS, FORMS, REFERENCE, Opened, Reply, open_row


def make(name: str, files: Path) -> list[str]:
    """Make the file of a row, apart from the engine's own process, whose memory is measured; what is to say of it."""
    if name in FORMS:
        path = gguf(files, FORMS[name])
        return [f"tensors of the base: {same_tensors(base_of(files), path)}"] if name.startswith("llamacpp") else []
    if name in BITS:
        report = json.loads((mlx(files, BITS[name]) / MLX_REPORT).read_text("utf-8"))
        return [f"{report['same_layers']} layers with the file's own codes, {report['requantized_layers']} others"]
    return []


def row(name: str, files: Path, length: int, say: Say) -> dict[str, Any]:
    """Measure one engine. Raises StudysmithError or ImportError where it cannot run here."""
    if name == "verify":
        return _verified(files)
    cases, replies = cases_of(files), list[Reply]()
    with open_row(name, files) as opened:
        # What an engine does once, at its first reply, belongs to no prompt.
        opened.reply(cases[0]["messages"], 1)
        before = opened.cpu()
        for number, case in enumerate(cases, 1):
            say(f"{name}, reply {number} of {len(cases)}")
            replies.append(opened.reply(case["messages"], length))
        # Before anything is compared, which takes time and memory too.
        peak, after = opened.peak(), opened.cpu()
        if name == REFERENCE:
            _keep_reference(files, opened, replies)
        compared = _compared(name, files, opened, replies, say)
    reading = _rate(sum(len(r.prompt_ids) for r in replies), sum(r.prompt_seconds for r in replies))
    writing = _rate(sum(len(r.ids) - 1 for r in replies), sum(r.seconds - r.prompt_seconds for r in replies))
    tokens = sum(len(reply.ids) for reply in replies)
    cpu = None if before is None or after is None else round(1000 * (after - before) / tokens, 1)
    return {
        **{"row": name, "prompts": len(cases)},
        "prompt_ids_golden": sum(r.prompt_ids == c["prompt_ids"] for r, c in zip(replies, cases, strict=True)),
        "reply_golden": sum(r.ids == c["golden"] for r, c in zip(replies, cases, strict=True)),
        **compared,
        **{"prompt_per_second": reading, "reply_per_second": writing, "cpu_ms": cpu},
        **{"peak_mb": None if peak is None else round(peak), "file_mb": round(_size(opened.file) / 1e6, 1)},
        "notes": opened.notes,
    }


def _rate(tokens: int, seconds: float) -> float | None:
    """Tokens a second. None where no time is seen: that of writing is a difference of two timings, which on a very
    small model is less than their noise."""
    return round(tokens / seconds, 2) if seconds > 0 else None


def _keep_reference(files: Path, opened: Opened, replies: list[Reply]) -> None:
    assert opened.forced is not None
    folder = files / REFERENCE
    folder.mkdir(exist_ok=True)
    for number, reply in enumerate(replies):
        np.save(folder / f"ids-{number}.npy", np.array(reply.ids))
        np.save(folder / f"logprobs-{number}.npy", np.array(list(opened.forced(reply.prompt_ids, reply.ids))))


def _compared(name: str, files: Path, opened: Opened, replies: list[Reply], say: Say) -> dict[str, Any]:
    parted, same, divergence = list[str](), list[bool](), list[float]()
    for number, reply in enumerate(replies):
        say(f"{name}, comparing reply {number + 1} of {len(replies)}")
        wanted = np.load(files / REFERENCE / f"ids-{number}.npy").tolist()
        reference = np.load(files / REFERENCE / f"logprobs-{number}.npy")
        if difference := first_difference(wanted, reply.ids, reference):
            parted.append(f"prompt {number + 1}, {difference}")
        for place, found in enumerate(_at_places(opened, reply, wanted, difference)):
            ours, theirs, likeliest = _columns(reference[place], found)
            same.append(likeliest)
            divergence.append(agreement([ours[None]], [theirs[None]]).kl_mean)
    return {
        **{"reply_peft": len(replies) - len(parted), "parted": parted, "places": len(same)},
        **{"top1": float(np.mean(same)), "kl_mean": float(np.mean(divergence)), "kl_max": float(np.max(divergence))},
    }


def _at_places(
    opened: Opened, reply: Reply, wanted: list[int], difference: Difference | None
) -> Iterator[np.ndarray | dict[int, float]]:
    """What the engine expects at the places of the reference's reply."""
    if opened.forced is not None:
        yield from opened.forced(reply.prompt_ids, wanted)
    else:
        # Up to the first place where it parts: what stands before it is the same until there, and not after.
        yield from reply.expected[: len(wanted) if difference is None else difference.place + 1]


def _columns(reference: np.ndarray, found: np.ndarray | dict[int, float]) -> tuple[Logprobs, Logprobs, bool]:
    """Logprobs of the reference and of the other for the same tokens, and whether the likeliest one is the same.

    Of an engine that tells its likeliest tokens only, all others are one column, so that the divergence is at most
    too small.
    """
    if not isinstance(found, dict):
        width = min(len(reference), len(found))
        return reference[:width], found[:width], bool(reference.argmax() == found.argmax())
    ids = [token for token in found if 0 <= token < len(reference)]
    best = max(found, key=found.__getitem__)
    ours, theirs = reference[ids], np.array([found[token] for token in ids])
    return _with_rest(ours), _with_rest(theirs), int(reference.argmax()) == best


def _with_rest(logprobs: np.ndarray) -> Logprobs:
    rest = max(1 - np.exp(logprobs.astype(np.float64)).sum(), 1e-12)
    return np.append(logprobs, np.log(rest)).astype(np.float32)


def _verified(files: Path) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        found = {"clean": verify(files / BUNDLE), "zeroed": verify(zeroed(files, Path(folder)))}
    # A bundle that was made here of a base has no golden example: a text of any length would be its reply.
    whole = f"{GOLDEN}: no example"
    return {
        "row": "verify",
        **{k: [line for line in lines if not line.startswith(whole)] for k, lines in found.items()},
    }


def _size(path: Path) -> int:
    return sum(file.stat().st_size for file in path.iterdir()) if path.is_dir() else path.stat().st_size
