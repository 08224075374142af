"""A chat template that knows soft prompts.

PEFT puts the learned vectors before everything else. So a system message that starts with a soft token is written at
the very start, without a header, before the beginning-of-sequence token, and no default system message is added.
Without one the template does what it always did.
"""

import json

from ..errors import ModelError, RequestError
from .chat import ChatTemplate
from .header import Header

_TEMPLATE = """\
{{%- if messages and messages[0]['role'] == 'system' and messages[0]['content'].startswith('<|soft:') -%}}
{{%- for message in messages -%}}
{{%- if loop.first -%}}{{{{- message['content'] + {bos} -}}}}
{{%- elif message['role'] == 'user' -%}}{{{{- {user} + message['content'] + {end_user} -}}}}
{{%- elif message['role'] == 'assistant' -%}}{{{{- {assistant} + message['content'] + {end_assistant} -}}}}
{{%- else -%}}{{{{- raise_exception('after a soft prompt, messages alternate between user and assistant') -}}}}
{{%- endif -%}}
{{%- endfor -%}}
{{%- if add_generation_prompt -%}}{{{{- {reply} -}}}}{{%- endif -%}}
{{%- else -%}}{{{{- {original_bos} }}}}{original}{{{{ '' }}}}{{%- endif -%}}"""


def soft_template(header: Header) -> str:
    """The model's chat template, extended. What it writes holds the BOS token, so the file must not add another.

    Raises ModelError when the model has no template, or one that is not a row of turns of fixed shape.
    """
    source = header.chat_template
    if not source:
        raise ModelError(f"{header.path} has no chat template; use an instruction-tuned model")
    source = source.removesuffix("\n")  # as Jinja itself does at the end of a template
    bos = header.token("bos")
    with_reply = _Turns(header, source)
    without_reply = _Turns(header, "{% set add_generation_prompt = false %}" + source)
    try:
        end_user, reply = without_reply("u")[1], with_reply("u")[1]
        end_assistant = without_reply("u", "a")[1]
        (assistant, user), _ = with_reply("u", "a", "v")
        user, assistant = _after(user, end_assistant), _after(assistant, end_user)
        reply = _after(reply, end_user)
        turns = f"{user}[[u]]{end_user}{assistant}[[a]]{end_assistant}{user}[[v]]{end_user}{reply}"
        if not with_reply.text("u", "a", "v").endswith(turns):
            raise ValueError("its turns change with position")
    except (ValueError, RequestError) as error:
        raise ModelError(f"{header.path} has a chat template that takes no soft prompt: {error}") from error
    # In ChatML the BOS token may also be the one that opens each turn: then the first turn brings it along.
    opens_turns = bool(bos) and user.startswith(bos)
    writes_bos = bool(bos) and with_reply.text("u").startswith(bos)
    parts = {
        "user": user,
        "end_user": end_user,
        "assistant": assistant,
        "end_assistant": end_assistant,
        "reply": reply,
        "bos": bos if (writes_bos or header.adds_bos) and not opens_turns else "",
        "original_bos": bos if header.adds_bos and not writes_bos else "",
    }
    return _TEMPLATE.format(
        **{name: json.dumps(text, ensure_ascii=False) for name, text in parts.items()}, original=source
    )


class _Turns:
    """Renders user and assistant messages in turn, and returns what the template writes around them."""

    def __init__(self, header: Header, source: str) -> None:
        self._template = ChatTemplate(source, [], bos=header.token("bos"), eos=header.token("eos"))

    def text(self, *contents: str) -> str:
        roles = ("user", "assistant")
        messages = [{"role": roles[i % 2], "content": f"[[{content}]]"} for i, content in enumerate(contents)]
        return self._template.render(messages)  # type: ignore[arg-type]

    def __call__(self, *contents: str) -> tuple[list[str], str]:
        """What stands between the messages, and what follows the last one."""
        rest, around = self.text(*contents), []
        for content in contents:
            before, found, rest = rest.partition(f"[[{content}]]")
            if not found:
                raise ValueError("it changes what the messages say")
            around.append(before)
        return around[1:], rest


def _after(text: str, prefix: str) -> str:
    if not text.startswith(prefix):
        raise ValueError("its turns change with position")
    return text[len(prefix) :]
