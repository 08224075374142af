"""The day by which it must be done: which of the days in a text is the end, and which lie in the past or begin it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from ...calendar import dated
from ..spans import Assumption
from .exams import exam_beside
from .stated import StatedTime
from .when import WEEKDAY, When
from .written import HIDDEN, Written

EXAM = r"(?:re-?)?tests?|exams?|examination|quizz?(?:es)?|mid-?terms?|finals?|assessment|mocks?|resits?|retakes?"
TEST = (
    rf"\b(?:{EXAM}|paper|oral"
    r"|p?sats?|act|ap|gcses?|a[- ]?levels?|olympiad|jee|neet|mains|hsc|vce"
    r"|ib|trials?(?! and error)|leaving cert|regents|staar|eoc|gmat|gre|abitur|matura"
    r"|contest|competition|interview|evaluation|entrance|placement|lab|viva"
    r"|due|deadline|assignment|homework|hw|hand(?:ing)? (?:it )?in|essay|presentation|checks|checking|finish(?:ed)?"
    r"|be (?:ready|done|over)|get this (?:straight|done)|birthday|report card|parents'? evening)\b"
)
_SOON = re.compile(
    r"\b(?:by|until|before|due|no later than|ahead of|for|deadline|not after)(?: (?:on|in|at|about|around|the|this"
    r"|early|is|maybe|latest|sometime|start of|beginning of|my|our|her|his|their))* \(?$"
    r"|\b(?:by|until|before|due)(?: [\w'-]+){1,3} \($"
    r"|\b(?:by the time|before)(?: (?:we|i|she|he|they|school|classes|term|uni))(?: [\w'-]+){0,3}? (?:on )?$"
)
# "Before Calc 2 starts on", "until half term, which begins on"
_UNTIL_IT_STARTS = re.compile(
    r"\b(?:by the time|before|until|till)(?: [\w'-]+){1,5}?(?:,? (?:which|that))?"
    r" (?:starts?|begins?|resumes?|opens?)(?: back| again)?(?: (?:on|in|at|around|the))* $"
)
_FROM_NOW = re.compile(r"\b(?:between now and|from now (?:to|until))(?: the)? $")
_TEST_BEFORE = re.compile(TEST + r"[^.;!?\0]{0,45}$")
_TEST_JUST_BEFORE = re.compile(
    TEST + r"(?:'s|:)?(?: (?!and\b|every\b|each\b|only\b)[\w'-]+){0,4}?,?(?: (?:on|is|this|next|by))? ?\(?$"
)
_TEST_ON = re.compile(
    TEST + r" (?:on|about|over|covering)"
    r" (?:(?!(?:i|we|he|she|they|can|free|stud\w+|work\w*|practi\w+|every|each|only|lessons?|sessions?|after)\b)"
    r"[\w'-]+ ){1,9}(?:(?:on|is) )?$"
)
"""In "quiz on scatter plots and correlation this Thursday" the day is the quiz's."""
_TEST_AFTER = re.compile(r"(?:'s)?[^.;!?\n\0]{0,30}?" + TEST)
_TEST_RIGHT_AFTER = re.compile(
    r"(?:'s|,? (?:i have|i've got|there(?:'s| is)|we have|is|comes|it's))?(?: (?:an?|the|my|our|her"
    r"|his))?(?: \w+){0,2}? " + TEST
)
_BEGINNING = re.compile(
    r"\b(?:since|from|start(?:s|ed|ing)?|beg[aiu]n(?:s|ning)?|not before|until after|after|back"
    r"|off (?:school|work|college|uni))\b[^.;!?,]{0,40}$"
)
SOMETHING_ELSE = (
    r"(?:course|degree|master'?s?|bachelor'?s?|[mb](?:sc|eng|ba)|uni(?:versity)?|college|job|semester|term|program(?:me)?|apprenticeship"
    r"|bootcamp|phd|module|school)"
)
_STARTS_THEN = re.compile(
    rf"\b{SOMETHING_ELSE}\b[^.;!?,]{{0,30}}\b(?:starts?|begins?|starting|beginning)\b[^.;!?,]{{0,12}}$"
    rf"|(?:{TEST}[^.;!?,]{{0,20}}|\bclass(?:es)? )\b(?:starts?|begins?|starting|beginning)(?: on| the| in)* $"
    rf"|\bi(?:'ll| will|'m|am)? (?:start|begin)(?:ing)?\b[^.;!?,]{{0,50}}\b{SOMETHING_ELSE}\b[^.;!?,]{{0,20}}$"
)
_CANNOT_BEFORE = re.compile(r"\b(?:can't|cannot|can not|won't)(?: \w+){1,3} (?:before|until)\b[^.;!?,]{0,50}$")
_SINCE_BEFORE = re.compile(r"\bsince (?:\w+ )?(?:before|about|around)\b[^.;!?,]{0,20}$")
_LAST_ONE = re.compile(
    r"\b(?:last|final) (?:1|session|lesson|class|meeting|day)(?: (?:is|will be))?(?: on)?(?: the)?:? $"
)
_AFTER_IT = re.compile(TEST + r"[^.;!?,]{0,20}\b(?:right |just |straight )?after (?:the )?$")
_WORK = re.compile(
    r"\b(?:plan|stud(?:y|ying)|work(?:ing)?|learn|revis\w+|free|available|time|unit|teach|course|class|runs?)\b"
)
_FREE_AFTER = re.compile(r" (?:(?:i'm|is|are|am) )?(?:free|off|available)\b")
_FREE_BEFORE = re.compile(r"\b(?:free|available|off)(?: all day)? $")
STUDIED_THEN = re.compile(r"[^.;!?]{0,20}\0[^.;!?]{0,20}\b(?:then|in it|that week|those days)\b")
"""What says of holidays that there is study in them: "half term is 16-20 February, an hour each day then"."""
_PAST_AFTER = re.compile(r" (?:\w+ ){0,2}?(?:got|had|was|were|did|took|wrote|learn(?:ed|t)|failed|started|went)\b")
_BEGINS_AFTER = re.compile(r",? (?:onwards|on(?=$|[,.;!?])|(?:(?:we|i|she|he|they)(?:'ll| will)? )?(?:start|begin))")
_PAST = re.compile(
    r"\b(?:failed|spent|was|were|had(?! better| to)|scored|took|missed|flunked|bombed|did|born|ago|finished"
    r"|last(?! (?:1|session|lesson|class|meeting|day)\b)"
    r"|retook|learn(?:ed|t)|stopped|dropped|wrote|started|previous|sat (?:the|my|an?)|got (?:an? )?\d"
    r"|left (?:school|uni\w*|college))\b[^,;]*$"
)
_MOVED = re.compile(r"\b(?:moved|postponed|rescheduled|pushed|changed|delayed)\b")
_TODAY = re.compile(
    r"\b(?:by|until|for|before|due|need to\b[^.;!?\n]{0,40}|" + TEST + r"(?:'s| is| \w+)?|\bhave[^.;!?]{0,20}) $"
)
_BY = re.compile(r"\b(?:by|until|before|due|no later than)(?: (?:the|this|next|on|end of))* $")
_POINTED = re.compile(r"\b(?:on|by|until|before|due|is|at|for|the|test|exam|quiz|final|midterm|retake|deadline):? \(?$")
_MANY_DAYS = re.compile(r" ?(?:,|/|&|\+|and|or|-|to|through)? ?(?:on )?(?:mon|tue|wed|thu|fri|sat|sun)")
_ITS_DAY = re.compile(r"(?:'s|:)?(?: (?:is|on|the|in))* ?")
"""What stands between a test and the day that is its own: "test is on the 12th"."""
_FULL = ("date", "slashes", "dots", "range")
_SLASH = re.compile(r"\b\d{1,2}/\d{1,2}\b(?!/)")
_TELLS = re.compile(r"\b(?:i|he|she|we|they|it|my|our|his|her|their|turn(?:s|ing)?|is|are|will|has)\b")
_ANOTHER_DAY = re.compile(
    r"(?:, and|,| and|,? then) \0+ (?:on )?(?:[a-z]{3,6}day|today|tonight|tomorrow|" + WEEKDAY + r")\b"
)
_OF_MANY = re.compile(rf"\b{WEEKDAY}s?(?: ?[,/&+-] ?| and | or | to )(?:on )?$")


