"""Units at the end (or the ``$`` in front) of a short answer."""

from __future__ import annotations

import re

_SPELLINGS = {
    "mm": "millimeter millimeters millimetre millimetres",
    "cm": "centimeter centimeters centimetre centimetres",
    "m": "meter meters metre metres",
    "km": "kilometer kilometers kilometre kilometres kms",
    "in": "inch inches",
    "ft": "foot feet",
    "yd": "yard yards yds",
    "mi": "mile miles",
    "mg": "milligram milligrams",
    "g": "gram grams",
    "kg": "kilogram kilograms kgs",
    "oz": "ounce ounces",
    "lb": "pound pounds lbs",
    "t": "ton tons tonne tonnes",
    "ml": "milliliter milliliters millilitre millilitres",
    "l": "liter liters litre litres",
    "cup": "cups",
    "pt": "pint pints",
    "qt": "quart quarts",
    "gal": "gallon gallons",
    "s": "sec secs second seconds",
    "min": "mins minute minutes",
    "h": "hr hrs hour hours",
    "day": "days",
    "week": "weeks",
    "month": "months",
    "yr": "year years yrs",
    "mi/h": "mph",
    "km/h": "kph kmh",
    "unit": "units",
    "rad": "radian radians",
    "degree": "deg degs degrees",
    "%": "percent",
    "$": "dollar dollars usd",
    "cent": "cents",
}
_CANONICAL = {spelling: unit for unit, spellings in _SPELLINGS.items() for spelling in (unit, *spellings.split())}
_WORD = "|".join(sorted(map(re.escape, _CANONICAL), key=len, reverse=True))
_ONE = rf"(?:(?:square|sq\.?|cubic|cu\.?)\s+)?(?:{_WORD})"
_UNIT = re.compile(
    rf"(?<![a-z])(?P<of>{_ONE})(?P<power>(?:\^|(?<=m)|(?<=t)|(?<=n))[23]|\s+(?:squared|cubed))?"
    rf"(?:\s*(?:/|\bper\b|\ba\b|\ban\b)\s*(?P<per>[a-z]+)(?P<per_power>\^2|\s+squared)?)?$"
)
_PER = re.compile(r"\s*(?:/|\bper\b|\beach\b)\s*(?P<per>[a-z]*)$")
# Words that follow a number without being what it counts.
_NOT_NOUNS = r"(?:sqrt|cbrt|remainder|theta|alpha|beta|lambda|infinity|with)"
_NOUN = re.compile(rf"(?<=[\d%])\s+(?!{_NOT_NOUNS}\b)[a-z]{{4,}}(?:\s+[a-z]+){{0,3}}$")
_PLAIN_NUMBER = re.compile(r"[-+$\d\s.,/*^()]*(?:(?:pi|sqrt)[-+\d\s.,/*^()]*)*")


def split_unit(plain: str) -> tuple[str, str]:
    """``("12", "cm^2")`` for ``"12 square centimeters"``; an unknown noun (12 apples) is dropped, with unit ``""``."""
    dollars = "$" if plain.lstrip("-+ ").startswith("$") else ""
    if dollars and (match := _PER.search(plain)):
        return plain[: match.start()], f"$/{_canonical(match['per'])}" if match["per"] else "$"
    match = _UNIT.search(plain)
    if match and match.start() > 0:
        head = plain[: match.start()].rstrip()
        # One letter is a unit after a number and a variable elsewhere: "5 m", but "3x + m".
        if head and (
            len(match["of"]) > 1
            or match["of"] in "%$"
            or (plain[match.start() - 1] == " " and _PLAIN_NUMBER.fullmatch(head))
        ):
            return head, dollars or _name(match)
    if match := _NOUN.search(plain):
        return plain[: match.start()], dollars
    return plain, dollars


def _canonical(word: str) -> str:
    return _CANONICAL.get(word, word)


def _name(match: re.Match[str]) -> str:
    *qualifier, word = match["of"].split()
    power = {"s": "^2", "c": "^3"}[qualifier[0][0]] if qualifier else ""
    if suffix := (match["power"] or "").strip():
        power = {"squared": "^2", "cubed": "^3"}.get(suffix, "^" + suffix[-1])
    unit = _canonical(word) + power
    if match["per"]:
        unit += "/" + _canonical(match["per"]) + ("^2" if match["per_power"] else "")
    return unit
