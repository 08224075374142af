"""The weights of a GGUF file in torch: what a soft prompt is trained on is what will be served.

Llama-like models are unpacked here in seconds, with a tokenizer that splits text as llama.cpp does. Every other
architecture goes through transformers' own GGUF loader, which takes several times as long.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy.typing as npt

from ..errors import ModelError
from ..threads import sleeping_at_barriers
from .header import Header
from .tensors import GgufFile

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

# Architectures that share llama's tensor names; llama's own files hold q and k with rotary pairs side by side.
LLAMA_LIKE = frozenset({"llama", "qwen2", "qwen3"})
_MODULES = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_q_norm": "self_attn.q_norm",
    "attn_k_norm": "self_attn.k_norm",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
    "token_embd": "model.embed_tokens",
    "output_norm": "model.norm",
    "output": "lm_head",
}
ROPE_FACTORS = "rope_freqs.weight"
_CONTROL, _USER_DEFINED = 3, 4


def load_torch(
    gguf: Path, dtype: Literal["bfloat16", "float32"] = "bfloat16"
) -> tuple["PreTrainedModel", "PreTrainedTokenizerBase"]:
    """The model, frozen and in evaluation mode on the CPU, and its tokenizer, which adds no tokens of its own accord.

    Raises ModelError, one line, if the file is not whole or its architecture is unknown to transformers.
    """
    torch = _torch()
    file = GgufFile(gguf)
    if file.header.metadata["general.architecture"] in LLAMA_LIKE:
        model = _load_llama_like(file, getattr(torch, dtype))
    else:
        model = _load_any(file.header.path, getattr(torch, dtype))
    return model.eval().requires_grad_(False), load_tokenizer(file.header)


def _torch() -> Any:
    with sleeping_at_barriers():
        import torch
    return torch


def llama_settings(file: GgufFile) -> dict[str, Any]:
    """What transformers' configuration of a llama-like file says. Raises ModelError, naming the key that is missing or
    what is not supported."""
    metadata, architecture = file.header.metadata, file.header.metadata["general.architecture"]
    if architecture not in LLAMA_LIKE:
        raise ModelError(f"{file.header.path} is a {architecture} model; supported are {', '.join(sorted(LLAMA_LIKE))}")

    def value(key: str, default: Any = None) -> Any:
        found = metadata.get(f"{architecture}.{key}", default)
        if found is None:
            raise ModelError(f"{file.header.path} lacks {architecture}.{key}")
        return found

    if metadata.get(f"{architecture}.rope.scaling.type", "none") != "none":
        raise ModelError(f"{file.header.path} scales its rotary positions, which is not supported")
    heads, width = value("attention.head_count"), value("embedding_length")
    return {
        "vocab_size": file.raw("token_embd.weight").shape[1],
        "hidden_size": width,
        "intermediate_size": value("feed_forward_length"),
        "num_hidden_layers": value("block_count"),
        "num_attention_heads": heads,
        "num_key_value_heads": value("attention.head_count_kv", heads),
        "head_dim": value("attention.key_length", width // heads),
        "rms_norm_eps": value("attention.layer_norm_rms_epsilon"),
        "rope_parameters": {"rope_type": "default", "rope_theta": value("rope.freq_base", 10000.0)},
        "max_position_embeddings": value("context_length"),
        "tie_word_embeddings": "output.weight" not in file,
        "attention_bias": "blk.0.attn_q.bias" in file,
        "bos_token_id": file.header.token_id("bos"),
        "eos_token_id": file.header.token_id("eos"),
        "pad_token_id": file.header.token_id("padding"),
    }


def _load_llama_like(file: GgufFile, dtype: Any) -> Any:
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    config = AutoConfig.for_model(file.header.metadata["general.architecture"], **llama_settings(file))
    weights = {
        torch_name(name): torch.tensor(in_torch_order(file.header, name, file.floats(name)), dtype=dtype)
        for name in file.names
        if name != ROPE_FACTORS
    }
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config, dtype=dtype)
    if config.tie_word_embeddings:
        weights["lm_head.weight"] = weights["model.embed_tokens.weight"]
    model.load_state_dict(weights, assign=True)
    model.tie_weights()
    # Rotary frequencies are computed, not loaded, so they are still on the meta device.
    model.model.rotary_emb = type(model.model.rotary_emb)(config)
    if ROPE_FACTORS in file:
        model.model.rotary_emb.inv_freq /= torch.tensor(file.floats(ROPE_FACTORS))
    return model


def torch_name(name: str) -> str:
    """The name in transformers of a tensor of a llama-like GGUF file."""
    *block, module, kind = name.split(".")
    prefix = f"model.layers.{block[1]}." if block else ""
    return f"{prefix}{_MODULES[module]}.{kind}"


def in_torch_order(header: Header, name: str, rows: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The rows of a llama-like tensor, whatever they hold, in the order of transformers."""
    metadata, part = header.metadata, name.split(".")[-2]
    if metadata["general.architecture"] != "llama" or part not in ("attn_q", "attn_k"):
        return rows
    heads = metadata["llama.attention.head_count"]
    if part == "attn_k":
        heads = metadata.get("llama.attention.head_count_kv", heads)
    return rows.reshape(heads, len(rows) // heads // 2, 2, -1).swapaxes(1, 2).reshape(rows.shape)


def _load_any(path: Path, dtype: Any) -> Any:
    from transformers import AutoModelForCausalLM, GgufConfig

    try:
        return AutoModelForCausalLM.from_pretrained(
            path.parent, gguf_file=path.name, dtype=dtype, quantization_config=GgufConfig(dequantize=True)
        )
    except (ValueError, NotImplementedError) as error:
        raise ModelError(f"cannot load {path} into torch: {str(error).splitlines()[0]}") from error


def load_tokenizer(header: Header) -> Any:
    """The tokenizer of a GGUF file in transformers; it adds no tokens of its own accord."""
    from transformers import AutoTokenizer

    if header.metadata.get("tokenizer.ggml.pre") == "smollm":
        return _smollm_tokenizer(header)
    return AutoTokenizer.from_pretrained(
        header.path.parent, gguf_file=header.path.name, add_bos_token=False, add_eos_token=False
    )


def _smollm_tokenizer(header: Header) -> Any:
    # transformers' own conversion leaves out that digits stand alone, so "a  1" is split otherwise than when served.
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    tokens, kinds = header.metadata["tokenizer.ggml.tokens"], header.metadata["tokenizer.ggml.token_type"]
    merges = [tuple(merge.split(" ", 1)) for merge in header.metadata["tokenizer.ggml.merges"]]
    tokenizer = Tokenizer(models.BPE({token: index for index, token in enumerate(tokens)}, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    named = list(zip(tokens, kinds, strict=True))
    tokenizer.add_special_tokens([AddedToken(t, normalized=False, special=True) for t, k in named if k == _CONTROL])
    tokenizer.add_tokens([AddedToken(t, normalized=False) for t, k in named if k == _USER_DEFINED])
    roles = {"bos": "bos", "eos": "eos", "unk": "unknown", "pad": "padding"}
    special = {f"{name}_token": header.token(role) for name, role in roles.items() if header.token(role)}
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, chat_template=header.chat_template, **special)
