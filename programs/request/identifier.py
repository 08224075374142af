"""Which language a text is in: py3langid's model for a few languages, without NumPy.

The model is naive Bayes over pieces of text that an automaton finds among the bytes. To unpack it and leave out the
other languages takes a tenth of a first plan's time, so that is done once. NumPy takes as long to import as all texts
of a day to be told apart, and a browser has none.
"""

from __future__ import annotations

import json
import math
import os
import struct
import unicodedata
import zipfile
from array import array
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from ..cache import cache_dir

_TYPES = {"nextmove": "I", "rows": "H", "output": "i", "pc": "f"}
"""How the numbers of a part are stored, little-endian; ``ptc`` has rows of half precision, one number a language."""
_CLASSES, _WEIGHTS = "classes.json", "ptc"


class Identifier:
    """The model for some languages.

    nextmove: the automaton, 256 entries for each row, the next state; rows: each state's row; output: the piece that is
    found in each state, or -1. weights: for each piece the log-probability of each language, float16; prior: the same
    of the languages.
    """

    def __init__(self, parts: dict[str, bytes]) -> None:
        self.languages: list[str] = json.loads(parts[_CLASSES])
        self._nextmove, self._rows, self._output = (_whole(parts[n], _TYPES[n]) for n in ("nextmove", "rows", "output"))
        self._prior = struct.unpack(f"<{len(self.languages)}f", parts["pc"])
        self._weights, self._row = parts[_WEIGHTS], struct.Struct(f"<{len(self.languages)}e")

    def rank(self, text: str) -> list[tuple[str, float]]:
        """All languages and their probabilities, which sum to 1, the likeliest first."""
        raw = unicodedata.normalize("NFC", text.lower() if text.isupper() else text).encode(errors="surrogatepass")
        scores = [0.0] * len(self.languages)
        if pieces := self._pieces(raw):
            scores = list(self._prior)
            for piece, count in pieces.items():
                often = math.log1p(count)
                row = self._row.unpack_from(self._weights, piece * self._row.size)
                scores = [score + often * weight for score, weight in zip(scores, row, strict=True)]
        # Long texts would make any language certain: the square root of their length keeps doubt where there is some.
        best, softly = max(scores), math.sqrt(len(raw) or 1)
        chances = [math.exp((score - best) / softly) for score in scores]
        named = zip(self.languages, (chance / sum(chances) for chance in chances), strict=True)
        return sorted(named, key=lambda pair: -pair[1])

    def _pieces(self, raw: bytes) -> Counter[int]:
        """How often each piece is found."""
        state, found = 0, Counter[int]()
        for byte in raw:
            state = self._nextmove[256 * self._rows[state] + byte]
            if self._output[state] >= 0:
                found[self._output[state]] += 1
        return found


def _whole(raw: bytes, code: str) -> array[int]:
    numbers = array(code, raw)
    if struct.pack("=H", 1) != struct.pack("<H", 1):
        numbers.byteswap()
    return numbers


def identifier(languages: Sequence[str]) -> Identifier:
    """The model for these languages (ISO codes).

    What it needs is kept in the user's cache, where one can be written to; a file there that cannot be read is made
    anew.
    """
    kept = cache_dir() / kept_name(languages)
    try:
        with zipfile.ZipFile(kept) as file:
            return Identifier({name: file.read(name) for name in file.namelist()})
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        parts = _unpacked(languages)
        with suppress(OSError):
            _keep(parts, kept)
        return Identifier(parts)


def kept_name(languages: Sequence[str]) -> str:
    """Under which name the model for these languages is kept."""
    return f"languages-{version('py3langid')}-{sha256(' '.join(languages).encode()).hexdigest()[:12]}.zip"


def pack(languages: Sequence[str], target: Path) -> None:
    """Write the model for these languages as small as it can be (2 MB of 47): for where it is sent over a network."""
    _write(_unpacked(languages), target, zipfile.ZIP_LZMA)


def _unpacked(languages: Sequence[str]) -> dict[str, bytes]:
    import numpy as np
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    whole = LanguageIdentifier.from_model_file(MODEL_FILE)
    whole.set_languages(languages)
    numbers = {"nextmove": whole.tk_nextmove, "rows": whole.tk_row, "output": whole.tk_output, "pc": whole.nb_pc}
    parts = {name: np.asarray(numbers[name]).astype(f"<{code}").tobytes() for name, code in _TYPES.items()}
    weights = np.ascontiguousarray(whole.nb_ptc, "<f2").tobytes()
    return {**parts, _WEIGHTS: weights, _CLASSES: json.dumps(whole.nb_classes).encode()}


def _keep(parts: dict[str, bytes], target: Path) -> None:
    """Two at a time may write it: each writes a file of its own and moves it into place."""
    target.parent.mkdir(parents=True, exist_ok=True)
    new = target.with_name(f".{os.getpid()}-{target.name}")
    try:
        _write(parts, new, zipfile.ZIP_STORED)
        new.replace(target)
    finally:
        new.unlink(missing_ok=True)


def _write(parts: dict[str, bytes], target: Path, method: int) -> None:
    with zipfile.ZipFile(target, "w") as file:
        for name, raw in parts.items():
            file.writestr(zipfile.ZipInfo(name), raw, method)  # without the time, so the same parts are the same file
