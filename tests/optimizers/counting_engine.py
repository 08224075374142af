"""An engine of one's own: it answers from the schema in no time, writes down every call, and can kill its process."""

import hashlib
import json
import os
import signal
from pathlib import Path

from studysmith.deploy.engines.base import BaseEngine, Completion, Mode, Request


class CountingEngine(BaseEngine):
    """COUNT_FILE gets one byte a call; the process is killed at call number KILL_AT, in the middle of it."""

    slots = 8

    def __init__(self, model: str, mode: Mode = "exact") -> None:
        self.id, self.mode = f"counting-{mode}", mode

    def complete(self, request: Request) -> Completion:
        text = json.dumps([dict(message) for message in request.messages], sort_keys=True)
        if path := os.environ.get("COUNT_FILE"):
            with Path(path).open("ab", buffering=0) as file:
                file.write(b".")
                if file.tell() == int(os.environ.get("KILL_AT", 0)):
                    os.kill(os.getpid(), signal.SIGKILL)
        seed = hashlib.sha256(text.encode()).digest()
        fields = (request.schema or {}).get("properties", {})
        choices = {name: field.get("enum", [f"Say {seed[1]}.", "Well."]) for name, field in fields.items()}
        reply = json.dumps({name: options[seed[0] % len(options)] for name, options in choices.items()})
        return Completion(
            text=reply,
            finish_reason="stop",
            prompt_tokens=len(text) // 4,
            completion_tokens=len(reply) // 4,
            prompt_ids=[],
            token_ids=[],
            seconds=0.0,
        )
