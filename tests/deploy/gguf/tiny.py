"""GGUF files of one layer of zeros, with any vocabulary and odd values, written by the gguf package."""

from pathlib import Path
from typing import Any

import gguf
import numpy as np

NORMAL, UNKNOWN, CONTROL, USER, BYTE = 1, 2, 3, 4, 6
WIDTH = 32
# GPT-2's alphabet: bytes that print are themselves, the others are moved behind the first 256.
_PLAIN = [*range(33, 127), *range(161, 173), *range(174, 256)]
ALPHABET = [chr(b) for b in _PLAIN] + [chr(256 + n) for n in range(256 - len(_PLAIN))]
BYTES = [f"<0x{b:02X}>" for b in range(256)]
ECHO = "{% for m in messages %}{{ m.content }}{% endfor %}"


def write_tiny(
    path: Path,
    special: dict[str, int],
    *,
    model: str = "gpt2",
    pre: str = "smollm",
    roles: dict[str, str] | None = None,
    template: str = ECHO,
    values: dict[str, Any] | None = None,
) -> Path:
    """A model whose vocabulary is `special`, text to type, and all bytes. `values`: metadata by key, where it is to be
    another than usual."""
    plain = dict.fromkeys(BYTES, BYTE) | {"\u2581": NORMAL} if model == "llama" else dict.fromkeys(ALPHABET, NORMAL)
    vocabulary = {"<unk>": UNKNOWN, **special, **plain} if model == "llama" else {**special, **plain}
    tokens = list(vocabulary)
    writer = gguf.GGUFWriter(path, "llama")
    numbers = {
        "context_length": 64, "embedding_length": WIDTH, "block_count": 1, "feed_forward_length": WIDTH,
        "attention.head_count": 1, "attention.head_count_kv": 1, "rope.dimension_count": WIDTH,
        "attention.layer_norm_rms_epsilon": 1e-5,
    }  # fmt: skip
    usual = {f"llama.{key}": number for key, number in numbers.items()}
    for key, value in {**usual, **(values or {})}.items():
        add = {str: writer.add_string, float: writer.add_float32, list: writer.add_array}
        add.get(type(value), writer.add_uint32)(key, value)
    writer.add_tokenizer_model(model)
    writer.add_token_list(tokens)
    writer.add_token_types(list(vocabulary.values()))
    writer.add_chat_template(template)
    if model == "llama":
        writer.add_token_scores([0.0] * len(tokens))
    else:
        writer.add_tokenizer_pre(pre)
        writer.add_token_merges(["a b"])
    for role, text in (roles or {}).items():
        writer.add_uint32(f"tokenizer.ggml.{role}_token_id", tokens.index(text))
    zeros = np.zeros((WIDTH, WIDTH), np.float32)
    writer.add_tensor("token_embd.weight", np.zeros((len(tokens), WIDTH), np.float32))
    writer.add_tensor("output_norm.weight", zeros[0])
    for name in ("attn_norm", "ffn_norm"):
        writer.add_tensor(f"blk.0.{name}.weight", zeros[0])
    for name in ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"):
        writer.add_tensor(f"blk.0.{name}.weight", zeros)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
