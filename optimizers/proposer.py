"""The model that writes prompts: the one that is compiled for, or a stronger one."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..deploy.engines.base import Engine
from ..deploy.engines.meter import MeteredEngine
from ..deploy.engines.open import open_engine
from ..deploy.files import sha256
from ..deploy.models import resolve
from ..programs.errors import InputError

if TYPE_CHECKING:
    from .base import Optimizer
    from .bench import Bench


@dataclass(frozen=True)
class Proposer:
    """Who proposes, for optimizers that ask a model: they have one of these as ``proposer``.

    model: a model file, folder, name or hub id, ``http://host/v1#name``, ``ollama://NAME``, or an engine that is open;
    the model that is compiled for if None. small: go on with one that the probe finds too small (see ``probe``).
    """

    model: str | Path | Engine | None = None
    small: bool = False

    @property
    def identity(self) -> str | None:
        """What a run is not resumed without. Raises ModelError where there is no such model."""
        if self.model is None:
            return None
        if not isinstance(self.model, str | Path):
            return self.model.id
        return str(self.model) if "://" in str(self.model) else sha256(resolve(self.model))[:12]

    @contextmanager
    def engine(self, bench: Bench) -> Iterator[Engine]:
        """The engine that it runs on, in fast mode; its calls count as the bench's own."""
        if self.model is None:
            yield bench.engine()
        elif not isinstance(self.model, str | Path):
            yield MeteredEngine(self.model, bench.ledger)
        else:
            with open_engine(self.model, "fast") as engine:
                yield MeteredEngine(engine, bench.ledger)


def proposing(optimizer: Optimizer, model: str | Path | Engine | None, small: bool) -> Optimizer:
    """The optimizer, with this proposer. Raises InputError where it has no use for one."""
    if model is None and not small:
        return optimizer
    if getattr(optimizer, "proposer", None) is None:
        given = "small_proposer" if model is None else "prompt_model"
        raise InputError(f"{given}: {optimizer.name} asks no model for prompts; leave it out, or use another optimizer")
    chosen = copy.copy(optimizer)
    chosen.proposer = Proposer(model, small)  # type: ignore[attr-defined]
    return chosen
