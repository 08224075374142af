"""Models made to hurt, given to a command: one line, exit code 2, and this very process goes on."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ..deploy.gguf.tiny import CONTROL, write_tiny

SPECIAL = {"<s>": CONTROL, "</s>": CONTROL}
MACRO = "{% macro f(x) %}{{ f(x) }}{% endmacro %}{{ f(1) }}"
RANGES = "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}{{ messages[0].content }}"
DOUBLED = "{% set n = namespace(s='ab') %}{% for i in range(60) %}{% set n.s = n.s ~ n.s %}{% endfor %}{{ n.s }}"
CASES: dict[str, tuple[dict[str, Any], str]] = {
    "context_length 0": ({"llama.context_length": 0}, "context_length is 0, and has to be from 2 to"),
    "context_length 1": ({"llama.context_length": 1}, "context_length is 1, and has to be from 2 to"),
    "block_count 0": ({"llama.block_count": 0}, "block_count is 0, and has to be from 1 to 1024"),
    "block_count 10^9": ({"llama.block_count": 10**9}, "block_count is 1000000000, and has to be from 1 to 1024"),
    "block_count 512": ({"llama.block_count": 512}, "tensor 'blk.1.attn_norm.weight' not found"),
    "no heads": ({"llama.attention.head_count": 0}, "'blk.0.attn_q.weight' has wrong shape"),
    "too many experts": ({"llama.expert_count": 10**9}, "GGML_ASSERT(hparams.n_expert <= LLAMA_MAX_EXPERTS) failed"),
    "no number": ({"llama.attention.layer_norm_rms_epsilon": float("nan")}, "GGML_ASSERT(eps >= 0.0f) failed"),
    "unknown scaling": ({"llama.rope.scaling.type": "magic"}, "GGML_ASSERT(hparams.rope_scaling_type_train != "),
    "end of turn nowhere": ({"tokenizer.ggml.eot_token_id": 10**9}, "eot token 1000000000 is not in the vocabulary"),
    "recursive macro": ({"template": MACRO}, "'s chat template is refused: it calls itself more than 100 times over"),
    "nested ranges": ({"template": RANGES}, "'s chat template is refused: it computes for too long or writes too much"),
    "doubled text": ({"template": DOUBLED}, "'s chat template is refused: it computes for too long or writes too much"),
    "nested brackets": ({"template": "{{ " + "(" * 9999 + "1" + ")" * 9999 + " }}"}, "nested too deeply"),
    "giant template": ({"template": "a" * 2**21}, "it has 2097152 characters, more than 1048576"),
}


@pytest.mark.model
@pytest.mark.parametrize(("odd", "said"), CASES.values(), ids=CASES)
def test_a_model_made_to_hurt_is_one_line(
    studysmith: Callable[..., Any], refused: Callable[..., None], tmp_path: Path, odd: dict[str, Any], said: str
) -> None:
    values = {key: value for key, value in odd.items() if key != "template"}
    template = {"template": odd["template"]} if "template" in odd else {}
    path = write_tiny(tmp_path / "odd.gguf", SPECIAL, values=values, **template)
    refused(studysmith("plan", "slope, one week", "--model", path), said)
