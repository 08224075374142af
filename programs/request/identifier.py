"""py3langid's model for a few languages, unpacked once: to unpack it takes a tenth of a first plan's time."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ..cache import cache_dir

_PARTS = ("ptc", "pc", "classes", "nextmove", "rows", "output")


def identifier(languages: Sequence[str]) -> Any:
    """A LanguageIdentifier that knows these languages (ISO codes) and gives probabilities.

    What it needs is kept in the user's cache, where one can be written to; a file there that cannot be read is made
    anew.
    """
    import numpy as np
    from py3langid.langid import LanguageIdentifier

    mark = sha256(" ".join(languages).encode()).hexdigest()[:12]
    kept = cache_dir() / f"languages-{version('py3langid')}-{mark}.npz"
    try:
        with np.load(kept, allow_pickle=False) as file:
            parts = {name: file[name] for name in _PARTS}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        parts = _unpacked(languages)
        with suppress(OSError):
            _keep(parts, kept)
    return LanguageIdentifier(
        parts["ptc"],
        parts["pc"],
        parts["classes"].tolist(),
        memoryview(parts["nextmove"]),  # gives plain integers, which an array does not
        parts["output"].tolist(),
        norm_probs=True,
        tk_row=parts["rows"].tolist(),
    )


def _unpacked(languages: Sequence[str]) -> dict[str, Any]:
    import numpy as np
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    whole = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    whole.set_languages(languages)
    arrays = (whole.nb_ptc, whole.nb_pc, whole.nb_classes, whole.tk_nextmove, whole.tk_row, whole.tk_output)
    return {name: np.asarray(array) for name, array in zip(_PARTS, arrays, strict=True)}


def _keep(parts: dict[str, Any], target: Path) -> None:
    """Two at a time may write it: each writes a file of its own and moves it into place."""
    import numpy as np

    target.parent.mkdir(parents=True, exist_ok=True)
    new = target.with_name(f".{os.getpid()}-{target.name}")
    try:
        np.savez(new, **parts)
        new.replace(target)
    finally:
        new.unlink(missing_ok=True)
