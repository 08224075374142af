from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from studysmith.deploy.engines.base import Message, Request
from studysmith.deploy.engines.llamacpp import LlamaCppEngine
from studysmith.deploy.errors import ModelError, RequestError
from studysmith.deploy.gguf.bake import bake
from studysmith.deploy.gguf.chat import ChatTemplate, soft_prompt_text
from studysmith.deploy.gguf.header import Header, read_header
from studysmith.deploy.gguf.templates import soft_template
from studysmith.deploy.gguf.tensors import GgufFile, type_name

QUESTIONS = (
    "Write a long story about a lighthouse.",
    "Explain in detail how to add two fractions.",
    "Tell me everything about the water cycle.",
    "Write a letter to a friend about a trip to the mountains.",
    "List twenty animals and say one thing about each of them.",
)
TOKENS = 64


def messages(question: str, name: str = "week", n: int = 32) -> list[Message]:
    return [{"role": "system", "content": soft_prompt_text(name, n)}, {"role": "user", "content": question}]


def replies(path: Path, questions: Sequence[str]) -> list[tuple[str, list[int]]]:
    """The prompt after the soft prompt, and the ids of the greedy reply, for every question."""
    with LlamaCppEngine(path, "exact", context=512) as engine:
        found = []
        for question in questions:
            asked = messages(question)
            ids = engine.complete(Request(messages=asked, max_tokens=TOKENS)).token_ids
            found.append((engine.render(asked).removeprefix(asked[0]["content"]), ids))
    return found