def read_deadline(text: Written, dates: Sequence[When], today: date, stated: StatedTime) -> Written:
    """Fills in the deadline; returns the text without what it was read from."""
    ends = [(strength, when) for when in dates if (strength := _strength(text, when, dates))]
    best = max(ends, key=lambda end: (end[0], -end[1].start), default=None)
    if best is None:
        _past_test(text, dates, stated)
        return text.hide(*((w.start, w.end) for w in dates if w.kind in _FULL))
    when = best[1]
    words = text.as_typed(when.start, when.end)
    stated.used.append(text.span(when.start, when.end, "deadline"))
    if (when.due or when.last) < today:
        stated.assumptions.append(Assumption("deadline", f"The date {when.first} has passed, so it is ignored."))
    else:
        # An exam lasts from the first day; who works from one day to another has until the last.
        study = when.kind == "range" and not _tested(text, when)
        stated.deadline = when.last if study else when.due or when.first
        if study and when.first > today:
            stated.start = when.first
        if when.how:
            day = dated(stated.deadline)
            stated.assumptions.append(Assumption("deadline", f"“{words}” is read as {day}, {when.how}."))
    # Another test or date is no day for study either.
    others = [w for _, w in ends] + [w for w in dates if w.kind in _FULL]
    return text.hide(*((w.start, w.end) for w in others))


