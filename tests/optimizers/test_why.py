"""What each part of a winner is worth: measured, kept, explained."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import dspy
import pytest
from studysmith.optimizers.api import compile
from studysmith.optimizers.bench import Bench
from studysmith.optimizers.budget import Budget
from studysmith.optimizers.candidate import Candidate, Prompt
from studysmith.optimizers.compare import MethodResult
from studysmith.optimizers.copied import Copies
from studysmith.optimizers.result import Result
from studysmith.optimizers.task import StepPool, Task
from studysmith.optimizers.tasks.load import load_task
from studysmith.optimizers.why import Why, parts_of, why
from studysmith.programs.errors import InputError

Compile = Callable[..., Result]
ORDER, PLANTED = "Always answer red.", "It is Thursday."
DEMO = {"thing": "ball", "colour": "red"}


class Planted:
    """Proposes the order alone, then with a sentence that does nothing and two demonstrations."""

    name = "planted"
    settings: ClassVar[dict[str, Any]] = {}

    def search(self, bench: Bench) -> Iterator[Candidate]:
        yield Candidate(prompts={"colour": Prompt(instructions=ORDER)})
        demos = [DEMO, {"thing": "cup", "colour": "red"}]
        yield Candidate(prompts={"colour": Prompt(instructions=f"{ORDER}\n{PLANTED}", demos=demos)})


@pytest.fixture
def planted(tiny: str) -> Task:
    """Half of a score is for the order, .4 for the ball among the demonstrations."""
    whole = load_task(f"{tiny}:task")

    class Shows(dspy.Module):
        def __init__(self) -> None:
            super().__init__()
            self.colour = whole.program().colour

        def forward(self, thing: str) -> dspy.Prediction:
            asked, balls = self.colour.signature.instructions, self.colour.demos.count(DEMO)
            return dspy.Prediction(colour=self.colour(thing=thing).colour, asked=asked, balls=balls)

    def metric(example: dspy.Example, prediction: dspy.Prediction) -> float:
        return 0.5 * (ORDER in prediction.asked) + 0.4 * prediction.balls + 0.1 * (prediction.colour == "red")

    splits = {split: getattr(whole, split) for split in ("train", "validation", "confirm", "test")}
    return Task(program=Shows, metric=metric, name="planted", pools=whole.pools, **splits)


@pytest.fixture
def run(quick: Compile, planted: Task) -> Result:
    return quick(Planted(), task=planted, lm_calls=300, finalists=2)


def test_each_part_is_worth_what_it_does(run: Result) -> None:
    found = why(run)
    assert (found.task, found.method, found.n, found.confirmed) == ("planted", "planted", 6, True)
    said = [(part.kind, part.number, part.text) for part in found.parts]
    assert said == [
        ("sentence", 1, ORDER),
        ("sentence", 2, PLANTED),
        ("demonstration", 1, "thing: ball; colour: red"),
        ("demonstration", 2, "thing: cup; colour: red"),
    ]
    order, thursday, ball, cup = found.parts
    for part, worth in ((order, 0.5), (thursday, 0.0), (ball, 0.4), (cup, 0.0)):
        assert part.worth == pytest.approx(worth, abs=0.1)  # a tenth of a score is the engine's answer
        assert part.ci[0] <= part.worth <= part.ci[1]
        assert (part.ci[0] > 0.2) == (worth > 0)
    assert len(order.lost) == 3
    assert order.lost[0].by >= order.lost[-1].by > 0.3
    assert {lost.id for lost in order.lost} <= {example.id for example in run.task.test or ()}


def test_it_says_where_each_part_comes_from(run: Result) -> None:
    order, thursday, ball, _ = why(run).parts
    first, second = (row["candidate"] for row in _candidates(run) if row["candidate"] != run.unchanged.model_dump())
    ids = [Candidate.model_validate(each).id for each in (first, second)]
    assert order.origin == f"candidate 1 of the search ({ids[0]}), instruction 2 of the pool"
    assert thursday.origin == f"candidate 2 of the search ({ids[1]})"
    assert ball.origin == f"candidate 2 of the search ({ids[1]}), demonstration 1 of the pool"


def _candidates(run: Result) -> list[dict[str, Any]]:
    rows = map(json.loads, (run.folder / "journal.jsonl").read_text().splitlines()[1:])
    return [row for row in rows if "candidate" in row]


def test_what_was_measured_is_kept_and_what_is_missing_is_measured_alone(
    run: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = tmp_path / "count"
    monkeypatch.setenv("COUNT_FILE", str(count))
    asked = 0

    def stop(stage: str, done: int, total: int, detail: str) -> None:
        nonlocal asked
        asked += 1
        if asked == 9:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        why(run, progress=stop)
    assert count.stat().st_size == 9
    found = why(run)
    assert count.stat().st_size == found.usage["lm_calls"] == 5 * 6
    assert why(run) == found
    assert count.stat().st_size == 5 * 6
    assert Why.model_validate_json((run.folder / "why" / "why.json").read_bytes()) == found


def test_the_unchanged_program_is_explained_as_well_and_few_examples_say_so(quick: Compile, tiny: str) -> None:
    run = quick("random", task=f"{tiny}:best_first", lm_calls=60)
    assert run.compiled.candidate == run.unchanged
    found = why(run, learners=3)
    (only,) = found.parts
    assert (only.text, only.origin, only.ci[0] > 0.5) == ("Always answer red.", "the program's own", True)
    assert found.notes == [
        "the unchanged program stays: these are its own instructions",
        "3 examples can show nothing at 5 %: that takes 6 at least",
    ]


def test_the_smallest_effect_follows_from_the_spread_of_differences(run: Result) -> None:
    found = why(run)
    (said,) = (note for note in found.notes if note.startswith("the smallest worth that 6 examples show"))
    rows: dict[str, list[float]] = {}
    for file in (run.folder / "why").glob("*.jsonl"):
        results = [MethodResult.model_validate(json.loads(line)) for line in file.read_text().splitlines()[1:]]
        rows[file.name.rpartition("-")[0]] = [each.score for each in results]
    whole = rows.pop("winner")
    differences = [[a - b for a, b in zip(whole, rest, strict=True)] for rest in rows.values()]
    assert len(differences) == 4
    squares = [sum((d - sum(each) / 6) ** 2 for d in each) / 5 for each in differences]
    wanted = (1.95996 + 0.84162) * (sum(squares) / 4 / 6) ** 0.5
    assert float(said.split()[-1]) == pytest.approx(wanted, abs=6e-4)


def test_a_soft_prompt_gives_way_to_the_unchanged_instruction_on_the_same_weights() -> None:
    unchanged = Candidate(prompts={"colour": Prompt(instructions="Name it."), "size": Prompt(instructions="Guess.")})
    soft = Prompt(instructions="<|soft:colour:0|><|soft:colour:1|>", demos=[DEMO])
    winner = Candidate(prompts={**unchanged.prompts, "colour": soft}, weights="abc")
    prompt, demo, other = parts_of(winner, unchanged)
    assert [part.kind for part in (prompt, demo, other)] == ["soft prompt", "demonstration", "sentence"]
    assert prompt.without.weights == "abc"
    assert prompt.without.prompts == {**winner.prompts, "colour": Prompt(instructions="Name it.", demos=[DEMO])}
    assert demo.without.prompts["colour"] == Prompt(instructions=soft.instructions)
    assert other.without.prompts["size"].instructions == ""
    assert prompt.is_in(winner, "abc")
    assert not prompt.is_in(winner.model_copy(update={"weights": "of another seed"}), "abc")


def test_a_sentence_is_cut_out_and_all_else_stays_as_it_was_written() -> None:
    text = 'Say "red." Then stop!\n\n- Be brief.\n- Be brief.'
    candidate = Candidate(prompts={"colour": Prompt(instructions=text)})
    rests = [part.without.prompts["colour"].instructions for part in parts_of(candidate, candidate)]
    assert rests == [
        "Then stop!\n\n- Be brief.\n- Be brief.",
        'Say "red." - Be brief.\n- Be brief.',
        'Say "red." Then stop!\n\n- Be brief.',
        'Say "red." Then stop!\n\n- Be brief.',
    ]


def test_a_run_that_was_interrupted_is_refused(run: Result) -> None:
    run.compiled.finished = False
    with pytest.raises(InputError, match="was interrupted; compile again"):
        why(run)


class TestCopies:
    LONG = "the quick brown fox jumps over the lazy dog while it rains"

    @pytest.fixture
    def copies(self, planted: Task) -> Copies:
        train = [
            dspy.Example(id="long", thing=self.LONG, note={"said": ["Nobody knows why he went home so early."]}),
            dspy.Example(id="short", thing="A red apple."),
        ]
        pools = {"colour": StepPool(["Say."], [{"thing": "two three four five six seven eight nine", "colour": "red"}])}
        return Copies(
            Task(
                program=planted.program,
                metric=planted.metric,
                train=[example.with_inputs("thing") for example in train],
                **{split: getattr(planted, split) for split in ("validation", "confirm", "test")},
                pools=pools,
            )
        )

    def test_runs_of_eight_words_are_found_in_inputs_labels_and_pools(self, copies: Copies) -> None:
        found = copies.of("Think: the QUICK brown fox jumps over the lazy dog, then answer now.", ["thing"])
        assert (found.share, found.sources) == (round(2 / 6, 3), ["train long"])
        assert found.words == "the quick brown fox jumps over the lazy dog"
        assert copies.of("He said that nobody knows why he went home so early.", ["thing"]).sources == ["train long"]
        assert copies.of("One two three four five six seven eight nine.", []).sources == ["colour demonstration 1"]

    def test_seven_words_are_no_copy(self, copies: Copies) -> None:
        found = copies.of("We saw the quick brown fox jumps over the big dog.", ["thing"])
        assert (found.share, found.sources, found.words) == (0.0, [], "")

    def test_a_demonstration_is_compared_by_its_inputs_and_short_ones_as_a_whole(self, copies: Copies) -> None:
        assert copies.of({"thing": "a red apple", "colour": "red"}, ["thing"]).sources == ["train short"]
        assert copies.of({"thing": "a red", "colour": "red"}, ["thing"]).sources == []
        pooled = {"thing": "two three four five six seven eight nine", "colour": "red"}
        assert copies.of(pooled, ["thing"]).sources == []


class Country(dspy.Signature):
    """Name the country."""

    city: str = dspy.InputField()
    answer: str = dspy.OutputField()


CITIES = (
    "Rome Italy, Berlin Germany, Tokyo Japan, Moscow Russia, Warsaw Poland, Madrid Spain, Delhi India, Paris France, "
    "Oslo Norway, Dublin Ireland, Vienna Austria, Beijing China, Athens Greece, Cairo Egypt, Bern Switzerland"
)
SHOWN = {"city": "London", "answer": "England"}


class Shown:
    """Proposes one demonstration, which shows a small model that a word is asked for, and a sentence for nothing."""

    name = "shown"
    settings: ClassVar[dict[str, Any]] = {}

    def search(self, bench: Bench) -> Iterator[Candidate]:
        instructions = f"{Country.instructions} This was written on paper."
        yield Candidate(prompts={"self": Prompt(instructions=instructions, demos=[SHOWN])})


def test_on_the_real_model_a_useless_sentence_holds_0_and_the_demonstration_does_not(
    model_path: Path, tmp_path: Path
) -> None:
    given = [dict(zip(("city", "answer"), each.split(), strict=True)) for each in CITIES.split(", ")]
    examples = [dspy.Example(**each, id=each["city"]).with_inputs("city") for each in given]
    task = Task(
        program=dspy.Predict(Country, max_tokens=10),
        metric=lambda example, prediction: prediction.answer == example.answer,
        train=examples[8:10],
        validation=examples[10:12],
        confirm=examples[12:],
        test=examples[:8],
        name="countries",
    )
    run = compile(task, Shown(), budget=Budget(lm_calls=40), out=tmp_path, examples=2, finalists=1, validation=2)
    assert run.compiled.candidate.prompts["self"].demos == [SHOWN]
    _, paper, demonstration = why(run).parts
    assert (paper.text, demonstration.kind) == ("This was written on paper.", "demonstration")
    assert paper.ci[0] <= 0 <= paper.ci[1]
    assert paper.worth <= 0.2
    assert demonstration.ci[0] > 0.2
    assert demonstration.p_value < 0.05
