"""The machine: what it is, for numbers that were measured on it, and its memory."""

import ctypes
import os
import platform
import subprocess
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path


def machine() -> str:
    """The processor with its cores, and the GPU where torch was loaded in this process and can use one."""
    return "; ".join(filter(None, (f"{_processor()}, {os.cpu_count()} cores", _gpu())))


def give_back_memory() -> None:
    """Have the C library return what was freed to the system, where it is glibc, which keeps it for each thread."""
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


@cache
def _processor() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    with suppress(OSError, subprocess.SubprocessError):
        asked = subprocess.run(["sysctl", "-n", "machdep.cpu.brand_string"], capture_output=True, text=True, timeout=5)
        if asked.stdout.strip():
            return asked.stdout.strip()
    return platform.processor() or platform.machine()


def _gpu() -> str:
    torch = sys.modules.get("torch")  # what was not loaded was not used
    if torch is None or not torch.cuda.is_available():
        return ""
    count = torch.cuda.device_count()
    return f"{count} x {torch.cuda.get_device_name(0)}"