@pytest.fixture(scope="module")
def peft(model_path: Path, soft_vectors: dict[str, np.ndarray], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """PEFT's own model, in 32-bit floats, with the adapter loaded from disk; and the tokenizer."""
    from peft import PeftModel
    from studysmith.deploy.gguf.torch_model import load_torch
    from studysmith.optimizers.prompt_tuning.soft_prompt import SoftPrompt

    folder = tmp_path_factory.mktemp("adapter")
    SoftPrompt("week", soft_vectors["week"]).save(folder, model_path)
    model, tokenizer = load_torch(model_path, "float32")
    return PeftModel.from_pretrained(model, folder), tokenizer


def choices(peft: Any, prompt: str, reply: list[int]) -> list[int]:
    """What PEFT would choose at each place of the reply. Equal to the reply: PEFT's greedy text is the reply."""
    import torch

    model, tokenizer = peft
    ids = [*tokenizer(prompt, add_special_tokens=False).input_ids, *reply]
    with torch.no_grad():
        logits = model(input_ids=torch.tensor([ids])).logits[0]
    return logits[-len(reply) - 1 : -1].argmax(-1).tolist()


def test_greedy_text_equals_peft_token_for_token(baked_f32: Path, peft: Any) -> None:
    for prompt, reply in replies(baked_f32, QUESTIONS[:3]):
        assert len(reply) == TOKENS
        assert choices(peft, prompt, reply) == reply


def test_kept_tensors_agree_with_peft(baked: Path, peft: Any) -> None:
    # llama.cpp rounds activations to 8 bits where weights are quantized, so the text may part; the choices rarely do.
    pairs = [
        (p, r)
        for prompt, reply in replies(baked, QUESTIONS[:3])
        for p, r in zip(choices(peft, prompt, reply), reply, strict=True)
    ]
    assert len(pairs) == 3 * TOKENS
    assert sum(p == r for p, r in pairs) / len(pairs) >= 0.95


def test_every_other_tensor_is_copied_byte_for_byte(
    baked: Path, model_path: Path, soft_vectors: dict[str, np.ndarray]
) -> None:
    source, made = GgufFile(model_path), GgufFile(baked)
    assert sorted(made.names) == sorted([*source.names, "output.weight"])
    for name in source.names:
        old, new = source.raw(name), made.raw(name)
        assert (old.type, new.data[: len(old.data)].tobytes()) == (new.type, old.data.tobytes())
        assert len(new.data) == len(old.data) + (40 if name == "token_embd.weight" else 0)
    old, head = source.raw("token_embd.weight"), made.raw("output.weight")
    assert head.data[: len(old.data)].tobytes() == old.data.tobytes()
    changed = {k for k in made.metadata if made.metadata[k] != source.metadata.get(k)}
    assert {k.removeprefix("tokenizer.") for k in changed} == {
        *("ggml.tokens", "ggml.token_type", "ggml.suppress_tokens", "chat_template", "llama.vocab_size")
    }
    learned = made.floats("token_embd.weight")[-40:]
    wanted = np.concatenate(list(soft_vectors.values()))
    assert np.abs(learned - wanted).max() < 0.005 * np.abs(wanted).max()
    assert baked.stat().st_size < 130e6


def test_soft_tokens_are_control_tokens_in_order(baked: Path, model_path: Path) -> None:
    header, before = read_header(baked), len(read_header(model_path).metadata["tokenizer.ggml.tokens"])
    names = [f"<|soft:week:{i}|>" for i in range(32)] + [f"<|soft:diagnose:{i}|>" for i in range(8)]
    assert header.metadata["tokenizer.ggml.tokens"][before:] == names
    assert header.metadata["tokenizer.ggml.token_type"][before:] == [3] * 40
    assert header.metadata["tokenizer.ggml.suppress_tokens"] == list(range(before, before + 40))


@pytest.fixture(scope="module")
def sampled(baked: Path) -> list[list[int]]:
    """Prompts and replies in tokens, sampled at temperature 1 from all tokens; 400 tokens or more."""
    rows: list[list[int]] = []
    count = 0
    with LlamaCppEngine(baked, "fast", context=512, slots=8) as engine:
        while count < 400:
            requests = [
                Request(messages=messages(QUESTIONS[i % 5]), max_tokens=50, temperature=1.0, seed=len(rows) + i)
                for i in range(8)
            ]
            for done in engine.complete_many(requests):
                rows.append([*done.prompt_ids, *done.token_ids])
                count += len(done.token_ids)
                assert all(token < 49152 for token in done.token_ids)
    return rows


def test_no_soft_token_is_ever_sampled(sampled: list[list[int]]) -> None:
    # The assertion is in the fixture, reply by reply; the soft prompts themselves were there.
    assert all(row[:32] == list(range(49152, 49184)) for row in sampled)


def test_soft_tokens_are_improbable_without_being_suppressed(baked: Path, sampled: list[list[int]]) -> None:
    import torch
    from studysmith.deploy.gguf.torch_model import load_torch

    model, _ = load_torch(baked)
    with torch.no_grad():
        shares = [model(torch.tensor([row])).logits[0].float().softmax(-1)[32:, 49152:].sum(-1) for row in sampled[:4]]
    assert torch.cat(shares).mean() < 1e-5
    assert torch.cat(shares).max() < 1e-3


def test_llama_cpp_renders_the_template_as_we_do(baked: Path) -> None:
    turns: list[Message] = [
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": "b"},
        {"role": "user", "content": "c"},
    ]
    system: Message = {"role": "system", "content": "Be brief."}
    with LlamaCppEngine(baked, "exact", context=512, serves_chat=True) as engine:
        for asked in (messages("Hi"), [messages("")[0], *turns], turns, [system, *turns]):
            # llama.cpp's own template engine, which any stock server uses
            assert engine._post("/apply-template", {"messages": asked})["prompt"] == engine.render(asked)


CHATML = (
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}\n"
)
HEADERS = (
    "{{- bos_token }}{% for m in messages %}{{ '<h>' + m.role + '</h>\n\n' + m.content | trim + '<eot>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<h>assistant</h>\n\n' }}{% endif %}"
)
FOLDED = (
    "{% if messages[0]['role'] == 'system' %}{% set system = messages[0]['content'] + '\n\n' %}"
    "{% set rest = messages[1:] %}{% else %}{% set system = '' %}{% set rest = messages %}{% endif %}"
    "{{ bos_token }}{% for m in rest %}{% if m['role'] == 'user' %}"
    "{{ '[INST] ' + (system if loop.first else '') + m['content'] + '[/INST]' }}"
    "{% else %}{{ ' ' + m['content'] + eos_token }}{% endif %}{% endfor %}"
)


def header_with(template: str | None, add_bos: bool) -> Header:
    tokens = ["<s>", "</s>", "<|soft:x:0|>"]
    metadata = {
        "general.architecture": "llama",
        "tokenizer.chat_template": template,
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.bos_token_id": 0,
        "tokenizer.ggml.eos_token_id": 1,
        "tokenizer.ggml.add_bos_token": add_bos,
    }
    return Header(Path("m.gguf"), metadata, ())


