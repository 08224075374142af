import os
from collections.abc import Callable
from pathlib import Path

import pytest
from studysmith.deploy.engines.meter import Usage
from studysmith.deploy.files import write_atomically
from studysmith.optimizers.candidate import Candidate, Prompt
from studysmith.optimizers.run import Compiled, Run, RunConfig, load_compiled
from studysmith.programs.errors import InputError

Configure = Callable[..., RunConfig]


def compiled() -> Compiled:
    return Compiled(
        optimizer="pool",
        candidate=Candidate(prompts={"a": Prompt(instructions="Add.", demos=[{"x": "1"}])}),
        model="m.gguf",
        base="m.gguf",
        usage=Compiled.spent(Usage(lm_calls=2, prompt_tokens=30, completion_tokens=4), 1.26),
        finished=True,
    )


def test_a_finished_run_is_found_again(run: Run) -> None:
    assert run.compiled is None
    run.finish(compiled())
    again = Run(run.folder, run.config)
    assert again.compiled == load_compiled(run.folder) == compiled()
    assert again.compiled.usage == {"lm_calls": 2, "tokens": 34, "seconds": 1.3}
    assert sorted(p.name for p in run.folder.iterdir()) == ["compiled.json", "config.json"]


def test_a_run_goes_on_with_another_budget_and_nothing_else(run: Run, configure: Configure) -> None:
    assert Run(run.folder, configure(lm_calls=80)).config.budget.lm_calls == 80
    for other in (
        configure(seed=1, lm_calls=40),
        run.config.model_copy(update={"task": "plan"}),
        run.config.model_copy(update={"model": "0" * 64}),
    ):
        with pytest.raises(InputError, match=r"run: .* holds a run with another configuration"):
            Run(run.folder, other)


@pytest.mark.parametrize("broken", [b"", b"{", b'{"task": "tiny"}', b"\xff\xfe"])
def test_a_broken_configuration_is_said_in_one_line(run: Run, broken: bytes) -> None:
    (run.folder / "config.json").write_bytes(broken)
    with pytest.raises(InputError, match=r"run: .*config\.json: ") as refused:
        Run(run.folder, run.config)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("broken", [b"", b"{", b'{"optimizer": "pool"}', b"\xff\xfe"])
def test_a_broken_result_is_said_in_one_line(run: Run, broken: bytes) -> None:
    with pytest.raises(InputError, match="holds no finished compile"):
        load_compiled(run.folder)
    (run.folder / "compiled.json").write_bytes(broken)
    with pytest.raises(InputError, match=r"run: .*compiled\.json: "):
        load_compiled(run.folder)


@pytest.mark.parametrize("place", ["{file}/run", "/proc/run"])
def test_a_folder_that_cannot_be_made_is_said_in_one_line(tmp_path: Path, configure: Configure, place: str) -> None:
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(InputError, match="run: cannot write to "):
        Run(Path(place.format(file=file)), configure(lm_calls=1))


def test_files_are_replaced_and_can_be_read_by_whom_the_user_lets(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_atomically(path, "old")
    write_atomically(path, b"new")
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("a.json", "new")]
    (tmp_path / "plain").touch()
    assert path.stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_full_disk_leaves_the_old_file(full_disk: Path) -> None:
    path = full_disk / "a.json"
    write_atomically(path, "old")
    with pytest.raises(OSError, match="No space left"):
        write_atomically(path, "x" * 2_000_000)
    assert path.read_text() == "old"
    assert [p.name for p in full_disk.iterdir()] == ["a.json"]


def test_what_is_no_file_is_written_to_and_not_replaced() -> None:
    write_atomically(Path(os.devnull), "gone")
    assert not Path(os.devnull).is_file()
