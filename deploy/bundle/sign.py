"""Who made a bundle: an Ed25519 signature of its manifest, whose hashes cover every other file.

Keys are what `openssl genpkey -algorithm ed25519` and `ssh-keygen -t ed25519` write. Nothing is asked of a network, and
the key that a signature is checked with never comes with the bundle.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic_core import from_json

from ...programs.errors import InputError
from ..errors import BundleError
from ..files import read_data
from .manifest import NAME, SIGNATURE

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

UNSIGNED = (
    "This proves that nothing was changed since the export, and not who made it: whoever changes a bundle can export "
    "it anew. --key PUBLIC proves who signed it, --digest that it is the one that its maker named to you."
)
SIGNED = "This proves that nothing was changed since the owner of this key signed it."
NAMED = (
    "This proves that it is the very bundle that this digest was made of; who made it, you know by where you have the "
    "digest from."
)
NOT_RUN = " It was not run."
_KIND = "ed25519"
_MOST = 2**16
# What is signed begins with this, so that a signature of a bundle cannot be passed off as one of something else.
_DOMAIN = b"studysmith bundle manifest\n"


def private_key(path: Path) -> Ed25519PrivateKey:
    """The key to sign with. Raises InputError, naming `sign`, for what is no Ed25519 key or is locked."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_ssh_private_key

    raw = _read(path, "sign")
    load = load_ssh_private_key if b"OPENSSH PRIVATE KEY" in raw else load_pem_private_key
    try:
        key = load(raw, password=None)
    except TypeError:
        raise InputError(f"sign: {path} is locked by a passphrase; give a key without one") from None
    except Exception:  # ValueError, UnsupportedAlgorithm and, for odd bytes, errors of the library's own
        raise _no_key(path, "sign", "private") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise _no_key(path, "sign", "private")
    return key


def public_key(path: Path) -> Ed25519PublicKey:
    """The key to check with. Raises InputError, naming `key`, for what is no public Ed25519 key."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key, load_ssh_public_key

    raw = _read(path, "key")
    try:
        key: Any = (load_ssh_public_key if raw.startswith(b"ssh-") else load_pem_public_key)(raw)
    except Exception:
        raise _no_key(path, "key", "public") from None
    if not isinstance(key, Ed25519PublicKey):
        raise _no_key(path, "key", "public")
    return key


def sign(folder: Path, key: Ed25519PrivateKey) -> None:
    """Write the signature of a bundle's manifest beside it."""
    signature = base64.b64encode(key.sign(_signed(folder))).decode()
    (folder / SIGNATURE).write_text(json.dumps({"kind": _KIND, "signature": signature}) + "\n", "utf-8")


def check_signature(folder: Path, key: Ed25519PublicKey) -> None:
    """Raises BundleError when the manifest as it is was not signed by the owner of this key."""
    from cryptography.exceptions import InvalidSignature

    if not (folder / SIGNATURE).exists():
        raise BundleError(f"{folder} is not signed: it has no {SIGNATURE}")
    try:
        found = from_json(read_data(folder / SIGNATURE, _MOST))
        if found["kind"] != _KIND:
            raise ValueError
        signature = base64.b64decode(found["signature"], validate=True)
    except InputError as error:
        raise BundleError(str(error)) from None
    except (ValueError, KeyError, TypeError):
        raise BundleError(f"{SIGNATURE} cannot be read") from None
    try:
        key.verify(signature, _signed(folder))
    except InvalidSignature:
        raise BundleError(f"{SIGNATURE} was not made with this key for this {NAME}") from None


def proves(folder: Path, key: Path | None, digest: str | None = None, fast: bool = False) -> str:
    """What a bundle that passed is known to be, by its key, by its digest, or by its hashes alone; fast: not run."""
    return _made_by(folder, key, digest) + NOT_RUN * fast


def _made_by(folder: Path, key: Path | None, digest: str | None) -> str:
    if key:
        return SIGNED
    if digest:
        return NAMED
    return UNSIGNED + (" It has a signature." if (folder / SIGNATURE).is_file() else " It has no signature.")


def _signed(folder: Path) -> bytes:
    return _DOMAIN + read_data(folder / NAME)


def _read(path: Path, field: str) -> bytes:
    try:
        import cryptography  # noqa: F401
    except ImportError:
        raise InputError(f"{field}: signatures need the package cryptography: pip install cryptography") from None
    try:
        return read_data(path, _MOST, str(path))
    except InputError as error:
        raise InputError(f"{field}: {error}") from None


def _no_key(path: Path, field: str, kind: str) -> InputError:
    return InputError(f"{field}: {path} is no {kind} Ed25519 key (as openssl or ssh-keygen write it)")
