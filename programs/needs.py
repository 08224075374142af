"""What learners need, and what that changes in a plan: ``data/needs.yaml``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter

from .wishes import Wish, denied_by, wishes_of
from .yaml_file import read_yaml

_FILE = Path(__file__).parent / "data" / "needs.yaml"


class Need(BaseModel):
    """One need: how requests name it, and what a plan can do about it (see the head of the data file).

    Without ``asks``, ``spares`` and ``without`` nothing that is written helps, and the plan has to say so.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    said: tuple[str, ...]
    asks: tuple[str, ...] = ()
    spares: tuple[Wish, ...] = ()
    without: tuple[str, ...] = ()
    how: str = ""
    does: str = ""
    longest: int | None = None


@cache
def needs() -> dict[str, Need]:
    """Every need that is known, by its name."""
    return TypeAdapter(dict[str, Need]).validate_python(read_yaml(_FILE))


def needed(names: Iterable[str]) -> list[Need]:
    """Those of a profile; words that name none, such as "extra time", are read as requests are."""
    found = {name: need for said in names for name, need in needs().items() if name == said or _named(need, said)}
    return list(found.values())


def _named(need: Need, said: str) -> bool:
    return any(re.search(pattern, said.casefold()) for pattern in need.said)


def asked_by(preferences: Sequence[str], names: Sequence[str]) -> list[str]:
    """The wishes of a learner in words: their own, and those that their needs lead to."""
    return [*preferences, *(ask for need in needed(names) for ask in need.asks)]


def spared(preferences: Iterable[str], names: Sequence[str]) -> frozenset[Wish]:
    """Wishes that a learner does not have: what they said that they do not want, and what their needs speak against.

    What the learner asks for in so many words is never among them.
    """
    own = list(preferences)
    against = {wish for need in needed(names) for wish in need.spares}
    return frozenset((against | denied_by(own)) - wishes_of(own))


def out_of_place(text: str, names: Sequence[str]) -> bool:
    """Whether a sentence has a word that a need rules out: "colour" for somebody who is colour-blind."""
    words = [word for need in needed(names) for word in need.without]
    return bool(words) and re.search(rf"\b(?:{'|'.join(words)})\b", text.casefold()) is not None


def longest_session(names: Sequence[str]) -> int | None:
    """Minutes that a session should not exceed; None where no need speaks for that."""
    return min((need.longest for need in needed(names) if need.longest), default=None)


def accounts(
    names: Sequence[str], fulfilled: Sequence[Iterable[Wish]], sentences: Sequence[str]
) -> tuple[list[str], list[str]]:
    """What a plan did for each need, in a sentence, and the needs for which it could do nothing.

    fulfilled: the wishes that each session fulfils; sentences: what the sessions tell the learner to do.
    """
    did: list[str] = []
    nothing: list[str] = []
    for name in names:
        [need] = needed([name])[:1] or [Need(said=())]
        wanted = wishes_of(need.asks)
        count = sum(not wanted.isdisjoint(wishes) for wishes in fulfilled)
        clean = not any(out_of_place(sentence, [name]) for sentence in sentences)
        clean = clean and not any(set(need.spares) & set(wishes) for wishes in fulfilled)
        if need.does and clean:
            did.append(f"For “{name}”: {need.does}")
        elif need.how and count:
            how = need.how if clean else need.how.partition(", and ")[0]
            how = how.replace("use ", "uses ", 1) if count == 1 else how
            did.append(f"For “{name}”: {count} of {len(fulfilled)} sessions {how}.")
        else:
            nothing.append(name)
    return did, nothing
