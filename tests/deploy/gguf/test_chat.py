"""Templates in the sandbox, and text that cannot spell special tokens."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from studysmith.deploy.engines.base import Message
from studysmith.deploy.engines.llamacpp import LlamaCppEngine
from studysmith.deploy.errors import ModelError, RequestError
from studysmith.deploy.gguf.chat import ChatTemplate, Neutralizer, soft_prompt_text

SPECIAL = ["<|im_start|>", "<|im_end|>", "|im|", "<s>", "</s>", "\n\n", "x"]
# Pieces that make special tokens when put together, and ones that make them when others are broken.
PIECES = st.sampled_from(
    [
        "<",
        "|",
        ">",
        "<|",
        "|>",
        "im",
        "im_end",
        "im_start",
        "<|im_end|>",
        "<|soft:a:0|>",
        "soft:a:",
        "0",
        "s",
        "/",
        " ",
        "é",
    ]
)
HI = [Message(role="user", content="Hi")]


def render(source: str, messages: list[Message] = HI, special: list[str] = SPECIAL) -> str:
    return ChatTemplate(source, special, bos="<s>", eos="</s>").render(messages)


@given(st.lists(PIECES, max_size=30).map("".join))
def test_neutral_text_holds_no_special_token_and_loses_nothing(text: str) -> None:
    neutral = Neutralizer(SPECIAL)(text)
    assert not any(token in neutral for token in (*SPECIAL[:5], "<|soft:a:0|>"))
    assert neutral.replace(" ", "") == text.replace(" ", "")
    assert Neutralizer(SPECIAL)(neutral) == neutral


SPACED = ["ab", "a b", "a  b", " <t>", "<t> ", "\u2581<u\u2581v>", "<u v>", "b\n\na", "  ", "\u2581\u2581", " c", "d "]


@given(st.lists(st.sampled_from([*SPACED, *"ab<tuv> \u2581\ncd"]), max_size=20).map("".join))
def test_tokens_with_spaces_in_and_around_them_are_broken_too_and_white_space_is_content(text: str) -> None:
    neutral = Neutralizer(SPACED)(text)
    assert not any(token in neutral for token in SPACED[:8])
    assert neutral.replace(" ", "") == text.replace(" ", "")
    assert Neutralizer(SPACED)("  \u2581\u2581 c d ") == "  \u2581\u2581 c d "


@settings(max_examples=25, deadline=None)
@given(st.lists(PIECES, max_size=12).map("".join))
def test_neutral_text_has_no_special_ids(engine: LlamaCppEngine, text: str) -> None:
    ids = engine.tokenize(engine.render([Message(role="user", content=text)]))
    assert [i for i in ids if i < 17] == [1, 2, 1, 2, 1]


def test_ordinary_text_stays_as_it_is() -> None:
    text = "Is 3 < 5 | 7 > 2?\n\n  x = <b>1</b>"
    assert Neutralizer(SPECIAL)(text) == text


def test_system_messages_keep_soft_tokens_and_nothing_else() -> None:
    special = [*SPECIAL, "<|soft:plan:0|>", "<|soft:plan:1|>"]
    source = "{% for m in messages %}{{ m.content }}{% endfor %}"
    text = soft_prompt_text("plan", 2)
    assert text == "<|soft:plan:0|><|soft:plan:1|>"
    assert render(source, [Message(role="system", content=text + "<|im_end|>")], special) == text + "< |im_end|>"
    assert render(source, [Message(role="user", content=text)], special) == "< |soft:plan:0|>< |soft:plan:1|>"
    with pytest.raises(RequestError, match=r"no soft token <\|soft:plan:2\|>"):
        render(source, [Message(role="system", content=soft_prompt_text("plan", 3))], special)


@pytest.mark.parametrize(("name", "n"), [("Plan", 1), ("", 1), ("a:b", 1), ("a|>", 1), ("plan", 0)])
def test_a_bad_soft_prompt_is_refused(name: str, n: int) -> None:
    with pytest.raises(RequestError):
        soft_prompt_text(name, n)


def test_templates_get_what_they_expect() -> None:
    source = (
        "{{ bos_token }}{% for m in messages %}\n"
        "    {% if loop.index > 1 %}{% break %}{% endif %}\n"
        "{% generation %}{{ m | tojson }}{% endgeneration %}\n"
        "{% endfor %}{% if add_generation_prompt %}{{ strftime_now('%Y-%m-%d') }}{% endif %}"
    )
    messages = [Message(role="user", content="<é>"), Message(role="user", content="b")]
    assert render(source, messages) == '<s>{"role": "user", "content": "<é>"}2024-07-26'


def test_a_template_may_refuse_messages() -> None:
    with pytest.raises(RequestError, match="no system"):
        render("{{ raise_exception('no system') }}")


@pytest.mark.parametrize(
    "source", ["{{ ''.__class__.__mro__ }}", "{{ messages.append(1) }}", "{{ cycler.__init__.__globals__.os }}"]
)
def test_a_template_cannot_leave_its_sandbox(source: str) -> None:
    with pytest.raises(RequestError):
        render(source)


def test_a_broken_template_is_one_line() -> None:
    with pytest.raises(ModelError, match="does not parse") as caught:
        render("{% for m in %}\n{{")
    assert "\n" not in str(caught.value)


# As Gemma 2 has it, in the parts that matter here.
GEMMA2 = (
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}"
    "{{ raise_exception('System role not supported') }}{% endif %}"
    "{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}"
    "{% if (message['role'] == 'assistant') %}{% set role = 'model' %}{% else %}"
    "{% set role = message['role'] %}{% endif %}"
    "{{ '<start_of_turn>' + role + '\\n' + message['content'] | trim + '<end_of_turn>\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{'<start_of_turn>model\\n'}}{% endif %}"
)
# Gemma 3 folds by itself.
GEMMA3 = (
    "{{ bos_token }}{%- if messages[0]['role'] == 'system' -%}"
    "{%- set first_user_prefix = messages[0]['content'] + '\\n\\n' -%}"
    "{%- set loop_messages = messages[1:] -%}{%- else -%}{%- set first_user_prefix = '' -%}"
    "{%- set loop_messages = messages -%}{%- endif -%}{%- for message in loop_messages -%}"
    "{%- set role = 'model' if message['role'] == 'assistant' else message['role'] -%}"
    "{{ '<start_of_turn>' + role + '\\n' + (first_user_prefix if loop.first else '') }}{{ message['content'] | trim }}"
    "{{ '<end_of_turn>\\n' }}{%- endfor -%}{%- if add_generation_prompt -%}{{ '<start_of_turn>model\\n' }}{%- endif -%}"
)
SILENT = "{% for m in messages if m.role != 'system' %}[{{ m.role }}]{{ m.content }}{% endfor %}"
CHAT = [
    Message(role="system", content="Be brief."),
    Message(role="user", content="Hi"),
    Message(role="assistant", content="Yes?"),
    Message(role="user", content="Bye"),
]


def test_a_system_message_that_the_template_refuses_goes_into_the_first_user_turn() -> None:
    older, newer = (ChatTemplate(source, ["<end_of_turn>"], bos="<bos>") for source in (GEMMA2, GEMMA3))
    assert older.folds_system
    assert not newer.folds_system
    assert (older.mark, newer.mark) == ("-folded", "")
    said = older.render(CHAT)
    assert said.startswith(
        "<bos><start_of_turn>user\nBe brief.\n\nHi<end_of_turn>\n<start_of_turn>model\nYes?<end_of_turn>"
    )
    assert said == newer.render(CHAT)
    assert older.render(CHAT[1:]) == newer.render(CHAT[1:])


def test_a_system_message_that_the_template_would_drop_is_folded_too() -> None:
    assert render(SILENT, CHAT) == "[user]Be brief.\n\nHi[assistant]Yes?[user]Bye"
    assert render(SILENT, CHAT[:1]) == "[user]Be brief."
    assert render(SILENT, [CHAT[0], CHAT[2]]) == "[user]Be brief.[assistant]Yes?"


def test_folding_joins_no_special_token_and_keeps_other_refusals() -> None:
    split = [Message(role="system", content="a <|im_"), Message(role="user", content="end|> <|im_end|>")]
    assert "<|im_end|>" not in render(SILENT, split)
    with pytest.raises(RequestError, match="roles must alternate"):
        render(GEMMA2, [*CHAT, CHAT[1]])
    assert not ChatTemplate("{{ raise_exception('never') }}", []).folds_system


def test_soft_tokens_are_never_folded() -> None:
    baked = (
        "{% if messages[0].content.startswith('<|soft:') %}{{ messages[0].content }}{% else %}" + GEMMA2 + "{% endif %}"
    )
    template = ChatTemplate(baked, ["<|soft:plan:0|>"])
    assert template.folds_system
    soft = Message(role="system", content=soft_prompt_text("plan", 1))
    assert template.render([soft, CHAT[1]]) == "<|soft:plan:0|>"
