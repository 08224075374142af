"""Files that are whole or not there, and what is in them."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from ..programs.errors import InputError


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write a file so that a crash or a full disk leaves the old one whole."""
    raw = content.encode() if isinstance(content, str) else content
    if path.exists() and not path.is_file():  # /dev/stdout and the like are written to, not replaced
        path.write_bytes(raw)
        return
    new = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with new.open("wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)


@contextmanager
def whole_folder(target: Path, field: str) -> Iterator[Path]:
    """A folder to write to that appears as `target` when the block ends well, and else not at all.

    Raises InputError naming ``field`` when something is there already or it cannot be written.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise InputError(f"{field}: {target} exists and is not empty; name a new folder")
    work = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
        yield work
        work.chmod(0o755)  # mkdtemp's folders are for their owner alone
        if target.exists():
            target.rmdir()
        work.rename(target)
    except OSError as error:
        raise InputError(f"{field}: cannot write {target} ({error.strerror or error})") from None
    finally:
        if work is not None:
            shutil.rmtree(work, ignore_errors=True)


def make_folder(folder: Path, field: str) -> None:
    """A folder to write to. Raises InputError naming ``field`` where there can be none."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{field}: cannot write to {folder} ({error.strerror})") from None


class InUseError(InputError):
    """Another process holds a folder."""


@contextmanager
def locked(folder: Path, field: str, file: str = "") -> Iterator[None]:
    """Hold a folder, or one file in it, for this process alone; a process that ends, however it ends, lets go of it.

    Raises InUseError naming ``field`` when another one holds it.
    """
    from filelock import FileLock, Timeout

    try:
        with FileLock(folder / f".{file}.lock" if file else folder / ".lock", blocking=False):
            yield
    except Timeout:
        what = folder / file if file else folder
        raise InUseError(f"{field}: {what} is in use by another process; wait, or name another folder") from None


LARGEST = 32 * 2**20
"""Bytes of a JSON file that is read whole, at most: ten times a planner's material."""


def read_data(path: Path, most: int = LARGEST, named: str = "") -> bytes:
    """What is in a file that somebody else made. A pipe waits for ever and a device never ends: neither is opened.

    named: how errors name it; by the file's name if left out. Raises InputError when it is not there, no regular file,
    or of more than ``most`` bytes.
    """
    named = named or path.name
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise InputError(f"{named} is no regular file")
        with path.open("rb") as file:
            content = file.read(most + 1)
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{named} cannot be read ({getattr(error, 'strerror', None) or error})") from None
    if len(content) > most:
        raise InputError(f"{named} has more than the {most:,} bytes that are read")
    return content


def sha256(path: str | Path) -> str:
    """Hex digest of a file, remembered in this process for as long as its size and time of change stay the same."""
    path = Path(path).resolve()
    facts = path.stat()
    return _digest(path, facts.st_size, facts.st_mtime_ns)


@lru_cache(maxsize=256)
def _digest(path: Path, size: int, mtime_ns: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
