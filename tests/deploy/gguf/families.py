"""Tiny random models of each family in Hugging Face format, their tokenizers trained here on a few lines."""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

LINES = [
    *(f"line {i} is about slopes, areas and the circle {i * 7}: f(x) = {i}x^2 + {i % 9}" for i in range(300)),
    *(f"def area_{i}(r):\n    return 3.14 * r ** 2  # don't round\n" for i in range(60)),
    *("Ça va très bien, merci! Größe und Übung" for _ in range(20)),
    *("Привет, мир. Как дела? 日本語の文章 一二三 العربية" for _ in range(20)),
    *("∑ x_i ≤ √2 ∫ f dx 🙂 👩‍👩‍👧 😀😀" for _ in range(20)),
]
CHATML = (
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
HEADERS = (
    "{{ bos_token }}{% for m in messages %}{{ '<|start_header_id|>' + m['role'] + '<|end_header_id|>\n\n' + "
    "m['content'] | trim + '<|eot_id|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}"
)
INSTRUCTION = (
    "{{ bos_token }}{% for m in messages %}{% if m['role'] == 'user' %}{{ '[INST] ' + m['content'] + ' [/INST]' }}"
    "{% else %}{{ ' ' + m['content'] + eos_token }}{% endif %}{% endfor %}"
)
TURNS = (
    "{{ bos_token }}{% for m in messages %}{{ '<start_of_turn>' + ('model' if m['role'] == 'assistant' else m['role']) "
    "+ '\n' + m['content'] | trim + '<end_of_turn>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %}"
)
SHAPE = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 256,
}


def smollm2(folder: Path) -> None:
    from tokenizers import pre_tokenizers as split

    splitter = split.Sequence([split.Digits(individual_digits=True), split.ByteLevel(add_prefix_space=False)])
    _byte_level(folder, splitter, ["<|endoftext|>", "<|im_start|>", "<|im_end|>"], CHATML)
    _model(folder, "Llama", tie_word_embeddings=True)


def llama3(folder: Path) -> None:
    _llama3_tokenizer(folder)
    _model(folder, "Llama", tie_word_embeddings=False)


def smollm3(folder: Path) -> None:
    _llama3_tokenizer(folder)
    _model(folder, "SmolLM3", tie_word_embeddings=True, num_hidden_layers=4, pad_token_id=0)


def qwen2(folder: Path) -> None:
    _qwen_tokenizer(folder)
    _model(folder, "Qwen2", tie_word_embeddings=True)


def qwen3(folder: Path) -> None:
    _qwen_tokenizer(folder)
    _model(folder, "Qwen3", tie_word_embeddings=True, head_dim=32)


def llama(folder: Path) -> None:
    _sentencepiece(folder, {"unk_id": 0, "bos_id": 1, "eos_id": 2, "pad_id": -1}, [])
    roles = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
    _config(folder, tokenizer_class="LlamaTokenizer", add_bos_token=True, chat_template=INSTRUCTION, **roles)
    _model(folder, "Llama", tie_word_embeddings=False)


def gemma3(folder: Path) -> None:
    ids = {"pad_id": 0, "eos_id": 1, "bos_id": 2, "unk_id": 3}
    names = {"pad_piece": "<pad>", "eos_piece": "<eos>", "bos_piece": "<bos>"}
    _sentencepiece(folder, {**ids, **names, "add_dummy_prefix": False}, ["<mask>", "<start_of_turn>", "<end_of_turn>"])
    roles = {f"{role}_token": f"<{role}>" for role in ("bos", "eos", "pad", "unk")}
    _config(folder, tokenizer_class="GemmaTokenizer", add_bos_token=True, chat_template=TURNS, **roles)
    _model(
        folder,
        "Gemma3",
        text=True,
        head_dim=32,
        query_pre_attn_scalar=32,
        sliding_window=64,
        num_hidden_layers=6,
        bos_token_id=2,
        eos_token_id=1,
        pad_token_id=0,
    )


FAMILIES: dict[str, Callable[[Path], None]] = {
    family.__name__: family for family in (smollm2, smollm3, llama, llama3, qwen2, qwen3, gemma3)
}


