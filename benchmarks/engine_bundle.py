"""The bundle that `engines.py` compares engines on, and what is made of it: a soft prompt that was really trained."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from studysmith.deploy.bundle.bundle import GOLDEN, MODEL
from studysmith.deploy.bundle.export import export
from studysmith.deploy.bundle.frozen import FrozenProgram, FrozenStep
from studysmith.deploy.bundle.golden import Golden, Recorder, Vector
from studysmith.deploy.bundle.manifest import NAME as MANIFEST
from studysmith.deploy.bundle.manifest import Manifest
from studysmith.deploy.engines.base import Message, Request
from studysmith.deploy.engines.llamacpp import LlamaCppEngine
from studysmith.deploy.files import whole_folder, write_atomically
from studysmith.deploy.gguf.bake import bake
from studysmith.deploy.gguf.chat import SOFT_TOKEN, ChatTemplate, soft_prompt_text
from studysmith.deploy.gguf.header import read_header
from studysmith.deploy.gguf.quantize import EMBEDDING, HEAD, check_quantization
from studysmith.deploy.gguf.templates import soft_template
from studysmith.deploy.gguf.tensors import GgufFile
from studysmith.deploy.gguf.torch_model import load_torch
from studysmith.deploy.models import resolve
from studysmith.optimizers.prompt_tuning.adapters import load_adapters
from studysmith.optimizers.prompt_tuning.objectives import TrainingPair
from studysmith.optimizers.prompt_tuning.soft_prompt import SoftPrompt, SoftPromptConfig
from studysmith.optimizers.prompt_tuning.training import train_soft_prompt
from studysmith.optimizers.result import Result
from studysmith.programs.curriculum import Concept, curriculum
from studysmith.programs.errors import InputError
from studysmith.programs.text_reply import AS_TEXT

STEP = "explain"
PROMPTS = 5
BUNDLE, ADAPTERS, CASES = "bundle", "adapters", "cases.json"
_HELD_OUT = 4

Say = Callable[[str], None]


def prepare(files: Path, run: Path | None, model: str, *, tokens: int, examples: int, reply: int, say: Say) -> None:
    """Fill the folder `files` with what all rows are measured on; what is there already is kept.

    A bundle, its soft prompts as PEFT adapters, and in `cases.json` the path of the base and, for each prompt, its
    messages, its golden token ids, and the golden reply of up to `reply` tokens that llama.cpp gives on the bundle.
    """
    if (files / CASES).is_file():
        return
    result = Result.open(run) if run else None
    base = result.model(result.unchanged) if result else resolve(model)
    bundle, adapters = files / BUNDLE, files / ADAPTERS
    if result and not bundle.exists():
        result.export(bundle, anyway=True)
    if result and not Manifest.load(bundle).soft_prompts:
        raise InputError(f"run: what {run} has found best has no soft prompt; name a run whose winner has one")
    if not adapters.exists():
        soft = load_adapters(result.folder, base) if result else {STEP: trained(base, tokens, examples, say)}
        with whole_folder(adapters, "out") as work:
            for name, prompt in soft.items():
                prompt.save(work / name, base)
    if not bundle.exists():
        _export(base, SoftPrompt.load(adapters / STEP, base).vectors, bundle)
    asked = _asked_of(bundle) if result else _questions(tokens)
    with LlamaCppEngine(bundle / MODEL) as engine:
        recorder = Recorder(engine)
        for number, messages in enumerate(asked, 1):
            recorder.complete(Request(messages=messages, max_tokens=reply))
            say(f"golden reply {number} of {len(asked)}")
    vectors = [vector for vector in recorder.vectors if isinstance(vector, Vector)]
    if not result:
        golden = Golden.load(bundle / GOLDEN)
        Golden(vectors=vectors, soft=golden.soft).save(bundle / GOLDEN)
        seal(bundle)
    cases = [{"messages": v.messages, "prompt_ids": v.prompt_ids, "golden": v.token_ids} for v in vectors]
    write_atomically(files / CASES, json.dumps({"base": str(base), "cases": cases}, indent=1, ensure_ascii=False))


def trained(base: Path, tokens: int, examples: int, say: Say) -> SoftPrompt:
    """A soft prompt that explains concepts of the curriculum, learned in one pass over `examples` of them."""
    header, marker = read_header(base), soft_prompt_text("x", 1)
    bos, eos = header.token("bos"), header.token("eos")
    template = ChatTemplate(soft_template(header), [*header.special_tokens, marker], bos=bos, eos=eos)

    def pair(concept: Concept) -> TrainingPair:
        system = Message(role="system", content=marker)
        text = template.render([system, Message(role="user", content=_question(concept))])
        return TrainingPair(prompt=text.removeprefix(marker), completion=_explained(concept) + eos)

    pairs = [pair(concept) for concept in list(curriculum().values())[PROMPTS : PROMPTS + examples + _HELD_OUT]]
    config = SoftPromptConfig(name=STEP, tokens=tokens, init_text="Explain the concept to a student.", epochs=1)
    # What PEFT computes in; and bfloat16 is ten times as slow on a processor that does not have it.
    model, tokenizer = load_torch(base, "float32")
    return train_soft_prompt(
        model,
        tokenizer,
        pairs[:-_HELD_OUT],
        pairs[-_HELD_OUT:],
        config,
        on_step=lambda step, total, loss: say(f"training, step {step} of {total}, loss {loss:.2f}"),
    )


def _question(concept: Concept) -> str:
    return f"Explain {concept.name}."


def _explained(concept: Concept) -> str:
    steps = " ".join(concept.steps)
    return f"{concept.objective} {concept.misconception} For example: {concept.example.task} {steps}"


def _questions(tokens: int) -> list[list[Message]]:
    """On concepts that were not trained on."""
    system = Message(role="system", content=soft_prompt_text(STEP, tokens))
    concepts = list(curriculum().values())[:PROMPTS]
    return [[system, Message(role="user", content=_question(concept))] for concept in concepts]


def _asked_of(bundle: Path) -> list[list[Message]]:
    """The first golden requests that have a soft prompt."""
    vectors = Golden.load(bundle / GOLDEN).vectors
    asked = [v.messages for v in vectors if isinstance(v, Vector) and SOFT_TOKEN.match(v.messages[0]["content"])]
    if not asked:
        raise InputError("run: none of its golden requests has a soft prompt")
    return [messages for i, messages in enumerate(asked) if messages not in asked[:i]][:PROMPTS]


def _export(base: Path, vectors: np.ndarray, bundle: Path) -> None:
    step = FrozenStep(
        messages=[Message(role="system", content=soft_prompt_text(STEP, len(vectors)))],
        question="Explain {{concept}}.",
        reply_schema={
            "type": "object",
            "properties": {"text": {"type": "string", AS_TEXT: True}},
            "required": ["text"],
        },
    )
    wiring, outputs = {STEP: {"concept": "concept"}}, {"text": f"{STEP}.text"}
    program = FrozenProgram(steps={STEP: step}, inputs=["concept"], wiring=wiring, outputs=outputs)
    export(program, base, bundle, name="engines", method="soft", golden=[], soft_prompts={STEP: vectors})


def seal(bundle: Path) -> None:
    """List and hash the files of a bundle as they are now."""
    manifest = Manifest.model_validate_json((bundle / MANIFEST).read_bytes())
    manifest.add_files(bundle)
    manifest.save(bundle)


def base_of(files: Path) -> Path:
    return Path(json.loads((files / CASES).read_text("utf-8"))["base"])


def cases_of(files: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((files / CASES).read_text("utf-8"))["cases"]
    return found


def gguf(files: Path, form: str) -> Path:
    """The base with its soft prompts in a format; "keep" is the bundle's own file. Made once."""
    if form == "keep":
        return files / BUNDLE / MODEL
    path, base = files / f"{form}.gguf", base_of(files)
    if not path.is_file():
        soft = {name: prompt.vectors for name, prompt in load_adapters(files, base).items()}
        bake(base, soft, path, check_quantization(form))
    return path


