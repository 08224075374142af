"""All Python that a page runs, as one zip: this package's own planning, and what it imports.

What it imports is taken from this installation, so that a page plans with the very code that a laptop plans with; only
what has parts in another language comes from ``vendor``, made for WebAssembly.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

from ...programs.errors import InputError
from ...programs.request.facts import LANGUAGES
from ...programs.request.identifier import kept_name, pack
from ...programs.yaml_file import read_yaml
from ..planner import PROGRAMS, READER
from .vendor import vendored

ROOT = Path(__file__).parents[2]
OURS = ("programs", "deploy")
PURE = (
    "annotated-types", "dateparser", "icalendar", "jinja2", "markupsafe", "python-dateutil", "pytz", "rapidfuzz",
    "simpleeval", "six", "tzlocal",
)  # fmt: skip
"""What planning and its formats import, each in pure Python or with a part in pure Python that it falls back to."""
PARTS = {
    "studysmith": (),
    "py3langid": (),
    "tzdata": ("tzdata/__init__.py", "tzdata/zoneinfo/__init__.py", "tzdata/zoneinfo/UTC"),
}
"""What is only asked for its version, and what is needed of it beside."""
ALGEBRA = ("mpmath", "sympy")
"""What is imported only where a request holds mathematics to be worked out: read from its zip, never unpacked."""
CACHE, STAND_INS = "cache", "stand_ins"
_WRITTEN = ("curriculum", "teaching", "variants", "demonstrations")
"""Data that a planner's bundle brings itself, and what is for searches alone."""
_CHECKED = {*PROGRAMS.values(), READER}
"""What a bundle's steps are held against when it is opened (see ``check_steps``)."""
_NOT_DATA = {".jsonl", ".npz"}


def write_python(target: Path) -> list[dict[str, str]]:
    """Write the zip; what is in it: name, version and licence of each package. Raises InputError without ``vendor``."""
    packages: list[dict[str, str]] = []
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
        for wheel in sorted((vendored() / "python").glob("*.whl")):
            packages.append(_copy_wheel(wheel, file))
        for name in PURE:
            packages.append(_copy_code(name, file))
        for name, files in PARTS.items():
            packages.append(_copy_installed(distribution(name), set(files), file))
        for path, raw in _ours():
            _add(file, f"studysmith/{path}", raw)
        for stand_in in sorted((Path(__file__).parent / STAND_INS).glob("*.py")):
            _add(file, stand_in.name, stand_in.read_bytes())
        with TemporaryDirectory() as scratch:
            pack(LANGUAGES, Path(scratch) / "languages.zip")
            _add(file, f"{CACHE}/{kept_name(LANGUAGES)}", (Path(scratch) / "languages.zip").read_bytes())
    return sorted(packages, key=lambda package: package["name"].lower())


def write_algebra(target: Path) -> list[dict[str, str]]:
    """Write the zip of ALGEBRA; what is in it, as ``write_python`` says it."""
    with zipfile.ZipFile(target, "w") as file:
        return [_copy_code(name, file) for name in ALGEBRA]


def _ours() -> Iterator[tuple[str, bytes]]:
    """Our own files by their place: code, and data, of which YAML is made JSON (see ``read_yaml``)."""
    yield "__init__.py", (ROOT / "__init__.py").read_bytes()
    for room in OURS:
        for path in sorted((ROOT / room).rglob("*")):
            place = path.relative_to(ROOT)
            if path.suffix == ".py" and STAND_INS not in place.parts:
                yield place.as_posix(), path.read_bytes()
            elif path in _CHECKED or (room == "programs" and path.is_file() and _is_sent(place)):
                yield _data(place, path)


def _is_sent(place: Path) -> bool:
    return "data" in place.parts and place.suffix not in _NOT_DATA and not set(_WRITTEN) & set(place.parts)


def _data(place: Path, path: Path) -> tuple[str, bytes]:
    if path.suffix != ".yaml":
        return place.as_posix(), path.read_bytes()
    value = read_yaml(path)
    made = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if json.loads(made) != value:
        raise InputError(f"web: {place} holds what JSON cannot; write it otherwise")
    return place.as_posix(), made.encode()


def _copy_code(name: str, file: zipfile.ZipFile) -> dict[str, str]:
    found = distribution(name)
    code = {str(path) for path in found.files or () if path.suffix == ".py" and not {"..", "tests"} & set(path.parts)}
    return _copy_installed(found, code, file)


def _copy_installed(found: Distribution, wanted: set[str], file: zipfile.ZipFile) -> dict[str, str]:
    for path in sorted(found.files or (), key=str):
        metadata = path.parent.name.endswith(".dist-info") and path.name == "METADATA"
        if metadata or str(path) in wanted or _is_licence(path):
            _add(file, path.as_posix(), Path(str(found.locate_file(path))).read_bytes())
    return _described(found.metadata)


def _copy_wheel(wheel: Path, file: zipfile.ZipFile) -> dict[str, str]:
    with zipfile.ZipFile(wheel) as whole:
        for name in sorted(whole.namelist()):
            path = PurePosixPath(name)
            if path.suffix in (".py", ".so") or path.name == "METADATA" or _is_licence(path):
                _add(file, name, whole.read(name))
        [name] = [name for name in whole.namelist() if name.endswith(".dist-info/METADATA")]
        import email

        return _described(email.message_from_bytes(whole.read(name)))


def _is_licence(path: PurePosixPath) -> bool:
    return ".dist-info" in str(path) and path.name.upper().startswith(("LICENSE", "LICENCE", "COPYING", "NOTICE"))


def _described(metadata: Any) -> dict[str, str]:
    licence = metadata.get("License-Expression") or (metadata.get("License") or "").partition("\n")[0]
    kinds = [c.rpartition(" :: ")[2] for c in metadata.get_all("Classifier") or () if c.startswith("License ::")]
    return {"name": metadata["Name"], "version": metadata["Version"], "licence": licence or ", ".join(kinds)}


def _add(file: zipfile.ZipFile, name: str, raw: bytes) -> None:
    """With a date of its own, so that the same content is the same file."""
    file.writestr(zipfile.ZipInfo(name), raw, zipfile.ZIP_DEFLATED)