_WAS_TESTED = re.compile(
    rf"{TEST}[^.;!?,\0]{{0,20}}\b(?:was|were)(?: (?:on|in|back))*(?: the)? $"
    rf"|\b(?:had|took|sat|failed|wrote)\b[^.;!?,\0]{{0,20}}{TEST}[^.;!?,\0]{{0,12}}(?:on|in) (?:the )?$"
)


def _past_test(text: Written, dates: Sequence[When], stated: StatedTime) -> None:
    """Says of the day of a test that is over that it ends nothing."""
    for when in dates:
        first = text.sentence(when.start, when.end)[0]
        over = _WAS_TESTED.search(text.text[first : when.start])
        if over and when.kind in ("date", "slashes", "dots", "weekday", "month"):
            start = first + over.start()
            said = f"“{text.as_typed(start, when.end)}” is over, so it is no deadline."
            stated.assumptions.append(Assumption("deadline", said))
            stated.used.append(text.span(start, when.end, "deadline"))
            return


def _tested(text: Written, when: When) -> bool:
    first, _ = text.sentence(when.start, when.end)
    _, last = text.clause(when.start, when.end)
    before, after = text.text[first : when.start], text.text[when.end : last]
    return bool(_TEST_BEFORE.search(before) or _TEST_AFTER.match(after))


_ANOTHER = re.compile(rf"\b(?:today|tonight|tomorrow|{WEEKDAY})\b")
"""In "test tomorrow, today 2 hours" tomorrow has the test."""
_HURRIED = re.compile(r"\b(?:by|until|before|due|no later than|deadline)(?: (?:the|is|on|at))* $")


def is_tested(text: Written, when: When) -> bool:
    """Whether something is due on a day, or tested: not in "2 hours today before the test"."""
    before = text.text[text.sentence(when.start, when.end)[0] : when.start]
    after = text.text[when.end : text.sentence(when.start, when.end)[1]]
    return bool(
        _HURRIED.search(before)
        or ((just := _TEST_JUST_BEFORE.search(before)) and not _ANOTHER.search(just[0]))
        or (_TEST_ON.search(before) and HIDDEN not in before)
        or (_TEST_RIGHT_AFTER.match(after) and not re.match(r" (?:before|for|to)\b", after))
    )


