"""The default planner as a bundle: what `plan` runs with a model, frozen without a compile."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..programs.progress import Progress, silent
from . import shipped
from .bundle.export import export
from .bundle.frozen import FrozenProgram
from .gguf.header import read_header
from .gguf.quantize import check_quantization
from .models import resolve
from .planner import GOLDEN, PROGRAMS

if TYPE_CHECKING:
    from .bundle.manifest import Manifest

METHOD = "default"
REASON = "the default planner, as `plan` runs it with this model; nothing was searched for"


def export_default(
    model: str | Path,
    out: str | Path,
    *,
    name: str = "planner",
    quantize: str = "keep",
    sign: Path | None = None,
    progress: Progress = silent,
) -> Manifest:
    """Write a bundle of the default planner with a model, as ``resolve`` takes it: the embedded model under the
    compiled prompts that ship with the package, where there are any, every other one under the written ones.

    name, quantize, sign and progress: as ``Result.export`` has them. Raises InputError, ModelError and BundleError.
    """
    form, file = check_quantization(quantize), resolve(model)
    read_header(file)  # a broken file is said by its own name, before anything is made
    compiled = shipped.made_for(file)
    return export(
        FrozenProgram.load(shipped.FOLDER / shipped.PROGRAM if compiled else PROGRAMS["chosen"]),
        file,
        out,
        name=name,
        method=METHOD,
        golden=GOLDEN,
        soft_prompts=shipped.vectors() if compiled else None,
        quantization=form,
        verdict={"shipped": METHOD, "confirmed": False, "reason": REASON},
        report=shipped.evidence() if compiled else None,
        sign=sign,
        progress=progress,
    )
