"""Messages to prompt text: the model's own chat template in a sandbox, and text that cannot spell special tokens.

A soft prompt of n learned vectors is written as n tokens `<|soft:NAME:i|>` in the system message. Everything else that
looks like a special token, in any message, is broken by a space after its first character: `<|im_end|>` becomes
`< |im_end|>`. Other runtimes tokenize whole prompts with special tokens parsed, so they need the same rule.
"""

import hashlib
import re
import string
from collections.abc import Collection, Sequence
from datetime import date
from typing import Literal

from jinja2 import TemplateError
from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12

from ..errors import ModelError, RequestError
from .sandbox import REFUSALS, Sandbox, TooMuchWork

SOFT_TOKEN = re.compile(r"<\|soft:[a-z0-9_]+:[0-9]+\|>")
_SOFT_NAME = re.compile(r"[a-z0-9_]+")
# Templates that print the date get this one: a prompt that changes at midnight is a different prompt every day.
_TEMPLATE_DATE, _MOST_DATE = date(2024, 7, 26), 100


class Message(TypedDict):
    role: Literal["system", "user", "assistant"]
    content: str


# What a template is asked to find out whether it takes a system message.
_SYSTEM, _USER = Message(role="system", content="Be brief."), Message(role="user", content="Add two and two.")


def soft_prompt_text(name: str, n: int) -> str:
    """The text of a soft prompt with `n` tokens, `<|soft:NAME:0|>...<|soft:NAME:n-1|>`, for a system message.

    Raises RequestError when the name is not made of a-z, 0-9 and _, or n is below 1.
    """
    if not _SOFT_NAME.fullmatch(name):
        raise RequestError(f"a soft prompt's name has only a-z, 0-9 and _, not {name!r}")
    if n < 1:
        raise RequestError(f"a soft prompt has at least 1 token, not {n}")
    return "".join(f"<|soft:{name}:{i}|>" for i in range(n))


# What tokenizers write for a space is one.
_SPACE = string.whitespace + "\u2581"


def _broken(match: re.Match[str]) -> str:
    text = match[0]
    second = len(text) - len(text.lstrip(_SPACE)) + 1
    return f"{text[:second]} {text[second:]}"


class Neutralizer:
    """Breaks special tokens in text with a space, so that no text of a user or of a model can become one.

    `special_tokens` are the texts of the model's special tokens; soft tokens of any name are broken too, whether the
    model has them or not, so that a baked model and its base see the same text. What is nothing but one character and
    white space (Gemma has tokens for runs of it) is content.
    """

    def __init__(self, special_tokens: Collection[str]) -> None:
        texts = sorted((t for t in special_tokens if len(t.strip(_SPACE)) > 1), key=len)
        self._pattern = re.compile("|".join([SOFT_TOKEN.pattern, *map(re.escape, reversed(texts))]))

    def __call__(self, text: str) -> str:
        # Breaking one token can leave a shorter one whole (`<|x|>` holds `|x|`), or make one that has a space in it.
        # It ends: a character is broken off again only by a token with one more space after it.
        while self._pattern.search(text):
            text = self._pattern.sub(_broken, text)
        return text

    def keeping_soft_tokens(self, text: str) -> str:
        """The same, but soft tokens stay whole: for system messages, which the program writes."""
        parts, end = [], 0
        for match in SOFT_TOKEN.finditer(text):
            parts += [self(text[end : match.start()]), match[0]]
            end = match.end()
        return "".join([*parts, self(text[end:])])


class ChatTemplate:
    """A model's chat template with its special tokens; renders messages to the prompt that a reply follows.

    `name`: what errors call the model, such as the user's own folder. `folds_system`: whether the template refuses or
    drops a system message, as Gemma 2's refuses it. Then it is written at the beginning of the first user turn, with an
    empty line after it, which is how Gemma 3's own template does it.
    Raises ModelError when the template does not parse, or goes beyond the bounds of its sandbox.
    """

    def __init__(
        self, source: str, special_tokens: Collection[str], *, bos: str = "", eos: str = "", name: str = "the model"
    ) -> None:
        self._name = name
        self.sha256 = hashlib.sha256(source.encode()).hexdigest()
        self._neutralize = Neutralizer(special_tokens)
        self._special_tokens = frozenset(special_tokens)
        self._sandbox = Sandbox(strftime_now=_date, bos_token=bos, eos_token=eos)
        try:
            self._template = self._sandbox.compile_template(source)
        except TemplateError as error:
            raise ModelError(f"{name}'s chat template does not parse: {error!s:.200}") from error
        try:
            self.folds_system = self._writes(_USER) and not self._writes(_SYSTEM, _USER)
        except TooMuchWork as error:
            raise ModelError(f"{name}'s chat template is refused: {error!s:.200}") from error

    @property
    def mark(self) -> str:
        """For an engine's id: "-folded" where system messages are written into the first user turn, else empty."""
        return "-folded" if self.folds_system else ""

    def render(self, messages: Sequence[Message]) -> str:
        """The prompt text, up to where the assistant's reply starts.

        Raises RequestError for a soft token that the model does not have, and when the template refuses the messages.
        """
        safe = [Message(role=m["role"], content=self._clean(m)) for m in messages]
        if self.folds_system:
            safe = _folded(safe)
        try:
            return self._fill(safe)
        except REFUSALS as error:
            raise RequestError(f"{self._name}'s chat template refuses these messages: {error!s:.200}") from error

    def _fill(self, messages: Sequence[Message]) -> str:
        # Models that can think aloud are asked not to: replies are short and follow a grammar.
        return self._sandbox.fill(self._template, messages=messages, add_generation_prompt=True, enable_thinking=False)

    def _writes(self, *messages: Message) -> bool:
        """Whether the template accepts such messages and their text comes out."""
        try:
            text = self._fill(messages)
        except TooMuchWork:
            raise
        except REFUSALS:
            return False
        return all(message["content"] in text for message in messages)

    def _clean(self, message: Message) -> str:
        text = message["content"]
        if message["role"] != "system":
            return self._neutralize(text)
        for token in SOFT_TOKEN.findall(text):
            if token not in self._special_tokens:
                raise RequestError(f"this model has no soft token {token}; bake the soft prompt into it first")
        return self._neutralize.keeping_soft_tokens(text)


def _folded(messages: Sequence[Message]) -> list[Message]:
    """The messages with a leading system message written into the first user turn, or as one where none follows.

    Not one that starts with soft tokens: baked templates write these themselves, before everything else.
    """
    [first, *rest] = messages
    if first["role"] != "system" or SOFT_TOKEN.match(first["content"]):
        return list(messages)
    if not rest or rest[0]["role"] != "user":
        return [Message(role="user", content=first["content"]), *rest]
    return [Message(role="user", content=f"{first['content']}\n\n{rest[0]['content']}"), *rest[1:]]


def _date(form: str) -> str:
    return _TEMPLATE_DATE.strftime(form[:_MOST_DATE])
