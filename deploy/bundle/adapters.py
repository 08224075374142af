"""A tuned run as adapters beside its base: nothing is merged, so that one base serves many planners."""

from __future__ import annotations

import json
from pathlib import Path

from ...programs.errors import InputError
from ...programs.progress import Progress, silent
from ..files import sha256, whole_folder
from ..gguf.header import read_header
from ..gguf.lora import CONFIG, read_peft, write_gguf, write_mlx
from ..models import resolve
from ..torch_models import artefact, base_of

GGUF, MLX, FACTS = "adapter.gguf", "mlx", "adapter.json"


def export_adapters(source: Path, target: Path, progress: Progress = silent) -> list[str]:
    """Write the LoRA adapter of a tuned run, or of PEFT's folder, to the new folder `target`, for llama.cpp and MLX.

    ``adapter.json`` names the base with the hash of its file. Returns what was made, a line each. Raises InputError
    for what holds no LoRA adapter, ModelError for a base that is gone or another one than the adapter was trained on.
    """
    folder = artefact(str(source))
    if folder is None or not (folder / CONFIG).is_file():
        raise InputError(f"run: {source} holds no LoRA adapter; give a run of `finetune` or a folder that PEFT saved")
    lora, name = read_peft(folder), base_of(str(folder))
    base = resolve(name)
    header = read_header(base)
    with whole_folder(target, "out") as work:
        progress("export", 0, 2, GGUF)
        write_gguf(lora, header, work / GGUF)
        progress("export", 1, 2, MLX)
        write_mlx(lora, header, work / MLX)
        digest = sha256(base)
        facts = {"base": Path(name).name, "base_sha256": digest, "rank": lora.rank, "alpha": lora.alpha}
        (work / FACTS).write_text(json.dumps(facts, indent=1) + "\n", "utf-8")
        size = (work / GGUF).stat().st_size
    return [
        f"{target / GGUF}: {size / 1e6:.1f} MB, rank {lora.rank}, {len(lora.pairs)} layers, for llama.cpp and Ollama",
        f"{target / MLX}: the same for MLX",
        f"Both belong to the base {Path(name).name} (sha256 {digest[:16]}...), which they leave as it is.",
    ]
