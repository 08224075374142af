"""A run with weights of its own goes on with a larger budget: what was confirmed stays, and can be served."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

from studysmith.deploy.files import sha256
from studysmith.optimizers.bench import Bench
from studysmith.optimizers.candidate import Candidate, Prompt
from studysmith.optimizers.result import Result
from studysmith.optimizers.weights import ADAPTERS, CONFIRMED, MODEL

Compile = Callable[..., Result]


class Baking:
    """Makes weights of its own each time that it searches, as soft prompts do, for the prompts that it is given."""

    name = "baking"
    settings: ClassVar[dict[str, Any]] = {}

    def __init__(self, text: str, weights: str) -> None:
        self._text, self._weights = text, weights

    def search(self, bench: Bench) -> Iterator[Candidate]:
        (bench.folder / MODEL).write_text(self._weights)
        (bench.folder / ADAPTERS).mkdir(exist_ok=True)
        (bench.folder / ADAPTERS / "vectors").write_text(self._weights)
        yield Candidate(prompts={"colour": Prompt(instructions=self._text)}, weights=sha256(bench.folder / MODEL))


def served(result: Result) -> str:
    return result.model(result.candidate()).read_text()


def test_a_search_that_goes_on_leaves_what_was_confirmed(quick: Compile) -> None:
    first = quick(Baking("Always answer red.", "good"), lm_calls=200)
    assert first.verdict.confirmed
    assert served(first) == "good"
    more = quick(Baking("Guess.", "bad"), lm_calls=400)
    assert more.compiled.candidate == first.compiled.candidate
    assert more.verdict.confirmed
    assert served(more) == "good"
    assert (more.folder / CONFIRMED / ADAPTERS / "vectors").read_text() == "good"
    assert (more.folder / MODEL).read_text() == "bad"  # what the search was at
    again = quick(Baking("Say it.", "worse"), lm_calls=600)
    assert served(again) == "good"


def test_another_winner_that_is_confirmed_takes_its_place(quick: Compile) -> None:
    quick(Baking("Always answer red.", "good"), lm_calls=200)
    more = quick(Baking("Always answer red.", "better"), lm_calls=400)
    assert more.verdict.confirmed
    assert served(more) == "better"
    assert not (more.folder / CONFIRMED).exists()


def test_what_was_confirmed_is_there_while_the_search_goes_on(quick: Compile) -> None:
    first = quick(Baking("Always answer red.", "good"), lm_calls=200)

    def look(stage: str, done: int, total: int, detail: str) -> None:
        if stage == "validate":
            found.append(served(Result(first.folder, first.compiled, first.task, first.engine)))

    found: list[str] = []
    quick(Baking("Guess.", "bad"), lm_calls=400, progress=look)
    assert set(found) == {"good"}


def test_the_folder_of_a_run_that_confirmed_nothing_has_its_last_weights(quick: Compile, tmp_path: Path) -> None:
    result = quick(Baking("Guess.", "bad"), lm_calls=200)
    assert not result.verdict.confirmed
    assert not (result.folder / CONFIRMED).exists()
