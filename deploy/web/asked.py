"""An engine whose model is asked by somebody else, for where Python cannot wait for an answer: in a browser.

A plan is a function of what the model says. So it is made until an answer is missing, what is missing is asked, and it
is made again from the beginning: the code in between takes a twentieth of a second, the model seconds. No thread has to
wait and nothing has to be asynchronous, so the planner that runs is the one of every laptop.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from ...programs.progress import Progress, silent
from ...programs.steps import Call
from ..engines.base import BaseEngine, Completion, Likelihoods, Message, Request
from ..engines.score import Node, best_reply, candidates_of, likelihoods, nodes
from ..errors import CannotScore, RequestError, TruncatedOutput
from ..gguf.chat import ChatTemplate
from ..planner import Planner

LOOK = 1000
"""Alternatives that are looked at where candidates part, as the engine on a laptop does."""
_LEAST = -1
"""Under which id the least likely of them stands, which counts for all that is not among them."""


class Question(TypedDict, total=False):
    """What the model is asked: how likely the tokens ``ids`` are after a prompt (``look``), or for the reply that it
    writes under a grammar (GBNF)."""

    prompt: str
    look: int
    ids: list[int]
    grammar: str
    max_tokens: int
    repeat_penalty: float


class Answer(TypedDict, total=False):
    """To ``look``: natural logprobs by id as text, those of ``ids`` that are among the likeliest, and the least of all.
    To a grammar: the reply, and whether it was cut."""

    logprobs: dict[str, float]
    least: float
    text: str
    cut: bool
    prompt_tokens: int
    completion_tokens: int


class Unanswered(Exception):  # noqa: N818 (reads as what happened)
    """Questions that have to be answered first, with the call of the program that each list is for, if it is one."""

    def __init__(self, calls: Sequence[tuple[Call | None, list[Question]]]):
        super().__init__("the model has to be asked first")
        self.calls = calls


class Spelling(BaseModel):
    """A candidate as the model's tokens, and after how many characters each ends (-1: within a character, or where
    the text up to there is not cut into these tokens)."""

    model_config = ConfigDict(extra="forbid")

    ids: list[int]
    ends: list[int]


class ModelFacts(BaseModel):
    """What Python must know of a model that it does not hold. longest: bytes of the longest golden prompt.
    spellings: by candidate, all that are ever scored."""

    model_config = ConfigDict(extra="forbid")

    id: str
    context: int
    longest: int = 0
    chat_template: str
    special_tokens: list[str]
    bos: str
    eos: str
    adds_bos: bool
    spellings: dict[str, Spelling] = Field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> ModelFacts:
        return cls.model_validate_json(path.read_bytes())


class AskedEngine(BaseEngine):
    """Answers what it has been told the answer to; raises Unanswered for all else."""

    mode = "exact"

    def __init__(self, facts: ModelFacts) -> None:
        self.id, self.context, self._facts = f"asked/{facts.id}", facts.context, facts
        template, specials = facts.chat_template, facts.special_tokens
        self._template = ChatTemplate(template, specials, bos=facts.bos, eos=facts.eos, name="the bundle's model")
        self.template_sha256 = self._template.sha256
        self._answers: dict[str, Answer] = {}

    def tell(self, question: Question, answer: Answer) -> None:
        """The answer to a question, from now on."""
        self._answers[_key(question)] = answer

    def forget(self) -> None:
        """Every answer, so that all is asked again."""
        self._answers.clear()

    def render(self, messages: Sequence[Message]) -> str:
        """See Engine.render."""
        text = self._template.render(messages)
        bos = self._facts.bos
        return bos + text if self._facts.adds_bos and not text.startswith(bos) else text

    def score(self, messages: Sequence[Message], candidates: Sequence[str]) -> Likelihoods:
        """See Engine.score. All places where candidates part are asked about at once."""
        spelt = [self._spelling(candidate) for candidate in candidates]
        rows, prompt = [spelling.ids for spelling in spelt], self._prompt(messages)
        questions = {node.prefix: _look(prompt, node, candidates, spelt) for node in nodes(rows)}
        answers = dict(zip(questions, self._known(questions.values()), strict=True))

        def look(prefix: Sequence[int]) -> Mapping[int, float]:
            answer = answers[tuple(prefix)]
            return {**{int(token): value for token, value in answer["logprobs"].items()}, _LEAST: answer["least"]}

        read = sum(answer["prompt_tokens"] for answer in answers.values())
        found = likelihoods(rows, look)
        return Likelihoods(logprobs=found, prompt_tokens=read, completion_tokens=len(answers), seconds=0.0)

    def complete(self, request: Request) -> Completion:
        """See Engine.complete: for a reply whose schema is one enum. Greedy; raises RequestError for all else."""
        request.refuse("a page", "temperature", "logprobs", "stop")
        replies = candidates_of(request)
        question = Question(
            prompt=self._prompt(request.messages),
            grammar="root ::= " + " | ".join(_quoted(reply) for reply in replies),
            max_tokens=request.max_tokens,
            repeat_penalty=request.repeat_penalty,
        )
        [answer] = self._known([question])
        return Completion(
            text=answer["text"],
            finish_reason="length" if answer["cut"] else "stop",
            prompt_tokens=answer["prompt_tokens"],
            completion_tokens=answer["completion_tokens"],
            prompt_ids=[],
            token_ids=[],
            seconds=0.0,
        )

    def _prompt(self, messages: Sequence[Message]) -> str:
        """What is sent: without the token that the model's own tokenizer puts first."""
        text = self.render(messages)
        return text.removeprefix(self._facts.bos) if self._facts.adds_bos else text

    def _known(self, questions: Iterable[Question]) -> list[Answer]:
        questions = list(questions)
        if missing := [question for question in questions if _key(question) not in self._answers]:
            raise Unanswered([(None, missing)])
        return [self._answers[_key(question)] for question in questions]

    def _spelling(self, candidate: str) -> Spelling:
        if candidate not in self._facts.spellings:
            raise CannotScore(f"{candidate}: its tokens are not in this site; export the bundle again")
        return self._facts.spellings[candidate]


