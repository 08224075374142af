"""A rubric of one's own: draft, refine with a person or a model, freeze, and score with it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import dspy
import pytest
from studysmith.deploy.engines.lm import language_model
from studysmith.metrics.customize.experts import ModelExpert, Opinion, PersonExpert
from studysmith.metrics.customize.files import (
    Answers,
    Draft,
    Pair,
    Pairs,
    dimension_from_text,
    read_file,
    toml_text,
    write_questions,
)
from studysmith.metrics.customize.phases import (
    DRAFT,
    JUDGES,
    PAIRS,
    PROPOSAL,
    QUESTIONS,
    RUBRIC,
    ResponseRubric,
    draft,
    freeze,
    propose,
    refine,
)
from studysmith.metrics.judge.judge import JudgeError
from studysmith.metrics.judge.validation import JudgeReports
from studysmith.metrics.rubric import Rubric
from studysmith.programs.errors import InputError

TASK = "Write a short message that invites a student to practise."
CHECK = '''def short(response, request):
    """1 for a response of at most twenty words."""
    return float(len(response.split()) <= 20)
'''


@pytest.fixture(scope="module")
def lm(small_engine: Any) -> dspy.LM:
    return language_model(small_engine)


@pytest.fixture(scope="module")
def drafted(lm: dspy.LM, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A draft with pairs written by a model: made once, copied by no one, only read."""
    folder = tmp_path_factory.mktemp("draft")
    draft(TASK, ["kind=Speaks kindly to the student"], folder, requests=["fractions"], lm=lm, max_tokens=40)
    return folder


def in_folder(folder: Path, pairs: list[Pair] | None = None, **dimensions: str) -> Path:
    draft(TASK, [f"{name}={words}" for name, words in dimensions.items()], folder)
    if pairs is not None:
        (folder / PAIRS).write_text(Pairs(pairs=pairs).model_dump_json())
        write_questions(folder / QUESTIONS, pairs)
    return folder


def some_pairs(dimension: str = "kind", count: int = 4) -> list[Pair]:
    return [
        Pair(id=f"{dimension}-{i}", dimension=dimension, request=f"r{i}", with_it=f"good {i}", without=f"plain\n{i}")
        for i in range(count)
    ]


def answered(folder: Path, **changes: dict[str, str]) -> Path:
    """The questions file with a person's answers written into it, line by line as an editor would."""
    questions = tomllib.loads((folder / QUESTIONS).read_text("utf-8"))["questions"]
    for name, given in changes.items():
        questions[name.replace("_", "-")].update(given)
    path = folder / "answered.toml"
    path.write_text(toml_text({}, {f"questions.{n}": q for n, q in questions.items()}, "answers"), "utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "description", "check"),
    [
        ("kind=Speaks kindly", "Speaks kindly", ""),
        ("short = rules/short.py:count_words", "", "rules/short.py:count_words"),
        ("odd=a.py: not a check", "a.py: not a check", ""),
    ],
)
def test_words_become_a_judged_dimension_and_a_function_a_check(text: str, description: str, check: str) -> None:
    _, dimension = dimension_from_text(text)
    assert (dimension.description, dimension.check) == (description, check)


@pytest.mark.parametrize("text", ["kind", "kind=", "=words", "Kind Words=x", "k=" + "x" * 400])
def test_a_dimension_that_cannot_be_read_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(InputError, match="dimension") as error:
        dimension_from_text(text)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "value",
    ["plain", 'says "x" \\ y', "two\nlines", 'a\n"""\nb', "tab\tand\r\nreturn", "☃ ‹|x|›", "\x7f\x01", "", "\n"],
)
def test_every_text_survives_the_files(value: str) -> None:
    text = toml_text(
        {"a": value, "b": [value, value]}, {"t.u": {"c": value, "d": True, "e": 0.25, "f": None}}, "two\nlines"
    )
    assert tomllib.loads(text) == {"a": value, "b": [value, value], "t": {"u": {"c": value, "d": True, "e": 0.25}}}


def test_without_model_and_expert_the_edited_draft_is_frozen(tmp_path: Path) -> None:
    folder = in_folder(tmp_path, kind="Speaks kindly", brief="Says it in few words", extra="Not wanted")
    edited = (folder / DRAFT).read_text("utf-8").replace("[dimensions.extra]\n", "[dimensions.extra]\nlow = 0.1\n")
    (folder / DRAFT).write_text(edited.replace('"Not wanted"\nkeep = true', '"Not wanted"\nkeep = false'), "utf-8")
    frozen = freeze(folder)
    assert list(frozen.dimensions) == ["kind", "brief"]
    assert [d.weight for d in frozen.dimensions.values()] == [0.5, 0.5]
    assert frozen.judged == ["kind", "brief"]
    assert tomllib.loads((folder / RUBRIC).read_text("utf-8"))["dimensions"]["kind"]["description"] == "Speaks kindly"


