"""Tokenizer and chat template of a GGUF file as MLX's runtimes read them, in Python and in Swift."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jinja2 import Environment, nodes

from ..errors import ModelError
from ..gguf.chat import ChatTemplate, Message
from ..gguf.header import Header
from ..gguf.torch_model import load_tokenizer

_PLAIN: Message = {"role": "user", "content": "a"}
# Statements that swift-jinja does not have (its parser says "Unknown statement").
_NOT_IN_SWIFT = (
    nodes.Extends,
    nodes.Block,
    nodes.Include,
    nodes.Import,
    nodes.FromImport,
    nodes.With,
    nodes.ExprStmt,
    nodes.ScopedEvalContextModifier,
)


def write_tokenizer(header: Header, folder: Path) -> list[str]:
    """Write tokenizer.json, tokenizer_config.json and chat_template.jinja; what an app must know about them.

    Raises ModelError where the model has no template, where torch is needed to read its tokenizer and not there, or
    where a special token would not come out as the one token that it is.
    """
    tokenizer = _load(header)
    for text, index in header.special_tokens.items():
        if tokenizer.encode(text, add_special_tokens=False) != [index]:
            raise ModelError(f"{header.path}: the tokenizer that transformers makes of it splits {text}")
    template = _template(header)
    config = {
        # A name that transformers 4 and 5 and swift-transformers all know: "whatever tokenizer.json says".
        "tokenizer_class": "PreTrainedTokenizerFast",
        "add_bos_token": False,
        "add_eos_token": False,
        "clean_up_tokenization_spaces": False,
        "model_max_length": header.context_length,
        **{f"{name}_token": header.token(role) for name, role in _ROLES.items() if header.token(role)},
        # Newer runtimes read the file, older ones (swift-transformers before 0.1.21) this field.
        "chat_template": template,
    }
    (folder / "tokenizer.json").write_text(tokenizer.backend_tokenizer.to_str(pretty=False), "utf-8")
    (folder / "tokenizer_config.json").write_text(json.dumps(config, ensure_ascii=False, indent=1) + "\n", "utf-8")
    (folder / "chat_template.jinja").write_text(template, "utf-8")
    return swift_lacks(template)


_ROLES = {"bos": "bos", "eos": "eos", "unk": "unknown", "pad": "padding"}


def _load(header: Header) -> Any:
    try:
        return load_tokenizer(header)
    except ImportError as error:
        raise ModelError(f"this tokenizer is read with torch: pip install torch ({error})") from error
    except ValueError as error:
        raise ModelError(f"{header.path}: {str(error).partition(chr(10))[0]}") from error


def _template(header: Header) -> str:
    """The chat template, with the BOS token written where llama.cpp would add it."""
    source = header.chat_template
    if not source:
        raise ModelError(f"{header.path} has no chat template; use an instruction-tuned model")
    bos = header.token("bos")
    written = ChatTemplate(source, header.special_tokens, bos=bos, eos=header.token("eos")).render([_PLAIN])
    return f"{{{{ {json.dumps(bos)} }}}}{source}" if header.adds_bos and not written.startswith(bos) else source


def swift_lacks(template: str) -> list[str]:
    """What the template uses and the template engine of iPhone apps, swift-jinja, does not have, each as a line."""
    environment = Environment(extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"])
    tree = environment.parse(template)
    found = {type(node).__name__ for kind in _NOT_IN_SWIFT for node in tree.find_all(kind)}
    found |= {"raw" for _, token, _ in environment.lex(template) if token == "raw_begin"}
    return [f"chat template: swift-jinja, the template engine of iPhone apps, lacks {name}" for name in sorted(found)]
