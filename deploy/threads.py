"""How many threads native libraries compute with, and how these wait for each other."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_WAIT_POLICY = "OMP_WAIT_POLICY"


@contextmanager
def sleeping_at_barriers() -> Iterator[None]:
    """A native library that is first imported in here gets OpenMP threads that sleep at barriers instead of spinning.

    Spinning gains little when the machine is idle, and costs a factor of ten and more when another process wants a
    core. The OpenMP runtime reads its environment once, when it is loaded; the user's own choice wins, and libraries
    that were imported before, or bring a runtime of their own, are left alone.
    """
    chosen = os.environ.get(_WAIT_POLICY)
    os.environ.setdefault(_WAIT_POLICY, "passive")
    try:
        yield
    finally:
        if chosen is None:
            del os.environ[_WAIT_POLICY]


@contextmanager
def fixed_threads(count: int | None = None) -> Iterator[int]:
    """Torch computes the same numbers every time on one processor in here: with `count` threads (by default as many as
    it would take) and, where there is no GPU, by deterministic algorithms. Gives the count; it ends with the block.

    Sums are divided over the threads, and the division decides how they are rounded: another count, other numbers.
    """
    with sleeping_at_barriers():
        import torch

    before, asked = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    warn_only: bool = torch.is_deterministic_algorithms_warn_only_enabled()
    fill: Any = torch.utils.deterministic
    filled = fill.fill_uninitialized_memory
    # Set also where it is the same: MKL may take fewer than it has as long as nobody has set a number.
    torch.set_num_threads(count or before)
    if not torch.cuda.is_available():
        torch.use_deterministic_algorithms(True, warn_only=True)
        fill.fill_uninitialized_memory = False  # costs time, and finds errors only
    try:
        yield torch.get_num_threads()
    finally:
        torch.set_num_threads(before)
        torch.use_deterministic_algorithms(asked, warn_only=warn_only)
        fill.fill_uninitialized_memory = filled
