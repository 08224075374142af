"""Whether a bundle still does what it did at export."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import cast

from ...programs.errors import StudysmithError
from ...programs.progress import Progress, silent
from ..engines.base import Engine
from ..engines.open import open_engine, usual_mode
from .bundle import MODEL, Bundle, check_hashes, kind_of
from .content import read_content, said
from .frozen import FrozenProgram
from .golden import Example, Golden, Recorder
from .manifest import check_digest
from .sign import check_signature, public_key
from .soft_check import NextTokens, SoftNumbers

FITTING = "program, golden examples, model and soft prompts fit together"
Check = tuple[str, str, Callable[[], Iterable[str]]]
"""What passed, how its differences begin, and what finds them."""


def verify(
    folder: str | Path,
    progress: Progress = silent,
    key: Path | None = None,
    digest: str | None = None,
    fast: bool = False,
) -> list[str]:
    """Check the file list and every hash, whether the parts fit together, each vector of the soft prompts, and every
    golden vector and example; the differences found, none if all is well.

    key: a public key that the bundle must have been signed with (see ``sign``, also for what is proved without one).
    digest: what ``manifest_digest`` must be. fast: file list and hashes alone; nothing is read or run.
    ``progress`` gets a line for each check, an empty one where something was found. Raises BundleError when the files
    themselves are wrong: then nothing in the bundle is run. InputError for a key or a digest that is none.
    """
    folder, owner = Path(folder), public_key(key) if key else None
    manifest = check_hashes(folder)
    if digest is not None:
        check_digest(folder, digest)
    if owner:
        check_signature(folder, owner)
    files = f"{len(manifest.files)} files as exported" + ", signed with this key" * bool(owner)
    if fast:
        progress("verify", 1, 1, files)
        return []
    content = read_content(folder, manifest)
    problems, golden = list(content.problems), content.golden or Golden()
    total = 2 + len(golden.vectors) + len(golden.examples) + bool(golden.soft)
    progress("verify", 1, total, files)
    progress("verify", 2, total, "" if problems else FITTING)
    try:
        with open_engine(folder / MODEL, usual_mode(MODEL)) as engine:
            for number, (passed, what, check) in enumerate(_runs(folder, golden, content.program, engine), 3):
                found = said(what, check)
                problems += found
                progress("verify", number, total, "" if found else passed)
    except StudysmithError as error:
        problems.append(f"{MODEL}: {error}")
    return problems


def _runs(folder: Path, golden: Golden, program: FrozenProgram | None, engine: Engine) -> Iterator[Check]:
    """All that was recorded, to be done again."""
    if golden.soft:
        steps = ", ".join(numbers.step for numbers in golden.soft)
        yield f"each vector of the soft prompts of {steps}", "", partial(_soft, golden.soft, cast(NextTokens, engine))
    recorder = cast(Engine, Recorder(engine))  # the examples ask what the vectors have asked
    for number, vector in enumerate(golden.vectors, 1):
        what = f"golden vector {number}"
        yield f"{what} of {len(golden.vectors)}", what, partial(vector.differences, recorder)
    if program:
        bundle = cache(lambda: kind_of(program)(program, recorder, folder))
        for number, example in enumerate(golden.examples, 1):
            what = f"golden example {number}"
            yield f"{what} of {len(golden.examples)}", what, partial(_differences, bundle, example)


def _soft(soft: Iterable[SoftNumbers], engine: NextTokens) -> Iterator[str]:
    for numbers in soft:
        yield from numbers.differences(engine)


def _differences(bundle: Callable[[], Bundle], example: Example) -> list[str]:
    now = bundle().answer_golden(example.inputs)
    return [f"{name} differs" for name in {**example.outputs, **now} if now.get(name) != example.outputs.get(name)]
