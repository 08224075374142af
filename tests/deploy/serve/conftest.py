"""The server, really listening, in a thread; and a client that says just what it is told to say."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import Any

import pytest
from studysmith.deploy.bundle.frozen import FrozenProgram
from studysmith.deploy.engines.llamacpp import LlamaCppEngine
from studysmith.deploy.planner import PROGRAMS, Planner
from studysmith.deploy.web.desk import Desk
from studysmith.deploy.web.service import Service


class Client:
    """A server's address, asked without a browser."""

    def __init__(self, port: int):
        self.port = port
        self.url = f"http://127.0.0.1:{port}/"

    def ask(self, path: str, body: Any = None, **headers: str) -> tuple[int, dict[str, str], Any]:
        """Status, headers in small letters, and body: JSON as it means, lines of JSON as a list, or text."""
        with self.opened(path, body, **headers) as response:
            text = response.read().decode()
            found = {name.lower(): value for name, value in response.getheaders()}
        kind = found.get("content-type", "")
        if "ndjson" in kind:
            return response.status, found, [json.loads(line) for line in text.splitlines()]
        return response.status, found, json.loads(text) if "json" in kind else text

    @contextmanager
    def opened(self, path: str, body: Any = None, **headers: str) -> Iterator[Any]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        sent = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        given = {"Content-Type": "application/json"} if body is not None else {}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request("GET" if body is None else "POST", path, sent, given)
            yield connection.getresponse()
        finally:
            connection.close()


@contextmanager
def serving(service: Service, **settings: Any) -> Iterator[Client]:
    """A server on a free port of the loopback. Skips without the extra."""
    uvicorn = pytest.importorskip("uvicorn", reason="install studysmith[serve]")
    from studysmith.deploy.web.guard import LOOPBACK
    from studysmith.deploy.web.server import Server, application, listen

    listening, _, _ = listen("127.0.0.1", 0)
    desk = Desk()
    known = {"names": set(LOOPBACK), "addresses": False, **settings}
    config = uvicorn.Config(application(service, desk, **known), log_level="error", lifespan="off")
    server = Server(config, desk)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield Client(listening.getsockname()[1])
    finally:
        desk.stop()
        server.should_exit = True
        thread.join(30)
        desk.close()
        assert not thread.is_alive()


@pytest.fixture(scope="session")
def serve() -> Callable[..., Any]:
    return serving


@pytest.fixture(scope="module")
def client(engine: LlamaCppEngine) -> Iterator[Client]:
    """The default planner on the embedded model, served."""
    with serving(Service(Planner(FrozenProgram.load(PROGRAMS["chosen"]), engine))) as client:
        yield client


@pytest.fixture
def page() -> None:
    from studysmith.deploy.web.server import PAGE

    if not (PAGE / "index.html").is_file():
        pytest.skip("the page is not there")
