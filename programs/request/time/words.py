"""Short forms, misspelt days and numbers in words, brought to the one form that the rules know."""

from __future__ import annotations

import re

from .when import MONTH, WEEKDAY
from .written import Written

_UNITS = "one two three four five six seven eight nine".split()
_TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_VALUES = {
    **{word: n for n, word in enumerate(_UNITS, 1)},
    **{word: n for n, word in enumerate(_TEENS, 10)},
    **{word: 10 * n for n, word in enumerate(_TENS, 2)},
    "fourty": 40,
    "dozen": 12,
}
_NUMBER = re.compile(
    rf"\b(?:(?P<tens>{'|'.join(_TENS)}|fourty)(?:[ -]?(?P<unit>{'|'.join(_UNITS)})\b)?"
    rf"|(?P<one>{'|'.join((*_TEENS, *_UNITS))})|(?:a )?(?P<hundred>hundred)|(?:a )?(?P<dozen>dozen)"
    r"|(?P<couple>(?:a )?couple(?: of)?))\b"
)
_PER = "wk|week|day|session|lesson|night|evening|month|fortnight|weekend|weekday"
_DOT = r"(?:\.(?= (?:a|per|each|every|on|x|\d|once|twice|daily)\b))?"
_SHORT = tuple(
    (re.compile(pattern), plain)
    for pattern, plain in (
        (rf" ?/ ?(?=(?:{_PER})\b)", " per "),
        (r"\bp\.?/?w(?:k|eek)?\b", "per week"),
        (r"(?:\b|(?<=\d))wks?\b", "week"),
        (rf"(?:\b|(?<=\d))hrs?\b{_DOT}", "hour"),
        (rf"(?:\b|(?<=\d))mins?\b{_DOT}", "min"),
        (r"\b(?:2moro|tmr+o?w?|tmw|tmoro|tomoz|tomm?orr?ow|tomorow|tommorow)\b", "tomorrow"),
        (r"\b(?:2nite|tonite)\b", "tonight"),
        (r"(?:\buntill|\btill|'til\b|\btil\b|\bup to(?= (?:the )?(?:exam|test)))", "until"),
        (rf"\b({WEEKDAY}s?) until (?={WEEKDAY})", r"\1 to "),
        (r"(?<=\d) ?\* ?(?=\d+ ?(?:min|h))", "x"),
        (r" à (?=\d)", " of "),
        (r"\b(?:in )?t[ -]minus (?=\d)", "in "),
        (r"(?:(?<=exam )|(?<=test )|(?<=exam: )|(?<=at )|(?<=in ))[dtj]-(\d{1,3})(?: days?)?\b", r"in \1 days"),
        (r"\b(\d{1,2})(days?|times|sessions|lessons|evenings|nights|weeks|months)\b", r"\1 \2"),
        (r"\bb4\b", "before"),
        (rf"\b({WEEKDAY}s?) n (?={WEEKDAY})", r"\1 and "),
        (r"(?:(?<=min )|(?<=minutes )|(?<=hour )|(?<=hours ))(?:rn|right now)\b", "today"),
        (r"\bxmas\b", "christmas"),
        (r"\b(?:week[ -]?end|wk?e?nd)(s?)\b", r"weekend\1"),
        (r"\bweek[ -](?=days?\b|nights?\b)", "week"),
        (r"\bm/?w/?f\b|\bmon/wed/fri\b", "mon wed fri"),
        (r"\bt/?th\b|\btu/?th\b", "tue thu"),
        (r"\bwe(?:ns|dns|nds|dnes|dens)e?day", "wednesday"),
        (r"\bthu(?:sr|r)s?day", "thursday"),
        (r"\bthrusday", "thursday"),
        (r"\bt(?:eu|use|us)s?day", "tuesday"),
        (r"\bsat(?:er|u|ur)day", "saturday"),
        (r"\bfeb(?:u|ru|r)ary\b", "february"),
        (r"\bsep\b(?=\.? \d)|(?<=\d )sep\b", "sept"),
        (r"\b(?P<m>jan|feb|mar|apr|jun|jul|aug|sept|oct|nov|dec)\.(?= ?\d)", r"\g<m>"),
        (r"(?:(?<=\d days, \d\d min )|(?<=\d days, \d\d minutes ))each\b", "a day"),
        (r"\b(for|over|in|within|during) the (?:next|coming) (?=(?:week|month|fortnight|year)\b)", r"\1 a "),
        (r"\bfortnight(?=s? (?:until|before|left))", "2 week"),
    )
)