@pytest.mark.parametrize("add_bos", [False, True])
@pytest.mark.parametrize(
    ("template", "turns"),
    [
        (CHATML, "<|im_start|>user\nU<|im_end|>\n<|im_start|>assistant\nA<|im_end|>\n<|im_start|>user\nV<|im_end|>\n"
                 "<|im_start|>assistant\n"),
        (HEADERS, "<h>user</h>\n\nU<eot><h>assistant</h>\n\nA<eot><h>user</h>\n\nV<eot><h>assistant</h>\n\n"),
        (FOLDED, "[INST] U[/INST] A</s>[INST] V[/INST]"),
    ],
)  # fmt: skip
def test_a_soft_prompt_stands_before_everything(template: str, turns: str, add_bos: bool) -> None:
    header = header_with(template, add_bos)
    special = ["<|soft:x:0|>"]
    old = ChatTemplate(template, special, bos="<s>", eos="</s>")
    new = ChatTemplate(soft_template(header), special, bos="<s>", eos="</s>")
    user: list[Message] = [
        {"role": "user", "content": "U"},
        {"role": "assistant", "content": "A"},
        {"role": "user", "content": "V"},
    ]
    bos = "<s>" if add_bos or template != CHATML else ""
    assert new.render([{"role": "system", "content": "<|soft:x:0|>"}, *user]) == "<|soft:x:0|>" + bos + turns
    # Without one: as before, with the BOS token that the runtime added until now.
    added = "<s>" if add_bos and template == CHATML else ""
    for asked in (user[:1], user, [{"role": "system", "content": "S"}, *user]):
        assert new.render(asked) == added + old.render(asked)


def test_a_turn_opening_bos_is_not_doubled(model_path: Path) -> None:
    # SmolLM2's BOS token is <|im_start|>, which opens every turn.
    header = read_header(model_path)
    template = ChatTemplate(soft_template(header), ["<|soft:x:0|>"], bos="<|im_start|>", eos="<|im_end|>")
    prompt = template.render([{"role": "system", "content": "<|soft:x:0|>"}, {"role": "user", "content": "U"}])
    assert prompt == "<|soft:x:0|><|im_start|>user\nU<|im_end|>\n<|im_start|>assistant\n"


@pytest.mark.parametrize(
    ("template", "message"),
    [
        (None, "m.gguf has no chat template; use an instruction-tuned model"),
        ("{% for m in messages %}{{ m['content'] | upper }}{% endfor %}", "it changes what the messages say"),
        ("{% for m in messages %}{{ loop.index }}{{ m['content'] }};{% endfor %}", "its turns change with position"),
        ("{{ raise_exception('no') }}", "the model's chat template refuses these messages: no"),
    ],
)
def test_a_template_that_takes_no_soft_prompt_is_refused(template: str | None, message: str) -> None:
    with pytest.raises(ModelError) as error:
        soft_template(header_with(template, False))
    assert str(error.value).endswith(message)
    assert "\n" not in str(error.value)


def rows(*shape: int) -> np.ndarray:
    return np.full(shape, 0.1, dtype=np.float32)


@pytest.mark.parametrize(
    ("soft_prompts", "message"),
    [
        ({"week": rows(4, 575)}, r"soft prompt week: vectors must have shape \[n, 576\], not \[4, 575\]"),
        ({"week": rows(576)}, r"soft prompt week: vectors must have shape \[n, 576\], not \[576\]"),
        ({"week": rows(0, 576)}, r"soft prompt week: vectors must have shape \[n, 576\], not \[0, 576\]"),
        ({"week": rows(2, 576) * np.nan}, "soft prompt week: vectors must be finite floating-point numbers"),
        ({"week": rows(2, 576).astype(int)}, "soft prompt week: vectors must be finite floating-point numbers"),
        ({"We ek": rows(2, 576)}, "a soft prompt's name has only a-z, 0-9 and _, not 'We ek'"),
    ],
)
def test_unusable_vectors_are_refused(
    model_path: Path, tmp_path: Path, soft_prompts: dict[str, np.ndarray], message: str
) -> None:
    with pytest.raises(RequestError, match=f"^{message}$"):
        bake(model_path, soft_prompts, tmp_path / "m.gguf")
    assert not list(tmp_path.iterdir())