def mlx(files: Path, bits: int) -> Path:
    """A folder for MLX: in 4 bits of the bundle's own codes, else of the float file. Made once."""
    from studysmith.deploy.bundle.mlx import export_mlx

    path = files / f"mlx-{bits}"
    if not path.is_dir():
        export_mlx(files / BUNDLE if bits == 4 else gguf(files, "F32"), path, bits=bits)
    return path


def same_tensors(base: Path, made: Path) -> str:
    """How many tensors say the same in both files, in bytes or, where the types differ, in values; soft rows apart."""
    before, after = GgufFile(base), GgufFile(made)
    equal = {"bytes": 0, "values": 0, "other": 0}
    for name in after.names:
        old, new = before.raw(name if name in before else EMBEDDING), after.raw(name)
        rows = len(old.data) if name in (EMBEDDING, HEAD) else None
        if old.type == new.type:
            kind = "bytes" if new.data[:rows].tobytes() == old.data.tobytes() else "other"
        else:
            values = after.floats(name)[:rows] if rows else after.floats(name)
            kind = "values" if np.array_equal(before.floats(old.name), values) else "other"
        equal[kind] += 1
    return ", ".join(f"{count} {_SAME[kind]}" for kind, count in equal.items() if count)


_SAME = {"bytes": "to the byte", "values": "in value", "other": "requantized"}


def zeroed(files: Path, work: Path) -> Path:
    """A copy of the bundle whose last soft vector is zero and whose hashes are those of its files."""
    bundle = Path(shutil.copytree(files / BUNDLE, work / BUNDLE))
    table = next(t for t in read_header(bundle / MODEL).tensors if t.name == EMBEDDING)
    width = table.size // table.shape[1]
    with (bundle / MODEL).open("r+b") as file:
        file.seek(table.offset + table.size - width)
        file.write(bytes(width))
    seal(bundle)
    return bundle
