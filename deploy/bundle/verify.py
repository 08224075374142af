"""Whether a bundle still does what it did at export."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from ...programs.progress import Progress, silent
from ..errors import OutputError
from .bundle import GOLDEN, PROGRAM, Bundle, check, open_checked, template_sha256
from .frozen import FrozenProgram
from .golden import Example, Golden, Ranking, Recorder, Vector
from .sign import check_signature, public_key
from .soft_check import NextTokens


def verify(folder: str | Path, progress: Progress = silent, key: Path | None = None) -> list[str]:
    """Check the file list, every hash, each vector of the soft prompts, every golden vector and example; the
    differences found, none if all is well.

    key: a public key that the bundle must have been signed with (see ``sign``, also for what is proved without one).

    ``progress`` gets a line for each check. Raises BundleError when the files themselves are wrong: then nothing in the
    bundle is run.
    """
    folder, owner = Path(folder), public_key(key) if key else None
    manifest = check(folder)
    if owner:
        check_signature(folder, owner)
    golden = Golden.load(folder / GOLDEN)
    soft_lines = 1 if manifest.soft_prompts else 0
    total = 1 + soft_lines + len(golden.vectors) + len(golden.examples)
    progress("verify", 1, total, f"{len(manifest.files)} files as exported" + ", signed with this key" * bool(owner))
    problems = []
    with open_checked(folder) as bundle:
        if template_sha256(folder) != manifest.template_sha256:
            problems.append("the chat template is not the exported one")
        if soft_lines:
            for numbers in golden.soft:
                problems += numbers.differences(cast(NextTokens, bundle.engine))
            progress("verify", 2, total, _soft_line(golden))
        bundle.engine = engine = Recorder(bundle.engine)  # the examples ask what the vectors have asked
        for number, vector in enumerate(golden.vectors, 1):
            if not _of_program(vector, bundle.program):
                problems.append(f"golden vector {number}: no step of {PROGRAM} asks with these messages")
            problems += [f"golden vector {number}: {difference}" for difference in vector.differences(engine)]
            progress("verify", 1 + soft_lines + number, total, f"golden vector {number} of {len(golden.vectors)}")
        for number, example in enumerate(golden.examples, 1):
            problems += [f"golden example {number}: {difference}" for difference in _differences(bundle, example)]
            done = 1 + soft_lines + len(golden.vectors) + number
            progress("verify", done, total, f"golden example {number} of {len(golden.examples)}")
    return problems


def _of_program(vector: Vector | Ranking, program: FrozenProgram) -> bool:
    """Whether a step sends the messages that a vector was recorded with."""
    return any(step.asks(vector.messages) for step in program.steps.values())


def _soft_line(golden: Golden) -> str:
    if not golden.soft:
        return "soft prompts by hash alone: the bundle is older than the check of each vector; export it again for that"
    return "each vector of the soft prompts of " + ", ".join(numbers.step for numbers in golden.soft)


def _differences(bundle: Bundle, example: Example) -> list[str]:
    try:
        now = bundle.answer_golden(example.inputs)
    except OutputError as error:
        return [f"there is no reply: {error}"]
    return [f"{name} differs" for name, value in example.outputs.items() if now.get(name) != value]
