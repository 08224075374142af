"""What is said about time in another language, in the English words that the rules read, place by place."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from ...yaml_file import read_yaml
from .written import Written

_FILE = Path(__file__).parents[2] / "data" / "time_words.yaml"
_HAN = re.compile(r"[\u4e00-\u9fff]")
_HAN_DIGITS = "零一二三四五六七八九"
_HAN_NUMBER = re.compile(r"[一二三四五六七八九]?十[一二三四五六七八九]?|[一二两三四五六七八九]")
_HAN_DAY = re.compile(rf"(?<![周期拜])(?:{_HAN_NUMBER.pattern})(?=[日号点])")
_ACCENT = re.compile(r"(?P<kept>\[[^\]]*\])|[à-ÿ]")
_PLAIN = {"ä": "(?:ä|ae?)", "ö": "(?:ö|oe?)", "ü": "(?:ü|ue?)", "ß": "(?:ß|ss)"}
_SPACES = re.compile(r" {2,}")
_MONTHS = "january february march april may june july august september october november december".split()
_DAYS = "monday tuesday wednesday thursday friday saturday sunday".split()


def in_english(text: Written, language: str) -> Written:
    """The text with the words for time of ``language`` in English; as it is where these are not known."""
    if _HAN.search(text.text):
        language = "zh"
        text = text.replace(_HAN_DAY, _digits)
    words = _words(language) or _words(_told(text.text))
    for pattern, english in words:
        text = text.replace(pattern, english)
    if language == "zh":
        text = text.replace(_HAN_NUMBER, _digits)
    return text.replace(_SPACES, " ") if words else text


def _digits(match: re.Match[str]) -> str:
    tens, ten, units = match[0].rpartition("十")
    if ten:
        return str(10 * (_HAN_DIGITS.index(tens) if tens else 1) + (_HAN_DIGITS.index(units) if units else 0))
    return "".join(str(_HAN_DIGITS.index("二" if digit == "两" else digit)) for digit in units)


def _told(text: str) -> str:
    """The language of a rhythm in a text of another: "20 minutes, 3x pro Woche"; "en" where there is none."""
    return next((language for language, pattern in _certain() if pattern.search(text)), "en")


@cache
def _certain() -> list[tuple[str, re.Pattern[str]]]:
    known = _known()
    return [(language, _pattern(words["told"])) for language, words in known.items() if "told" in words]


@cache
def _known() -> dict[str, Any]:
    return dict(read_yaml(_FILE))


def _pattern(words: str) -> re.Pattern[str]:
    """A pattern that finds words without their accents too: "al dia", "taglich", "taeglich"."""
    return re.compile(_ACCENT.sub(lambda m: m["kept"] or _PLAIN.get(m[0]) or _either(m[0]), words))


def _either(letter: str) -> str:
    return f"[{letter}{unicodedata.normalize('NFD', letter)[0]}]"


@cache
def _words(language: str) -> list[tuple[re.Pattern[str], str]]:
    known = None if language == "en" else _known().get(language)
    if not known:
        return []
    compiled = re.compile if language == "zh" else _pattern
    first, words = ([(compiled(p), english) for p, english in known[part]] for part in ("first", "words"))
    return [*first, *_names(language), *words]


def _names(language: str) -> list[tuple[re.Pattern[str], str]]:
    """Months and weekdays as dateparser has them, without short forms: "mar" is Tuesday and March in Spanish."""
    data = import_module(f"dateparser.data.date_translation_data.{language}").info
    spaced = data.get("no_word_spacing") != "True"
    named = []
    for english in (*_MONTHS, *_DAYS):
        names = [name.lower() for name in data[english]]
        longest = max(map(len, names))
        for name in names:
            if not spaced:
                named.append((re.compile(rf"(?<!\d){name}"), f" {english} "))
            elif len(name) > 3 or len(name) == longest:
                named.append((_pattern(rf"\b{re.escape(name)}(?P<s>s?)\b"), rf"{english}\g<s>"))
    # "martes" before "mar", "11月" before "1月".
    return sorted(named, key=lambda pair: -len(pair[0].pattern))
