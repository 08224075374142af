"""A JSONL file of results that survives being killed at any moment, and a full disk."""

import errno
import json
import os
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ..programs.errors import InputError


class Journal:
    """The first line says what the results belong to; each further line is one result under its `key`.

    `rows` holds what is there already, by the value of that key. A last line that a kill or a full disk cut off is
    removed. Safe to share between threads. Raises InputError when the file belongs to other work (naming the field
    that differs) or cannot be written.
    """

    def __init__(self, path: Path, identity: Mapping[str, Any], key: str = "index") -> None:
        self._path, self._key = path, key
        self._lock = threading.Lock()
        self.rows: dict[Any, dict[str, Any]] = {}
        wanted = {"identity": dict(identity)}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Unbuffered: what a full disk refused must not be written again at the end.
            self._file = path.open("a+b", buffering=0)
            whole = self._load(path.read_bytes(), wanted)
            self._file.truncate(whole)
            if whole == 0:
                self._write(wanted)
        except OSError as error:
            raise InputError(f"out: cannot write {path}: {error.strerror}") from error

    def _load(self, content: bytes, wanted: dict[str, Any]) -> int:
        """Bytes up to the last whole line."""
        end = 0
        for line in content.splitlines(keepends=True):
            row = _parse(line)
            if row is None:
                break
            if end == 0 and row != json.loads(json.dumps(wanted)):
                there = row.get("identity", {})
                differing = next((k for k in wanted["identity"] if there.get(k) != wanted["identity"][k]), "its kind")
                raise InputError(
                    f"out: {self._path} holds results of other work ({differing} differs); choose another file"
                )
            if end > 0:
                self.rows[row[self._key]] = row
            end += len(line)
        return end

    def add(self, key: Any, result: Mapping[str, Any]) -> None:
        """Write one result; what is there already under its key is left as it is."""
        with self._lock:
            if key not in self.rows:
                row = {self._key: key, **result}
                self._write(row)
                self.rows[key] = row

    def _write(self, row: Mapping[str, Any]) -> None:
        line = json.dumps(row, ensure_ascii=False).encode() + b"\n"
        try:
            if self._file.write(line) != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            raise InputError(f"out: cannot write {self._path}: {error.strerror}") from error

    @staticmethod
    def read(path: Path) -> Iterator[dict[str, Any]]:
        """The results in a file. Raises InputError when it is no journal."""
        try:
            lines = path.read_bytes().splitlines(keepends=True)
        except OSError as error:
            raise InputError(f"{path}: cannot be read: {error.strerror}") from error
        rows = [row for line in lines if (row := _parse(line)) is not None]
        if not rows or "identity" not in rows[0]:
            raise InputError(f"{path}: is no file of per-problem results")
        yield from rows[1:]

    @staticmethod
    def identity(path: Path) -> dict[str, Any]:
        """What the results in a file belong to."""
        with path.open("rb") as file:
            row = _parse(file.readline())
        if row is None or "identity" not in row:
            raise InputError(f"{path}: is no file of per-problem results")
        return dict(row["identity"])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # The rows of a finished journal are on the disk before anything says that it is finished.
        os.fsync(self._file.fileno())
        self._file.close()


def _parse(line: bytes) -> dict[str, Any] | None:
    if not line.endswith(b"\n"):
        return None
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) else None
