import dspy
import pytest
from pydantic import ValidationError
from studysmith.deploy.bundle.freeze import frozen_steps
from studysmith.optimizers.candidate import Candidate, Prompt
from studysmith.programs.adapter import LeanAdapter
from studysmith.programs.planner import STEPS, STEPS_OF, StudyPlanner


def test_a_program_and_its_candidate_say_the_same() -> None:
    candidate = Candidate.of(StudyPlanner())
    assert set(candidate.prompts) == set(STEPS_OF["chosen"])
    changed = candidate.model_copy(deep=True)
    demo = {"learner": "a", "weeks": "b", "pitfall": "c", "advice": {"behind": "d", "ahead": "e"}}
    changed.prompts["choose_way"] = Prompt(instructions="Advise.", demos=[demo])
    program = changed.apply(StudyPlanner())
    assert program.choose_way.signature.instructions == "Advise."
    assert Candidate.of(program) == changed
    assert Candidate.of(StudyPlanner()) == candidate  # signatures are classes: one program's must not reach another's


def test_a_step_without_an_instruction_is_asked_without_one() -> None:
    none = Candidate(prompts={"choose_way": Prompt(instructions="")})
    program = none.apply(StudyPlanner())
    assert Candidate.of(program).prompts["choose_way"] == Prompt(instructions="")
    given = dict.fromkeys(program.choose_way.signature.input_fields, "x")
    assert [m["role"] for m in LeanAdapter().format(program.choose_way.signature, [], given)] == ["user"]
    assert frozen_steps(program)["choose_way"].messages == []


def test_predictors_that_a_candidate_does_not_name_stay() -> None:
    program = Candidate(prompts={"choose_way": Prompt(instructions="Advise.")}).apply(StudyPlanner())
    assert program.diagnose.signature.instructions == STEPS["diagnose"].instructions


def test_an_applied_candidate_is_not_changed_by_its_program() -> None:
    candidate = Candidate(prompts={"choose_way": Prompt(instructions="Advise.")})
    candidate.apply(StudyPlanner()).choose_way.demos.append(dspy.Example(learner="x"))
    assert candidate.prompts["choose_way"].demos == []


def test_the_id_follows_from_the_content_alone() -> None:
    one = Candidate(prompts={"a": Prompt(instructions="x", demos=[{"p": 1, "q": 2}]), "b": Prompt(instructions="y")})
    same = Candidate(prompts={"b": Prompt(instructions="y"), "a": Prompt(instructions="x", demos=[{"q": 2, "p": 1}])})
    other = Candidate(prompts={"a": Prompt(instructions="x", demos=[{"p": 1, "q": 3}]), "b": Prompt(instructions="y")})
    assert one.id == same.id != other.id
    assert Candidate.model_validate_json(one.model_dump_json()).id == one.id


def test_how_many_of_the_nearest_are_shown_is_part_of_a_prompt() -> None:
    shown = Candidate.of(StudyPlanner())
    demo = {"learner": "a", "session": "b", "way": "quiz"}
    shown.prompts["choose_way"] = Prompt(instructions="Choose.", demos=[demo, demo], nearest=1)
    program = shown.apply(StudyPlanner())
    assert program.choose_way.config["nearest"] == 1
    assert Candidate.of(program) == shown
    assert Candidate.model_validate_json(shown.model_dump_json()) == shown
    shown.prompts["choose_way"].nearest = None
    assert Candidate.of(shown.apply(program)) == shown


def test_ids_are_those_of_earlier_runs() -> None:
    candidate = Candidate(prompts={"a": Prompt(instructions="x", demos=[{"p": 1}]), "b": Prompt(instructions="y")})
    assert candidate.id == "4f9ca7267024"


def test_misspelt_fields_are_refused() -> None:
    with pytest.raises(ValidationError, match="instruction"):
        Candidate.model_validate({"prompts": {"a": {"instruction": "x"}}})