_COUNTED = tuple(
    (re.compile(pattern), plain)
    for pattern, plain in (
        (r"\b(\d (?:days|evenings|nights)) (?:out )?of (?:7|(?:the|every|each) week)\b", r"\1 a week"),
        (
            r"\b(\d{1,2} (?:sessions|lessons|classes|periods|blocks|chunks)) of (\d{2,3})\b(?! ?(?:min|h\b|hour"
            r"|%|pupil|student|kid|child|people|\d))",
            r"\1 of \2 min",
        ),
        (r"(?<!\d )\b(sessions|lessons) of (\d{2,3})(?=$|[,.;!?)\n]| (?:each|a|per|on)\b)", r"\1 of \2 min"),
        (
            r"\b(\d|an) hours? ([1-5][05])(?=$|[,.;!?)\n]| (?:a|per|each|every|on|once|twice|daily)\b)",
            r"\1 hour \2 min",
        ),
        (
            r"\b(\d{1,2}) ?x ?([1-9]\d)(?= (?:(?:a|per|each|every) (?:day|week|evening|night)|weekly|daily)\b)",
            r"\1 x \2 min",
        ),
        # Slips of the pen in a unit
        (r"(?<=\d[ -])(?:minn?[iu]+tes?|minuets?|mintu?es?|minuts?|miuntes?|munites?)\b", "minutes"),
        (r"(?<=\d[ -])(?:houers?|houres?|huors?|horus|hous)\b", "hours"),
        (r"(?<=\d[ -])(?:weeeks?|wekks?|weaks?|wekes?)\b", "weeks"),
        (r"(?<=\d[ -])(?:s+es+[io]*ns|sesions|sessoins)\b", "sessions"),
        (r"\b(\d{1,2}) weekly (?=sessions|lessons|classes|meetings)", r"for \1 weeks 1 a week "),
    )
)


_IN_HOURS = re.compile(
    r"(?P<lead>\b(?:in|within|have|only|next) )(?P<n>24|48|72|96) hours?\b(?! (?:a|per|in total|of|for)\b)"
)
_EXAM_IN_HOURS = re.compile(
    r"(?:(?<=exam )|(?<=test )|(?<=final )|(?<=quiz )|(?<=midterm )|(?<=mock )|(?<=exam is )|(?<=test is )|(?<=exam's )"
    r"|(?<=due )|(?<=exam, )|(?<=test, ))in (?P<n>\d{1,3}) hours?\b"
)
_OVER_WEEKS = re.compile(
    r"\b(?P<n>\d{1,2}) (?P<noun>sessions|lessons|classes|meetings|tutorials) (?:spread )?"
    r"(?:over|across|within|during|in)"
    r" (?:the next )?(?P<weeks>\d{1,2}) weeks\b"
)


_BARE_THERE = re.compile(
    rf"(?:,|\band|\bbut|\bplus|&|\+) \d{{1,3}}(?= (?:on|at|over|in|each|every)(?: the| each"
    rf"| every)? (?:{WEEKDAY}s?|weekends?|weekdays?"
    r"|school days|other days|morning|evening|night|afternoon)\b)"
)
_UNIT = re.compile(r"\b(?:\d{1,3}(?:\.\d)?|an?|half an)[ -]?(?P<unit>min(?:ute)?s?|hours?)\b[^.;!?\n]*$")
"""In "15 minutes on school days and 30 at weekends" the 30 are minutes."""
_LENGTH = re.compile(r"\b(?P<n>\d{1,3}(?:\.\d)?|an?|half an)[ -]?(?P<unit>min(?:ute)?s?|hours?)\b")
_AS_LONG = re.compile(
    rf"\b(?:(?:double|twice|half)(?: that| as (?:much|long))|(?<=and )another(?: 1)?|(?<=, )another(?: 1)?)"
    rf"(?= (?:on |at |each |every |this )?(?:the )?(?:{WEEKDAY}s?"
    r"|weekends?|weekdays?|today|tonight|tomorrow|evening)\b)"
)
"""Lengths that are told by another: "2 hours on Sunday, double that on Saturday", "and another tomorrow"."""
_DATES = re.compile(
    rf"\b(?P<lead>on (?:the )?)(?P<days>\d{{1,2}}(?:st|nd|rd|th)?(?:, ?\d{{1,2}}(?:st|nd|rd|th)?)*),? (?:and|&) "
    rf"(?=\d{{1,2}}(?:st|nd|rd|th)? (?P<month>{MONTH})\b)"
)
"""Of "on 8, 10 and 12 January" each day is one of the month."""
_WEEKDAY_DATES = re.compile(
    rf"\b(?P<first>{WEEKDAY},? (?:the )?\d{{1,2}}(?:st|nd|rd|th)?)(?P<and>,? (?:and|&) |, )"
    rf"(?={WEEKDAY},? (?:the )?\d{{1,2}}(?:st|nd|rd|th)?(?: of)? (?P<month>{MONTH})\b)"
)
"""Of "Saturday 10th and Sunday 11th January" as well."""
_A_DAY = rf"(?:on )?(?:{WEEKDAY}s?|today|tonight|tomorrow)\b"
_NEXT = r"(?:, and|,| and|,? then) "
_BARE = re.compile(rf"\b\d{{1,3}}(?= {_A_DAY})")
_BARE_AFTER = re.compile(rf"\b{_A_DAY} \d{{1,3}}(?=$|[,;!?)\n]| and |\.(?!\d))")
_LIKE_AFTER = re.compile(
    rf"\b{_A_DAY}(?: (?:i|can|have|do|for|about))* \d{{1,3}} ?(?P<unit>min(?:utes?)?|hours?){_NEXT}$"
)
"""In "today 2 hours and tomorrow 3" the 3 are hours."""
_LIKE = re.compile(
    rf"\d ?(?P<unit>min(?:utes?)?|hours?) {_A_DAY}(?:{_NEXT}\d{{1,3}}(?: (?:min(?:utes?)?|hours?))? {_A_DAY})*{_NEXT}$"
)
"""What "20" may follow: "20 min tonight, 20 tomorrow and 20 on Wednesday"."""


