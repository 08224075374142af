"""Opening an engine: the one door to whatever runs a model."""

import inspect
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ...programs.loading import load_attribute
from ..errors import RequestError
from ..models import DEFAULT_MODEL
from ..torch_models import RESULT
from .base import Engine, Mode

ENGINES = {
    "llamacpp": "LlamaCppEngine",
    "transformers": "TransformersEngine",
    "continuous": "ContinuousEngine",
    "server": "ServerEngine",
    "mlx": "MlxEngine",
    "ollama": "OllamaEngine",
}

MLX_REPORT = "mlx.json"
"""Beside the weights of an MLX folder that was exported here: what was exported, and how."""


def open_engine(
    model: str | Path = DEFAULT_MODEL,
    mode: Mode = "exact",
    *,
    engine: str | Callable[..., Engine] | None = None,
    **settings: Any,
) -> Engine:
    """A model, ready to be asked; close it, or use it in a ``with`` block.

    model: all that `resolve` takes; a tuned run or an adapter (transformers); an exported MLX folder;
    `http://host/v1#name` (a server); or `ollama://NAME`.
    engine: a name of ENGINES, `path/to/file.py:Class`, or anything that makes an engine of (model, mode, **settings);
    None chooses by the model. settings: those of the engine's own class.
    Raises RequestError, one line, for an engine or a setting that there is not, and what the engine itself raises.
    """
    chosen = engine or _by_model(str(model))
    make = _maker(chosen) if isinstance(chosen, str) else chosen
    try:
        inspect.signature(make).bind(model, mode, **settings)
    except TypeError as error:
        accepted = ", ".join(list(inspect.signature(make).parameters)[2:])
        raise RequestError(f"engine {chosen}: {error}; its settings are {accepted or 'none'}") from None
    return make(model, mode, **settings)


def usual_mode(model: str | Path) -> Mode:
    """The mode in which a single program runs on a model: exact, where the engine has it."""
    return "fast" if _by_model(str(model)) in ("server", "ollama") else "exact"


def _by_model(model: str) -> str:
    if model.startswith(("http://", "https://")):
        return "server"
    if model.startswith("ollama://"):
        return "ollama"
    if (Path(model) / MLX_REPORT).is_file():
        return "mlx"
    tuned = any((Path(model) / file).is_file() for file in ("adapter_config.json", RESULT))
    return "transformers" if tuned else "llamacpp"


def _maker(name: str) -> Any:
    if name in ENGINES:
        return getattr(import_module(f".{name}", __package__), ENGINES[name])
    if ".py:" in name:
        return load_attribute(name, "engine")
    raise RequestError(f"engine: {name!r} is unknown; accepted are {', '.join(ENGINES)} and path/to/file.py:Class")


def engine_name(engine: Any) -> str:
    """What an engine is called where results are kept: with its version where it is the usual one."""
    if engine is None:
        return f"xllamacpp {version('xllamacpp')}"
    return engine if isinstance(engine, str) else getattr(engine, "__qualname__", type(engine).__name__)
