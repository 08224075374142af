"""What a site takes in Chromium: its size, seconds to ready and to a plan, peak memory. Needs playwright and Chromium.

python benchmarks/web.py SITE            # a folder that `export --to web` wrote
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psutil

TEXT = "I am taking Calculus 1 this semester and struggling with integration, particularly u-substitution."
PATIENCE = 600_000
"""Milliseconds that a busy machine has for a page."""
NO_SPARE = "--disable-features=SpareRendererForSitePerProcess"
"""No empty process for a page that might come, whose memory would be counted."""
STEPS = {
    "ready": "async ([, compat]) => { const { openPlanner } = await import('./planner.js');"
    " window.planner = await openPlanner({ today: '2026-01-05', compat }); }",
    "plan": "async ([text]) => { await window.planner.plan(text); }",
    "another": "async ([text]) => { await window.planner.plan(`${text} I love chess.`); }",
}
"""What a visitor waits for, one after the other."""


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder, and says nothing."""

    def log_message(self, *args: object) -> None:
        """No line for each request."""


class Peak:
    """The most memory that the pages' processes hold together, in bytes, what they share counted once."""

    def __init__(self) -> None:
        self.bytes, self._over = 0, threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Peak:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.2):
            held = 0
            for process in renderers():
                with suppress(psutil.Error):
                    held += process.memory_full_info().pss
            self.bytes = max(self.bytes, held)


def renderers() -> Iterator[psutil.Process]:
    """The processes in which pages are computed."""
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            if "--type=renderer" in process.cmdline():
                yield process


def computed() -> float:
    """Seconds of a core that pages have taken: on a busy machine, what they would take on an idle one."""
    total = 0.0
    for process in renderers():
        with suppress(psutil.Error):
            total += sum(process.cpu_times()[:2])
    return total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("site", type=Path)
    parser.add_argument("--compat", action="store_true", help="the build for Safari")
    given = parser.parse_args()
    listed = json.loads((given.site / "site.json").read_text("utf-8"))
    parts = {name: file["bytes"] for name, file in listed["files"].items()}
    unused = "wllama/wllama" if given.compat else "wllama/compat"
    first = sum(size for name, size in parts.items() if not name.startswith(unused) or name.endswith("wllama.js"))
    print(f"first load: {first / 1e6:.1f} MB and a model of {listed['model']['bytes'] / 1e6:.1f} MB", flush=True)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(given.site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for name, row in measured(f"http://127.0.0.1:{server.server_port}/", given.compat):
        seconds = ", ".join(f"{step} {row[step][0]:.1f} s ({row[step][1]:.1f} s of a core)" for step in STEPS)
        print(f"{name}: {seconds}, {row['threads']} thread(s), {row['peak'] / 1e6:.0f} MB at most", flush=True)


def measured(url: str, compat: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as kept:
        for name in ("first visit", "second visit"):
            # Each in a browser of its own, since one goes on holding the processes of pages that are closed.
            browser = playwright.chromium.launch_persistent_context(
                kept, executable_path=shutil.which("chromium"), args=[NO_SPARE]
            )
            page = browser.pages[0]
            page.set_default_timeout(PATIENCE)
            page.goto(url)
            row: dict[str, Any] = {}
            with Peak() as peak:
                for step, code in STEPS.items():
                    began, before = time.perf_counter(), computed()
                    page.evaluate(code, [TEXT, compat])
                    row[step] = time.perf_counter() - began, computed() - before
            row["threads"] = page.evaluate("window.planner.about.threads")
            yield name, {**row, "peak": peak.bytes}
            browser.close()


if __name__ == "__main__":
    sys.exit(main())
