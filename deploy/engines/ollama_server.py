"""An Ollama server, asked through its Python client; whatever is wrong with it is one line."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import EngineError, RequestError

SCHEME = "ollama://"
_WITH_HOST = re.compile(r"([\w.-]+:\d+|\[[0-9a-fA-F:]+\]:\d+)/(.+)")
_FROM = re.compile(r"^FROM (.+)$", re.MULTILINE)
_DIGEST = re.compile(r"sha256[-:]([0-9a-f]{64})")


def split_model(model: str) -> tuple[str | None, str]:
    """Host and name of `ollama://NAME` or `ollama://host:port/NAME`; the host is None where it is not given.

    Raises RequestError when there is no name.
    """
    rest = model.removeprefix(SCHEME).strip("/")
    if not rest or rest.split()[1:]:
        raise RequestError(f"model: write {SCHEME}NAME or {SCHEME}host:port/NAME, not {model!r}")
    found = _WITH_HOST.fullmatch(rest)
    return (found[1], found[2]) if found else (None, rest)


@dataclass(frozen=True)
class ShownModel:
    """What a server says of a model: sha256 and path (on its machine) of the weights, and the file's metadata without
    vocabulary and chat template."""

    sha256: str
    path: Path
    metadata: Mapping[str, Any]

    @property
    def architecture(self) -> str:
        return str(self.metadata.get("general.architecture", ""))

    @property
    def context_length(self) -> int:
        """The longest context that the model was trained for, in tokens; 0 where it is not said."""
        length = self.metadata.get(f"{self.architecture}.context_length", 0)
        return length if isinstance(length, int) else 0


class OllamaServer:
    """The server at `host`, by default at OLLAMA_HOST, or the usual one of this machine. timeout: seconds for a reply.

    Raises EngineError, one line, when it is not there, slow, or is no Ollama server.
    """

    def __init__(self, host: str | None = None, timeout: float = 600) -> None:
        import ollama

        self._timeout = timeout
        try:
            self._client = ollama.Client(host=host, timeout=timeout)
        except ValueError as error:
            raise RequestError(f"OLLAMA_HOST: no address of a server ({error})") from None
        self.url = str(self._client._client.base_url).rstrip("/")
        self.version = self.ask("GET", "/api/version", expect={"version": str})["version"]

    def ask(
        self, method: str, route: str, body: dict[str, Any] | None = None, *, expect: Mapping[str, type]
    ) -> dict[str, Any]:
        """One answer that has the fields of `expect`, each of its type.

        Raises RequestError for what the server finds wrong with the request, else EngineError.
        """
        with self._one_line():
            # The client's own methods know neither all routes nor all fields (truncate, shift, verbose).
            reply: Any = self._client._request_raw(method, route, json=body).json()
        if not isinstance(reply, dict) or any(not isinstance(reply.get(name), kind) for name, kind in expect.items()):
            raise self._nonsense(repr(reply))
        return reply

    def show(self, name: str) -> ShownModel:
        """What the server says of a model. Raises RequestError when it has none of this name."""
        try:
            shown = self.ask("POST", "/api/show", {"model": name}, expect={"model_info": dict, "modelfile": str})
        except RequestError as error:
            raise RequestError(f"model: {error}; there are {', '.join(sorted(self.names())) or 'none'}") from None
        source = _FROM.search(shown["modelfile"])
        digest = _DIGEST.search(source[1]) if source else None
        if source is None or digest is None:
            raise RequestError(f"model: the weights of {name} are not on {self.url}")
        return ShownModel(digest[1], Path(source[1]), shown["model_info"])

    def names(self) -> set[str]:
        """Names of the models that it has; `planner:latest` also as `planner`."""
        found = [str(model["name"]) for model in self.ask("GET", "/api/tags", expect={"models": list})["models"]]
        return {*found, *(name.removesuffix(":latest") for name in found)}

    def create(self, name: str, model: Path, **settings: Any) -> None:
        """Make a model of a GGUF file, which is sent unless it is there. settings: those of the client's `create`."""
        with self._one_line():
            digest = self._client.create_blob(model)
            self._client.create(name, files={"model.gguf": digest}, **settings)

    def remove(self, name: str) -> None:
        """Take a model away; its weights too, where no other has them."""
        with self._one_line():
            self._client.delete(name)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    @contextmanager
    def _one_line(self) -> Iterator[None]:
        import httpx
        import ollama

        try:
            yield
        except ollama.ResponseError as error:
            said = " ".join(str(error.error).split())[:300]
            kind = RequestError if error.status_code in (400, 404, 405, 413, 422) else EngineError
            raise kind(f"{self.url} answered {error.status_code}: {said}") from None
        except httpx.TimeoutException:
            raise EngineError(f"{self.url} did not answer within {self._timeout:g} seconds") from None
        except ConnectionError:
            raise EngineError(f"no Ollama server answers at {self.url}; start one with `ollama serve`") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise EngineError(f"{self.url} stopped answering: {error}") from None
        except (ValueError, AttributeError) as error:  # what the client raises for an answer that it cannot read
            raise self._nonsense(str(error)) from None

    def _nonsense(self, said: str) -> EngineError:
        return EngineError(f"{self.url} does not answer as an Ollama server: {' '.join(said.split())[:200]}")
