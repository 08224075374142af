"""Folders in Hugging Face format become GGUF files that say the same as transformers, family by family."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from studysmith.deploy.engines.base import Message, Request
from studysmith.deploy.engines.llamacpp import LlamaCppEngine
from studysmith.deploy.errors import ModelError
from studysmith.deploy.gguf.bake import bake
from studysmith.deploy.gguf.chat import soft_prompt_text
from studysmith.deploy.gguf.convert import convert_folder
from studysmith.deploy.gguf.pre_tokenizer import pre_type
from studysmith.deploy.gguf.quantize import quantize_file

from .families import FAMILIES, texts

TURNS: list[Message] = [
    {"role": "user", "content": "What is 3.14 * 2**2?\n  I don't know 🙂"},
    {"role": "assistant", "content": "12.56 ≤ 13"},
    {"role": "user", "content": "And the area of line 7?"},
]
TOKENS = 24


@dataclass
class Family:
    name: str
    folder: Path
    gguf: Path
    tokenizer: Any
    model: Any

    def ids(self, text: str) -> list[int]:
        """The tokens of a text as the model's makers made them.

        Of Llama 2 these are SentencePiece's, which puts a space before each piece between special tokens; transformers
        5 leaves it out where the piece starts with a space, and after a special token.
        """
        if self.name != "llama":
            return list(self.tokenizer(text, add_special_tokens=False).input_ids)
        import sentencepiece

        pieces = sentencepiece.SentencePieceProcessor(model_file=str(self.folder / "tokenizer.model"))
        found: list[int] = []
        for part in re.split("(<s>|</s>)", text):
            found += [pieces.piece_to_id(part)] if part in ("<s>", "</s>") else pieces.encode(part)
        return found

    def greedy(self, ids: list[int], soft: np.ndarray | None = None) -> list[int]:
        """What transformers says in float32, up to its end; a soft prompt's vectors are put in before everything."""
        import torch

        with torch.no_grad():
            embeddings = self.model.get_input_embeddings()
            parts = [embeddings(torch.tensor([ids]))]
            if soft is not None:
                parts.insert(0, torch.tensor(soft)[None])
            given, said = torch.cat(parts, 1), []
            while len(said) < TOKENS and self.tokenizer.eos_token_id not in said:
                said.append(int(self.model(inputs_embeds=given).logits[0, -1].argmax()))
                given = torch.cat([given, embeddings(torch.tensor([said[-1:]]))], 1)
        return said


@pytest.fixture(scope="module", params=FAMILIES)
def family(request: pytest.FixtureRequest, converter: Path, tmp_path_factory: pytest.TempPathFactory) -> Family:
    import transformers

    folder = tmp_path_factory.mktemp(request.param)
    FAMILIES[request.param](folder)
    gguf = folder / "f32.gguf"
    quantize_file(convert_folder(folder, converter), gguf, "F32")
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype="float32").eval()
    return Family(request.param, folder, gguf, tokenizer, model)


@pytest.mark.model
def test_a_thousand_texts_are_tokenized_as_transformers_does(family: Family) -> None:
    given = texts(1000)
    with LlamaCppEngine(family.gguf, context=256) as engine:
        wrong = [
            (text, theirs, ours) for text in given if (theirs := family.ids(text)) != (ours := engine.tokenize(text))
        ]
    assert not wrong, f"{len(wrong)} of {len(given)}, such as {wrong[0]}"


@pytest.mark.model
def test_a_conversation_is_the_same_prompt_and_the_same_reply(family: Family) -> None:
    prompt = family.tokenizer.apply_chat_template(TURNS, add_generation_prompt=True, tokenize=False)
    with LlamaCppEngine(family.gguf, context=256) as engine:
        done = engine.complete(Request(messages=TURNS, max_tokens=TOKENS))
    assert done.prompt_ids == family.ids(prompt)
    assert done.token_ids == family.greedy(done.prompt_ids)


@pytest.mark.model
def test_a_baked_soft_prompt_says_what_its_vectors_say(family: Family, tmp_path: Path) -> None:
    import torch

    embeddings = family.model.get_input_embeddings()
    with torch.no_grad():
        rows = embeddings(torch.arange(300, 308)).numpy()
    vectors = (rows + np.random.default_rng(1).normal(0, 0.05 * rows.std(), rows.shape)).astype(np.float32)
    bake(family.gguf, {"week": vectors}, tmp_path / "baked.gguf")
    asked: list[Message] = [{"role": "system", "content": soft_prompt_text("week", 8)}, *TURNS[:1]]
    with LlamaCppEngine(tmp_path / "baked.gguf", context=256) as engine:
        done = engine.complete(Request(messages=asked, max_tokens=TOKENS))
    soft_ids, text_ids = done.prompt_ids[:8], done.prompt_ids[8:]
    words = family.model.config.get_text_config().vocab_size
    assert soft_ids == list(range(words, words + 8))
    assert done.token_ids == family.greedy(text_ids, vectors)
    assert done.token_ids != family.greedy(text_ids)  # so that it is the vectors that made the difference


def test_a_tokenizer_of_no_family_is_refused(converter: Path, tmp_path: Path) -> None:
    import json

    FAMILIES["smollm2"](tmp_path)
    path = tmp_path / "tokenizer.json"
    tokenizer = json.loads(path.read_text())
    assert pre_type(tmp_path) == "smollm"
    tokenizer["pre_tokenizer"] = {"type": "Whitespace"}
    path.write_text(json.dumps(tokenizer))
    with pytest.raises(
        ModelError, match=r"^cannot convert .*: its tokenizer splits text in a way that llama.cpp has no"
    ):
        convert_folder(tmp_path, converter)


def test_a_sentencepiece_tokenizer_without_its_model_is_refused(tmp_path: Path) -> None:
    import transformers

    FAMILIES["gemma3"](tmp_path)
    transformers.AutoTokenizer.from_pretrained(tmp_path).save_pretrained(tmp_path)
    (tmp_path / "tokenizer.model").unlink()
    with pytest.raises(ModelError, match=r"lacks tokenizer\.model, .*; copy it from the base model's folder$"):
        convert_folder(tmp_path, tmp_path / "cache")
