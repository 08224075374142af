"""Whether what a text names is wanted, not wanted, known or hard: read clause by clause from what stands around it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

from .items import one_list
from .names import Mention, Placed

LEAST_LETTERS = 5
"""Letters of a word that may stand for the whole name that it begins."""


class Stance(Enum):
    """How the learner stands to a topic. ``GAP``: not learned yet, which is no wish as long as something else is."""

    WANTED = "wanted"
    HARD = "hard"
    GAP = "gap"
    KNOWN = "known"
    UNWANTED = "unwanted"


@dataclass(frozen=True)
class _Place:
    start: int
    end: int


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
    r"|,\s*(?=(?:so|now|and now|then)?\s*(?:i|i'm|i'd|we|he|he's|she|she's|they|that|which|what|weak|bad|good|not"
    r"|never|except|it's|its|it is|those|these|both|just|only|instead|can you|could you"
    r"|skip|without|no|help|needs?|wants?|must|please|my)\b)"
    r"|,\s*(?=(?:and )?(?:so|now)\b)"
    r"|,?\s(?=(?:and )?(?:the )?(?:rest|everything else|others)\b(?: is| are|'s))"
    r"|\b(?:and|so)\s+(?=(?:now |then )?(?:i|i'm|i've|we|he|she|they)\b|(?:need|want|help|must)\b)"
    r"|\s(?=(?:it's|its|it is) (?:the|just|only|those)\b)"
    r"|\s(?=(?:except|excluding|apart from|other than|aside from|but not|without|skip|leave out|rather than"
    r"|instead of|everything but|anything but|all but)\b)"
)
_JOINT = re.compile(r",\s+(?:and\s+)?|\s(?:and|&)\s")
"""Between the items of a clause; where two of them say a stance, each has its own."""
_BRACKETS = re.compile(r"\([^()]*\)")
_FINE = r"(?:fine|ok|okay|easy|secure|sorted|second nature|no (?:problem|trouble|issue)s?|a breeze|under control)"
_GOOD = r"(?:good|great|fine|ok|okay|comfortable|confident|solid|happy|strong|fluent|secure|comfy|at home)"
_WHO = r"(?:i|we|he|she|they|sons?|daughters?|kids?|child|children|boys?|girls?|pupils?|students?|class|group)"
_SKILL = (
    r"(?:do|find|solve|add|subtract|use|handle|manage|multiply|divide|plot|graph|draw|sketch|differentiate|integrate"
    r"|factor|factori[sz]e|simplify|expand|calculate|compute|work out|count|read|convert|compare|recogni[sz]e|evaluate"
    r"|rearrange|round|measure)"
)
_UNWANTED = re.compile(
    r"\b(?:except(?:ing)?(?: for)?|excluding|apart from|other than|aside from|without|skip(?:ping)?"
    r"|leav(?:e|ing) (?:\w+ ){0,3}?out|no need (?:for|to (?:do|go|cover|repeat|revise|review|teach|explain|include))"
    r"|(?:do not|don't|dont|does not|doesn't|doesnt) (?:need|want|cover|include|do)|not (?:on|in"
    r"|part of) (?:the|my|our)"
    r"|(?:we|she|he|they) (?:do not|don't|dont) cover|won't be (?:on|in)|is not needed|not needed|instead of"
    r"|rather than)\b"
    r"|\b(?:everything|anything|all) (?:but|except|besides)\b"
)
_KNOWN = re.compile(
    rf"\b(?:{_WHO} (?:(?:already|really|do|both|all) )*(?:know|knows|understand|understands|get|gets|mastered)"
    r"|already (?:know|done|did|do|finished|learned|learnt|mastered|covered|had|understand|understood|good|fine"
    r"|got(?! an?\b))"
    r"|(?:done|did|finished|learned|learnt|covered|had)\b[^.,;!?]{1,40}\balready"
    r"|(?:i've|we've|i have|have|has) (?:mastered|nailed|aced)"
    rf"|{_WHO} (?:already )?(?:aced|nailed|passed)"
    rf"|{_WHO} (?:can|could) (?:(?:already|all|both|easily|always) )*{_SKILL}"
    rf"|{_WHO} (?:already )?uses? (?:it |them |those |that )?(?:every|all the time|daily|a lot|constantly|regularly)"
    r"|(?:i'm|i am|he's|he is|she's|she is|we're|we are|they're|is|are|am|pretty|quite|very|really"
    r"|feels?|felt|was|were) (?:already |pretty "
    rf"|quite |very |really |totally |doing )*{_GOOD} (?:at|with|in|on|about)|{_GOOD} (?:at|with|in|on)"
    r"|(?:that|this|it|those|these|they|which)(?: one| part| bit| ones| bits)?(?:'s|s| is"
    r"| are| was| were) (?:already )?(?:fine|ok|okay|easy|no problem|clear|solid|good|done)"
    r"|no (?:problem|problems|trouble) with"
    rf"|(?:is|are|was|were) (?:(?:all|already|quite|pretty|now) )*(?:{_FINE}|solid|clear|mastered)(?! (?:but|to|if)\b)"
    rf"|(?:^|(?<=, ))can {_SKILL}|(?:doing|does|did) (?:quite |really |very )?well (?:at|with|in|on)"
    r"|(?:going|goes|go|went) (?:quite |really |very )?(?:well|fine|ok|okay)"
    r"|(?:was|were) (?:last|in the last) (?:week|month|term|year|semester|unit|chapter)"
    r"|down (?:pat|cold)|got (?:it |that |this |those |these |them )?(?:covered|sorted|nailed|down)"
    rf"|(?<![.,:;!?] )(?<!^){_FINE}(?=\s*(?:[.,;!)]|$|it'?s\b)))"
)
_ALONE = re.compile(
    rf"^[\s,(]*(?:(?:is|are|was|were|all|that's|thats|already|pretty) )*(?:{_FINE}|done|good|known|solid|clear|mastered"
    r"|covered|finished)(?: already| now| by now| thanks)?[\s.,;!)]*$"
)
"""A clause that is nothing but what is said of what stands before it: "determinants: ok"."""
_NOT_KNOWN = re.compile(
    r"\b(?:know|understand|get|gets|did|learned|learnt|done)s? (?:nothing|little|that (?:i|my)|i|it's|this|not"
    r"|stuck|why"
    r"|lost|confused|wrong|most|it wrong|about|worse|a bad|help|[a-z ]{0,40}\bwrong\b|\d)"
    rf"|can (?:only )?{_SKILL} (?:\d|an?\b|one|two|three|four|five|half|about|maybe"
    r"|like|up to|only|more|some time)"
    r"|(?:what|things?|stuff) (?:i|we|he|she|they) (?:do not|don't|dont) know"
    r"|(?:do not|don't|dont|does not|doesn't|doesnt|didn't|did not|never|can't|cannot|cant|not|to|if|how|so"
    r"|until|makes sure|isn't|isnt|aren't|arent|wasn't|wasnt|weren't|should|must|wish|hope|think)"
    rf" (?:i |we |he |she |they |can |could |really |be |yet |fully |all |so |very |that |going )*(?:know|understand"
    rf"|gets?|{_SKILL}|{_FINE}|{_GOOD})"
    rf"|(?:assum|expect|suppos|requir|pretend)\w*(?: that| us to| me to| them to)? ?{_WHO}? ?(?:can )?"
    rf"(?:all |already )*(?:know|understand|get|{_SKILL})"
    rf"|to (?:be|feel|become|get) (?:\w+ ){{0,2}}{_GOOD}"
    r"|so (?:that )?(?:i|he|she|we|they) can|(?:until|before|when|if) (?:i|he|she|we|they) (?:can|know)"
)
_HARD = re.compile(
    r"\b(?:weak|bad|terrible|awful|hopeless|rubbish|poor|lost|stuck|struggl\w*|trouble|difficult\w*|disaster"
    r"|confus\w*|mix\w* up|shaky|wobbly|rusty|clueless|unsure|a mess|kills? me|not (?:ok|okay|good|great|fine|sure)"
    r"|no (?:idea|clue)(?! (?:about|of))|(?:can't|cannot|cant|don't|doesn't)(?=\s*(?:[.,;!?]|$))"
    r"|worst|hard|hate|fail\w*|sink|sinks|wrong|mistakes?|keep\w* (?:missing|forgetting|getting)|not going in|no sense"
    r"|(?:do not|don't|dont|doesn't|can't|cannot|cant) (?:really )?(?:get|understand|follow|see|grasp))\b"
)
_GAP = re.compile(
    r"\b(?:(?:can't|cannot|cant|can not) (?:even )?(?:do|add|multiply|divide|read|use|work out)"
    r"|never (?:really |properly )?(?:done|did"
    r"|learned|learnt|had|studied|touched)|(?:no|without any) (?:idea|clue|knowledge) (?:about|of)"
    r"|know nothing about)\b"
)
_WISH = re.compile(r"\b(?:need|want|must|help|plan|please|pls|plz|learn|teach|would like|prepare|practi[cs]e|revise)\b")
_NOT = re.compile(r"\b(?:not|no|no more|nothing (?:about|on))\s+(?:the |any |more |all |of |about |just )*$")
_LAST = r"(?:(?:that|this) one|it)"
_THAT = (
    rf"(?:{_LAST}|that|this|those|these|they(?='re| are| were)|them|both|which"
    r"|(?:all|both) of (?:that|those|these|them))"
)
_AFTER_THAT = r"(?: (?:ones|parts?|bits?|stuff|already|again|now|by now|well|too|out|over|first|easily|fine))*"
_BACK = re.compile(
    rf"^[\s,(]*(?:(?:and|so|now|but|because|since) )?{_THAT}(?: (?:ones?|parts?|bits?|stuff))?"
    r"(?:'s|s\b| (?:is|are|was|were|went|goes|all|i|i'm|i've|we|he|she|they)\b)(?!.*\b(?:if|when|as long)\b)"
    rf"|\b{_THAT}{_AFTER_THAT}(?: (?:from|in|at|last|since|for|every|all the)\b[^.,;!?\d]*)?[\s.,;!)]*$",
    re.DOTALL,
)
_ONE = re.compile(rf"\b{_LAST}\b")
_TIME = re.compile(r"\d|\b(?:min(?:ute)?s?|hours?|hrs?|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|weekends?)\b")
_CUES = ((_UNWANTED, Stance.UNWANTED), (_GAP, Stance.GAP), (_KNOWN, Stance.KNOWN), (_HARD, Stance.HARD))
Cue = tuple[int, int, Stance]
_SETTLED = (Stance.KNOWN, Stance.UNWANTED)


def clauses(text: str) -> list[Clause]:
    """The clauses of a text, which leave out nothing, and the stance of each."""
    lower = _lowered(text)
    breaks = {0, len(text), *(m.end() if m.group().strip() else m.start() + 1 for m in _BREAK.finditer(lower))}
    for brackets in _BRACKETS.finditer(lower):
        if _cues(lower, *brackets.span()):
            breaks |= set(brackets.span())
    found: list[Clause] = []
    for start, end in pairwise(sorted(breaks)):
        cues = _cues(lower, start, end)
        for first, last in pairwise([start, *_between(lower, start, end, cues), end]):
            if lower[first:last].strip():
                said = [(cue, stance) for cue, _, stance in cues if first <= cue < last]
                wish = _WISH.search(lower, first, last)
                cue, stance = said[0] if said else (wish.start() if wish else None, Stance.WANTED)
                found.append(Clause(first, last, stance, cue))
    return found


def _lowered(text: str) -> str:
    lower = text.lower().replace("’", "'")
    return lower if len(lower) == len(text) else text.replace("’", "'")


def _cues(lower: str, start: int, end: int) -> list[Cue]:
    """Where words say a stance, in the order of the text."""
    clause = lower[start:end]
    found = []
    for pattern, stance in _CUES:
        for match in pattern.finditer(clause):
            if stance is Stance.KNOWN and _denied(clause, match):
                continue
            found.append((start + match.start(), start + match.end(), stance))
    return sorted(found, key=lambda cue: cue[0])


def _between(lower: str, start: int, end: int, cues: Sequence[Cue]) -> list[int]:
    """Where a clause parts because what stands on either side says a stance, or a wish, of its own."""
    said = [(first, last) for first, last, _ in cues] + [m.span() for m in _WISH.finditer(lower, start, end)]
    joints = [m for m in _JOINT.finditer(lower, start, end) if not any(a < m.start() < b for a, b in said)]
    found, begin, comma = [], start, None
    for here, after in pairwise([*joints, None]) if joints else ():
        assert here is not None
        until = after.start() if after else end
        if "," in here.group():
            comma = here.end()
        inside = [a for a, _ in said if here.end() <= a < until]
        if inside and any(begin <= a < here.start() for a, _ in said):
            # "need A, B and C I know": the words after C are said of all that follows the comma.
            led = bool(lower[here.end() : inside[0]].strip())
            free = comma is not None and begin < comma and not any(comma <= a < here.start() for a, _ in said)
            begin = comma if comma is not None and free and led else here.end()
            found.append(begin)
    return found


def _denied(clause: str, cue: re.Match[str]) -> bool:
    """Whether words that say what is known are part of words that say what is not."""
    return any(
        d.start() <= cue.start() < d.end() or cue.start() <= d.start() < cue.end() for d in _NOT_KNOWN.finditer(clause)
    )


def stances(text: str, named: Sequence[Placed]) -> list[Stance]:
    """The stance of each stretch, in the order of the text."""
    lower = _lowered(text)
    found = [Stance.WANTED] * len(named)
    before: list[int] = []
    last = Stance.WANTED
    for part in clauses(text):
        inside = [i for i, stretch in enumerate(named) if part.start <= stretch.start < part.end]
        for i in inside:
            found[i] = _of(part, lower, named[i], [named[j] for j in inside], last)
        if not inside:
            meant = _meant(part, lower, named, before)
            for i in meant:
                # "I know that, so skip it" is known, and no wish is against it.
                found[i] = part.stance if part.stance in _SETTLED and found[i] is not Stance.KNOWN else Stance.KNOWN
            if part.stance in _SETTLED and not meant:
                before = []  # what has no name here is known, and "I use it daily" goes on about that
        if inside:
            before = inside
        if inside or part.said:
            last = part.stance
    return found


def _meant(part: Clause, lower: str, named: Sequence[Placed], before: Sequence[int]) -> Sequence[int]:
    """Which of the stretches before it a clause without any speaks of: "the law of sines, that one is fine"."""
    said = lower[part.start : part.end]
    if not before or _TIME.search(lower, max(named[i].end for i in before), part.start):
        return ()
    if _ALONE.match(said):
        return before
    back = _BACK.search(said) if part.stance in _SETTLED else None
    if back is None:
        return ()
    return [max(before, key=lambda i: named[i].start)] if _ONE.search(back.group()) else before


def _of(part: Clause, lower: str, stretch: Placed, inside: Sequence[Placed], last: Stance) -> Stance:
    ahead = lower[part.start : stretch.start]
    if part.stance in _SETTLED and part.cue is not None and stretch.end <= part.cue:
        # "slope please, fractions I already know": what stands before the comma is not known.
        comma = lower.rfind(",", stretch.end, part.cue)
        nearer = [other for other in inside if stretch.end <= other.start < part.cue]
        listed = len(nearer) > 1 or "and" in lower[stretch.end : part.cue].split()
        alone = not re.sub(rf"\b(?:and|so|{_THAT})\b", "", lower[comma + 1 : part.cue]).strip()
        if comma >= 0 and not alone and not (nearer and listed and one_list(lower, stretch, nearer[-1])):
            return Stance.WANTED
    if _NOT.search(ahead) and part.stance not in (Stance.HARD, Stance.GAP):
        # "I know derivatives, but not integrals" says what is missing.
        return Stance.HARD if last is Stance.KNOWN else Stance.UNWANTED
    return part.stance


def taken_back(text: str, named: Sequence[Mention]) -> list[tuple[Mention, list[tuple[int, int]]]]:
    """What is named once more by its first or last word, and not wanted after all ("leave normal out"); and where."""
    lower = _lowered(text)
    found = []
    for name in named:
        parts = re.findall(r"\w+", lower[name.start : name.end])
        ends = {word for word in (*parts[:1], *parts[-1:]) if len(parts) > 1 and len(word) >= LEAST_LETTERS}
        again = [_Place(*m.span()) for m in re.finditer(r"\w+", lower) if m.group() in ends]
        again = [w for w in again if not any(m.start < w.end and w.start < m.end for m in named)]
        if any(s in _SETTLED for s in stances(text, again)):
            found.append((name, [(w.start, w.end) for w in again]))
    return found
