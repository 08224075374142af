"""Whether a model can write instructions at all: a handful of questions whose good answers are known in kind.

A model that is too small to propose costs a whole search and returns the program as it is; four calls tell.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import NamedTuple

import dspy
from dspy.propose.grounded_proposer import generate_instruction_class

from .whole_proposals import NoWholeProposal, ProposingAdapter

ASKED_EACH = 2
"""Times that each toy task is asked for, sampled."""
ENOUGH = 3
"""Usable instructions, of all, with which a model passes."""
LEAST_WORDS, MOST_WORDS = 4, 250
LARGEST_COPY = 0.5
"""The share of an instruction's runs of four words that may stand in the question itself."""
LARGEST_LOOP = 3
"""How often the same four words may come."""


class Toy(NamedTuple):
    """A task that is clear from two examples; an instruction for it names what is to be answered."""

    basic: str
    demos: str
    names: str


TOYS = (
    Toy(
        "Read the text.",
        "review: The soup was cold and nobody came to our table.\nverdict: negative\n\n"
        "review: Warm bread, kind people, and we stayed until midnight.\nverdict: positive",
        r"verdict|sentiment|positive|negative",
    ),
    Toy(
        "Look at the city.",
        "city: Lyon\ncountry: France\n\ncity: Osaka\ncountry: Japan",
        r"countr(y|ies)|nation",
    ),
)


class Probed(NamedTuple):
    """How many of the proposals could be used, and what was wrong with the others."""

    usable: int
    asked: int
    faults: Counter[str]

    @property
    def passed(self) -> bool:
        return self.usable >= ENOUGH

    def __str__(self) -> str:
        told = ", ".join(f"{count} {fault}" for fault, count in sorted(self.faults.items()))
        return f"{self.usable} of {self.asked} instructions that it wrote for toy tasks are usable" + (
            f" ({told})" if told else ""
        )


def probe(lm: dspy.LM) -> Probed:
    """Ask for an instruction as MIPROv2 does, and look at what comes."""
    ask = generate_instruction_class(use_dataset_summary=False, program_aware=False, use_instruct_history=False)
    faults: list[str | None] = []
    tip = "Keep the instruction clear and concise."
    with dspy.context(lm=lm, adapter=ProposingAdapter((), spare=False)):
        for toy in TOYS:
            for _ in range(ASKED_EACH):
                try:
                    told = ask(task_demos=toy.demos, basic_instruction=toy.basic, tip=tip, temperature=0.7)
                except NoWholeProposal:
                    faults.append("cut or not to be read")
                else:
                    faults.append(fault(told.proposed_instruction, toy, tip))
    return Probed(faults.count(None), len(faults), Counter(each for each in faults if each))


def fault(instruction: str, toy: Toy, tip: str) -> str | None:
    """Why an instruction is of no use for a toy task; None if it may be."""
    words = _words(instruction)
    runs = Counter(zip(*(words[i:] for i in range(4)), strict=False))
    asked = _words(f"{toy.basic} {toy.demos} {tip}")
    known = set(zip(*(asked[i:] for i in range(4)), strict=False))
    copied = sum(count for run, count in runs.items() if run in known)
    if not LEAST_WORDS <= len(words) <= MOST_WORDS:
        return "too short or too long"
    if words == _words(toy.basic) or copied > LARGEST_COPY * runs.total():
        return "repeating the question"
    if max(runs.values()) > LARGEST_LOOP:
        return "going in a circle"
    if not re.search(toy.names, instruction, re.IGNORECASE):
        return "without what is to be answered"
    return None


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())
