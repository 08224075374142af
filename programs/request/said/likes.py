"""What somebody likes: a hobby, a thing, a person that examples can be about."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from ...curriculum import curriculum
from ...yaml_file import read_yaml
from ..time.written import Written, written
from .phrases import END, Phrase, items_of
from .ways import is_way

MOST = 5
_SUBJECTS = Path(__file__).parents[2] / "data" / "subjects.yaml"
_VERB = r"(?:love|like|enjoy|play|collect|adore|build)"
_MODE = r"(?:(?:really|also|just|all|both|absolutely|totally) )*"
_STATE = (
    r"(?:(?:really |very |so |big |huge |absolutely |totally )*(?:into|obsessed with|crazy about|mad about"
    r"|keen on|fond of"
    r"|passionate about|fascinated by|interested in|(?:an? )?(?:big |huge )*fans? of))"
)
_BE = r"(?:'m|'s|'re| am| is| are|m)"
_THIRD = (
    r"(?:he|she|they|we|who|both|(?:my|our|the) (?:[\w-]+ ){0,2}(?:son|daughter|child|kid|kids|children|boys?"
    r"|girls?|class"
    r"|students?|pupils?|twins?|nephew|niece|grandson|granddaughter|brother|sister|group|learners?)"
    r"(?: \([^()]{1,20}\))?)"
)
_CUE = re.compile(
    rf"\bi {_MODE}{_VERB}\b|\b{_THIRD} {_MODE}{_VERB}s?\b|(?:^|(?<=[.,;!?\n(] )|(?<=and )|(?<=but )){_MODE}"
    rf"(?:loves|likes|enjoys)\b"
    rf"|\b(?:i|he|she|they|we)?{_BE} {_STATE}(?=\s)|\b(?!into\b){_STATE}(?=\s)"
    # "turning fractions into decimals" likes no decimals
    rf"|(?:^|(?<=[.,;!?\n(] )|(?<=and )|\b{_THIRD} )into(?=\s)"
    r"|\b(?:(?:my|her|his|their) )?(?P<list>hobb(?:y|ies)|interests?|passions?)(?: is| are|:)"
    r"|\b(?P<about>(?:examples?|stories|word problems) (?:about|from|to do with))(?=\s)|\bthemed? around\b"
)
_NOT = re.compile(
    r"(?:it|that|this|these|those|when|how|if|what|where|why|a (?:study )?plan|(?:some )?help|more help|the idea|best"
    r"|maths?|mathematics|you)\b(?! examples)|to (?:know|learn|understand|be able|have|get|do|see|be|pass|start"
    r"|cover|work|study)\b"
)
_THING = re.compile(
    rf" (?:to |the same |anything (?:with|about|to do with) |all things "
    rf"|watching )?(?P<x>[^\W\d_][\w' &+/-]{{1,50}}?){END}"
)
_MORE = re.compile(
    rf",(?= (?:[^\W\d_][\w'-]*(?: [^\W\d_][\w'-]*)?, )*(?:[^\W\d_][\w'-]*(?: [\w'-]+)?),? and [\w' -]{{2,30}}?{END})"
)
_WITH = re.compile(r" and (?P<x>(?:my|his|her|our|their) [\w-]+)(?= lol| haha|[.;!?\n)]|$)")
"""What belongs to somebody may be liked too: "Minecraft and my cat"."""
_LIST = re.compile(
    r" (?P<x>[^\W\d_][\w' +/-]*(?:(?:,|,? and|,? &) [^\W\d_][\w'+/-]*(?: [\w'+/-]+){0,2}(?=[,.;!?\n)]| and |$))*)"
)
_EXAMPLES = re.compile(
    r"\b(?P<x>(?!(?:word|story|worked|more|some|lots|many|several|few|any|of|the|with|real|life|real-life|good|easy|hard"
    r"|solved|simple"
    r"|practical|concrete|everyday|step|and|for|two|three|an?|i|need|want|no|without|plenty"
    r"|only)\b)[^\W\d_][\w'-]{2,20})"
    r" (?:examples?|problems|themed?)\b(?= (?:please|pls|if|would|only|where)|[.,;!?]|$)"
)
_BELONGS = re.compile(
    r"^(?:my |his |her |our |their |anything (?:with|about|to do with) |playing with |the |collecting data )"
)
_EMPTY = re.compile(
    r"^(?:themselves|himself|herself|myself|them|to|the|a|an|my|his|her|their|it|all|maths?|learning|studying)$"
)


def read_likes(text: Written) -> list[Phrase]:
    """The things that are liked, in the order of the text; ways of working are left to ``ways``."""
    found: list[Phrase] = []
    for cue in _CUE.finditer(text.text):
        after = cue.end()
        if text.text[after : after + 1] != " " or _NOT.match(text.text, after + 1):
            continue
        match = (cue["list"] and _LIST.match(text.text, after)) or _THING.match(text.text, after)
        if match is None or _denied(text.text, cue.start()) or (cue["about"] and _is_mathematics(match["x"])):
            continue
        start, end = match.span("x")
        if more := _MORE.match(text.text, end):
            last = re.compile(rf".*? and [\w' -]{{2,30}}?{END}").match(text.text, more.end())
            end = last.end() if last else end
        if own := _WITH.match(text.text, end):
            end = own.end()
        for first, last_ in items_of(text, start, end):
            words = text.text[first:last_]
            first += len(words) - len(_BELONGS.sub("", words))
            words = text.text[first:last_]
            if len(words) > 1 and not is_way(words) and not _EMPTY.match(words):
                found.append(Phrase(first, last_, cue.start()))
    if not found:
        found += [
            Phrase(*match.span("x"), match.start())
            for match in _EXAMPLES.finditer(text.text)
            if not is_way(match["x"]) and not _denied(text.text, match.start()) and not _is_mathematics(match["x"])
        ]
    return _apart(found)[:MOST]


def liked(text: str) -> list[tuple[int, int]]:
    """Where the text speaks of what somebody likes, so that nothing of it is taken for a topic."""
    plain = written(text)
    spans = (plain.span(phrase.cue, phrase.end, "interest") for phrase in read_likes(plain))
    return [(span.start, span.end) for span in spans]


def _denied(text: str, start: int) -> bool:
    return bool(
        re.search(
            r"\b(?:no|not|n't|never|don't|doesn't|would|'d|might|should|hates?|without"
            r"|(?:struggl(?:e|es|ing)|trouble|help) with|stuck on) $",
            text[:start],
        )
    )


def _is_mathematics(words: str) -> bool:
    """Whether words begin with a topic: as far as a request for a plan goes, nobody's hobby is percentages."""
    return bool(_topics().match(words))


@cache
def _topics() -> re.Pattern[str]:
    # The readers of topics ask this file what is liked, so that it cannot ask them.
    subjects = read_yaml(_SUBJECTS).values()
    names = [name for about in subjects for name in (*about["names"], *about.get("family", ()))]
    names += [name.casefold() for concept in curriculum().values() for name in (concept.name, *concept.aliases)]
    return re.compile(rf"(?:{'|'.join(sorted({re.escape(n.removesuffix('s')) for n in names}))})s?\b")


def _apart(found: list[Phrase]) -> list[Phrase]:
    kept: list[Phrase] = []
    for phrase in sorted(found, key=lambda p: (p.start, -p.end)):
        if not kept or phrase.start >= kept[-1].end:
            kept.append(phrase)
    return kept
