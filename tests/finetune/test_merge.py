"""What is left of what was learned in a merged file, on a base of two layers whose matrices have 4 bits."""

from pathlib import Path

import pytest
from studysmith.deploy.gguf.quantize import quantize_file
from studysmith.deploy.gguf.torch_model import load_torch
from studysmith.finetune.merge import fine_enough, merge


@pytest.fixture(scope="module")
def base(tiny_gguf: Path) -> Path:
    return tiny_gguf.with_name("base.gguf")


@pytest.fixture(scope="module")
def adapter(base: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Changes the weights by 2.6 %; `mixed-lora` does by 5.8 %."""
    import torch
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(0)
    model = get_peft_model(load_torch(base, "float32")[0], LoraConfig(r=2, target_modules="all-linear"))
    for name, weight in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.02)
    model.peft_config["default"].base_model_name_or_path = str(base)
    folder = tmp_path_factory.mktemp("adapter")
    model.save_pretrained(folder)
    return str(folder)


def test_rounding_to_the_4_bits_of_the_base_loses_much_of_what_was_learned(adapter: str, tmp_path: Path) -> None:
    merged = {format: merge(adapter, tmp_path / f"{format}.gguf", format) for format in ("F32", "Q8_0", "same")}
    assert merged["F32"].kept == pytest.approx(1, abs=1e-6)
    assert merged["Q8_0"].kept == pytest.approx(1, abs=0.02)
    assert merged["same"].kept < 0.9
    assert not merged["Q8_0"].warning
    assert (
        merged["same"].warning == f"rounding to same kept {merged['same'].kept:.0%} of what was learned; Q8_0 keeps it"
    )


def test_the_less_was_learned_the_less_of_it_outlives_large_steps(adapter: str, tmp_path: Path) -> None:
    whole, tenth = (merge(adapter, tmp_path / f"{scale}.gguf", "same", scale).kept for scale in (1.0, 0.1))
    assert tenth < whole / 2
    assert merge(adapter, tmp_path / "fine.gguf", "Q8_0", 0.1).kept == pytest.approx(1, abs=0.1)


def test_nothing_learned_is_nothing_lost(adapter: str, tmp_path: Path) -> None:
    assert merge(adapter, tmp_path / "none.gguf", "Q8_0", 0.0).kept == 1


def test_a_format_that_is_fine_enough_has_8_bits_where_the_base_has_fewer(base: Path, tmp_path: Path) -> None:
    assert fine_enough(str(base)) == "Q8_0"
    quantize_file(base, tmp_path / "f16.gguf", "F16")
    assert fine_enough(str(tmp_path / "f16.gguf")) == "same"
