"""Servers of llama.cpp in processes that fork.

A forked child has what its parent had, but not the threads. A server that is freed waits for its threads, and so does
the C library for those of llama.cpp's own objects when the process exits: in a child both would wait for ever. So no
server is freed there, and the child leaves without that. What its parent has open it can ask all the same, for the
parent answers.
"""

import ctypes
import os
from contextlib import suppress
from typing import Any
from weakref import WeakSet

_held: WeakSet["Held"] = WeakSet()


class Held:
    """Holds a server, which is freed with it; in a forked child it never is."""

    used = forked = False

    def __init__(self, server: Any) -> None:
        self._server, Held.used = server, True
        _held.add(self)
        if self.forked:
            self.keep()

    def keep(self) -> None:
        """Let the server live as long as the process."""
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._server))


def _in_child() -> None:
    if Held.used and not Held.forked:
        Held.forked = True
        # Only glibc has it, whose exit also is the one that waits: called first of all, with the exit code.
        with suppress(AttributeError, OSError):
            libc = ctypes.CDLL(None)
            libc.on_exit(libc._exit, None)
    for held in _held:
        held.keep()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
