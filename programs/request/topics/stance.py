"""Whether what a text names is wanted, not wanted, known or hard: read clause by clause from what stands around it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

from .names import Placed


class Stance(Enum):
    """How the learner stands to a topic. ``GAP``: not learned yet, which is no wish as long as something else is."""

    WANTED = "wanted"
    HARD = "hard"
    GAP = "gap"
    KNOWN = "known"
    UNWANTED = "unwanted"


@dataclass(frozen=True)
class Clause:
    """A stretch of the text with one stance; ``cue``: where the words stand that say so."""

    start: int
    end: int
    stance: Stance
    cue: int | None = None

    @property
    def said(self) -> bool:
        """Whether words of the clause say what its stance is."""
        return self.cue is not None


_BREAK = re.compile(
    r"(?:[.;!?](?=\s|$)|[!?]+|\n+|\s[-–—]+\s|:\s)"
    r"|,?\s*(?<!everything )(?<!anything )(?<!all )\b(?:but|however|though|although|whereas|yet)\b(?! not a| nothing)"
    r"|,\s*(?=(?:so|now|and now|then)?\s*(?:i|i'm|i'd|we|he|he's|she|she's|they|that|which|weak|bad|good|not"
    r"|never|except"
    r"|skip|without|no|help|needs?|wants?|must|please|my)\b)"
    r"|,?\s(?=(?:and )?(?:the )?(?:rest|everything else|others)\b(?: is| are|'s))"
    r"|\b(?:and|so)\s+(?=(?:now |then )?(?:i|i'm|we|he|she|they)\b|(?:need|want|help|must)\b)"
    r"|\s(?=(?:except|excluding|apart from|other than|aside from|but not|without|skip|leave out|rather than"
    r"|everything but|anything but|all but)\b)"
)
_UNWANTED = re.compile(
    r"\b(?:except(?:ing)?(?: for)?|excluding|apart from|other than|aside from|without|skip(?:ping)?|leave out"
    r"|leaving out"
    r"|(?:do not|don't|dont|does not|doesn't|doesnt) (?:need|want|cover|include|do)|not (?:on|in"
    r"|part of) (?:the|my|our)"
    r"|(?:we|she|he|they) (?:do not|don't|dont) cover|won't be (?:on|in)|is not needed|not needed|instead of"
    r"|rather than)\b"
    r"|\b(?:everything|anything|all) (?:but|except|besides)\b"
)
_KNOWN = re.compile(
    r"\b(?:(?:i|we|he|she|they) (?:already |really |do )*(?:know|knows|understand|understands|get|gets|mastered)"
    r"|already (?:know|done|did|do|finished|learned|learnt|mastered|covered|had|understand|understood)"
    r"|(?:done|did|finished|learned|learnt|covered|had)\b[^.,;!?]{1,40}\balready|(?:i've|we've|i have|have"
    r"|has) mastered"
    r"|(?:i|we|he|she|they) can (?:already )?(?:do|find|solve|add|use|handle|manage|multiply|divide)"
    r"|(?:i'm|i am|he's|he is|she's|she is|we're|we are|they're|is|are|am|pretty|quite|very|really"
    r"|feel) (?:already |pretty "
    r"|quite |very |really |totally |doing )*(?:good|great|fine|ok|okay|comfortable|confident|solid|happy"
    r"|strong|fluent) "
    r"(?:at|with|in|on|about)|(?:good|great|fine|ok|okay|comfortable|confident|solid|strong) (?:at|with|in|on)"
    r"|(?:that|this|it|those|these|they|which)(?: one| part| bit| ones| bits)?(?:'s| is"
    r"| are) (?:already )?(?:fine|ok|okay"
    r"|easy|no problem|clear|solid|good|done)|no (?:problem|problems|trouble) with|(?:is"
    r"|are) (?:already )?(?:fine|easy|ok"
    r"|okay|no problem|solid|clear)(?! (?:but|to))|(?:going|goes|went) well)\b"
)
_NOT_KNOWN = re.compile(
    r"\b(?:know|understand|get|gets|did|learned|learnt|done)s? (?:nothing|little|that (?:i|my)|i|it's|this|not"
    r"|stuck|why|how to"
    r"|lost|confused|wrong|most|it wrong|about|worse|a bad|help|[a-z ]{0,40}\bwrong\b|\d)"
    r"|can (?:only )?(?:do|use|manage|add|handle|find) (?:\d|an?\b|one|two|three|four|five|half|about|maybe"
    r"|like|up to|only|more|some time)"
    r"|(?:what|things?|stuff) (?:i|we|he|she|they) (?:do not|don't|dont) know"
    r"|(?:do not|don't|dont|does not|doesn't|doesnt|didn't|did not|never|can't|cannot|cant|not|to|if|how|so"
    r"|until|makes sure)"
    r" (?:i |we |he |she |they |can |really |be |yet |fully )*(?:know|understand|get|do|find|solve|good|ok|okay|fine)"
    r"|to (?:be|feel|become|get) (?:\w+ ){0,2}(?:good|great|fine|ok|okay|comfortable|confident|solid|happy"
    r"|strong|fluent)"
    r"|so (?:that )?(?:i|he|she|we|they) can|(?:until|before|when|if) (?:i|he|she|we|they) (?:can|know)"
)
_HARD = re.compile(
    r"\b(?:weak|bad|terrible|awful|hopeless|rubbish|poor|lost|stuck|struggl\w*|trouble|difficult\w*|disaster"
    r"|confus\w*|mix\w* up"
    r"|worst|hard|hate|fail\w*|sink|sinks|wrong|mistakes?|keep\w* (?:missing|forgetting|getting)|not going in|no sense"
    r"|(?:do not|don't|dont|doesn't|can't|cannot|cant) (?:really )?(?:get|understand|follow|see|grasp))\b"
)
_GAP = re.compile(
    r"\b(?:(?:can't|cannot|cant|can not) (?:even )?(?:do|add|multiply|divide|read|use|work out)"
    r"|never (?:really )?(?:done|did"
    r"|learned|learnt|had|studied|touched)|(?:no|without any) (?:idea|clue|knowledge) (?:about|of)"
    r"|know nothing about)\b"
)
_WISH = re.compile(r"\b(?:need|want|must|help|plan|please|pls|plz|learn|teach|would like|prepare|practi[cs]e|revise)\b")
_NOT = re.compile(r"\b(?:not|no|no more|nothing (?:about|on))\s+(?:the |any |more |all |of |about |just )*$")
_BACK = re.compile(r"^\s*(?:,\s*)?(?:that|this|it|those|these|they|which|all of (?:that|these))\b")
_CUES = ((_UNWANTED, Stance.UNWANTED), (_GAP, Stance.GAP), (_KNOWN, Stance.KNOWN), (_HARD, Stance.HARD))


def clauses(text: str) -> list[Clause]:
    """The clauses of a text, which leave out nothing, and the stance of each."""
    lower = text.lower().replace("’", "'")
    lower = lower if len(lower) == len(text) else text.replace("’", "'")
    breaks = [0, *sorted({m.end() if m.group().strip() else m.start() + 1 for m in _BREAK.finditer(lower)}), len(text)]
    found: list[Clause] = []
    for start, end in pairwise(breaks):
        if lower[start:end].strip():
            stance, cue = _stance(lower[start:end])
            found.append(Clause(start, end, stance, None if cue is None else start + cue))
    return found


def _stance(clause: str) -> tuple[Stance, int | None]:
    places = []
    for pattern, stance in _CUES:
        for match in pattern.finditer(clause):
            if stance is Stance.KNOWN and _denied(clause, match):
                continue
            places.append((match.start(), stance))
    if not places:
        wish = _WISH.search(clause)
        return Stance.WANTED, wish.start() if wish else None
    cue, stance = min(places, key=lambda place: place[0])
    return stance, cue


def _denied(clause: str, cue: re.Match[str]) -> bool:
    """Whether words that say what is known are part of words that say what is not."""
    return any(
        d.start() <= cue.start() < d.end() or cue.start() <= d.start() < cue.end() for d in _NOT_KNOWN.finditer(clause)
    )


def stances(text: str, named: Sequence[Placed]) -> list[Stance]:
    """The stance of each stretch, in the order of the text."""
    lower = text.lower().replace("’", "'")
    lower = lower if len(lower) == len(text) else text.replace("’", "'")
    parts = clauses(text)
    found = [Stance.WANTED] * len(named)
    before: list[int] = []
    last = Stance.WANTED
    for part in parts:
        inside = [i for i, stretch in enumerate(named) if part.start <= stretch.start < part.end]
        for i in inside:
            found[i] = _of(part, lower, named[i], [named[j] for j in inside], last)
        back = not inside and part.stance in (Stance.KNOWN, Stance.UNWANTED)
        if back and _BACK.match(lower[part.start : part.end]):
            # "the law of sines, that one is fine": what was named before is meant.
            for i in before:
                found[i] = part.stance
        if inside:
            before = inside
        if inside or part.said:
            last = part.stance
    return found


def _of(part: Clause, lower: str, stretch: Placed, inside: Sequence[Placed], last: Stance) -> Stance:
    ahead = lower[part.start : stretch.start]
    if part.stance is Stance.KNOWN and part.cue is not None and stretch.end <= part.cue:
        # "slope please, fractions I already know": what stands before the comma is not known.
        comma = lower.rfind(",", stretch.end, part.cue)
        if comma >= 0 and any(comma < other.start < part.cue for other in inside):
            return Stance.WANTED
    if _NOT.search(ahead) and part.stance not in (Stance.HARD, Stance.GAP):
        # "I know derivatives, but not integrals" says what is missing.
        return Stance.HARD if last is Stance.KNOWN else Stance.UNWANTED
    return part.stance
