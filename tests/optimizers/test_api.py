"""What compares or exports runs looks at them before anything is loaded."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from studysmith.optimizers.api import compare_runs, export_run
from studysmith.optimizers.candidate import Candidate
from studysmith.optimizers.prompt_tuning.training import SoftPrompt
from studysmith.optimizers.run import Compiled, Run, RunConfig
from studysmith.optimizers.tasks.load import load_task
from studysmith.programs.errors import InputError

Configure = Callable[..., RunConfig]
Finish = Callable[..., Path]


@pytest.fixture
def finish(tmp_path: Path, configure: Configure, model_path: Path) -> Finish:
    """Makes a finished run of a task, in a folder named so, of the program as it is."""

    def make(task: str, folder: str, model: Path = model_path) -> Path:
        candidate = Candidate.of(load_task(task).program())
        place = str(model)
        compiled = Compiled(optimizer="pool", candidate=candidate, model=place, base=place, usage={}, finished=True)
        return Run(tmp_path / folder, configure(lm_calls=1)).finish(compiled) and tmp_path / folder

    return make


def test_only_planners_can_be_exported(finish: Finish, tiny: str, tmp_path: Path) -> None:
    run = finish(f"{tiny}:task", "run")
    with pytest.raises(InputError, match=r"run: .* was compiled for other steps than those of plan \(choose_topic"):
        export_run(run, tmp_path / "bundle", "keep", "n")
    assert not (tmp_path / "bundle").exists()


def test_a_run_is_compared_on_a_task_with_its_steps(finish: Finish, tiny: str, tmp_path: Path) -> None:
    run = finish("plan", "run")
    with pytest.raises(InputError, match=r"run: .* other steps than those of colour \(colour\)"):
        compare_runs([run], f"{tiny}:task", "smollm2-135m", tmp_path / "compare", limit=2)


def test_a_model_that_is_gone_is_named(finish: Finish, tiny: str, tmp_path: Path) -> None:
    gone = tmp_path / "gone.gguf"
    with pytest.raises(InputError, match=r"needs the model .*gone\.gguf, which is gone; compile again"):
        export_run(finish("plan", "one", gone), tmp_path / "bundle", "keep", "n")
    with pytest.raises(InputError, match=r"needs the model .*gone\.gguf, which is gone; compile again"):
        compare_runs([finish(f"{tiny}:task", "two", gone)], f"{tiny}:task", "smollm2-135m", tmp_path / "c", limit=2)


def test_runs_of_one_optimizer_are_told_apart_by_their_folders(finish: Finish, tiny: str, tmp_path: Path) -> None:
    task = f"{tiny}:task"
    same = [finish(task, "first/run"), finish(task, "second/run")]
    with pytest.raises(InputError, match="runs: two methods are called run; rename the folder of one"):
        compare_runs(same, task, "smollm2-135m", tmp_path / "compare", limit=2)


def test_soft_prompts_go_only_with_the_weights_they_were_trained_on(finish: Finish, tmp_path: Path) -> None:
    run, other = finish("plan", "run"), tmp_path / "other.gguf"
    other.write_bytes(b"other weights")
    SoftPrompt("adapt", np.zeros((4, 576), np.float32)).save(run / "adapters" / "adapt", other)
    with pytest.raises(ValueError, match="was trained on other weights"):
        export_run(run, tmp_path / "bundle", "keep", "n")