def plain_words(text: Written) -> Written:
    for pattern, plain in _SHORT:
        text = text.replace(pattern, plain)
    text = text.replace(_NUMBER, _digits)
    for pattern, plain in _COUNTED:
        text = text.replace(pattern, plain)
    text = text.replace(_DATES, _each_of_month)
    text = text.replace(_WEEKDAY_DATES, lambda m: f"{m['first']} {m['month']}{m['and']}")
    text = text.replace(_AS_LONG, _as_long)
    text = text.replace(_BARE, _with_unit)
    text = text.replace(_BARE_AFTER, _with_unit_after)
    text = text.replace(_BARE_THERE, _with_unit_of_before)
    text = text.replace(_IN_HOURS, lambda m: f"{m['lead']}{int(m['n']) // 24} days")
    text = text.replace(_EXAM_IN_HOURS, lambda m: f"in {max(1, round(int(m['n']) / 24))} days")
    return text.replace(_OVER_WEEKS, _a_week)


def _each_of_month(match: re.Match[str]) -> str:
    days = [f"{day.strip()} {match['month']}" for day in match["days"].split(",")]
    return f"{match['lead']}{', '.join(days)} and "


def _as_long(match: re.Match[str]) -> str:
    """A length that is told by the one before it, in minutes."""
    lengths = list(_LENGTH.finditer(match.string, 0, match.start()))
    if not lengths:
        return match[0]
    number, unit = lengths[-1]["n"], 60 if lengths[-1]["unit"].startswith("h") else 1
    minutes = unit * (1 if number in ("a", "an") else 0.5 if number == "half an" else float(number))
    times = {"double": 2, "twice": 2, "half": 0.5}.get(match[0].split()[0], 1)
    return f"{times * minutes:g} min"


def _with_unit_after(match: re.Match[str]) -> str:
    like = _LIKE_AFTER.search(match.string, 0, match.start())
    return f"{match[0]} {like['unit']}" if like else match[0]


def _with_unit_of_before(match: re.Match[str]) -> str:
    like = _UNIT.search(match.string, 0, match.start())
    return f"{match[0]} {like['unit']}" if like else match[0]


def _with_unit(match: re.Match[str]) -> str:
    """A number beside a day, in the unit of the one before it."""
    like = _LIKE.search(match.string, 0, match.start())
    return f"{match[0]} {like['unit']}" if like else match[0]


def _a_week(match: re.Match[str]) -> str:
    """ "6 sessions over 3 weeks" as so many a week, where they come out even."""
    a_week, rest = divmod(int(match["n"]), int(match["weeks"]) or 1)
    return match[0] if rest or not a_week else f"for {match['weeks']} weeks {a_week} {match['noun']} a week"


def _digits(match: re.Match[str]) -> str:
    if match["hundred"]:
        return "100"
    if match["dozen"]:
        return "12"
    if match["couple"]:
        return "2"
    if match["one"]:
        return str(_VALUES[match["one"]])
    return str(_VALUES[match["tens"]] + _VALUES.get(match["unit"] or "", 0))
