"""Hours and minutes: whole, fractional, compound, ranges. What lasts, and is no time for study, is left out."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .when import WEEKDAY
from .written import Written

_EACH = (
    rf"(?:(?:an?|per|each|every|on) (?:day|week|night|evening|morning|weekday|session|lesson|school day"
    rf"|{WEEKDAY}s?)|daily)"
)
_N = r"(?:\d{1,4} \d/\d{1,2}|\d{1,2}/\d{1,2}|\d{1,4}(?:[.,]\d{1,2})?)"
_PART = r"(?:half|quarter|3 quarters|\d/\d)"
_HOURS, _MINUTES = r"(?:hours?\b|h\b)", r"(?:minutes?\b|min\b)"
_PARTS = {"half": 0.5, "quarter": 0.25, "3 quarters": 0.75}
_DURATION = re.compile(
    rf"(?<![\d][.,])(?<![\d/$£€^=*a-wyz])(?:"
    rf"(?:(?P<h1>an|{_N})[ -]?)?{_HOURS},? (?:and )?(?P<m1>\d{{1,2}})[ -]?{_MINUTES}"
    r"|(?P<h2>\d) ?h(?:rs?)? ?(?P<m2>[0-5]\d)(?:m(?:in)?)?\b(?! ?(?:x|times|questions|problems|tasks|sessions)\b)"
    r"|(?P<h3>\d):(?P<m3>[0-5]\d) ?(?:hours?|h)\b"
    rf"|(?P<h4>an|\d{{1,2}}) hours? (?:and )?(?:an? |1 )?(?P<p4>{_PART})\b"
    rf"|(?P<one>\bhour) and an? (?P<p4b>{_PART})\b"
    r"|\b(?P<whole>hour(?=[ -]long\b)|(?<=weekly )hour\b|(?<=daily )hour\b"
    rf"|(?<!lunch )(?<!rush )hour(?= {_EACH}\b))"
    rf"|(?P<h5>\d{{1,2}}) (?:and )?(?:an? |1 )(?P<p5>{_PART}) hours?\b"
    rf"|(?P<h7>\ban|{_N}|(?:\ba )?\bfew)[ -]?(?:full |whole |solid )?{_HOURS}"
    rf"|(?:\ban? |\b1 (?=half|quarter))?\b(?P<p6>{_PART})(?: of)?(?: an?)?[ -]hours?\b"
    rf"|(?P<m8>{_N}|(?:\ba )?\bfew)[ -]?{_MINUTES}"
    rf"|(?P<m9>\d{{2,3}})(?:m(?= (?:a|per|each|every|x|daily|twice|on {WEEKDAY}s?)\b)|'(?= {_EACH}\b)))"
)
_LOWER = re.compile(rf"(?P<n>{_N})(?: ?{_MINUTES}| ?{_HOURS})?(?:-| ?to ?| or )$")
_BETWEEN = re.compile(rf"\bbetween (?P<n>{_N})(?: ?{_MINUTES}| ?{_HOURS})? and $")
_NO_STUDY_BEFORE = re.compile(
    r"(?:\b(?:takes?|took|spen[dt]|struggl\w+|stuck|wast(?:e|ed)|lasts?|is only|runs for)(?: \w+){0,2}"
    r"|\b(?:nearest|every|miles|km|after|clock|within|of an?)|\b(?:exam|test|paper|quiz|final) (?:is|of)"
    r"|[$£€]\d+(?:[.,]\d+)?|\d+(?:[.,]\d+)? ?(?:dollars|pounds|euros))[ (]$|\b[a-z]\($"
)
_STUDY_AFTER_ALL = re.compile(r"\b(?:can|could|will|would|to|'ll|'d) spend(?: \w+){0,2}[ (]$")
_NO_STUDY_AFTER = re.compile(
    r"[ -](?:long )?(?:exams?|tests?|papers?|quiz(?:zes)?|finals?|clock|hand|intervals?|ago|late|early|drive|walk|away"
    r"|commute|breaks?|lectures?|from now)\b|[ -]time\b(?! (?:slots?|blocks?|limit))"
    r"| (?:of|on|for) (?:sleep|work|homework)\b| ?[=+*/^]"
)
_OR_MORE = re.compile(r" or ([2-9])\b(?! ?(?:times|x|sessions?|lessons?|days|evenings|min))")
_JOB = re.compile(r"\b(?:works?|working|sleep)(?: \w+)? $")
_PROBLEM = re.compile(r"\b(?:mph|kph|km/h|m/s|miles|km|litres|gallons|per hour|per minute|travels|how (?:fast|far))\b")


@dataclass(frozen=True)
class Duration:
    start: int
    end: int
    minutes: float
    most: float | None = None
    """The upper end where a range was named; ``minutes`` is the lower."""


def durations(text: Written) -> list[Duration]:
    found: list[Duration] = []
    for match in _DURATION.finditer(text.text):
        if (read := _read(text, match)) is None:
            continue
        last = found[-1] if found else None
        if last and read.start <= last.start:
            found[-1] = read
        elif (
            last and re.fullmatch(r" ?(?:-|to|or) ?", text.text[last.end : read.start]) and last.minutes < read.minutes
        ):
            found[-1] = Duration(last.start, read.end, last.minutes, read.minutes)
        else:
            found.append(read)
    return found


def _read(text: Written, match: re.Match[str]) -> Duration | None:
    start, end = match.span()
    whole = text.text
    before = whole[max(0, start - 60) : start]
    first, last = text.sentence(start, end)
    if _NO_STUDY_AFTER.match(whole, end) or _PROBLEM.search(whole, first, last):
        return None
    if _NO_STUDY_BEFORE.search(before) and not _STUDY_AFTER_ALL.search(before):
        return None
    minutes = _minutes(match)
    if not minutes or (minutes > 240 and _JOB.search(before)):
        return None
    hours = match["h7"] is not None
    if (match["h7"] or match["m8"]) and (lower := _LOWER.search(before) or _BETWEEN.search(before)):
        unit = 60 if hours and "min" not in lower[0] else 1
        low = _value(lower["n"]) * unit
        if 0 < low < minutes:
            return Duration(start - len(lower[0]), end, low, minutes)
    if hours and (more := _OR_MORE.match(whole, end)) and minutes == 60 and float(more[1]) > 1:
        return Duration(start, more.end(), minutes, 60 * float(more[1]))
    return Duration(start, end, minutes)


def _minutes(match: re.Match[str]) -> float:
    group = {name: value for name, value in match.groupdict().items() if value is not None}
    hours = next((_value(value) for name, value in group.items() if name[0] == "h"), 0.0)
    if "one" in group or "whole" in group or ("m1" in group and "h1" not in group):
        hours = 1  # "hour 20 min", "hour and a half"
    part = next((_PARTS.get(value) or _value(value) for name, value in group.items() if name[0] == "p"), 0.0)
    minutes = next((_value(value) for name, value in group.items() if name[0] == "m"), 0.0)
    return 60 * (hours + part) + minutes


def _value(number: str) -> float:
    if number in ("an", "a"):
        return 1
    if number.endswith("few"):
        return 3
    whole, _, fraction = number.replace(",", ".").rpartition(" ")
    over, _, under = fraction.partition("/")
    part = float(over) / float(under) if under and float(under) else 0.0 if under else float(over)
    return part + float(whole or 0)
