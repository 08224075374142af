"""What a site takes in Chromium: its size, seconds to ready and to a plan, peak memory. Needs playwright and Chromium.

python benchmarks/web.py SITE            # a folder that `export --to web` wrote
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import threading
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psutil

TEXT = "I am taking Calculus 1 this semester and struggling with integration, particularly u-substitution."
PLAN = """async ([text, compat]) => {
  const { openPlanner } = await import("./planner.js");
  const started = performance.now();
  const planner = await openPlanner({ today: "2026-01-05", compat });
  const opened = performance.now();
  await planner.plan(text);
  const planned = performance.now();
  await planner.plan(`${text} I love chess.`);
  const { threads } = planner.about;
  return { ready: opened - started, plan: planned - opened, again: performance.now() - planned, threads };
}"""


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
            for process in psutil.Process().children(recursive=True):
                try:
                    if "--type=renderer" in process.cmdline():
                        held += process.memory_full_info().pss
                except psutil.Error:
                    continue
            self.bytes = max(self.bytes, held)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("site", type=Path)
    parser.add_argument("--compat", action="store_true", help="the build for Safari")
    given = parser.parse_args()
    listed = json.loads((given.site / "site.json").read_text("utf-8"))
    parts = {name: file["bytes"] for name, file in listed["files"].items()}
    unused = "wllama/wllama" if given.compat else "wllama/compat"
    first = sum(size for name, size in parts.items() if not name.startswith(unused) or name.endswith("wllama.js"))
    print(f"first load: {first / 1e6:.1f} MB and a model of {listed['model']['bytes'] / 1e6:.1f} MB")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(given.site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for name, row in measured(f"http://127.0.0.1:{server.server_port}/selftest.html", given.compat):
        seconds = ", ".join(
            f"{key} {value / 1000:.1f} s" for key, value in row.items() if key not in ("threads", "peak")
        )
        print(f"{name}: {seconds}, {row['threads']} thread(s), {row['peak'] / 1e6:.0f} MB at most")


def measured(url: str, compat: bool) -> list[tuple[str, dict[str, Any]]]:
    from playwright.sync_api import sync_playwright

    rows = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        context = browser.new_context()
        for name in ("first visit", "second visit"):
            page = context.new_page()
            # The page of the self-test, without its script: what is left is a page of the site.
            page.route("**/selftest.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
            page.goto(url)
            with Peak() as peak:
                time.sleep(0.5)
                row = page.evaluate(PLAN, [TEXT, compat])
            rows.append((name, {**row, "peak": peak.bytes}))
            page.close()
        browser.close()
    return rows


if __name__ == "__main__":
    sys.exit(main())
