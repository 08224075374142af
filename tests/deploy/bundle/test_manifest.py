"""What a manifest accepts, on small folders; whole bundles are in test_bundle.py."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from studysmith.deploy.bundle.manifest import NAME, Manifest
from studysmith.deploy.errors import BundleError


def write(folder: Path, **fields: object) -> Manifest:
    """A folder with two files and their manifest."""
    (folder / "parts").mkdir(parents=True)
    (folder / "a.json").write_text('{"x": 1}')
    (folder / "parts" / "b.safetensors").write_bytes(b"\x00\x01")
    given = {"name": "n", "studysmith": "0", "engine": "e", "base": "0" * 64, "quantization": "keep"}
    manifest = Manifest.model_validate(
        {**given, "template_sha256": "1" * 64, "method": "pool", "kind": "program", **fields}
    )
    manifest.add_files(folder)
    manifest.save(folder)
    return manifest


def rewrite(folder: Path, change: Callable[[Manifest], object]) -> None:
    """Change a manifest as its author could, with its hash."""
    manifest = Manifest.load(folder)
    change(manifest)
    manifest.save(folder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "b")
    return tmp_path / "b"


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    written = write(
        tmp_path / "b", verdict={"confirmed": False}, report={"rows": [{"method": "größer"}]}, soft_prompts={"week": 32}
    )
    assert Manifest.load(tmp_path / "b") == written
    written.verify_hashes(tmp_path / "b")
    assert {name: entry.bytes for name, entry in written.files.items()} == {"a.json": 8, "parts/b.safetensors": 2}
    text = (tmp_path / "b" / NAME).read_bytes()
    written.save(tmp_path / "b")
    assert (tmp_path / "b" / NAME).read_bytes() == text


def test_every_single_byte_of_it_counts(folder: Path) -> None:
    path = folder / NAME
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(BundleError):
            Manifest.load(folder)
    path.write_bytes(whole[:-1])
    with pytest.raises(BundleError, match=r"manifest\.json was changed"):
        Manifest.load(folder)


def test_one_changed_byte_in_a_file_is_found_by_its_hash(folder: Path) -> None:
    (folder / "a.json").write_text('{"x": 2}')
    manifest = Manifest.load(folder)
    with pytest.raises(BundleError, match=r"^a\.json was changed"):
        manifest.verify_hashes(folder)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("../c.json", "'../c.json' is not allowed"),
        ("parts/../../c.json", "is not allowed"),
        ("/etc/c.json", "'/etc/c.json' is not allowed"),
        ("run.py", "'run.py' is not allowed; a bundle holds .gguf, .json, .safetensors files"),
        ("weights.bin", "is not allowed"),
        ("noend", "is not allowed"),
    ],
)
def test_names_that_a_bundle_may_not_hold(folder: Path, name: str, said: str) -> None:
    rewrite(folder, lambda manifest: manifest.files.update({name: manifest.files["a.json"]}))
    with pytest.raises(BundleError, match=said.replace(".", r"\.")):
        Manifest.load(folder)


def test_names_are_no_longer_than_a_line(folder: Path) -> None:
    long = "n" * 100_000
    for change in (
        lambda m: setattr(m, "name", long),
        lambda m: m.soft_prompts.update({long: 1}),
        lambda m: m.files.update({f"{long}.json": m.files["a.json"]}),
    ):
        whole = (folder / NAME).read_bytes()
        rewrite(folder, change)
        with pytest.raises(BundleError, match="at most 200 characters") as refused:
            Manifest.load(folder)
        assert len(str(refused.value)) < 300
        (folder / NAME).write_bytes(whole)


def test_files_that_are_not_listed(folder: Path) -> None:
    for name in ("extra.json", "parts/run.py", ".hidden", f"parts/{NAME}"):
        (folder / name).touch()
        with pytest.raises(BundleError, match="is not listed in"):
            Manifest.load(folder)
        (folder / name).unlink()
    os.mkfifo(folder / "pipe")
    with pytest.raises(BundleError, match="pipe is not listed"):
        Manifest.load(folder)


def test_links_are_refused_even_under_a_listed_name(folder: Path, tmp_path: Path) -> None:
    (folder / "a.json").rename(tmp_path / "elsewhere.json")
    (folder / "a.json").symlink_to(tmp_path / "elsewhere.json")
    with pytest.raises(BundleError, match=r"a\.json is a symbolic link"):
        Manifest.load(folder)


def test_a_linked_folder_is_refused(folder: Path, tmp_path: Path) -> None:
    (folder / "parts").rename(tmp_path / "parts")
    (folder / "parts").symlink_to(tmp_path / "parts", target_is_directory=True)
    with pytest.raises(BundleError, match="parts is a symbolic link"):
        Manifest.load(folder)


def test_missing_and_shortened_files_are_named(folder: Path) -> None:
    (folder / "a.json").write_text("{}")
    with pytest.raises(BundleError, match=r"a\.json has 2 bytes instead of 8"):
        Manifest.load(folder)
    (folder / "a.json").unlink()
    with pytest.raises(BundleError, match=r"a\.json is listed in manifest\.json but missing"):
        Manifest.load(folder)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "manifest.json: input: Invalid JSON"),
        (b"{", "manifest.json: input: Invalid JSON"),
        (b"[]", "manifest.json: input: Input should be an object"),
        (b"{}", "manifest.json: name: Field required"),
        (b"\xff\xfe{}", "is no bundle: manifest.json is not UTF-8"),
        (
            json.dumps({"format": 1}).encode(),
            "manifest.json: format: this version reads format 2; export the run again",
        ),
        (json.dumps({"surprise": 1}).encode(), "manifest.json: "),
    ],
)
def test_a_broken_manifest_is_one_line(folder: Path, content: bytes, said: str) -> None:
    (folder / NAME).write_bytes(content)
    with pytest.raises(BundleError) as refused:
        Manifest.load(folder)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_what_is_no_bundle(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "absent"):
        with pytest.raises(BundleError, match="is no bundle"):
            Manifest.load(place)
