"""What a format costs is measured on the task's test examples, with the file that ships."""

from pathlib import Path

import pytest
from studysmith.deploy.bundle.manifest import Manifest
from studysmith.deploy.engines.base import BaseEngine, Completion, Mode, Request
from studysmith.optimizers.api import compile
from studysmith.optimizers.budget import Budget
from studysmith.optimizers.quality import measure_loss
from studysmith.optimizers.tasks.load import load_task
from studysmith.programs.errors import InputError


class ForgetfulEngine(BaseEngine):
    """Answers red from the file `whole.gguf`, and blue from every other."""

    slots = 1

    def __init__(self, model: str | Path, mode: Mode = "exact") -> None:
        self.id, self.mode = "forgetful", mode
        self._colour = "red" if Path(model).stem == "whole" else "blue"

    def complete(self, request: Request) -> Completion:
        return Completion(
            text=f'{{"colour": "{self._colour}"}}',
            finish_reason="stop",
            prompt_tokens=5,
            completion_tokens=5,
            prompt_ids=[],
            token_ids=[],
            seconds=0.0,
        )


def test_a_format_that_answers_worse_is_seen(tiny: str, tmp_path: Path) -> None:
    task = load_task(f"{tiny}:task")
    for name in ("whole", "small"):
        (tmp_path / f"{name}.gguf").write_bytes(name.encode())
    files = (("keep", tmp_path / "whole.gguf"), ("Q4_0", tmp_path / "small.gguf"))
    loss = measure_loss(task, task.program, files, tmp_path / "quality", engine=ForgetfulEngine)
    assert (loss.measure, loss.reference, loss.n) == ("colour", "keep", 6)
    assert loss.reference_score - loss.score == pytest.approx(0.1)
    assert loss.significant


def test_export_keeps_what_was_measured(tiny: str, tiny_gguf: Path, tmp_path: Path) -> None:
    small = {"examples": 2, "finalists": 1, "validation": 2, "confirm": 2}
    base, budget = tiny_gguf.with_name("base.gguf"), Budget(lm_calls=20)
    result = compile(f"{tiny}:task", "text", model=base, budget=budget, out=tmp_path / "run", **small)
    with pytest.raises(InputError, match=r"^measure: nothing is lost with quantize keep"):
        result.export(tmp_path / "bundle", measure=2)
    result.export(tmp_path / "bundle", quantize="Q4_0", measure=2)
    *_, loss = Manifest.load(tmp_path / "bundle").quality
    assert (loss.measure, loss.reference, loss.n) == ("colour", "keep", 2)
    assert loss.seconds > 0