def texts(count: int) -> list[str]:
    """Texts of digits, spaces, code, signs, scripts and emoji, put together at random and as NFC."""
    import unicodedata

    pieces = [
        *("1 23 007 3.14 1,000 2024-05-06 ½ ² ٣ 一二三 0x1F 1e-5".split(" ")),
        *(" ", "  ", "    ", "\n", "\n\n", "\t", "\r\n", " \n ", "\u00a0", "\u3000", "\u200d", "\ufeff"),
        *("a", " Word", "don't", "'LL", "I'Ve", "naïve", "Straße", "Ωmega", "Ñandú", "İ", "ﬁ", "zażółć", "e\u0301"),
        *("日本語", "文章", "Привет", " мир", "العربية", "हिन्दी", "ไทย", "한국어", "עברית"),
        *("🙂", "👩‍👩‍👧", "🇫🇷", "😀😀", "❤️", "👍🏽"),
        *("def f(x):\n    return x**2", "for(int i=0;i<n;++i){", "</div>", "a_b", "CamelCase", "#!", "\\n", "```py\n"),
        *(
            "∑",
            "√2",
            " ≤ ",
            "∫ f dx",
            "x^2",
            "(a+b)²",
            "$\\frac{1}{2}$",
            "π≈3.14",
            "∀ε>0",
            "+",
            " - ",
            "=",
            "...",
            "!!",
        ),
        *("https://a.b/c?d=1&e=%20", "me@x.org", "_", "<", ">", "|", "«quoted»", "—", "…", "“so”"),
    ]
    choose = random.Random(5)
    return [
        unicodedata.normalize("NFC", "".join(choose.choices(pieces, k=choose.randint(1, 12)))) for _ in range(count)
    ]


def _llama3_tokenizer(folder: Path) -> None:
    from tokenizers import Regex
    from tokenizers import pre_tokenizers as split

    pattern = (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
        r"|\s+(?!\S)|\s+"
    )
    splitter = split.Sequence([split.Split(Regex(pattern), "isolated"), split.ByteLevel(False, use_regex=False)])
    special = ["<|begin_of_text|>", "<|eot_id|>", "<|start_header_id|>", "<|end_header_id|>"]
    _byte_level(folder, splitter, special, HEADERS, bos=special[0], ignore_merges=True)


def _qwen_tokenizer(folder: Path) -> None:
    from tokenizers import Regex, normalizers
    from tokenizers import pre_tokenizers as split

    pattern = (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
        r"|\s+(?!\S)|\s+"
    )
    splitter = split.Sequence([split.Split(Regex(pattern), "isolated"), split.ByteLevel(False, use_regex=False)])
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    _byte_level(folder, splitter, special, CHATML, normalizer=normalizers.NFC(), kind="Qwen2Tokenizer")


def _byte_level(
    folder: Path,
    splitter: Any,
    special: list[str],
    template: str,
    *,
    bos: str | None = None,
    normalizer: Any = None,
    ignore_merges: bool = False,
    kind: str = "PreTrainedTokenizerFast",
) -> None:
    import transformers
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE(ignore_merges=ignore_merges))
    tokenizer.pre_tokenizer, tokenizer.decoder = splitter, decoders.ByteLevel()
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=700, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(LINES, trainer)
    eos = special[1] if bos else special[-1]
    roles = {"eos_token": eos, "pad_token": special[0], **({"bos_token": bos} if bos else {})}
    made = transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, chat_template=template, **roles)
    made.save_pretrained(folder)
    if kind != "PreTrainedTokenizerFast":
        settings = json.loads((folder / "tokenizer_config.json").read_text())
        (folder / "tokenizer_config.json").write_text(json.dumps({**settings, "tokenizer_class": kind}))


def _sentencepiece(folder: Path, settings: dict[str, Any], special: list[str]) -> None:
    import sentencepiece

    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(LINES),
        model_prefix=str(folder / "tokenizer"),
        vocab_size=700,
        model_type="bpe",
        byte_fallback=True,
        split_digits=True,
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        allow_whitespace_only_pieces=True,
        character_coverage=0.99,
        hard_vocab_limit=False,
        control_symbols=special,
        minloglevel=2,
        **settings,
    )
    (folder / "tokenizer.vocab").unlink()


def _config(folder: Path, **settings: Any) -> None:
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))


def _model(folder: Path, name: str, *, text: bool = False, **settings: Any) -> None:
    import torch
    import transformers

    words = len(transformers.AutoTokenizer.from_pretrained(folder))
    torch.manual_seed(0)
    config = getattr(transformers, f"{name}{'Text' if text else ''}Config")(vocab_size=words, **{**SHAPE, **settings})
    model = getattr(transformers, f"{name}ForCausalLM")(config)
    for weight in model.parameters():
        weight.data = torch.randn(weight.shape) * 0.25 + (weight.dim() == 1 and name != "Gemma3")
        if len(weight) == words:
            weight.data *= 0.2  # a token's own embedding, which may be the head too, must not just ask for itself
        weight.data = weight.data.half().float()  # what a file of 16 bits holds exactly
    model.save_pretrained(folder)
