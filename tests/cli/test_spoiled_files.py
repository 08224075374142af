"""Bundles whose files are no files, or far too large: one line at once, in bounded memory, and the exit code.

A pipe would be waited for for ever, and a device never ends; so each row has half a minute.
"""

import hashlib
import json
import os
import signal
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from studysmith.deploy.bundle.manifest import NAME, SIGNATURE, Manifest
from studysmith.deploy.files import LARGEST, read_data
from studysmith.programs.errors import InputError

Command = Callable[..., Any]
FILES = ("model.gguf", "program.json", "golden.json", "curriculum.json", "material.json")
MEMORY = 80e6
"""Bytes that reading a file of any size may take."""
GIGABYTE = 2**30


def pipe(path: Path) -> None:
    path.unlink(missing_ok=True)
    os.mkfifo(path)


def device(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to("/dev/zero")


def huge(path: Path) -> None:
    path.touch()
    os.truncate(path, GIGABYTE)


def huge_and_listed(path: Path) -> None:
    """With a manifest that agrees, as far as sizes go."""
    huge(path)
    manifest = Manifest.model_validate_json((path.parent / NAME).read_bytes())
    manifest.files[path.name] = manifest.files[path.name].model_copy(update={"bytes": GIGABYTE})
    manifest.save(path.parent)


def deep(path: Path) -> None:
    path.write_bytes(b"[" * 2**20)


ROWS: list[tuple[str, Callable[[Path], None], str]] = [
    (NAME, pipe, "is no bundle: manifest.json is no regular file"),
    (NAME, device, "is no bundle: manifest.json is no regular file"),
    (NAME, huge, "is no bundle: manifest.json has more than the 4,194,304 bytes that are read"),
    (NAME, deep, "manifest.json: input: Invalid JSON: recursion limit exceeded"),
    *[(name, pipe, f"{name} is no regular file") for name in FILES],
    *[(name, device, f"{name} is a symbolic link, which a bundle may not hold") for name in FILES],
    *[(name, huge, f"{name} has 1,073,741,824 bytes instead of 2") for name in FILES],
    *[
        (name, huge_and_listed, f"{name} has 1,073,741,824 bytes; of a bundle's JSON at most {LARGEST:,} are read")
        for name in FILES[1:]
    ],
    (SIGNATURE, pipe, "signature.json is no regular file"),
    (SIGNATURE, device, "signature.json is a symbolic link, which a bundle may not hold"),
    (SIGNATURE, huge, "signature.json has more than the 65,536 bytes that are read"),
    (SIGNATURE, deep, "signature.json has more than the 65,536 bytes that are read"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What a bundle has, as far as files go."""
    folder = tmp_path / "bundle"
    folder.mkdir()
    for name in FILES:
        (folder / name).write_text("{}")
    facts = ("name", "studysmith", "engine", "base", "quantization", "template_sha256", "method")
    manifest = Manifest(kind="planner", **dict.fromkeys(facts, ""))
    manifest.add_files(folder)
    manifest.save(folder)
    return folder


@pytest.fixture(autouse=True)
def soon() -> Iterator[None]:
    def late(number: int, frame: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(30)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def public(tmp_path: Path) -> Path:
    """A public key."""
    form = pytest.importorskip("cryptography.hazmat.primitives.serialization")
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate().public_key()
    (tmp_path / "mine.pub").write_bytes(key.public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo))
    return tmp_path / "mine.pub"


@pytest.mark.parametrize(("name", "spoil", "said"), ROWS, ids=[f"{row[0]}-{row[1].__name__}" for row in ROWS])
def test_it_is_one_line_at_once_in_bounded_memory(
    studysmith: Command,
    refused: Command,
    public: Path,
    folder: Path,
    name: str,
    spoil: Callable[[Path], None],
    said: str,
) -> None:
    spoil(folder / name)
    tracemalloc.start()
    signed = ("--key", public) if name == SIGNATURE else ()
    verified = studysmith("verify", folder, "--json", *signed)
    if name != SIGNATURE:  # which nobody else reads
        refused(studysmith("plan", "fractions", "--bundle", folder), said)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert verified.code == 1
    (problem,) = json.loads(verified.out)["problems"]
    assert said in problem
    assert most < MEMORY


def test_a_file_that_grows_while_it_is_read_is_not_read_to_its_end(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b"12345")
    assert read_data(tmp_path / "a.json", 5) == b"12345"
    with pytest.raises(InputError, match=r"^a\.json has more than the 4 bytes that are read"):
        read_data(tmp_path / "a.json", 4)
    with pytest.raises(InputError, match=r"cannot be read \(embedded null byte\)"):
        read_data(tmp_path / "a\0.json")


@pytest.mark.parametrize(
    ("digest", "code", "said"),
    [
        ("{digest}", 0, ""),
        ("sha256:{digest}", 0, ""),
        ("{zeros}", 1, "manifest.json has another digest: {digest}"),
        ("abc", 2, "digest: 64 hexadecimal digits, as `export` prints them (got 'abc')"),
        ("", 2, "digest: 64 hexadecimal digits"),
    ],
)
def test_a_digest_is_compared(
    studysmith: Command, refused: Command, folder: Path, digest: str, code: int, said: str
) -> None:
    true = hashlib.sha256((folder / NAME).read_bytes()).hexdigest()
    words = {"digest": true, "zeros": "0" * 64}
    done = studysmith("verify", folder, "--fast", "--json", "--digest", digest.format(**words))
    if code == 2:
        refused(done, said)
        return
    found = json.loads(done.out)
    assert done.code == code
    assert [line for line in found["problems"] if said.format(**words) not in line] == []
    assert found["ok"] == (code == 0)
    assert found["passed"] == ["5 files as exported"] * (code == 0)
    assert ("the very bundle that this digest was made of" in found["proves"]) == (code == 0)


def test_fast_is_the_hashes_alone_and_says_what_they_prove(studysmith: Command, folder: Path) -> None:
    done = studysmith("verify", folder, "--fast")  # its program and its model are none
    assert done.code == 0
    assert done.out.splitlines()[0] == "ok    5 files as exported"
    assert "nothing was changed since the export, and not who made it" in done.out
    assert "not run" in done.out
