"""Expert demonstrations: enough of them, for the train split only, in the form that the model must write."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from studysmith.programs.adapter import LeanAdapter
from studysmith.programs.curriculum import curriculum
from studysmith.programs.demonstrations import Demonstration, demonstrations, solved_calls
from studysmith.programs.errors import InputError
from studysmith.programs.planner import STEPS
from studysmith.programs.steps import compact, narrow
from studysmith.programs.synthetic_learners import learners, split_of

DEMOS = demonstrations()


def test_at_least_150_weeks_that_cover_the_train_split() -> None:
    assert len(DEMOS) >= 150
    assert {split_of(d.concept) for d in DEMOS} == {"train"}
    assert {d.concept for d in DEMOS} == {c for c in curriculum() if split_of(c) == "train"}


def test_weeks_are_about_their_concept_and_what_it_rests_on() -> None:
    source = curriculum()
    for demo in DEMOS:
        about = {s.concept for s in demo.sessions}
        assert demo.concept in about
        assert about <= {demo.concept, *source.ancestors(demo.concept)}
        assert 1 <= len(demo.sessions) <= 4


def test_no_two_sentences_are_the_same_and_none_states_mathematics() -> None:
    sentences = [text for d in DEMOS for s in d.sessions for text in (s.activity, s.why)]
    sentences += [text for d in DEMOS for text in (d.behind, d.ahead)]
    assert [text for text, n in Counter(sentences).items() if n > 1] == []
    assert not [text for text in sentences if re.search(r"[\d=+*/<>^]", text)]


@pytest.mark.parametrize("step", STEPS)
def test_solved_calls_follow_the_schema_of_their_step(step: str) -> None:
    solved = solved_calls(step)
    assert len(solved) >= (150 if step in ("write_week", "adapt") else 40)
    schema = LeanAdapter.schema(STEPS[step])
    for call, reply in solved:
        assert call.step == step
        assert list(call.inputs) == list(STEPS[step].input_fields)
        jsonschema.validate(json.loads(compact(reply)), narrow(schema, call.options))


def test_solved_choices_come_from_the_train_learners() -> None:
    targets = {curriculum()[x.target].name for x in learners("train")}
    assert {reply["topic"] for _, reply in solved_calls("choose_topic")} <= targets
    places = Counter(call.options["topic"].index(reply["topic"]) for call, reply in solved_calls("choose_topic"))
    assert len(places) > 2, "the right choice must not stand in one place"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"concept": "u-substitution-2"}, "concept: "),
        ({"behind": "Solve 3 + 4 again with your friend."}, "behind: "),
        ({"note": "x"}, "note: "),
    ],
)
def test_a_broken_item_is_named_with_its_file_and_field(change: dict[str, Any], message: str, tmp_path: Path) -> None:
    item = json.loads(DEMOS[0].model_dump_json(exclude_none=True))
    (tmp_path / "weeks.yaml").write_text(yaml.safe_dump([item, item | change]), "utf-8")
    with pytest.raises((InputError, ValueError)) as caught:
        demonstrations(tmp_path)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(f"weeks.yaml: item 2: {message}")


def test_concepts_of_other_splits_are_refused() -> None:
    foreign = next(c for c in curriculum() if split_of(c) == "test")
    with pytest.raises(ValueError, match="train split only"):
        Demonstration.model_validate(DEMOS[0].model_dump() | {"concept": foreign})
