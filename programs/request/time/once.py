"""Sessions that happen once: "2 hours this weekend", "20 minutes today and 30 tomorrow", "a lesson on 9 January"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise

from ...calendar import dated
from ...learner import SHORTEST
from ..spans import Assumption
from .days import Days, days_in
from .deadline import TEST, is_tested
from .durations import Duration
from .stated import StatedTime
from .when import WEEKDAY, When
from .written import HIDDEN, Written

_REGULAR = re.compile(
    r"\b(?:an?|per|each|every) (?:week(?!end)|month|fortnight)\b|\b(?:weekly|daily|nightly|from then on|after that)\b"
    r"|\b(?:every|most) (?:day|night|evening|morning)s?\b|\b\d x\b(?! \0)"
    rf"|\b(?:each|every) (?:{WEEKDAY}|week[ -]?day|school[ -]?day|school[ -]?night)\b"
)
_WORDS = (
    r"(?:(?:i|we|she|he|they|have|has|got|i've|can|could|do|free|spare|only|just|about|around|maybe|roughly|like|on|for"
    r"|of|at|in|is|study|work|practi[sc]e|session|sessions|lesson|lessons|class|tutoring|tutorial|long|max|then|slot"
    r"|from|and|also|so|each|now|the|twice) ?)*"
)
_BESIDE = re.compile(rf"[ ,:(\0-]*{_WORDS}[ \0]?")
"""What may stand between a duration and its day."""
_JOINS = re.compile(r"[^.;!?\n]{0,30}")
"""What may stand between two of them."""
_ONLY_BEFORE = re.compile(r"\b(?:only|just)(?: for| on)? $")
_ONLY_AFTER = re.compile(
    r" only\b|[ ,.;!-]*(?:(?:and|but) )?(?:that's|that is|thats) (?:it|all|everything|the lot)\b"
    r"|,? nothing (?:else|more)\b"
)
_A_LESSON = r"(?:session|lesson|class|meeting|tutorial|tutoring|appointment|workshop)"
_LESSON = rf"{_A_LESSON}s?"
_ONE_LESSON = re.compile(
    rf"(?:\b(?:1|a|an|my|our|one-off|only|single|\d) |\0-?|\0 long )(?:[\w-]+ |\0+ ?){{0,3}}{_LESSON}"
    r"(?: is| will be)?[ ,\0]*(?:on|for|this|next)?(?: the)? $|\0(?: free)? on $"
    r"|\b(?:free|available|(?:tutor|teacher) comes|i can (?:do|study|work)|we(?: can)? meet)(?: only"
    r"| \0+)? on (?:the )?$"
)
_SINGLE = re.compile(
    rf"\b(?:1|an?|single|one-off) (?:[\w-]+ |[\0]+[ -]?){{0,3}}?{_A_LESSON}(?: is| will be)?(?: of)?[ ,\0]*(?:on )?$"
    r"|\b(?:1|a single) $"
)
"""A lesson, or a day, that there is one of: "a lesson on Friday", "on one Sunday"."""
_WEEKS = re.compile(r"\b(?:weeks|months|weekly|then)\b")
_SPAN = re.compile(
    r"\b(?:weeks?|months?|fortnights?|terms?|semesters?|regular\w*|weekdays|weeknights|weekends|school days"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)days)\b"
)
_PART = r"(?: (?:morning|afternoon|evening|night))?"
_A_WEEKDAY = re.compile(rf"{WEEKDAY}{_PART}")
_AND_DATE = re.compile(r" ?(?:,|and|&|, and) (?:on )?(?:the )?(?:\0+ (?:on )?)?")
_LISTED = re.compile(r" ?(?:,|and|&|\+|, and) (?:on )?")
_EACH = re.compile(r"(?: long)?,? (?:each|both)\b|,? (?:a|per|each|every) (?:day|night|evening)\b")
_BOTH = re.compile(r"\b(?:each|both|per day|a day|every day)\b")
_PART_OF_DAY = re.compile(r"\b(?:tonight|(?:morning|afternoon|evening|night)s?|lunch(?:time)?)\b")
_PAST = re.compile(r"\b(?:did|had|was|were|spent|took|studied|worked|missed|started|learned|learnt)\b[^.;!?]*$")
_SESSIONS = r"(?:short |separate |study )*(?:sessions|lessons|blocks|slots|chunks)"
_COUNT_BEFORE = re.compile(
    rf"\b(?P<n>\d{{1,2}}) (?:x |times |(?P<noun>{_SESSIONS} (?:of|at|for|lasting) ))?(?:short |separate )*$"
)
_COUNT_AFTER = re.compile(rf"[ -]?(?:(?:long )?(?P<noun>{_SESSIONS})\b|(?P<twice>twice\b)|(?P<n>\d) times\b)")
"""How many sessions of a length: "2 sessions of 20 minutes", "two 20-minute sessions", "20 minutes twice"."""
_LESS_THAN = 60
"""Minutes that are not spread over the days of a weekend."""


def read_once(
    text: Written, lasting: Sequence[Duration], dates: Sequence[When], today: date, stated: StatedTime
) -> tuple[Written, list[Duration]]:
    """Fills in the only sessions by day; returns the rest of the text, and of the durations."""
    free = [when for when in dates if HIDDEN not in text.text[when.start : when.end]]
    only = [w for w in free if _is_only(text, w) or _only_next(text, w, free, lasting)]
    once = _once(text, free, lasting, only)
    sure = [w for w in once if w in only or _length_beside(text, w, lasting)]
    for row in (list(pairwise(once)), list(pairwise(once))[::-1]):  # "tonight and tomorrow, 30 min each"
        joined = [pair for pair in row if _LISTED.fullmatch(text.text, pair[0].end, pair[1].start)]
        sure += [w for one, two in joined if (one in sure) != (two in sure) for w in (one, two) if w not in sure]
    sure.sort(key=lambda w: w.start)
    if not sure or (_REGULAR.search(text.text) and not only):
        return text, list(lasting)
    chain = _chain(text, sure, lasting)
    lengths = [token for token in chain if isinstance(token, Duration)]
    if not lengths and len(lasting) == 1:  # "90 minutes. Today only."
        lengths = list(lasting)
        chain = [*lengths, *chain]
    pairs = _paired(chain, lengths)
    if len(lengths) < len(lasting) or any(not whens for _, whens in pairs):
        return text, list(lasting)  # "2 hours tomorrow, then 30 minutes a day"
    for length, whens in pairs:
        days = _days(whens, stated, today)
        for day, minutes in zip(days, _minutes(text, length, whens, len(days)), strict=True):
            if minutes or not length:
                stated.sessions_on[day] = minutes
    parts = [_PART_OF_DAY.search(text.text, t.start, t.end) for t in chain if not isinstance(t, Duration)]
    if all(parts):
        stated.hours = ", ".join(dict.fromkeys(text.as_typed(*part.span()) for part in parts if part))
    for token in chain:
        start, end = _counted(text, token)[:2] if isinstance(token, Duration) else (token.start, token.end)
        if isinstance(token, When) and token in only and (more := _ONLY_AFTER.match(text.text, token.end)):
            end = more.end()
        if isinstance(token, When) and len(dates) == 1 and _only_next(text, token, free, lasting):
            stated.assumptions.append(Assumption("days", _alone(text.as_typed(token.start, end), token.first)))
        stated.used.append(text.span(start, end, "rhythm" if isinstance(token, Duration) else "days"))
        text = text.hide((start, end))
    return text, [d for d in lasting if d not in lengths]


def _is_only(text: Written, when: When) -> bool:
    named = when.kind in ("near", "weekday", "date") or "weekend" in text.text[when.start : when.end]
    after, words = _ONLY_AFTER.match(text.text, when.end), text.text[when.start : when.end]
    if when.kind == "weekday" and not words.startswith(("this ", "next ", "coming ", "the coming")):
        # "Only Monday evenings" and "Saturday only" may be each week's.
        after = None if after and after[0] == " only" else after
        return after is not None and not is_tested(text, when)
    alone = _ONLY_BEFORE.search(text.text, 0, when.start) or after
    return named and alone is not None and not is_tested(text, when)


def _only_next(text: Written, when: When, dates: Sequence[When], lasting: Sequence[Duration]) -> bool:
    """Whether a weekday is the next one alone: "3 hours on Sunday only", where nothing speaks of weeks.

    "Sunday only, 3 hours" says on which day lessons are and how long they last.
    """
    alone = _ONLY_BEFORE.search(text.text, 0, when.start) or text.text.startswith(" only", when.end)
    alone = alone and not _SINGLE.search(text.text, 0, when.start)
    far = any(other.last - when.first > timedelta(weeks=1) for other in dates)
    other = any(w is not when and w.kind == "weekday" and not is_tested(text, w) for w in dates)
    gaps = [text.text[min(d.end, when.end) : max(d.start, when.start)] for d in lasting]
    return (
        bool(alone and _A_WEEKDAY.fullmatch(text.text, when.start, when.end))
        and not (far or other or is_regular(text.text) or is_tested(text, when))
        and any("," not in gap and _BESIDE.fullmatch(gap) for gap in gaps)
    )


def is_regular(text: str) -> bool:
    """Whether words speak of weeks, so that a weekday is that of each."""
    return bool(_REGULAR.search(text) or _SPAN.search(text))


def _alone(words: str, day: date) -> str:
    return f"“{words}” is read as {day:%A}, {dated(day)}, alone; say “every {day:%A}” if each one is meant."


def each_week(words: str, day: int) -> str:
    """That one weekday is read as that of every week."""
    name = f"{date(2001, 1, 1 + day):%A}"  # which was a Monday
    return f"“{words}” is read as every {name}; say “this {name}” if only the next one is meant."


def is_any(text: Written, days: Days) -> bool:
    """Whether it is left open if one weekday is that of each week or the next one alone: "3 hours on Sunday"."""
    return _A_WEEKDAY.fullmatch(text.text, days.start, days.end) is not None and not is_regular(text.text)


def _listed(text: Written, dates: Sequence[When], lasting: Sequence[Duration]) -> list[When]:
    """The dates of a list that a length stands beside: "9 and 10 January, 90 minutes each day"."""
    found: list[When] = []
    for one, two in pairwise(w for w in dates if w.kind in ("date", "slashes", "dots")):
        beside = any(
            _BESIDE.fullmatch(text.text, two.end, d.start) or _BESIDE.fullmatch(text.text, d.end, one.start)
            for d in lasting
        )
        if _AND_DATE.fullmatch(text.text, one.end, two.start) and (beside or one in found):
            found += [one, two]
    return found


def _once(text: Written, dates: Sequence[When], lasting: Sequence[Duration], only: Sequence[When]) -> list[When]:
    """The days that are no weekly ones, and on which nothing is due."""
    found: list[When] = []
    listed = _listed(text, dates, lasting)
    for when in dates:
        words, before = text.text[when.start : when.end], text.text[text.sentence(when.start, when.end)[0] : when.start]
        if when.kind == "near":
            once = "week" not in words
        elif when.kind == "weekday":
            once = words.startswith(("this ", "next ", "coming ", "the coming")) or when in only
            once = once or (_SINGLE.search(before) is not None and _WEEKS.search(text.text) is None)
        elif when.kind == "week":
            once = "weekend" in words and words.split()[0] in ("this", "next", "the", "coming")
        else:
            next_one = found and found[-1].kind == "date" and _AND_DATE.fullmatch(text.text, found[-1].end, when.start)
            once = when.kind in ("date", "slashes", "dots") and bool(
                next_one or when in listed or _ONE_LESSON.search(before)
            )
        if once and not _PAST.search(before) and not is_tested(text, when):
            found.append(when)
    return found


def _counted(text: Written, length: Duration) -> tuple[int, int, int]:
    """Where a length stands, with how many sessions there are of it, and that number."""
    before, after = _COUNT_BEFORE.search(text.text, 0, length.start), _COUNT_AFTER.match(text.text, length.end)
    noun = after is not None and after["noun"] is not None
    if before and (before["noun"] or before[0].endswith(("x ", "times ")) or noun):
        return before.start(), after.end() if after and noun else length.end, int(before["n"])
    if after and not noun:
        return length.start, after.end(), 2 if after["twice"] else int(after["n"])
    return length.start, length.end, 1


def _length_beside(text: Written, when: When, lasting: Sequence[Duration]) -> bool:
    before = text.text[text.sentence(when.start, when.end)[0] : when.start]
    return (
        when.kind in ("date", "slashes", "dots")
        or _SINGLE.search(before) is not None
        or any(
            _BESIDE.fullmatch(text.text, end, when.start) or _BESIDE.fullmatch(text.text, when.end, start)
            for start, end, _ in (_counted(text, d) for d in lasting)
        )
    )


def _chain(text: Written, sure: Sequence[When], lasting: Sequence[Duration]) -> list[Duration | When | Days]:
    """The durations and days that are named together with those which are sure."""
    weekly = [d for d in days_in(text) if not any(w.start < d.end and d.start < w.end for w in sure)]
    tokens: list[Duration | When | Days] = sorted([*lasting, *sure, *weekly], key=lambda t: t.start)
    runs = [[tokens[0]]]
    for one, two in pairwise(tokens):
        gap = text.text[one.end : two.start]
        if _JOINS.fullmatch(gap) and not re.search(TEST, gap):
            runs[-1].append(two)
        else:
            runs.append([two])
    return [token for run in runs if any(t in sure for t in run) for token in run]


def _paired(
    chain: Sequence[Duration | When | Days], lengths: Sequence[Duration]
) -> list[tuple[Duration | None, list[When | Days]]]:
    """Each duration with its days: those after it, or before it where the first word is a day."""
    days = [token for token in chain if not isinstance(token, Duration)]
    if len(lengths) < 2:
        return [(lengths[0] if lengths else None, days)]
    pairs: list[tuple[Duration | None, list[When | Days]]] = []
    row = list(chain) if isinstance(chain[0], Duration) else list(reversed(chain))
    for token in row:
        if isinstance(token, Duration):
            pairs.append((token, []))
        else:
            pairs[-1][1].append(token) if pairs else pairs.append((None, [token]))
    return pairs if isinstance(chain[0], Duration) else [(d, list(reversed(t))) for d, t in reversed(pairs)]


def _days(whens: Sequence[When | Days], stated: StatedTime, today: date) -> list[date]:
    """The days that are named, each the next one to come."""
    found: list[date] = []
    for when in whens:
        if isinstance(when, When):
            first = max(when.first, today)
            found += [first + timedelta(days=n) for n in range(max(0, (when.last - first).days) + 1)]
        elif when.study:
            since = max([today, *stated.sessions_on, *found]) + timedelta(days=1)
            found += sorted(since + timedelta(days=(day - since.weekday()) % 7) for day in when.days)
    return list(dict.fromkeys(found))


def _minutes(text: Written, length: Duration | None, whens: Sequence[When | Days], days: int) -> list[int]:
    """Minutes of each day: of a weekend all that is named, shared out, unless they are said to be for each day."""
    if length is None:
        return [0] * days
    minutes = round(length.minutes)
    _, end, sessions = _counted(text, length)
    shared = len(whens) == 1 and isinstance(whens[0], When) and whens[0].first != whens[0].last
    after = whens[0].end if whens else length.end
    if _EACH.match(text.text, end) or _BOTH.search(text.text, after, after + 20):
        return [minutes * sessions] * days
    if sessions > 1:
        return [minutes * (sessions // days + (day < sessions % days)) for day in range(days)]
    if not shared:
        return [minutes] * days
    if minutes <= _LESS_THAN:
        return [minutes, *[0] * (days - 1)]
    each = max(SHORTEST, minutes // days // 5 * 5)
    return [minutes - each * (days - 1), *[each] * (days - 1)]
