"""What somebody learns for: a grade, an exam, a job, a place."""

from __future__ import annotations

import re

from ..time.written import Written
from .phrases import Phrase

_ENDS = r",.;:!?\n(\U0001f300-\U0001faff"
_STOP = (
    rf"[^{_ENDS}]{{2,200}}?(?=[{_ENDS}]|$| - |"
    r" (?:and|but|so|because|cos|bc) (?:the|i|i'm|i've|my|we|he|she|they|it|need|have|am|please|then)\b"
    r"| (?:but|because|please|pls)\b)"
)
_GRADE = (
    r"(?:at least )?(?:an? )?(?:(?:grade|level) )?(?:[1-9](?: or [1-9])?|[a-e](?:[*+]|-(?!\w))?)"
    r"(?: at least| or better| or above)?"
)
_GOALS = tuple(
    re.compile(pattern)
    for pattern in (
        # In this order: a sentence that says what for goes before a word that hints at it.
        rf"\b(?:my|his|her|the|our|their) (?:goal|aim|dream) is (?:to )?(?P<x>{_STOP})",
        r"\b(?:i (?:want|need|have|would like) to|i'd like to"
        r"|so that (?:i|he|she|they) can"
        r"|so i can)\s+(?P<x>(?:pass|get|ace|prepare|be ready|understand|master|improve|catch up|raise|finish"
        r"|retake|resit"
        rf"|score|help|become|work out|be able to|stop|keep up|skip){_STOP})",
        r"\b(?:goal|aim|target)(?: grade)?: ?(?P<x>[^,.;!?\n(]{1,80})",
        rf"\b(?:because|since|as|bc|cos|cause) (?:i|he|she|they) (?:want|wants|would like|hope|hopes|plan"
        rf"|plans) to (?P<x>{_STOP})",
        rf"\b(?:i|he|she|they) (?:want to|wants to|wanna|would like to|dreams? of|hopes? to) "
        rf"(?P<x>(?:be (?!comfortable|able|good|better|ready|confident)|becoming|become|study|go to|get into"
        rf"|getting into) ?{_STOP})",
        rf"\b(?:in order )?to (?P<x>(?:pass|ace|retake|resit|get into|prepare for|qualify for|become|help (?:my"
        rf"|our)) {_STOP})",
        # "Aiming for 7", "needs an A in maths", "trying to get grade 6"; "I need grade 4 sums" names a school year.
        r"\b(?:aiming(?: for| at)?|aims? for|hoping for|hopes? for|target(?:ing| is)?"
        r"|(?:hop(?:e|es|ing)|aim(?:s|ing)?|try(?:ing)?|tries|needs?|wants?|like) to (?:get|achieve|reach|score|make)"
        rf"|(?:needs?|wants?|like)(?= (?:at least )?an? )) (?P<x>{_GRADE})"
        r"(?= ?(?:[.,;!?\n)]|$)| (?:in|on|and|at|but|so|to|for|this|by|because|overall)\b)",
        r"\b(?:for|in) (?P<x>(?:my|his|her|our|a|the|an) (?:[\w'-]+ ){0,3}(?:degree|job|work|career"
        r"|apprenticeship|master'?s"
        r"|bachelor'?s|business|certification|entrance exam|interview|supermarket|mortgage|thesis)(?: in \w+)?)"
        r"\b(?! (?:test|exam|interview)s?\b)",
        r"\b(?:i|he|she|they) starts? (?P<x>(?:an?|my|his|her|their|the) (?:[\w'-]+ ){0,4}(?:master'?s|degree"
        r"|course|job|apprenticeship|phd"
        r"|program(?:me)?))\b",
        r"\b(?P<x>(?:foundation |higher |maths? |gcse )*(?:resit|retake))\b(?! is| on|\w)",
    )
)


def read_goal(text: Written) -> Phrase | None:
    """What the learning is for; the clearest statement of it."""
    for pattern in _GOALS:
        if match := pattern.search(text.text):
            start, end = match.span("x")
            while text.text[end - 1] in " \0":
                end -= 1
            return Phrase(start, end, match.start())
    return None
