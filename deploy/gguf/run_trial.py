"""A model's first load, as a script of its own process; see `trial`.

It is given `{"path", "lora", "candidates", "memory", "seconds"}` as JSON on standard input; the last line of its
standard output is `{"special": [ids]}` or `{"failed": reason}`. Nothing of this package is imported here.
"""

import json
import os
import sys
from collections import Counter
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

_KEY = "trial"
_CONTEXT = 64


def main() -> None:
    given = json.load(sys.stdin)
    _limit(given["memory"], given["seconds"])
    server = _load(given["path"], given["lora"])
    address = server.listening_address
    reply = _ask(address, "/completion", {"prompt": [0], "n_predict": 1})
    found = {"failed": reply["error"]["message"]} if "error" in reply else {"special": []}
    if "special" in found:
        found["special"] = _special(address, given["candidates"])
    print(json.dumps(found), flush=True)
    os._exit(0)  # freeing the model takes longer than leaving it to the system


def _limit(memory: int, seconds: int) -> None:
    try:
        import resource
    except ImportError:  # not on Windows, where the caller's own limit of time is left
        return
    # Of the memory only what is written counts: weights are mapped, and address space alone costs nothing.
    for kind, most in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_DATA, memory)):
        _, hard = resource.getrlimit(kind)
        resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _load(path: str, lora: str | None) -> Any:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path, params.n_ctx = path, _CONTEXT
    params.n_batch = params.n_ubatch = _CONTEXT
    # As many threads as the machine has cores would need memory for each.
    params.n_parallel, params.n_gpu_layers, params.n_threads_http = 1, 0, 2
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    if lora:
        params.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(lora, 1.0)]
    params.chat_template = "{{ messages }}"
    params.fit_params, params.warmup, params.ui, params.cache_ram_mib = False, False, False, 0
    params.verbosity = 1
    params.api_keys = [_KEY]
    return xllamacpp.Server(params)


def _special(address: str, candidates: list[tuple[int, str]]) -> list[int]:
    """Ids of the candidates that text becomes where special tokens are parsed, and only there."""

    def ids(text: str, parsed: bool) -> list[int]:
        body = {"content": text, "add_special": False, "parse_special": parsed}
        return list(_ask(address, "/tokenize", body)["tokens"])

    # All at once, for there may be thousands; then the few that came more often, each by itself.
    text = "\n".join(text for _, text in candidates)
    more = Counter(ids(text, True)) - Counter(ids(text, False))
    return [index for index, text in candidates if index in more and ids(text, True) == [index] != ids(text, False)]


def _ask(address: str, route: str, body: dict[str, Any]) -> dict[str, Any]:
    place = urlsplit(address)
    connection = HTTPConnection(place.hostname or "127.0.0.1", place.port)
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {_KEY}"}
    connection.request("POST", route, json.dumps(body), headers)
    return dict(json.loads(connection.getresponse().read()))


if __name__ == "__main__":
    main()
