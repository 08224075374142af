"""A typed text in one plain form that the rules read, which knows where each of its characters was typed."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from ..spans import Slot, Span

HIDDEN = "\0"
"""Stands for a character that was read already, so that no later rule reads it again."""

_FAR = 150
"""Characters beyond which nothing says what a word means, within one sentence."""
_BREAK = re.compile(r"[.;!?](?=\s|$)|\n|\.\.+")
_SOFT_BREAK = re.compile(r"[.;!?](?=\s|$)|[,\n]| - |\b(?:and|but|so|then|plus|while)\b")
_FLAT = str.maketrans(
    {"’": "'", "‘": "'", "´": "'", "–": "-", "—": "-", "‒": "-", "‐": "-", "−": "-", "×": "x", "。": ". ", "、": ", "}
)


@dataclass(frozen=True)
class Written:
    """``at`` holds first and last place, in what was typed, of each character of ``text``."""

    text: str
    at: tuple[tuple[int, int], ...]
    typed: str

    def replace(self, pattern: re.Pattern[str], by: str | Callable[[re.Match[str]], str]) -> Written:
        """With each match in other words; these stand where the whole match was typed."""
        pieces: list[str] = []
        at: list[tuple[int, int]] = []
        done = 0
        for match in pattern.finditer(self.text):
            start, end = match.span()
            if start == end:
                continue
            words = match.expand(by) if isinstance(by, str) else by(match)
            pieces += [self.text[done:start], words]
            at += self.at[done:start]
            at += [(self.at[start][0], self.at[end - 1][1])] * len(words)
            done = end
        return Written("".join([*pieces, self.text[done:]]), (*at, *self.at[done:]), self.typed) if done else self

    def hide(self, *stretches: tuple[int, int]) -> Written:
        letters = list(self.text)
        for start, end in stretches:
            letters[start:end] = HIDDEN * (end - start)
        return Written("".join(letters), self.at, self.typed)

    def span(self, start: int, end: int, slot: Slot) -> Span:
        first, last = self.at[start][0], self.at[end - 1][1]
        words = self.typed[first:last]
        return Span(last - len(words.lstrip()), first + len(words.rstrip()), slot)

    def as_typed(self, start: int, end: int) -> str:
        return " ".join(self.typed[self.at[start][0] : self.at[end - 1][1]].split())

    def sentence(self, start: int, end: int) -> tuple[int, int]:
        """Where the sentence around a stretch begins and ends."""
        return _around(self._breaks, len(self.text), start, end)

    def clause(self, start: int, end: int) -> tuple[int, int]:
        """Where the part of the sentence around a stretch begins and ends: at commas, "and", "but"."""
        return _around(self._soft_breaks, len(self.text), start, end)

    @cached_property
    def _breaks(self) -> list[tuple[int, int]]:
        return [match.span() for match in _BREAK.finditer(self.text)]

    @cached_property
    def _soft_breaks(self) -> list[tuple[int, int]]:
        return [match.span() for match in _SOFT_BREAK.finditer(self.text)]


def written(typed: str) -> Written:
    """Lower case, single spaces, straight apostrophes, plain digits. A line break ends a sentence, or is a space."""
    letters: list[str] = []
    at: list[tuple[int, int]] = []
    for place, letter in _letters(typed):
        last = letters[-1] if letters else ""
        if (last == "\n" and letter in " \n") or (last == letter == " "):
            continue
        if letter == "\n" and letters[-1:] == [" "]:
            letters.pop()
            at.pop()
        letters.append(letter)
        at.append((place, place + 1))
    return Written("".join(letters), tuple(at), typed)


def _letters(typed: str) -> Iterator[tuple[int, str]]:
    for place, letter in enumerate(typed):
        if letter == "\n" and (re.match(r"\s*[a-z]", typed[place : place + 80]) is None or typed[place - 1] in ".:;!?"):
            yield place, "\n"
        elif letter.isspace() or letter < " " or letter == "\x7f":
            yield place, " "
        else:
            kind = unicodedata.decomposition(letter).partition(" ")[0] if letter > "~" else ""
            if kind == "<fraction>":  # "2½" is 2 1/2
                if place and typed[place - 1].isdigit():
                    yield place, " "
                letter = unicodedata.normalize("NFKC", letter).replace("⁄", "/")
            elif kind == "<wide>":
                letter = unicodedata.normalize("NFKC", letter)
            for plain in letter.lower().translate(_FLAT):
                yield place, plain


def _around(breaks: list[tuple[int, int]], length: int, start: int, end: int) -> tuple[int, int]:
    before = bisect_right(breaks, start, key=lambda b: b[1]) - 1
    after = bisect_left(breaks, end, key=lambda b: b[0])
    first = breaks[before][1] if before >= 0 else 0
    last = breaks[after][0] if after < len(breaks) else length
    return max(first, start - _FAR), min(last, end + _FAR)
