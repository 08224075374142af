"""A run: the folder in which a compile keeps everything it needs to be resumed, checked and shipped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..deploy.engines.meter import Usage
from ..deploy.files import write_atomically
from ..programs.errors import InputError, explain
from .budget import Budget
from .candidate import Candidate


class RunConfig(BaseModel):
    """What a run was asked to do. A folder is resumed only under the same configuration."""

    model_config = ConfigDict(extra="forbid")

    task: str
    optimizer: str
    model: str = Field(description="sha256 of the GGUF that the search runs on")
    budget: Budget
    seed: int = 0
    settings: dict[str, Any] = Field(default_factory=dict)


class Compiled(BaseModel):
    """The result of a compile: the prompts, the model they belong to, what was spent, what was seen on the way."""

    model_config = ConfigDict(extra="forbid")

    optimizer: str
    candidate: Candidate
    model: str = Field(description="path of the GGUF that serves these prompts")
    base: str = Field(description="path of the GGUF that was compiled for; differs where soft prompts were baked in")
    usage: dict[str, float]
    finished: bool = Field(description="false when Ctrl-C ended it early")
    notes: list[str] = Field(default_factory=list)

    @staticmethod
    def spent(usage: Usage, seconds: float) -> dict[str, float]:
        """Usage as numbers, with the wall time of the whole compile."""
        tokens = usage.prompt_tokens + usage.completion_tokens
        return {"lm_calls": usage.lm_calls, "tokens": tokens, "seconds": round(seconds, 1)}


class Run:
    """A run folder: ``config.json``, what the optimizer keeps (journal, checkpoints), ``compiled.json`` at the end."""

    def __init__(self, folder: Path, config: RunConfig):
        self.folder, self.config = folder, config
        try:
            folder.mkdir(parents=True, exist_ok=True)
            known = folder / "config.json"
            if known.exists():
                before = RunConfig.model_validate_json(known.read_bytes())
                if before.model_copy(update={"budget": config.budget}) != config:
                    raise InputError(f"run: {folder} holds a run with another configuration; name another folder")
            write_atomically(known, config.model_dump_json(indent=1) + "\n")
        except ValidationError as error:
            raise InputError(f"run: {folder / 'config.json'}: {explain(error)}") from None
        except OSError as error:
            raise InputError(f"run: cannot write to {folder} ({error.strerror})") from None

    @property
    def compiled(self) -> Compiled | None:
        """The result, if this run has ended."""
        return load_compiled(self.folder) if (self.folder / "compiled.json").exists() else None

    def finish(self, compiled: Compiled) -> Compiled:
        """Keep the result."""
        write_atomically(self.folder / "compiled.json", compiled.model_dump_json(indent=1) + "\n")
        return compiled


def load_compiled(folder: Path) -> Compiled:
    """The result in a run folder. Raises InputError when there is none or it is broken."""
    try:
        return Compiled.model_validate_json((folder / "compiled.json").read_bytes())
    except OSError:
        raise InputError(f"run: {folder} holds no finished compile (no compiled.json)") from None
    except ValidationError as error:
        raise InputError(f"run: {folder / 'compiled.json'}: {explain(error)}") from None