class AskedPlanner(Planner):
    """A planner on such an engine: the questions of independent calls are raised together."""

    engine: AskedEngine

    def _answer(self, calls: Sequence[Call], progress: Progress = silent) -> list[dict[str, Any]]:
        replies: list[dict[str, Any]] = []
        missing: list[tuple[Call | None, list[Question]]] = []
        for call in calls:
            request = self.program.steps[call.step].request(call.inputs, call.options, call.rank)
            try:
                reply = best_reply(request, self.engine.score) if request.rank else self.engine.complete(request)
            except Unanswered as more:
                missing += [(call, questions) for _, questions in more.calls]
                continue
            if reply.finish_reason == "length":
                raise TruncatedOutput(f"{call.step}: the reply was cut after {reply.completion_tokens} tokens")
            replies.append(json.loads(reply.text))
        if missing:
            raise Unanswered(missing)
        return replies


class Tokenizer(Protocol):
    """The part of an engine that spells."""

    def tokenize(self, text: str) -> list[int]: ...


def spelling(engine: Tokenizer, text: str) -> Spelling:
    """A text as tokens, and where each ends: where the text up to there is cut into just these tokens."""
    ids = engine.tokenize(text)
    ends, at = [], 0
    for count in range(1, len(ids) + 1):
        found = next((n for n in range(at + 1, len(text) + 1) if engine.tokenize(text[:n]) == ids[:count]), -1)
        ends.append(found)
        at = max(at, found)
    return Spelling(ids=ids, ends=ends)


def _look(prompt: str, node: Node, candidates: Sequence[str], spelt: Sequence[Spelling]) -> Question:
    """The question about a place where candidates part. Raises RequestError where no text leads there."""
    row = next(iter(node.branches.values()))[0]
    end = spelt[row].ends[len(node.prefix) - 1] if node.prefix else 0
    if end < 0:
        raise RequestError(f"{candidates[row]}: the model cannot be asked about its parts as text")
    return Question(prompt=prompt + candidates[row][:end], look=LOOK, ids=sorted(node.branches))


def _key(question: Question) -> str:
    return json.dumps(question, sort_keys=True, ensure_ascii=False)


def _quoted(text: str) -> str:
    """A text as a grammar (GBNF) has it."""
    return json.dumps(text, ensure_ascii=False)
