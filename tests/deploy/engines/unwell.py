"""Servers that are not well: what their handlers share, and one that runs as long as it is needed."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class Unwell(BaseHTTPRequestHandler):
    """Says what its `get` and `post` tell it to, and nothing to the log."""

    def get(self) -> None:
        raise NotImplementedError

    def post(self) -> None:
        raise NotImplementedError

    def do_GET(self) -> None:
        self.get()

    def do_POST(self) -> None:
        self.post()

    def say(self, code: int, body: bytes) -> None:
        self.send_response(code)
        self.end_headers()
        self.wfile.write(body)

    def die(self, begun: bytes) -> None:
        """Promise more than what has begun, and leave."""
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(begun)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def running(handler: type[Unwell]) -> Iterator[int]:
    """The port of a server on the loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # writes to those who no longer listen
    Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
