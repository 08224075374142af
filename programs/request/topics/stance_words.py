"""The words by which a request says how the learner stands to a topic, as patterns of lower-case English."""

from __future__ import annotations

import re

BREAK = re.compile(
    r"(?:[.;!?](?=\s|$)|[!?]+|\n+|\s[-–—]+\s|:\s)"
    r"|,?\s*(?<!everything )(?<!anything )(?<!all )\b(?:but|however|though|although|whereas|yet)\b(?! not a| nothing)"
    r"|,\s*(?=(?:so|now|and now|then)?\s*(?:i|i'm|i'd|we|he|he's|she|she's|they|that|which|what|weak|bad|good|not"
    r"|never|except|it's|its|it is|those|these|both|just|only|instead|can you|could you"
    r"|skip|without|no|help|needs?|wants?|must|please|my)\b)"
    r"|,\s*(?=(?:and )?(?:so|now)\b)"
    # "Slope is not hard, ratios are"
    r"|,\s*(?=(?:[\w'-]+ ){1,4}?(?:(?:is|are|was|were|do|does|did)(?:n't|nt| not)?|always|often)"
    r"(?: for (?:me|him|her|us|them)| though| still| yet| at all)*\s*(?:[.,;!?\n]|$))"
    # "vectors - done, slope - not yet"
    r"|(?<=[-–—:] (?:done|okay|fine|easy|good)),\s|(?<=[-–—:] ok),\s|(?<=[-–—:] known),\s"
    r"|,?\s(?=(?:and )?(?:the )?(?:rest|everything else|others)\b(?: is| are|'s))"
    r"|\b(?:and|so)\s+(?=(?:now |then )?(?:i|i'm|i've|we|he|she|they)\b|(?:need|want|help|must)\b)"
    r"|\s(?=(?:it's|its|it is) (?:the|just|only|those)\b)"
    # "I know permutations from school so just combinations"
    r"|\s(?=so (?:just|only|now|really)\b)"
    r"|\s(?=(?:except|excluding|apart from|other than|aside from|but not|without|skip|leave out|rather than"
    r"|instead of|everything but|anything but|all but)\b)"
)
JOINT = re.compile(r",\s+(?:and\s+)?|\s(?:and|&)\s")
"""Between the items of a clause; where two of them say a stance, each has its own."""
BRACKETS = re.compile(r"\([^()]*\)")
FINE = (
    r"(?:fine|ok|okay|easy(?: peasy)?|simple|secure|sorted|second nature|no (?:problem|trouble|issue|sweat)s?"
    r"|a (?:breeze|piece of cake|cinch|doddle)|under control)"
)
FINE_BUT = re.compile(rf"\b{FINE},?\s*(?:but|however|though|although|whereas|yet)$")
"""Ends a clause of what is known where the next one is about something else, as in "slope is fine but ratios are not".
"Slope is fine but I mix up the signs" is about slope."""
GOOD = r"(?:good|great|fine|ok|okay|comfortable|confident|solid|happy|strong|fluent|secure|comfy|at home)"
WHO = r"(?:i|we|he|she|they|sons?|daughters?|kids?|child|children|boys?|girls?|pupils?|students?|class|group)"
SKILL = (
    r"(?:do|find|solve|add|subtract|use|handle|manage|multiply|divide|plot|graph|draw|sketch|differentiate|integrate"
    r"|factor|factori[sz]e|simplify|expand|calculate|compute|work out|count|read|convert|compare|recogni[sz]e|evaluate"
    r"|rearrange|round|measure)"
)
UNWANTED = re.compile(
    r"\b(?:except(?:ing)?(?: for)?|excluding|apart from|other than|aside from|without|skip(?:ping)?"
    r"|leav(?:e|ing) (?:\w+ ){0,3}?out|no need (?:for|to (?:do|go|cover|repeat|revise|review|teach|explain|include))"
    r"|(?:do not|don't|dont|does not|doesn't|doesnt) (?:need|want|cover|include|do)(?! to (?:fail|flunk|struggle|forget"
    r"|fall|lose|mix|make|be (?:bad|weak|stuck|lost|behind)|get (?:stuck|lost|confused|[\w ]{1,30}wrong)))|not (?:on|in"
    r"|part of) (?:the|my|our)"
    r"|(?:we|she|he|they) (?:do not|don't|dont) cover|won't be (?:on|in)|is not needed|not needed|instead of"
    r"|rather than|(?:not|no) interest(?:ed)? in|(?:not|isn't|aren't) (?:doing|taking|about)"
    r"|(?<=\w )(?<!actually )(?<!oh )(?<!well )(?<!but )(?<!or )(?<!and )(?<!wait )(?<!uh )no"
    r"(?: thank you| thanks| thx)?"
    r"(?=\s*(?:[.,;!()]|$)))\b"
    r"|\b(?:everything|anything|all) (?:but|except|besides)\b"
)
_HAS_DONE = (
    r"(?:i've|we've|he's|she's|they've|have|has) (?:(?:already|just|all) )*(?:done|covered|finished|learned|learnt"
    r"|studied)(?! (?:so|for|it for|this for|that for|with)\b)"
)
DONE = re.compile(rf"\b{_HAS_DONE}\b")
"""Says that something was taught, which is known unless the sentence goes on to say that it is hard."""
KNOWN = re.compile(
    rf"\b(?:{WHO} (?:(?:already|really|do|both|all) )*(?:know|knows|understand|understands|get|gets|mastered)"
    r"|already (?:know|done|did|do|finished|learned|learnt|mastered|covered|had|understand|understood|good|fine"
    r"|got(?! an?\b))"
    r"|(?:done|did|finished|learned|learnt|covered|had)\b[^.,;!?]{1,40}\balready"
    r"|(?:i've|we've|i have|have|has) (?:mastered|nailed|aced)"
    rf"|{_HAS_DONE}"
    r"|(?:know|understand|did|done|covered|learned|learnt|had|finished) (?:this|that|these|those|it|them|both)"
    r"(?: ones?| parts?| bits?)? (?:already|well|by now|now|cold)"
    r"|(?<=^\()(?:(?:both |all )?(?:done|known|covered|fine|ok|okay|easy|learned|learnt|finished)(?=[\s)])"
    r"|(?:i |we )?(?:already )?(?:know|understand|did|done|covered|learned|learnt|finished|had))"
    rf"|{WHO} (?:already )?(?:aced|nailed|passed)"
    rf"|{WHO} (?:can|could) (?:(?:already|all|both|easily|always) )*{SKILL}"
    rf"|{WHO} (?:already )?uses? (?:it |them |those |that )?(?:every|all the time|daily|a lot|constantly|regularly)"
    r"|(?:i'm|i am|he's|he is|she's|she is|we're|we are|they're|is|are|am|pretty|quite|very|really"
    r"|feels?|felt|was|were) (?:already |pretty "
    rf"|quite |very |really |totally |doing )*{GOOD} (?:at|with|in|on|about)|{GOOD} (?:at|with|in|on)"
    r"|(?:that|this|it|those|these|they|which)(?: one| part| bit| ones| bits)?(?:'s|s| is"
    r"| are| was| were) (?:already )?(?:fine|ok|okay|easy|no problem|clear|solid|good|done)"
    r"|no (?:problem|problems|trouble) with"
    rf"|(?:is|are|was|were) (?:(?:all|already|quite|pretty|now) )*(?:{FINE}|solid|clear|mastered)(?! (?:but|to|if)\b)"
    rf"|(?:^|(?<=, ))can {SKILL}|(?:doing|does|did) (?:quite |really |very )?well (?:at|with|in|on)"
    r"|(?:going|goes|go|went) (?:quite |really |very )?(?:well|fine|ok|okay)"
    r"|(?:was|were) (?:last|in the last) (?:week|month|term|year|semester|unit|chapter)"
    r"|down (?:pat|cold)|got (?:it |that |this |those |these |them )?(?:covered|sorted|nailed|down)"
    rf"|(?<![.,:;!?] )(?<!^){FINE}(?=\s*(?:[.,;!)]|$|it'?s\b)))"
)
OWN_VERB = re.compile(r"\s*(?:is|are|was|were|gives?|makes?|feels?|seems?|looks?)\b")
"""Behind a name, begins what is said of it alone."""
TOO = re.compile(r"\b(?:too|as well|likewise|same (?:with|for|goes for)\b[^.;!?\n]*)[\s.,;!)]*$")
"""Ends a clause of which the same is said as of the one before: "slope I get. Intercepts too."."""
ALONE = re.compile(
    rf"^[\s,(]*(?:(?:is|are|was|were|all|that's|thats|already|pretty) )*(?:{FINE}|done|good|known|solid|clear|mastered"
    r"|covered|finished)(?: already| now| by now| thanks)?[\s.,;!)]*$"
)
"""A clause that is nothing but what is said of what stands before it: "determinants: ok"."""
NOT_KNOWN = re.compile(
    r"\b(?:know|understand|get|gets|did|learned|learnt|done)s? (?:nothing|little|that (?:i|my)|i|it's"
    r"|this(?! (?:one|part|bit|already|well)\b)|not"
    r"|stuck|why"
    r"|lost|confused|wrong|most|it wrong|about|worse|a bad|help|[a-z ]{0,40}\bwrong\b|\d)"
    rf"|can (?:only )?{SKILL} (?:\d|an?\b|one|two|three|four|five|half|about|maybe"
    r"|like|up to|only|more|some time)"
    r"|(?:what|things?|stuff) (?:i|we|he|she|they) (?:do not|don't|dont) know"
    r"|(?:do not|don't|dont|does not|doesn't|doesnt|didn't|did not|never|can't|cannot|cant|not|to|if|how|so"
    r"|until|makes sure|isn't|isnt|aren't|arent|wasn't|wasnt|weren't|should|must|wish|hope|think)"
    rf" (?:i |we |he |she |they |can |could |really |be |yet |fully |all |so |very |that |going |doing )*(?:know"
    rf"|understand|gets?|{SKILL}|{FINE}|{GOOD}|well)"
    rf"|(?:assum|expect|suppos|requir|pretend)\w*(?: that| us to| me to| them to)? ?{WHO}? ?(?:can )?"
    rf"(?:all |already )*(?:know|understand|get|{SKILL})"
    rf"|to (?:be|feel|become|get) (?:\w+ ){{0,2}}{GOOD}"
    r"|so (?:that )?(?:i|he|she|we|they) can|(?:until|before|when|if) (?:i|he|she|we|they) (?:can|know)"
)
_OTHERS = (
    r"(?:others|most people|everyone else|(?:my|his|her|our|their) (?:\w+ )?(?:brothers?|sisters?|siblings?|friends?"
    r"|classmates?|cousins?|mum|mom|mother|dad|father|parents|husband|wife|partner|roommate|teacher)\b)"
)
"""Whoever is not said to be the learner."""
_HARD_WORD = (
    r"(?:weak|bad|terrible|awful|hopeless|rubbish|poor|lost|stuck|struggl\w*|trouble|difficult\w*|confus\w*|mix\w* up"
    r"|shaky|wobbly|rusty|worst|hard|wrong|mistakes?|a mess|clueless|tricky)"
)
_DENIAL = r"(?:not|\w+n't|(?:is|are|was|were|do|does|did)nt|never|no longer|nor|no|without)"
_BETWEEN = (
    r"(?:really|so|that|all|too|very|particularly|especially|overly|super|any|at|much|ever|been|be|being|feel|feels|seem"
    r"|seems|look|looks|have|has|had|having|it|them|this|an?|the|my|his|her|real|big|of|getting|finding|making|find|finds"
    r"|found)"
)
NOT_HARD = re.compile(
    rf"\b{_DENIAL} (?:{_BETWEEN} ){{0,4}}?(?:(?<!no )(?<!without ){_HARD_WORD}|trouble|difficult(?:y|ies)|mistakes?"
    r"|problems?|issues?|challenge|weakness)\b(?! tasks?| problems?| questions?| exercises?| stuff| ones)"
    rf"(?! for {_OTHERS})"
    rf"|\b{_DENIAL} (?:find|finds|found|get|gets|got|make|makes|made) (?:(?!only|just)[\w'-]+ ){{0,6}}?"
    r"(?:hard|difficult|confusing|tricky|wrong|mistakes?|mixed up)\b"
)
"""Denies that something is hard, and then it is known: "slope is not hard", "I never get slope wrong"."""
HARD = re.compile(
    rf"\b(?:(?<!less ){_HARD_WORD}|(?:is|are) (?:the|my|a|his|her) (?:\w+ )?(?:problem|issue|challenge|weakness)"
    r"|(?<!not )(?<!n't )hate|(?:not|\w+n't) (?:going|doing) (?:\w+ )?well|disaster|unsure"
    r"|nightmare|torture|tough|impossible|(?:kill|scar|stump)\w* (?:me|him|her|us|them)|(?:my|his|her|their) heads? in"
    r"|(?:trip|throw)\w* (?:me|him|her|us|them) (?:up|off)"
    r"|driv\w* (?:me|him|her|us|them) (?:mad|crazy|nuts|insane|up the wall)"
    r"|(?:beyond|over) (?:me\b|him\b|her\b|us\b|them\b|(?:my|his|her|our|their) heads?)"
    r"|not (?:ok|okay|good|great|fine|sure)"
    r"|no (?:idea|clue)(?! (?:about|of))|(?:can't|cannot|cant|don't|doesn't)(?=\s*(?:[.,;!?]|$))"
    r"|never (?:really |fully |quite |properly )?(?:understood|got|grasped|clicked|made sense)|not yet"
    r"|fail\w*|sink|sinks|keep\w* (?:missing|forgetting|getting)|not going in|no sense"
    rf"|(?:do not|don't|dont|doesn't|can't|cannot|cant) (?:really )?(?:get|understand|follow|see|grasp))\b"
    rf"(?! (?:for |to )?{_OTHERS})"
)
ELLIPSIS = re.compile(
    r"\s*(?:(?:is|are|was|were|do|does|did)(?P<no>n't|nt| not)?|always|often)"
    r"(?: (?:for (?:me|him|her|us|them)|though|still|yet|at all))*\s*(?=[.,;!?)\n]|$)"
)
"""What follows a name in a clause that says the opposite of the one before it: "slope is easy, ratios are not"."""
GAP = re.compile(
    r"\b(?:(?:can't|cannot|cant|can not) (?:even )?(?:do|add|multiply|divide|read|use|work out)"
    r"|never (?:really |properly )?(?:done|did"
    r"|learned|learnt|had|studied|touched)|(?:no|without any) (?:idea|clue|knowledge) (?:about|of)"
    r"|know nothing about)\b"
)
WISH = re.compile(
    r"\b(?:need|want|must|help|plan|please|pls|plz|learn|teach|would like|prepare|practi[cs]e|revise)\b"
    r"|(?<=\w )(?:yes\b|next(?=\s*(?:[.,;!?]|$|please|up))|now(?=\s*(?:[.,;!?]|$)))"
)
NOT = re.compile(r"\b(?:not|no|no more|nothing (?:about|on))\s+(?:the |any |more |all |of |about |just )*$")
LAST = r"(?:(?:that|this) one|it)"
THAT = (
    rf"(?:{LAST}|that|this|those|these|they(?='re| are| were)|them|both|which"
    r"|(?:all|both) of (?:that|those|these|them))"
)
AFTER_THAT = r"(?: (?:ones|parts?|bits?|stuff|already|again|now|by now|well|too|out|over|first|easily|fine))*"
BACK = re.compile(
    rf"^[\s,(]*(?:(?:and|so|now|but|because|since) )?{THAT}(?: (?:ones?|parts?|bits?|stuff))?"
    r"(?:'s|s\b| (?:is|are|was|were|went|goes|all|i|i'm|i've|we|he|she|they)\b)(?!.*\b(?:if|when|as long)\b)"
    rf"|\b{THAT}{AFTER_THAT}(?: (?:from|in|at|last|since|for|every|all the)\b[^.,;!?\d]*)?[\s.,;!)]*$",
    re.DOTALL,
)
ALL = re.compile(r"\b(?:both|these|those|them|they|all)\b")
ONE = re.compile(rf"\b{LAST}\b")
TIME = re.compile(r"\d|\b(?:min(?:ute)?s?|hours?|hrs?|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|weekends?)\b")
