"""A bundle's manifest: what is in it, hashed, so that nothing can be changed or slipped in unnoticed."""

from __future__ import annotations

import hashlib
import json
import re
import stat
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from ...programs.errors import InputError, explain
from ..errors import BundleError
from ..files import LARGEST, read_data
from ..quality import Loss
from .frozen import FORMAT

ALLOWED = {".json", ".gguf", ".safetensors"}
"""Data only: nothing in a bundle can run."""
NAME = "manifest.json"
SIGNATURE = "signature.json"
"""The manifest's own (see ``sign``): the one file that it cannot list."""
_BLANK = "0" * 64
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MOST = 4 * 2**20
"""Bytes of a manifest, at most."""
LONGEST = 200
_Name = Annotated[str, Field(max_length=LONGEST)]
"""Of whatever a line may repeat."""


class FileEntry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    bytes: int = Field(ge=0)


class Manifest(BaseModel):
    """Everything a reader needs to know before opening anything else."""

    model_config = ConfigDict(extra="forbid")

    format: int = FORMAT
    sha256: str = Field(default=_BLANK, pattern=r"^[0-9a-f]{64}$", description="of this very file, with zeros here")
    name: _Name
    kind: _Name = Field(description="of program: which code runs it")
    studysmith: _Name = Field(description="version that wrote the bundle")
    engine: _Name = Field(description="engine and version that the golden vectors were recorded with")
    base: _Name = Field(description="sha256 of the model file that the bundle was made from")
    quantization: _Name = Field(description="format of the weights, by llama.cpp's name")
    trained_on: _Name = Field(default="", description="format of the weights that soft prompts were trained on, if any")
    template_sha256: _Name
    folds_system: bool = Field(
        default=False,
        description="whether the chat template takes no system message, so that it is written into the first user turn",
    )
    soft_prompts: dict[_Name, int] = Field(default_factory=dict, description="name to number of soft tokens")
    soft_bytes: dict[_Name, int] = Field(
        default_factory=dict, description="what soft prompts add to the model file: rows, head, table"
    )
    quality: list[Loss] = Field(default_factory=list, description="what the quantization was measured to cost")
    method: _Name
    verdict: dict[str, Any] = Field(default_factory=dict, description="whether it was confirmed, with the evidence")
    report: dict[str, Any] = Field(default_factory=dict, description="the comparison that this program won, if any")
    files: dict[_Name, FileEntry] = Field(default_factory=dict)

    @field_validator("format")
    @classmethod
    def _readable(cls, number: int) -> int:
        if number != FORMAT:
            raise ValueError(f"this version reads format {FORMAT}; export the run again")
        return number

    @classmethod
    def load(cls, folder: Path) -> Manifest:
        """Read and check a bundle's manifest and that exactly the listed files are there, with their sizes.

        Raises BundleError with one line. Hashes are checked by ``verify_hashes``.
        """
        try:
            text = read_data(folder / NAME, _MOST).decode()
            manifest = cls.model_validate_json(text)
        except InputError as error:
            raise BundleError(f"{folder} is no bundle: {error}") from None
        except UnicodeDecodeError:
            raise BundleError(f"{folder} is no bundle: {NAME} is not UTF-8") from None
        except ValidationError as error:
            raise BundleError(f"{NAME}: {explain(error)}") from None
        if _digest(text.replace(manifest.sha256, _BLANK, 1)) != manifest.sha256:
            raise BundleError(f"{NAME} was changed: its sha256 is not the one that it states")
        manifest._check_names(folder)
        return manifest

    def _check_names(self, folder: Path) -> None:
        for name in self.files:
            path = Path(name)
            if path.is_absolute() or ".." in path.parts or path.suffix not in ALLOWED:
                raise BundleError(f"{NAME}: {name!r} is not allowed; a bundle holds {', '.join(sorted(ALLOWED))} files")
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder).as_posix()
            if path.is_symlink():
                raise BundleError(f"{name} is a symbolic link, which a bundle may not hold")
            if not path.is_dir() and name not in (NAME, SIGNATURE) and name not in self.files:
                raise BundleError(f"{name} is not listed in {NAME}")
        for name, entry in self.files.items():
            try:
                found = (folder / name).stat()
            except (OSError, ValueError):
                raise BundleError(f"{name} is listed in {NAME} but missing") from None
            if not stat.S_ISREG(found.st_mode):
                raise BundleError(f"{name} is no regular file")
            if found.st_size != entry.bytes:
                raise BundleError(f"{name} has {found.st_size:,} bytes instead of {entry.bytes:,}")
        self._check_sizes()

    def _check_sizes(self) -> None:
        for name, entry in self.files.items():
            if Path(name).suffix == ".json" and entry.bytes > LARGEST:
                raise BundleError(f"{name} has {entry.bytes:,} bytes; of a bundle's JSON at most {LARGEST:,} are read")

    def verify_hashes(self, folder: Path) -> None:
        """Raises BundleError naming the first file whose content is not what was exported."""
        for name, entry in self.files.items():
            if _hash(folder / name) != entry.sha256:
                raise BundleError(f"{name} was changed: its sha256 is not the one in {NAME}")

    def add_files(self, folder: Path) -> None:
        """List every file of a folder, sorted. Raises BundleError naming one that is too large to be read again."""
        own = (folder / NAME, folder / SIGNATURE)
        found = sorted(p for p in folder.rglob("*") if p.is_file() and p not in own)
        self.files = {
            p.relative_to(folder).as_posix(): FileEntry(sha256=_hash(p), bytes=p.stat().st_size) for p in found
        }
        self._check_sizes()

    def save(self, folder: Path) -> None:
        """Write ``manifest.json``; from here on ``sha256`` is the file's own."""
        self.sha256 = _BLANK
        text = json.dumps(self.model_dump(), indent=1, ensure_ascii=False) + "\n"
        self.sha256 = _digest(text)
        (folder / NAME).write_bytes(text.replace(_BLANK, self.sha256, 1).encode())


def manifest_digest(folder: Path) -> str:
    """SHA-256 of a bundle's manifest, and so of all that it lists; what ``sha256sum manifest.json`` prints."""
    return hashlib.sha256(read_data(folder / NAME, _MOST)).hexdigest()


def check_digest(folder: Path, digest: str) -> None:
    """Raises InputError for what is no digest, BundleError when the manifest has another one."""
    wanted = digest.strip().lower().removeprefix("sha256:")
    if not _SHA256.fullmatch(wanted):
        raise InputError(f"digest: 64 hexadecimal digits, as `export` prints them (got {digest!r:.80})")
    if (found := manifest_digest(folder)) != wanted:
        raise BundleError(f"{NAME} has another digest: {found}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _hash(path: Path) -> str:
    """Read afresh each time: a file can change and keep its size and its time."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
