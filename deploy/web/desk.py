"""One job at a time on the one engine, in the order asked; who waits is told, who leaves makes room."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
import traceback
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ...programs.errors import StudysmithError

MOST = 32
"""Jobs that may stand in line; a page has one, so more of them are no readers."""
Tell = Callable[[dict[str, Any]], None]
"""Says something to the client. Raises Gone once nobody listens, which ends the job at its next word."""


class Gone(Exception):  # noqa: N818 (reads as what happened)
    """The client left, or the server is stopped."""


def fault(error: BaseException) -> dict[str, str]:
    """What a client is told of an error: one sentence, with the field that it names. No more of a fault of ours."""
    if isinstance(error, StudysmithError):
        kind = "input" if isinstance(error, ValueError) else "fault"
        name, _, rest = str(error).partition(": ")
        named = {"field": name} if kind == "input" and rest and name.replace("_", "").replace(".", "").isalnum() else {}
        return {"kind": kind, "message": str(error), **named}
    if os.environ.get("STUDYSMITH_LOG") == "debug":
        traceback.print_exception(error)
    else:
        print(f"studysmith failed: {error!r}; STUDYSMITH_LOG=debug shows where", file=sys.stderr)
    return {"kind": "fault", "message": "studysmith failed, which is a fault in studysmith; see the server's terminal"}


class _Job:
    """A client that waits. ``said`` has what it is told, from any thread: a line, and whether it is the last."""

    def __init__(self) -> None:
        self.loop, self.said = asyncio.get_running_loop(), asyncio.Queue[tuple[str, bool]]()
        self.gone = threading.Event()

    def tell(self, message: dict[str, Any]) -> None:
        if self.gone.is_set():
            raise Gone
        self._put(message, last=False)

    def end(self, message: dict[str, Any]) -> None:
        self.gone.set()
        self._put(message, last=True)

    def _put(self, message: dict[str, Any], *, last: bool) -> None:
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self.said.put_nowait, (_line(message), last))


class Desk:
    """A thread that does what clients ask for. Close it before the engine that the jobs use."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, "studysmith-plans")
        self._jobs: set[_Job] = set()

    async def lines(self, work: Callable[[Tell], Any]) -> AsyncIterator[str]:
        """What a job says, as lines of JSON: ``progress``, ``frame`` and ``week``, in the end ``result`` or ``error``.

        Left before its end, it stops the job at the next word.
        """
        ahead, job = len(self._jobs), _Job()
        if ahead >= MOST:
            yield _line({"error": {"kind": "busy", "message": f"{ahead} plans are waiting already; try again later"}})
            return
        self._jobs.add(job)
        future = self._pool.submit(_do, work, job)
        future.add_done_callback(lambda _: self._jobs.discard(job))
        try:
            if ahead:
                line = f"Waiting: {ahead} other plan{'s are' if ahead > 1 else ' is'} made first."
                yield _line({"progress": {"stage": "plan", "done": 0, "total": 0, "said": line}})
            last = False
            while not last:
                line, last = await job.said.get()
                yield line
        finally:
            job.gone.set()
            future.cancel()

    def stop(self) -> None:
        """Tell every client that it is over. May be called by a signal's handler."""
        for job in list(self._jobs):
            job.end({"error": {"kind": "aborted", "message": "the server was stopped; start it again and ask again"}})

    def close(self) -> None:
        """Wait until nothing uses the engine any more."""
        self.stop()
        self._pool.shutdown(cancel_futures=True)


def _do(work: Callable[[Tell], Any], job: _Job) -> None:
    if job.gone.is_set():
        return
    try:
        result = work(job.tell)
        if not job.gone.is_set():
            job.end({"result": result})
    except Gone:
        pass
    except Exception as error:
        job.end({"error": fault(error)})


def _line(message: dict[str, Any]) -> str:
    return json.dumps(message, ensure_ascii=False) + "\n"