def test_refining_without_an_expert_proposes_the_draft(tmp_path: Path) -> None:
    folder = in_folder(tmp_path, kind="Speaks kindly")
    assert refine(folder).dimensions == read_file(folder / DRAFT, Draft).dimensions
    assert read_file(folder / PROPOSAL, Draft).dimensions.keys() == {"kind"}


def test_a_model_answers_with_and_without_each_dimension(drafted: Path) -> None:
    [pair] = read_file(drafted / PAIRS, Pairs).pairs
    assert (pair.dimension, pair.request) == ("kind", "fractions")
    assert pair.with_it
    assert pair.without
    assert pair.with_it != pair.without
    question = read_file(drafted / QUESTIONS, Answers).questions[pair.id]
    assert {question.a.strip(), question.b.strip()} == {pair.with_it.strip(), pair.without.strip()}


def test_a_draft_with_a_model_needs_a_request(lm: dspy.LM, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="requests"):
        draft(TASK, ["kind=Speaks kindly"], tmp_path, lm=lm)


def test_questions_do_not_tell_which_response_is_which() -> None:
    sides = {pair.a_is_with for pair in some_pairs(count=20)}
    assert sides == {True, False}


def test_a_persons_answers_become_evidence_and_suggestions(tmp_path: Path) -> None:
    pairs = some_pairs()
    folder = in_folder(tmp_path, pairs, kind="Speaks kindly to the student")
    right = {True: "A", False: "B"}
    path = answered(
        folder,
        kind_0={"better": right[pairs[0].a_is_with], "suggest_name": "kindly", "suggest": "Speaks kindly to a student"},
        kind_1={
            "better": right[not pairs[1].a_is_with],
            "suggest_name": "Next step!",
            "suggest": "Names one thing to do.",
        },
        kind_2={"better": "same"},
    )
    proposal = refine(folder, PersonExpert(path))
    kind = proposal.dimensions["kind"]
    assert (kind.compared, kind.preferred) == (3, 0.5)
    assert kind.keep
    assert kind.merged == ["Speaks kindly to a student"]
    suggested = proposal.dimensions["next-step"]
    assert (suggested.description, suggested.keep, suggested.source) == ("Names one thing to do.", False, "expert")
    assert list(freeze(folder).dimensions) == ["kind"]
    assert list(freeze(folder, choose=["next-step", "kind"]).dimensions) == ["kind", "next-step"]


def test_suggestions_with_one_name_stay_apart_and_are_limited() -> None:
    drafted = Draft(task=TASK, dimensions=dict([dimension_from_text("kind=Speaks kindly")]))
    words = ["zebra grazing", "violin concerto", "quantum foam", "harbour lights", "granite cliffs", "tax return"]
    words += ["opera singer", "maple syrup", "ice hockey", "paper boat", "desert wind", "black coffee", "silver coin"]
    opinions = [Opinion(pair="p", prefers_with=1, suggestion=("other", text)) for text in words]
    proposal = propose(drafted, [], opinions)
    assert len(proposal.dimensions) == 12
    assert all(not d.keep for n, d in proposal.dimensions.items() if n != "kind")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "no question is answered"),
        ({"kind_0": {"better": "C"}}, "questions.kind-0.better"),
    ],
)
def test_an_unusable_answers_file_is_named(tmp_path: Path, given: dict[str, Any], said: str) -> None:
    folder = in_folder(tmp_path, some_pairs(), kind="Speaks kindly")
    with pytest.raises(InputError, match=said.replace(".", r"\.")) as error:
        refine(folder, PersonExpert(answered(folder, **given)))
    assert "\n" not in str(error.value)


def test_answers_to_other_pairs_are_refused(tmp_path: Path) -> None:
    folder = in_folder(tmp_path, some_pairs(), kind="Speaks kindly")
    path = answered(folder, kind_3={"better": "A"})
    (folder / PAIRS).write_text(Pairs(pairs=some_pairs(count=3)).model_dump_json())
    with pytest.raises(InputError, match=r"questions\.kind-3"):
        refine(folder, PersonExpert(path))


def test_an_expert_needs_pairs(tmp_path: Path) -> None:
    folder = in_folder(tmp_path, some_pairs(), kind="Speaks kindly")
    path = answered(folder, kind_0={"better": "A"})
    (folder / PAIRS).unlink()
    with pytest.raises(InputError, match="draft with a model first"):
        refine(folder, PersonExpert(path))


