"""A chat template in Go's language, for Ollama: it writes what the file's own template writes.

The file's own is asked for its parts: what it writes before, between and after the messages of a chat. Where these
change with position it has no Go counterpart here, and is refused. The Go template has no function that trims, so where
the file's own trims messages, callers must.
"""

import json
import re
from collections.abc import Sequence

from ..errors import ModelError, RequestError
from .chat import SOFT_TOKEN, ChatTemplate, Message
from .header import Header

_SOFT = "<|soft:"
# Its parts stand for Go's strings: PART and nothing else is put in, so that Go's own braces are as they are.
_TEMPLATE = """\
{{- $soft := false }}{{ if ge (len .System) LENGTH }}{{ $soft = eq (slice .System 0 LENGTH) SOFT }}{{ end -}}
{{- if $soft }}{{ .System }}{{ AFTER_SOFT }}
{{- else if .System }}{{ BEFORE_SYSTEM }}{{ .System }}{{ AFTER_SYSTEM }}
{{- else }}{{ START }}{{ end -}}
{{- range $i, $_ := .Messages }}
{{- if eq .Role "user" }}{{ .Content }}
{{- if eq (len (slice $.Messages $i)) 1 }}{{ REPLY }}{{ else }}{{ USER_ASSISTANT }}{{ end -}}
{{- else if eq .Role "assistant" }}{{ .Content }}{{ ASSISTANT_USER }}{{ end -}}
{{- end -}}"""
_PART = re.compile(r"\b[A-Z]{4,}(?:_[A-Z]+)?\b")


def go_template(header: Header) -> str:
    """The Go template of a GGUF file. Where the tokenizer adds the BOS token, the template does not write it.

    Raises ModelError when the file has no template, or one that is not a row of turns of fixed shape.
    """
    if not header.chat_template:
        raise ModelError(f"{header.path} has no chat template; use an instruction-tuned model")
    chat = _Chat(header)
    try:
        start, reply = chat.around("u")
        _, user_assistant, assistant_user, tail = chat.around("u", "a", "v")
        if chat.around(*"uavbw") != [start, user_assistant, assistant_user, user_assistant, assistant_user, reply]:
            raise ValueError("its turns change with position")
        before_system, after_system, *rest = chat.around("u", "a", "v", system="[[s]]")
        soft = next(filter(SOFT_TOKEN.fullmatch, header.special_tokens), None)
        before_soft, after_soft, *soft_rest = chat.around("u", "a", "v", system=soft) if soft else ["", "", *rest]
        if before_soft or any(r != [user_assistant, assistant_user, tail] for r in (rest, soft_rest)) or tail != reply:
            raise ValueError("its turns change with a system message")
    except (ValueError, RequestError) as error:
        raise ModelError(f"{header.path} has a chat template without a counterpart in Go: {error}") from error
    parts = {
        "SOFT": _SOFT,
        "START": chat.without_bos(start),
        "BEFORE_SYSTEM": chat.without_bos(before_system),
        "AFTER_SYSTEM": after_system,
        "AFTER_SOFT": after_soft,
        "USER_ASSISTANT": user_assistant,
        "ASSISTANT_USER": assistant_user,
        "REPLY": reply,
    }
    # JSON and Go write strings alike but for characters beyond 16 bits, which stand as they are.
    quoted = {name: json.dumps(text, ensure_ascii=False) for name, text in parts.items()}
    return _PART.sub(lambda part: {**quoted, "LENGTH": str(len(_SOFT))}[part[0]], _TEMPLATE)


class _Chat:
    """Renders chats of which only the shape matters."""

    def __init__(self, header: Header) -> None:
        self._bos = header.added_bos
        self._template = ChatTemplate(
            header.chat_template or "", header.special_tokens, bos=header.token("bos"), eos=header.token("eos")
        )

    def around(self, *contents: str, system: str | None = None) -> list[str]:
        """What stands before, between and after the messages. Raises ValueError where it changes what they say."""
        marks = [f"[[{content}]]" for content in contents]
        messages = [
            Message(role="assistant" if index % 2 else "user", content=mark) for index, mark in enumerate(marks)
        ]
        if system is not None:
            marks = [system, *marks]
            messages = [Message(role="system", content=system), *messages]
        return _split(self._template.render(messages), marks)

    def without_bos(self, text: str) -> str:
        return text.removeprefix(self._bos)


def _split(text: str, marks: Sequence[str]) -> list[str]:
    parts = []
    for mark in marks:
        before, found, text = text.partition(mark)
        if not found:
            raise ValueError("it changes what the messages say")
        parts.append(before)
    return [*parts, text]
