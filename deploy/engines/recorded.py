"""An engine that keeps every reply in a file, so that work which is begun again does not pay for it twice."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..journal import Journal
from .base import BaseEngine, Completion, Engine, Likelihoods, Message, Request


class RecordedEngine(BaseEngine):
    """Replies to requests that were made before come from ``path``; all others from the engine.

    Sampled requests carry their own seed (see ``lm``), so the same request is the same reply.
    """

    def __init__(self, engine: Engine, path: Path) -> None:
        self.engine = engine
        self.mode, self.id, self.context, self.slots = engine.mode, engine.id, engine.context, engine.slots
        self._journal = Journal(path, {"engine": engine.id}, key="request")

    def complete(self, request: Request) -> Completion:
        """See Engine.complete."""
        return Completion(**self._kept(asdict(request), lambda: self.engine.complete(request)))

    def score(self, messages: Sequence[Message], candidates: Sequence[str]) -> Likelihoods:
        """See Engine.score."""
        asked = [list(messages), list(candidates)]
        return Likelihoods(**self._kept(asked, lambda: self.engine.score(messages, candidates)))

    def _kept(self, asked: Any, ask: Callable[[], Completion | Likelihoods]) -> dict[str, Any]:
        """The fields of what was answered before, or of what the engine answers now."""
        key = hashlib.sha256(json.dumps(asked, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
        if key not in self._journal.rows:
            self._journal.add(key, asdict(ask()))
        return {name: value for name, value in self._journal.rows[key].items() if name != "request"}

    def close(self) -> None:
        """Close the file; the engine belongs to whoever made it."""
        self._journal.__exit__(None, None, None)