def test_a_name_that_is_taken_is_refused(baked: Path, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"^soft prompt week: the model already has one of this name$"):
        bake(baked, {"week": rows(2, 576)}, tmp_path / "m.gguf")


def test_a_second_bake_adds_to_the_first(baked: Path, tmp_path: Path) -> None:
    bake(baked, {"third": rows(2, 576)}, tmp_path / "m.gguf")
    header = read_header(tmp_path / "m.gguf")
    asked: list[Message] = [{"role": "user", "content": "Hi"}]
    with LlamaCppEngine(tmp_path / "m.gguf", context=256) as engine:
        plain = engine.render(asked)
        for name, n in (("third", 2), ("diagnose", 8)):
            soft = soft_prompt_text(name, n)
            prompt = engine.render([{"role": "system", "content": soft}, *asked])
            assert prompt == soft + "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
            assert all(token >= 49152 for token in engine.tokenize(prompt)[:n])
    assert plain.startswith("<|im_start|>system\nYou are a helpful AI assistant")
    assert len(header.metadata["tokenizer.ggml.tokens"]) == 49152 + 42


def test_quantization_names_and_the_source_are_checked(model_path: Path, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"^quantize: keep, Q8_0, .*, F32 \(got 'Q3_K_S'\)$"):
        bake(model_path, {}, tmp_path / "m.gguf", "Q3_K_S")  # type: ignore[arg-type]
    with pytest.raises(RequestError, match=r"^target must be another file than the source"):
        bake(model_path, {}, model_path)


def test_a_requantized_model_has_one_type_of_matrix(model_path: Path, tmp_path: Path) -> None:
    bake(model_path, {}, tmp_path / "m.gguf", "Q8_0")
    file = GgufFile(tmp_path / "m.gguf")
    kinds = {type_name(t.type): len(t.shape) for t in file.header.tensors}
    assert kinds == {"F32": 1, "Q8_0": 2}
    assert file.header.metadata["general.file_type"] == 7
    assert "output.weight" not in file
    assert file.header.chat_template == read_header(model_path).chat_template


@pytest.fixture
def narrow(tmp_path: Path, model_path: Path) -> Path:
    """The embedded model with an embedding table of 4 bits, as small files have it."""
    from studysmith.deploy.gguf.tensors import RawTensor, quantize, type_id, write

    source = GgufFile(model_path)
    table = source.raw("token_embd.weight")
    kind = type_id("Q4_1")
    small = RawTensor(table.name, table.shape, kind, quantize(source.floats(table.name), kind))
    write(tmp_path / "narrow.gguf", source.metadata, [small, *(source.raw(name) for name in source.names[1:])])
    return tmp_path / "narrow.gguf"


def test_a_coarse_table_is_widened_for_the_learned_rows(
    narrow: Path, soft_vectors: dict[str, np.ndarray], tmp_path: Path
) -> None:
    bake(narrow, soft_vectors, tmp_path / "m.gguf")
    source, made = GgufFile(narrow), GgufFile(tmp_path / "m.gguf")
    table, head = made.raw("token_embd.weight"), made.raw("output.weight")
    assert (type_name(table.type), type_name(head.type)) == ("Q8_0", "Q4_1")
    assert head.data[:49152].tobytes() == source.raw("token_embd.weight").data.tobytes()
    old, new = source.floats("token_embd.weight"), made.floats("token_embd.weight")
    assert np.abs(new[:49152] - old).max() < 0.005 * np.abs(old).max()
    wanted = np.concatenate(list(soft_vectors.values()))
    assert np.abs(new[49152:] - wanted).max() < 0.005 * np.abs(wanted).max()


def test_an_unknown_architecture_is_refused(model_path: Path, tmp_path: Path) -> None:
    from studysmith.deploy.gguf.tensors import encode, write

    source = GgufFile(model_path)
    other = {**source.metadata, "general.architecture": encode("gemma2", 8)}
    write(tmp_path / "gemma.gguf", other, [source.raw(name) for name in source.names])
    with pytest.raises(ModelError, match=r"gemma\.gguf is a gemma2 model; soft prompts can be baked into gemma3, "):
        bake(tmp_path / "gemma.gguf", {"week": rows(2, 576)}, tmp_path / "m.gguf")
