"""Fetches what a page runs on, once, when this package is built: ``make web``.

What is fetched is named in ``vendor.json`` with its hash; it comes by npm and pip, so by whatever registry and proxy
these know, and is never fetched when a plan is made. Of it, only the files that a page needs are kept.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from ...programs.errors import InputError
from ..errors import ModelError
from ..files import whole_folder

HERE = Path(__file__).parent
PINS, VENDOR, LISTED = HERE / "vendor.json", HERE / "vendor", "vendor.json"
_PLATFORM = (
    "--platform", "pyemscripten_2026_0_wasm32", "--python-version", "3.14", "--implementation", "cp", "--abi", "cp314",
)  # fmt: skip


def pins() -> dict[str, Any]:
    """What is pinned: by registry and package the version, the hash, and which of its files go where."""
    found: dict[str, Any] = json.loads(PINS.read_text("utf-8"))
    return found


def vendored() -> Path:
    """The folder with all that is pinned. Raises InputError, which says how to get it, where it is not there."""
    made = VENDOR / LISTED
    if not made.is_file() or made.read_bytes() != PINS.read_bytes():
        raise InputError(
            "web: this installation does not have what a page runs on (Python and llama.cpp for browsers); "
            "`python -m studysmith.deploy.web.vendor` fetches it"
        )
    return VENDOR


def fetch() -> None:
    """Fetch it. Raises ModelError where npm or pip fails, and for a package that is not the pinned one."""
    if VENDOR.is_dir():
        for path in sorted(VENDOR.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
    with tempfile.TemporaryDirectory() as scratch, whole_folder(VENDOR, "web") as target:
        for name, pin in pins()["npm"].items():
            _npm(name, pin, Path(scratch), target)
        for name, pin in pins()["pypi"].items():
            _pypi(name, pin, target / "python")
        (target / LISTED).write_bytes(PINS.read_bytes())


def _npm(name: str, pin: dict[str, Any], scratch: Path, target: Path) -> None:
    said = _run("npm", "pack", "--silent", "--pack-destination", str(scratch), f"{name}@{pin['version']}")
    archive = scratch / said.split()[-1]
    _check(name, archive, pin["sha256"])
    with tarfile.open(archive) as tar:
        for member, place in pin["files"].items():
            file = tar.extractfile(member)
            assert file is not None
            raw, path = file.read(), target / place
            path.parent.mkdir(parents=True, exist_ok=True)
            # A page unpacks these itself: few servers compress WebAssembly, and a third of it is left.
            path.write_bytes(gzip.compress(raw, 9, mtime=0) if path.suffix == ".gz" else raw)


def _pypi(name: str, pin: dict[str, Any], target: Path) -> None:
    wanted = f"{name}=={pin['version']}"
    _run(
        sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", *_PLATFORM, "--dest",
        str(target), wanted,
    )  # fmt: skip
    [wheel] = target.glob(f"{name.replace('-', '_')}-{pin['version']}-*.whl")
    _check(name, wheel, pin["sha256"])


def _check(name: str, path: Path, wanted: str) -> None:
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != wanted:
        path.unlink()
        raise ModelError(f"web: {name} is not the pinned one (sha256 {found[:12]}..., not {wanted[:12]}...)")


def _run(*command: str) -> str:
    try:
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout
    except FileNotFoundError:
        raise ModelError(f"web: {command[0]} is not installed") from None
    except subprocess.CalledProcessError as error:
        lines = error.stderr.strip().splitlines() or ["no reason given"]
        raise ModelError(f"web: {' '.join(command[:4])} failed: {lines[-1]}") from None


if __name__ == "__main__":
    fetch()
