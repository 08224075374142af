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
    """Changes the weights by about 4 %, as a fine-tuning on GSM8K does."""
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


def test_rounding_to_the_4_bits_of_the_base_loses_as_much_as_was_learned(adapter: str, tmp_path: Path) -> None:
    lost = {format: merge(adapter, tmp_path / f"{format}.gguf", format) for format in ("F32", "Q8_0", "same")}
    assert lost["F32"].lost == 0
    assert 0 < lost["Q8_0"].lost < 0.25
    assert lost["same"].lost > 0.5
    assert not lost["Q8_0"].warning
    assert "Q8_0 keeps it" in lost["same"].warning


def test_half_the_way_is_half_as_much_to_lose(adapter: str, tmp_path: Path) -> None:
    whole, half = (merge(adapter, tmp_path / f"{scale}.gguf", "Q8_0", scale) for scale in (1.0, 0.5))
    assert half.lost == pytest.approx(2 * whole.lost, rel=0.1)


def test_nothing_learned_is_nothing_lost(adapter: str, tmp_path: Path) -> None:
    assert merge(adapter, tmp_path / "none.gguf", "Q8_0", 0.0).lost == 0


def test_a_format_that_is_fine_enough_has_8_bits_where_the_base_has_fewer(base: Path, tmp_path: Path) -> None:
    assert fine_enough(str(base)) == "Q8_0"
    quantize_file(base, tmp_path / "f16.gguf", "F16")
    assert fine_enough(str(tmp_path / "f16.gguf")) == "same"