def _strength(text: Written, when: When, dates: Sequence[When]) -> int:
    """How surely a day is the end, of all ``dates``: 0 where it is none."""
    whole = text.text
    first, last = text.sentence(when.start, when.end)
    before, after = whole[first : when.start], whole[when.end : last]
    clause = whole[text.clause(when.start, when.end)[0] : when.start]
    soon = bool(
        _SOON.search(clause) or _AFTER_IT.search(clause) or _FROM_NOW.search(before) or _UNTIL_IT_STARTS.search(before)
    )
    starts_then = bool(_STARTS_THEN.search(clause))
    if not starts_then and not soon and (_BEGINNING.search(clause) or _BEGINS_AFTER.match(after)):
        return 0
    if starts_then and _CANNOT_BEFORE.search(clause):
        return 0
    if _SINCE_BEFORE.search(clause) or (_PAST_AFTER.match(after) and when.kind in ("weekday", "near")):
        return 0
    if _LAST_ONE.search(clause) and when.kind in ("date", "slashes", "dots") and not _PAST_AFTER.match(after):
        return 3
    dated = when.kind == "date" and re.search(r"\d{4}", whole[when.start : when.end])
    if _PAST.search(clause) and not (_MOVED.search(clause) or soon or dated):
        return 0
    if starts_then:
        return 2
    if when.kind in _FULL and exam_beside(text, when.start, when.end):
        return 3
    if when.kind == "weekday":
        dated_next = [other.start - when.end for other in dates if other.start > when.end]
        return _weekday_strength(whole, when, clause, before, after, dated_next)
    if when.kind == "slashes" and (
        len(_SLASH.findall(whole, first, last)) > 1 or _about_fractions(whole[first:last], clause)
    ):
        return 0
    if when.kind in ("slashes", "dots"):
        if when.kind == "dots" and _TEST_RIGHT_AFTER.match(after):
            return 3
        return 3 if soon or _POINTED.search(clause) or text.as_typed(when.start, when.end).count("/") == 2 else 0
    tested = _tested(text, when)
    if when.kind == "near":
        words = whole[when.start : when.end]
        if _FREE_AFTER.match(after) or _FREE_BEFORE.search(clause):
            return 0
        if before.endswith(HIDDEN + " ") and _ANOTHER_DAY.match(after):
            return 0  # "20 minutes tonight, 20 tomorrow": days for study
        if "week" in words or _TODAY.search(clause):
            return 3
        if words == "tonight" and not clause.strip(" ,") and after[:1] in ("", ",", "."):
            return 2  # "2 hours, tonight"
        # "Determinants tomorrow, exam Wednesday": what is learned on a day gives way to what is tested on another.
        tested = bool(_TEST_JUST_BEFORE.search(before) or _TEST_RIGHT_AFTER.match(after))
        if before.endswith(HIDDEN + " ") and not (tested or soon):
            return 0  # "2 hours tomorrow" is a day for study
        return (3 if tested or soon else 2) if "tomorrow" in words else 0
    if when.kind == "range" and not soon and not tested:
        return 2 if _WORK.search(clause + after) or STUDIED_THEN.match(after) else 0
    if when.kind in ("date", "range", "feast"):
        if before.endswith(HIDDEN + " on ") and not (soon or tested):
            return 0  # "3 hours on the 10th"
        return 3 if soon or tested else 2 if when.kind != "feast" else 0
    if when.kind == "season":
        return 2 if soon or (tested and re.search(r"\b(?:in|this|next) $", clause)) else 0
    if soon or tested:
        return 3 if when.kind == "edge" else 2
    words = whole[when.start : when.end]
    # "Derivatives next month" is one; "he turns 14 next month" tells of something else.
    bare = words == "next week" or (words == "next month" and not _TELLS.search(clause + after))
    return 1 if when.kind == "edge" or bare else 0


def _about_fractions(sentence: str, clause: str) -> bool:
    """Whether 12/02 may be a fraction: not where a test is "on" it."""
    return "fraction" in sentence and not (_TEST_BEFORE.search(clause) and clause.endswith("on "))


def _weekday_strength(whole: str, when: When, clause: str, before: str, after: str, dated_next: Sequence[int]) -> int:
    """A weekday ends the work only where a test stands beside it, or "by": most are days for study.

    dated_next: where in ``after`` dates begin. A test that has one is not on the weekday.
    """

    def tested(pattern: re.Pattern[str]) -> bool:
        test = pattern.match(after)
        return test is not None and not any(_ITS_DAY.fullmatch(after, test.end(), place) for place in dated_next)

    words = whole[when.start : when.end]
    if (
        _BY.search(clause)
        or _FROM_NOW.search(before)
        or re.search(r"\b(?:weeks?|fortnight) |\bin (?:an?|\d) weeks?", words)
    ):
        return 3
    if re.match(r" (?:mornings|afternoons|evenings|nights)\b", after):
        return 0
    listed = _MANY_DAYS.match(after) and not words.startswith(("next", "this"))
    if listed or _OF_MANY.search(before) or re.search(r"\b(?:every|each) $", clause):
        return 0
    if _TEST_JUST_BEFORE.search(before) or _TEST_ON.search(before) or tested(_TEST_RIGHT_AFTER):
        return 3
    pointed = before.endswith("on ") or words.startswith(("next", "this", "coming"))
    if pointed and tested(_TEST_AFTER):
        return 3
    return 1 if re.search(r"\bfor $", clause) else 0