def test_a_language_model_can_be_the_expert(lm: dspy.LM, drafted: Path) -> None:
    proposal = refine(drafted, ModelExpert(lm))
    assert proposal.dimensions["kind"].compared == 1
    assert all(d.source == "expert" and not d.keep for n, d in proposal.dimensions.items() if n != "kind")


def test_freezing_with_a_judge_tests_it_and_an_untested_judge_does_not_score(
    lm: dspy.LM, drafted: Path, tmp_path: Path
) -> None:
    frozen = freeze(drafted, tmp_path / RUBRIC, choose=["kind"], judge=lm)
    [report] = JudgeReports.load(tmp_path / JUDGES).reports
    assert (report.dimension, report.chains) == ("kind", 1)
    with pytest.raises(JudgeError, match=r"dimensions\.kind: .* not validated \(chains 1"):
        ResponseRubric(frozen.path, lm)
    card = ResponseRubric(frozen.path, lm, trust=True).score("fractions", "Come and try two tasks with me!")
    assert 0 <= card.overall <= 1
    with pytest.raises(InputError, match="needs a model"):
        ResponseRubric(frozen.path)


def test_a_function_becomes_a_check_wherever_the_rubric_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "short.py").write_text(CHECK)
    monkeypatch.chdir(tmp_path)
    draft(TASK, ["short=rules/short.py:short"], Path("work"))
    frozen = freeze(Path("work"), Path("out/rubric.toml"))
    assert frozen.judged == []
    assert frozen.dimensions["short"].check == "../rules/short.py:short"
    rubric = ResponseRubric(frozen.path)
    assert rubric.score("fractions", "Two tasks today?").overall == 1
    assert rubric.score("fractions", "word " * 30).overall == 0


def test_a_frozen_rubric_may_keep_built_in_dimensions_for_plans(tmp_path: Path) -> None:
    frozen = freeze(in_folder(tmp_path, fluent="Reads well", detailed="Can be done"))
    assert list(Rubric.load(frozen.path).spec.dimensions) == ["fluent", "detailed"]


def test_a_check_that_does_not_exist_stops_the_freeze(tmp_path: Path) -> None:
    folder = in_folder(tmp_path, short="nowhere.py:short")
    with pytest.raises(InputError, match=r"dimensions\.short\.check"):
        freeze(folder)


def test_weights_add_up_to_one_whatever_the_user_wrote(tmp_path: Path) -> None:
    folder = in_folder(tmp_path, one="The first respect", two="Another thing", three="And a last one")
    assert sum(d.weight for d in freeze(folder).dimensions.values()) == pytest.approx(1)
    text = (folder / DRAFT).read_text("utf-8")
    weighted = text
    for name, weight in (("one", 1.0), ("two", 0.5), ("three", 0.5)):
        weighted = weighted.replace(f"[dimensions.{name}]", f"[dimensions.{name}]\nweight = {weight}")
    (folder / DRAFT).write_text(weighted, "utf-8")
    assert [d.weight for d in freeze(folder).dimensions.values()] == [0.5, 0.25, 0.25]
    (folder / DRAFT).write_text(text.replace("[dimensions.one]", "[dimensions.one]\nweight = 0.5"), "utf-8")
    with pytest.raises(InputError, match=r"dimensions\.two\.weight"):
        freeze(folder)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "task"),
        ("task = 3", "task"),
        ('task = "a task"\n[dimensions]', "dimensions"),
        ('task = "a task"\n[dimensions.kind]\nkeep = true', "dimensions.kind"),
        ('task = "a task"\n[dimensions.kind]\ndescription = "x"\nlow = 2', "dimensions.kind.low"),
        ('task = "a task"\n[dimensions.Kind]\ndescription = "x"', "name"),
        ("task = ", "TOML"),
    ],
)
def test_a_broken_draft_is_refused_in_one_line_that_names_the_key(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / DRAFT).write_text(text)
    with pytest.raises(InputError, match=said.replace(".", r"\.")) as error:
        freeze(tmp_path)
    assert "\n" not in str(error.value)


def test_nothing_kept_and_unknown_names_are_refused(tmp_path: Path) -> None:
    folder = in_folder(tmp_path, kind="Speaks kindly")
    with pytest.raises(InputError, match="it has kind"):
        freeze(folder, choose=["loud"])
    (folder / DRAFT).write_text((folder / DRAFT).read_text("utf-8").replace("true", "false"), "utf-8")
    with pytest.raises(InputError, match="keep at least one"):
        freeze(folder)
    with pytest.raises(InputError, match="cannot be read"):
        freeze(tmp_path / "nowhere")
