"""Who learns: a student who writes, a child, a class; and whether there are two of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ...yaml_file import read_yaml
from ..time.written import Written
from .phrases import formulaic

_FILE = Path(__file__).parents[2] / "data" / "first_names.yaml"
_CHILD_NOUN = (
    r"(?:son|daughter|child|kid|boy|girl|grandson|granddaughter|nephew|niece|grandchild|little one"
    r"|stepson|stepdaughter)"
)
_ONE = (
    r"(?:an?|one|my|our|the|this) (?:(?!class|group)[\w-]+ ){0,3}?"
    rf"(?:{_CHILD_NOUN}|teen(?:ager)?|student|pupil|learner|tutee|man|woman|lad|lady|friend|neighbou?r|adult)\b"
)
_GRADE = r"(?:(?:year|grade|form|set) \d{1,2}\w?|\d{1,2}(?:st|nd|rd|th)(?:[ -](?:grade|year))?|\w+[ -]grade)"
_TEACHER = re.compile(
    r"\bmy (?!fellow )(?:[\w-]+ ){0,2}(?:students|pupils|graders|classroom)\b"
    # "My class is doing fractions and I am lost" is a student's.
    r"|\bmy (?:\w+ )?class(?: \([^)]*\))? (?:needs?|struggles?|keeps?|ha(?:s|ve) trouble|got|gets|makes?|mix(?:es)?"
    r"|can't|cannot|confuses?|of (?:year|grade|\d))"
    # "For my adult ed class" says it of the class that one sits in; a grade, a size or lessons say that one teaches it.
    rf"|\bfor my (?:(?:[\w-]+ ){{0,2}}{_GRADE} (?:[\w-]+ ){{0,2}})?class\b(?: of \d{{1,2}}(?! ?\d))?"
    r"|\bfor my (?:[\w-]+ )+class of \d{1,2}\b(?! ?\d)"
    r"|\b(?:lessons?|units?|worksheets?|activit(?:y|ies)) [^.;!?\n]{0,40}?\bfor my (?:[\w-]+ )*class\b"
    r"|\b(?:(?:i|we) (?:run|lead|have|take) an? |my |for an? )"
    r"(?:(?:year|grade) \d{1,2} |\d{1,2}(?:st|nd|rd|th)[ -]grade )"
    r"(?:group|class|set)\b(?: of \d{1,2}\b)?(?! ?\d)"
    r"|\b(?:for )?my (?:year|grade) \d{1,2}s\b"
    r"|(?<!\bstudy )(?<!\brevision )\b(?:class|group) of \d{1,2}\b(?! ?\d)(?! (?:friends|adults))"
    r"(?!,? (?:and )?(?:we|us|of us)\b)"
    rf"|\bi (?:teach|tutor)\b(?! myself| {_ONE})|\bi(?: am|'m) (?:teach|tutor)ing\b(?! myself| {_ONE})|\bi've taught\b"
    r"|\b(?:i am|i'm|as) an? (?:\w+ ){0,3}(?:teacher|tutor)\b"
)
_CHILD = re.compile(
    rf"\b(?:my|our|for my|for our) (?:[\w-]+ ){{0,3}}?(?:{_CHILD_NOUN}|\w+(?: |-)grader)\b"
    r"|(?:^|[.;!?\n] )(?:son|daughter) (?:is|has|can|needs)\b"
    r"|\bhome-?school(?:ing|s|ed|er)?(?: (?:my|our|two|three|four|five|the|\d))*(?: (?:kids|children|boys|girls))?\b"
)
_LEARNER = re.compile(
    rf"\bi(?: am|'m)? (?:teach|tutor)(?:ing)? {_ONE}|\b(?:just|only) (?:the )?one (?:student|pupil|learner)\b|"
    r"\b(?:(?:for|my|our|a) )+(?:tutee|mentee)\b"
    r"|\b(?:for )?my student(?='s\b| (?:who|that|is|has|needs|keeps|fails|forgets|can't|struggles|mixes|always)\b)"
    r"|\bmy student (?=[a-z]+ (?:\(|is |has |needs |can't |mixes ))"
    r"|\ba student of mine\b|(?:^|(?<=[.;!?\n] ))(?:private |online |maths? ){0,2}tutor here\b"
)
"""One learner whom somebody else teaches."""
_TWO = re.compile(
    r"\b(?:my |our |the |we have |i have )?(?:twins|two (?:kids|children|boys|girls|sons|daughters)"
    r"|both (?:my |of my |our )?(?:kids|children|sons|daughters))\b"
    # "Two students are colour-blind" is said of a class.
    r"|\b(?:for|my|our|have|tutor|tutoring|teach) two (?:learners|students|pupils|tutees)\b"
    r"|\bme and my (?:brother|sister|friend|husband|wife|partner|mum|mom|dad|cousin|roommate|flatmate)\b"
    r"|\bmy (?:brother|sister|friend|husband|wife|partner|mum|mom|dad|cousin|roommate|flatmate) and (?:i|me)\b"
    rf"|\bmy (?:[\w-]+ )?{_CHILD_NOUN}(?: \([^)]*\)|, \w+,)? and (?:my )?(?:[\w-]+ )?{_CHILD_NOUN}\b"
    r"|\b(?:roommates|flatmates|two of us)\b"
)
_SECOND = re.compile(
    r"\b(?:the (?:other|younger|second)(?: one)?|(?:he|she) (?:wants|needs)|i (?:want|need))\b|\b(?:him|her):"
)
_HAVE = re.compile(r"(?:we|i) have ")
_OF_BOTH = re.compile(
    r"\b(?:they|them|both|each|one (?:is|needs|wants)|the (?:older|elder|other|younger|oldest|first))\b"
)
"""Without such words "I have two kids and a job" says how much time the writer has."""
_DOES = (
    r"(?:needs|wants|struggles|is (?:doing|stuck|learning|struggling|confused|lost)|can't|cannot"
    r"|has (?:trouble|to learn))\b"
)
_NAMED = re.compile(
    r"(?:^|[.:;\n,] ?|\band |[–—-] )(?P<name>[A-Za-z][a-z]{1,12})"
    r"(?P<age>,? \((?:[^)]{0,20}\b)?\d{1,2}(?:\b|st|nd|rd|th)[^)]{0,20}\))?"
    rf"(?:(?P<colon>: )| (?:(?P<does>{_DOES})|(?:is (?:on|in)|has|gets|does|should) ))"
)
_PLACES = re.compile(
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|january|february|march|april|june|july|august|september|october"
    r"|november|december|christmas|easter|algebra|calculus|geometry|trigonometry|statistics|arithmetic"
)
_SAME = re.compile(r"\b(?:same (?:thing|work|topic|plan)|both (?:do|need|want|struggle|in the same))\b")


@dataclass(frozen=True)
class Others:
    """A second learner: what both are called in the text, and where the part about the second begins.

    ``second``: what the second is called; ``at``: the place in the text, its end where nothing is said of the second
    alone; ``same``: both are said to do the same.
    """

    first: str
    second: str
    at: int
    start: int
    end: int
    same: bool


@dataclass(frozen=True)
class Who:
    audience: str | None
    child: bool
    learner: bool
    spans: tuple[tuple[int, int], ...]


def read_who(text: Written) -> Who:
    """For whom the request is, and the words that say so; ``learner``: for one whom the writer teaches."""
    teacher, child, learner = (list(cue.finditer(text.text)) for cue in (_TEACHER, _CHILD, _LEARNER))
    # "My 4th grader ... my 6th grader": the plan is for the first.
    child = [match for match in child if match is child[0] or "grader" not in match[0]]
    spans = tuple(match.span() for match in (*teacher, *child, *learner))
    # Who tutors one learner has no class.
    teacher = [match for match in teacher if not (learner and "tutor" in match[0])]
    return Who("teacher" if teacher else None, bool(child), bool(learner), spans)


def read_others(text: Written) -> Others | None:
    """The second learner, if there is one; ``at``, ``start`` and ``end`` are places of the text as it was typed."""
    two = _TWO.search(text.text)
    names = [m for m in _NAMED.finditer(text.typed) if _is_person(m)]
    distinct = list({m["name"]: m for m in names}.values())
    if two and _HAVE.match(two[0]) and not _OF_BOTH.search(text.text):
        two = None
    if two is None and len(distinct) != 2:
        return None
    same = bool(_SAME.search(text.text))
    if len(distinct) >= 2:
        start, end = (text.at[two.start()][0], text.at[two.end() - 1][1]) if two else distinct[0].span("name")
        return Others(distinct[0]["name"], distinct[1]["name"], distinct[1].start("name"), start, end, same)
    assert two is not None
    start, end = text.at[two.start()][0], text.at[two.end() - 1][1]
    seconds = list(_SECOND.finditer(text.text, two.end()))
    second = seconds[-1] if seconds else None
    first, other = _called(two[0], second[0] if second else "")
    return Others(first, other, text.at[second.start()][0] if second else len(text.typed), start, end, same)


def _is_person(match: re.Match[str]) -> bool:
    """Whether a word names a person: "Weak: slope" is a line of a form, and "School wants" speaks of no learner."""
    name = match["name"]
    if name.casefold() in first_names():
        return True
    if not name[0].isupper() or name.casefold() in formulaic() or _PLACES.fullmatch(name.casefold()):
        return False
    return bool(match["age"] or match["does"])


@cache
def first_names() -> frozenset[str]:
    """Names of persons that are nothing else, in lower case."""
    return frozenset(read_yaml(_FILE)["names"].split())


def _called(two: str, second: str) -> tuple[str, str]:
    """What the two are called in a sentence."""
    if re.search(r"\bme\b|\bi\b", two):
        one = re.search(r"\bmy (\w+)", two)
        other = f"your {one[1]}" if one else "the other"
        # "he wants ratios, I want slope": the writer comes second.
        return (other, "you") if second.startswith("i ") else ("you", other)
    if both := re.search(rf"\bmy (?:[\w-]+ )?({_CHILD_NOUN})\b.* and .*?\b({_CHILD_NOUN})$", two):
        return f"your {both[1]}", f"your {both[2]}"
    if second.startswith("i "):
        return "the other learner", "you"
    if second.startswith("the younger"):
        return "the older one", "the younger one"
    if "twin" in two:
        return "one twin", "the other twin"
    return "the first learner", "the other learner"
