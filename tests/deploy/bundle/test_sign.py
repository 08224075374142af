"""Who made a bundle: signed, changed, and taken for somebody else's."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from studysmith.deploy.bundle.bundle import MODEL, PROGRAM, load
from studysmith.deploy.bundle.export import export
from studysmith.deploy.bundle.frozen import FrozenProgram
from studysmith.deploy.bundle.manifest import NAME, SIGNATURE, Manifest
from studysmith.deploy.bundle.sign import check_signature, private_key, proves, public_key, sign
from studysmith.deploy.bundle.verify import verify
from studysmith.deploy.errors import BundleError
from studysmith.deploy.planner import PROGRAMS
from studysmith.programs.errors import InputError

pytest.importorskip("cryptography", reason="the package cryptography is not installed")

Keys = tuple[Path, Path]


@pytest.fixture
def keys(tmp_path: Path) -> Callable[[str], Keys]:
    """Makes the private and the public file of a new key, as openssl writes them."""
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    def make(name: str) -> Keys:
        key, files = Ed25519PrivateKey.generate(), (tmp_path / f"{name}.pem", tmp_path / f"{name}.pub")
        files[0].write_bytes(key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption()))
        files[1].write_bytes(key.public_key().public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo))
        return files

    return make


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """What `sign` needs of a bundle: a manifest and a file that it lists."""
    folder = tmp_path / "small"
    folder.mkdir()
    (folder / "a.json").write_text("{}")
    facts = dict.fromkeys(
        ("name", "kind", "studysmith", "engine", "base", "quantization", "template_sha256", "method"), ""
    )
    manifest = Manifest(**facts)
    manifest.add_files(folder)
    manifest.save(folder)
    return folder


def test_a_signed_manifest_is_known_by_its_key_alone(small: Path, keys: Callable[[str], Keys]) -> None:
    private, public = keys("mine")
    _, other = keys("other")
    with pytest.raises(BundleError, match=r"is not signed: it has no signature\.json"):
        check_signature(small, public_key(public))
    assert "It has no signature" in proves(small, None)
    sign(small, private_key(private))
    assert list(Manifest.load(small).files) == ["a.json"]  # the signature is allowed beside what is listed
    check_signature(small, public_key(public))
    with pytest.raises(BundleError, match="was not made with this key"):
        check_signature(small, public_key(other))
    assert "not who made it" in proves(small, None)
    assert "owner of this key" in proves(small, public)


def test_a_manifest_that_is_made_anew_loses_its_signature(small: Path, keys: Callable[[str], Keys]) -> None:
    private, public = keys("mine")
    sign(small, private_key(private))
    (small / "a.json").write_text("[]")
    with pytest.raises(BundleError, match=r"a\.json was changed"):
        Manifest.load(small).verify_hashes(small)
    manifest = Manifest.load(small)
    manifest.add_files(small)
    manifest.save(small)
    Manifest.load(small).verify_hashes(small)  # as if nothing had happened
    with pytest.raises(BundleError, match="was not made with this key for this manifest"):
        check_signature(small, public_key(public))


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b'{"kind": "rsa", "signature": ""}', b'{"kind": "ed25519", "signature": "?"}']
)
def test_a_broken_signature_is_one_line(small: Path, keys: Callable[[str], Keys], content: bytes) -> None:
    _, public = keys("mine")
    (small / SIGNATURE).write_bytes(content)
    with pytest.raises(BundleError, match=r"^signature\.json cannot be read$"):
        check_signature(small, public_key(public))


def test_what_is_no_key_is_one_line_that_names_the_option(tmp_path: Path, keys: Callable[[str], Keys]) -> None:
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private, public = keys("mine")
    pem, pkcs8 = form.Encoding.PEM, form.PrivateFormat.PKCS8
    (tmp_path / "text").write_text("hello")
    other = ec.generate_private_key(ec.SECP256R1())
    (tmp_path / "ec").write_bytes(other.private_bytes(pem, pkcs8, form.NoEncryption()))
    (tmp_path / "ec.pub").write_bytes(other.public_key().public_bytes(pem, form.PublicFormat.SubjectPublicKeyInfo))
    for name in ("text", "ec", public.name):
        with pytest.raises(InputError, match=r"^sign: .* is no private Ed25519 key"):
            private_key(tmp_path / name)
    for name in ("text", "ec.pub", private.name):
        with pytest.raises(InputError, match=r"^key: .* is no public Ed25519 key"):
            public_key(tmp_path / name)
    locked = Ed25519PrivateKey.generate().private_bytes(pem, pkcs8, form.BestAvailableEncryption(b"secret"))
    (tmp_path / "locked").write_bytes(locked)
    with pytest.raises(InputError, match=r"^sign: .* is locked by a passphrase"):
        private_key(tmp_path / "locked")
    with pytest.raises(InputError, match=r"^sign: .* cannot be read "):
        private_key(tmp_path / "absent")
    with pytest.raises(InputError, match=r"^key: .* is no regular file"):
        public_key(tmp_path)


def test_a_key_of_ssh_keygen_signs_too(small: Path, tmp_path: Path) -> None:
    tool = shutil.which("ssh-keygen")
    if not tool:
        pytest.skip("ssh-keygen is not installed")
    subprocess.run([tool, "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "id")], check=True)
    sign(small, private_key(tmp_path / "id"))
    check_signature(small, public_key(tmp_path / "id.pub"))


def test_a_bad_key_is_said_before_anything_is_exported(tmp_path: Path) -> None:
    program = FrozenProgram.load(PROGRAMS["chosen"])
    (tmp_path / "key").write_text("none")
    with pytest.raises(InputError, match=r"^sign: "):
        export(program, tmp_path / "m", tmp_path / "b", name="n", method="m", golden=[], sign=tmp_path / "key")
    assert [p.name for p in tmp_path.iterdir()] == ["key"]


def test_a_whole_bundle_is_signed_at_export_and_every_change_is_found(
    tiny_gguf: Path, tmp_path: Path, keys: Callable[[str], Keys]
) -> None:
    private, public = keys("mine")
    _, other = keys("other")
    program, folder = FrozenProgram.load(PROGRAMS["chosen"]), tmp_path / "b"
    export(program, tiny_gguf, folder, name="n", method="m", golden=[], sign=private)
    assert (folder / SIGNATURE).is_file()
    passed: list[str] = []
    assert verify(folder, lambda stage, done, total, detail: passed.append(detail), public, fast=True) == []
    assert passed[0].endswith("files as exported, signed with this key")
    load(folder).close()  # whoever has no key opens it as before
    with pytest.raises(BundleError, match="was not made with this key"):
        verify(folder, key=other)
    spoiled = Path(shutil.copytree(folder, tmp_path / "c", copy_function=os.link))
    text = (spoiled / PROGRAM).read_text()
    (spoiled / PROGRAM).unlink()
    (spoiled / PROGRAM).write_text(text.replace("student", "stadent"))
    with pytest.raises(BundleError, match=r"program\.json was changed"):
        verify(spoiled, key=public)
    manifest = Manifest.load(spoiled)
    manifest.add_files(spoiled)
    (spoiled / NAME).unlink()
    manifest.save(spoiled)
    assert verify(spoiled, fast=True) == []  # its own hashes agree again: only the signature tells
    with pytest.raises(BundleError, match="was not made with this key for this manifest"):
        verify(spoiled, key=public)
    (spoiled / SIGNATURE).unlink()
    with pytest.raises(BundleError, match="is not signed"):
        verify(spoiled, key=public)
    assert json.loads((folder / NAME).read_text())["files"][MODEL]["sha256"]
