"""A web server for tests: ranges, a download that is cut, and nothing else."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

KINDS = {
    ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm",
    ".json": "application/json", ".css": "text/css", ".svg": "image/svg+xml",
}  # fmt: skip


class Site:
    """A folder that is served. cut: bytes of a model after which the connection ends. ranges: those asked for.
    go_on: what a model waits for."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.cut, self.ranges = folder, 0, list[str]()
        self.go_on = threading.Event()
        self.go_on.set()
        self.url = ""


@contextmanager
def serving(folder: Path) -> Iterator[Site]:
    site = Site(folder)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = folder / (self.path.partition("?")[0].lstrip("/") or "index.html")
            if not path.is_file():
                self.send_error(404)
                return
            raw, start = path.read_bytes(), 0
            if found := re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", "")):
                start = int(found[1])
                site.ranges.append(found[0])
            self.send_response(206 if start else 200)
            self.send_header("Content-Type", KINDS.get(path.suffix, "application/octet-stream"))
            self.send_header("Content-Length", str(len(raw) - start))
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(raw) - 1}/{len(raw)}")
            self.end_headers()
            if path.suffix == ".gguf":
                site.go_on.wait(60)
            end = site.cut if site.cut and path.suffix == ".gguf" else len(raw)
            self.wfile.write(raw[start:end])

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    site.url = f"http://127.0.0.1:{server.server_port}/"
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
