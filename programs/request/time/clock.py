"""Times of the clock as people write them, in digits: 17h30, 18 Uhr, "de 17 a 19h", half past four, 5ish."""

from __future__ import annotations

import re

from .written import Written

_HOURS = "one two three four five six seven eight nine ten eleven twelve".split()
_HOUR = rf"(?:\d{{1,2}}|{'|'.join(_HOURS)})"
_BARE = r"(\d{1,2})(?:h|:00)?"
_FULL = r"(\d{1,2})(?:h|[:.]|(?= uhr))([0-5]\d)?"
_PLACED = tuple(
    (re.compile(pattern), plain)
    for pattern, plain in (
        # "Grade 5: fractions" names no hour, so that colon is kept apart from those that hours get here.
        (r"(?<!\bum )(?<!\bat )(?<!\bab )(?<!\bà )(?<!\bàs )(?<!\blas )\b(\d{1,2}):(?!\d)", r"\1 :"),
        # "De 2 à 3 heures" lasts, and "hasta las 3 primeras" counts: only what is surely said of the clock.
        (r"(?<=\blas )(\d{1,2})(?::([0-5]\d))?(?: horas)? de la (?:tarde|noche)\b", r"\1:\2pm"),
        (r"(?<=[aà]s )(\d{1,2})(?::([0-5]\d))? da (?:tarde|noite)\b", r"\1:\2pm"),
        (r"(?:(?<=hasta las )|(?<=de las )|(?<=\ba las ))(\d{1,2})(?: horas|(?= de la mañana\b|(?: (?:los|cada|todos)"
         r"\b| al día\b|$|[,;!?)\n]|\.(?!\d))))", r"\1:"),
        (r"(?:(?<=\bà )|(?<='à )|(?<=avant )|(?<=après )|(?<=dès ))(1[3-9]|2[0-3]) heures(?: (?=[0-5]\d\b))?"
         r"(?! (?:par|de|en tout|au total)\b)", r"\1:"),
        (r"(?<=às )(\d{1,2}) horas\b", r"\1:"),
        (r"\b(\d{1,2})(?:[:.](?=\d\d))?(\d\d)? uhr(?: (?=[0-5]\d\b))?([0-5]\d\b)?", r"\1:\2\3"),
        (rf"\b(?:de|das|von|entre|zwischen|from|between) {_BARE} (?:a|à|às|até|as|bis|et|e|y|und|to|and) {_BARE}"
         r"(?<=h)(?=$|[ ,.;!?)\n])", r"from \1: to \2:"),
        (r"\b(?:de|das|von|entre|zwischen) (\d{1,2}):(\d\d)? (?:a|à|às|até|bis|et|e|y|und) (\d{1,2}):(\d\d)?",
         r"from \1:\2 to \3:\4"),
        (rf"\b(?:de|das|entre) {_FULL} (?:a|à|às|até|et|e|y) {_FULL}(?=$|[ ,.;!?)\n])", r"from \1:\2 to \3:\4"),
        (r"\b(?:de|das|von|entre) (\d{1,2}) (?:a|às|até|bis|y|e)(?: las?)? (\d{1,2})"
         r"(?= (?:de la (?:tarde|noche|mañana)|da (?:tarde|noite|manhã|manha)|uhr)\b)", r"from \1:00 to \2:00"),
        (r"\b(?:à partir de|a partir de(?: las?)?|a partir das|dès|ab|après|nach|depois das|después de las?)"
         r" (\d{1,2})(?:h|:)([0-5]\d)?(?=$|[ ,.;!?)\n])", r"after \1:\2"),
        (r"\b(?:avant|vor|antes das|antes de las?) (\d{1,2})(?:h|:)([0-5]\d)?(?=$|[ ,.;!?)\n])", r"before \1:\2"),
        (r"(?<![\dh:] )\b(?:jusqu'à|bis(?: spätestens)?(?: um)?|spätestens(?: um)?|hasta las?|até [aà]s?"
         r"|au plus tard à|a más tardar a las?) (\d{1,2})(?:h|:)([0-5]\d)?(?=$|[ ,.;!?)\n]|pm)", r"until \1:\2"),
        (r"\b(?:no|not) later than (?=\d)", "until "),
        (r"\b(?:à|vers|às|a las?|um|gegen) (\d{1,2})(?:h|:)([0-5]\d)?(?=$|[ ,.;!?)\n])", r"at \1:\2"),
        (r"\b(1[3-9]|2[0-3])h([0-5]\d)\b", r"\1:\2"),
        (r"\b(\d{1,2}):(?!\d)", r"\1:00"),
        (r"\b(\d{1,2}) :", r"\1:"),
    )
)  # fmt: skip
_ROUGHLY = re.compile(
    r"(?<!grade )(?<!year )(?<!class )(?<![\d:.])\b(?P<hour>\d{1,2}(?::\d\d)?)(?P<half> ?[ap]m)?[ -]?ish\b"
    r"(?! ?-?(?:min|hour|h\b|[a-z]+s\b))"
)
_PAST = re.compile(
    rf"\b(?:(?P<half>half)(?: past)?|(?P<part>quarter) (?P<side>past|to)) (?P<hour>{_HOUR})\b(?! ?-?(?:hour|h\b|min))"
)
_AT = re.compile(r"\b(?:at|after|before|from|until|till|by|around|about|between|and|to) $")


def plain_clock(text: Written) -> Written:
    """The text with every such time as hours and minutes: 17:30."""
    for pattern, plain in _PLACED:
        text = text.replace(pattern, plain)
    text = text.replace(_ROUGHLY, lambda m: m["hour"] + (m["half"] or (":00" if ":" not in m["hour"] else "")))
    return text.replace(_PAST, _minutes_past)


def _minutes_past(match: re.Match[str]) -> str:
    hour = int(match["hour"]) if match["hour"].isdigit() else _HOURS.index(match["hour"]) + 1
    # "Half four" by itself may be half of it.
    if not 1 <= hour <= 24 or (
        match["half"] and " past" not in match[0] and not _AT.search(match.string, 0, match.start())
    ):
        return match[0]
    if match["half"]:
        return f"{hour}:30"
    return f"{hour}:15" if match["side"] == "past" else f"{(hour - 2) % 12 + 1}:45"
