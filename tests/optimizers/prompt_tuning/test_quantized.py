"""A soft prompt is trained on the weights that ship: the model is quantized first."""

import hashlib
from pathlib import Path

import pytest
from studysmith.deploy.bundle.bundle import MODEL
from studysmith.deploy.errors import RequestError
from studysmith.deploy.files import sha256
from studysmith.deploy.gguf.tensors import GgufFile, type_name
from studysmith.optimizers.api import compile
from studysmith.optimizers.budget import Budget
from studysmith.optimizers.prompt_tuning.adapters import load_adapters
from studysmith.optimizers.prompt_tuning.optimizer import SoftOptimizer
from studysmith.optimizers.run import load_config
from studysmith.optimizers.tasks.load import load_task


@pytest.mark.model
def test_the_run_trains_on_and_ships_the_quantized_model(
    tiny: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STUDYSMITH_CACHE", str(tmp_path / "cache"))
    optimizer = SoftOptimizer(tokens=4, epochs=1, batch_size=4)
    small = {"examples": 2, "finalists": 1, "validation": 2, "confirm": 2}
    result = compile(
        f"{tiny}:task", optimizer, quantize="Q4_K_M", budget=Budget(lm_calls=1000), out=tmp_path / "run", **small
    )
    base = Path(result.compiled.base)
    assert base.parent == tmp_path / "cache" / "gguf"
    assert load_config(tmp_path / "run").model == sha256(base)
    assert load_adapters(tmp_path / "run", base)  # refused for the weights of any other file
    kinds = {type_name(tensor.type) for tensor in GgufFile(base).header.tensors}
    assert kinds == {"F32", "Q8_0", "Q6_K", "Q5_0", "Q4_K"}

    baked, source = GgufFile(tmp_path / "run" / MODEL), GgufFile(base)
    for name in source.names:
        old, new = source.raw(name), baked.raw(name)
        assert old.type == new.type
        assert digest(old.data) == digest(new.data[: len(old.data)])


def digest(data: object) -> str:
    return hashlib.sha256(data.tobytes()).hexdigest()  # type: ignore[attr-defined]


def test_an_unknown_format_is_named_before_anything_is_done(tiny: str, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"^quantize: keep, Q8_0, .*, F32 \(got 'q4'\)$"):
        compile(load_task(f"{tiny}:task"), quantize="q4", out=tmp_path / "run")
    assert not (tmp_path / "run").exists()
