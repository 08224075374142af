"""An engine that keeps every reply in a file, so that work which is begun again does not pay for it twice."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

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
        key = hashlib.sha256(json.dumps(asdict(request), sort_keys=True, ensure_ascii=False).encode()).hexdigest()
        if key not in self._journal.rows:
            self._journal.add(key, asdict(self.engine.complete(request)))
        known = {name: value for name, value in self._journal.rows[key].items() if name != "request"}
        return Completion(**known)

    def score(self, messages: Sequence[Message], candidates: Sequence[str]) -> Likelihoods:
        """See Engine.score."""
        facts = json.dumps([list(messages), list(candidates)], sort_keys=True, ensure_ascii=False)
        key = hashlib.sha256(facts.encode()).hexdigest()
        if key not in self._journal.rows:
            self._journal.add(key, asdict(self.engine.score(messages, candidates)))
        return Likelihoods(**{name: value for name, value in self._journal.rows[key].items() if name != "request"})

    def close(self) -> None:
        """Close the file; the engine belongs to whoever made it."""
        self._journal.__exit__(None, None, None)
