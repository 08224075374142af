"""The engine over any OpenAI-compatible server: vLLM, llama-server, Ollama, a service."""

import json
import re
import time
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request as HttpRequest
from urllib.request import urlopen

from ..errors import ContextOverflow, EngineError, RequestError
from ..gguf.chat import Neutralizer
from .base import BaseEngine, Completion, Mode, Request, check_settings
from .schema import check_schema

# What OpenAI's protocol does not have, and the servers (by what they say owns their models) that take it all the same,
# with the meaning it has here. Others drop what they do not know without a word, so it is not sent to them.
_EXTRAS = {"llamacpp": ("min_p", "repeat_penalty"), "vllm": ("min_p",), "sglang": ("min_p",)}
# How llama.cpp says that a prompt is too long; others do in words, which are passed on.
_OVERFLOW = re.compile(r'"n_prompt_tokens":(\d+),"n_ctx":(\d+)')
# A server's tokens are not known here, and it reads special ones in any text: these are how most models spell theirs.
_SPECIAL = ("<|", "<s>", "</s>", "<bos>", "<eos>", "<start_of_turn>", "<end_of_turn>", "[INST]", "[/INST]")


class ServerEngine(BaseEngine):
    """A model of an OpenAI-compatible server, in fast mode: a server batches and caches as it likes.

    model: `http://host:port/v1#name`; without a name the server must have one model only. slots: requests at a time.
    context: tokens for prompt and reply, for servers that do not say. timeout: seconds for one reply.
    Raises RequestError for exact mode, and EngineError when the server is not there, slow, talks nonsense, or cuts a
    prompt: where it reports fewer tokens than the messages have words. Shorter cuts cannot be seen from here.
    """

    def __init__(
        self,
        model: str,
        mode: Mode = "exact",
        *,
        key: str = "",
        slots: int = 16,
        context: int = 4096,
        timeout: float = 600,
    ) -> None:
        check_settings(mode, slots=slots, context=context)
        if mode == "exact":
            raise RequestError(
                "mode: a server batches and caches and so has no exact mode; use fast, or another engine"
            )
        self.url, _, name = str(model).partition("#")
        self.url = self.url.rstrip("/")
        self.mode, self.slots, self._key, self._timeout = mode, slots, key, timeout
        there = self._models()
        if not name and len(there) != 1:
            known = ", ".join(str(m.get("id")) for m in there) or "does not list its models"
            raise RequestError(f"model: write {self.url}#NAME to choose a model of the server ({known})")
        facts = next((m for m in there if m.get("id") == name), there[0] if there else {})
        self.name = name or str(facts["id"])
        self.context = int(facts.get("max_model_len") or (facts.get("meta") or {}).get("n_ctx") or context)
        self._extras = _EXTRAS.get(str(facts.get("owned_by")), ())
        self._neutralize = Neutralizer(_SPECIAL)
        self.id = f"server/{self.url}#{self.name}-{mode}-ctx{self.context}"

    def _models(self) -> list[dict[str, Any]]:
        try:
            return [dict(m) for m in self._ask("/models").get("data") or ()]
        except RequestError:
            return []  # answered, but has no such list

    def complete(self, request: Request) -> Completion:
        """See Engine.complete."""
        request.refuse(f"the server at {self.url}", "logprobs", *({"min_p", "repeat_penalty"} - {*self._extras}))
        clean = {"system": self._neutralize.keeping_soft_tokens}
        body: dict[str, Any] = {
            "model": self.name,
            "messages": [
                {"role": m["role"], "content": clean.get(m["role"], self._neutralize)(m["content"])}
                for m in request.messages
            ],
            "max_tokens": request.max_tokens,
            "temperature": request.temperature,
            "top_p": request.top_p,
            "seed": request.seed,
            **{name: getattr(request, name) for name in self._extras},
        }
        if request.stop:
            body["stop"] = list(request.stop)
        if request.schema is not None:
            schema = {"name": "reply", "schema": check_schema(request.schema), "strict": True}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        # Every word is a token at least: what is too long by that is too long, and what was read as fewer was cut.
        words = sum(len(m["content"].split()) for m in request.messages)
        self.check_room(words, request)
        started = time.perf_counter()
        reply = self._ask("/chat/completions", body)
        try:
            [choice], usage = reply["choices"], reply.get("usage") or {}
            done = Completion(
                text=str(choice["message"]["content"] or ""),
                finish_reason="length" if choice["finish_reason"] == "length" else "stop",
                prompt_tokens=int(usage.get("prompt_tokens", 0)),
                completion_tokens=int(usage.get("completion_tokens", 0)),
                prompt_ids=[],
                token_ids=[],
                seconds=time.perf_counter() - started,
            )
        except (KeyError, TypeError, ValueError) as error:
            raise EngineError(f"{self.url} does not answer as an OpenAI-compatible server: {reply!r:.200}") from error
        if usage and done.prompt_tokens < words:
            raise EngineError(f"{self.url} read {done.prompt_tokens} tokens of a prompt of {words} words: it was cut")
        return done

    def _ask(self, route: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {self._key}"} if self._key else {})
        data = None if body is None else json.dumps(body).encode()
        try:
            with urlopen(HttpRequest(self.url + route, data, headers), timeout=self._timeout) as reply:
                return dict(json.load(reply))
        except HTTPError as error:
            detail = error.read(1000).decode(errors="replace")
            if body is not None and (told := _OVERFLOW.search(detail)):
                raise ContextOverflow(int(told[1]), body["max_tokens"], int(told[2])) from error
            # What the server finds wrong with a request, apart from what is wrong with the server or the key.
            kind = RequestError if error.code in (400, 404, 405, 413, 422) else EngineError
            raise kind(f"{self.url} answered {error.code}: {detail:.300}") from error
        except TimeoutError as error:
            raise EngineError(f"{self.url} did not answer within {self._timeout:g} seconds") from error
        except (OSError, HTTPException, ValueError, TypeError) as error:
            raise EngineError(f"{self.url} does not answer as an OpenAI-compatible server: {error}") from error
