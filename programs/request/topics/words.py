"""The words of a text, with the places where they stand: what names and cues are matched on."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

# A Chinese character is a word of its own: there are no spaces to go by. Raised digits are apart from their letter.
_WORD = re.compile(r"[\u3400-\u9fff]|[⁰¹²³⁴⁵⁶⁷⁸⁹]+|(?:(?![⁰¹²³⁴⁵⁶⁷⁸⁹\u3400-\u9fff])[^\W_])+(?:['’][^\W\d_]+)?")
_SIGNS = {
    "√": "root", "∫": "integral", "÷": "divided", "×": "times", "%": "percent", "π": "pi", "Σ": "sigma", "∑": "sigma",
    "λ": "lambda", "θ": "theta", "σ": "sigma", "μ": "mu", "∞": "infinity", "≤": "inequality", "≥": "inequality",
    "½": "half", "¾": "quarters", "¼": "quarter", "⅓": "third", "Δ": "delta",
}  # fmt: skip
_SIGN = re.compile("|".join(map(re.escape, _SIGNS)))
_SHORT = {"thm": "theorem", "eqn": "equation", "frac": "fraction", "deriv": "derivative"}
_ENDINGS = (("isation", "ization"), ("ising", "izing"), ("ised", "ized"), ("ise", "ize"), ("our", "or"), ("tre", "ter"))


@dataclass(frozen=True)
class Word:
    """A word as it is compared, and where it stands in the text."""

    text: str
    start: int
    end: int


def words_of(text: str) -> list[Word]:
    """The words of a text, folded, in order."""
    return [Word(fold(m.group()), m.start(), m.end()) for m in _WORD.finditer(text)]


@lru_cache(maxsize=1 << 14)
def fold(word: str) -> str:
    """A word without case, accents, number, shortening and national spelling: "Factorisations" is "factorization"."""
    plain = unicodedata.normalize("NFKD", word.replace("’", "'").casefold())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    for suffix in ("'s", "s'", "'"):
        plain = plain.removesuffix(suffix)
    if len(plain) > 4 and plain.endswith(("xes", "ches", "shes", "sses", "zes")):
        plain = plain[:-2]
    elif len(plain) > 4 and plain.endswith("ies"):
        plain = plain[:-3] + "y"
    elif len(plain) > 3 and plain.endswith("s") and not plain.endswith("ss"):
        plain = plain[:-1]
    plain = _SHORT.get(plain, plain)
    if len(plain) > 5:
        for british, american in _ENDINGS:
            if plain.endswith(british):
                return plain.removesuffix(british) + american
    return plain


def key_of(text: str) -> tuple[str, ...]:
    """What a phrase is compared by."""
    return tuple(word.text for word in words_of(text))


def signs_as_words(text: str) -> str:
    """A text in which signs are words."""
    return _SIGN.sub(lambda m: f" {_SIGNS[m.group()]} ", text)
