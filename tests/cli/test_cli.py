"""The command line as a user meets it: results, exit codes, and one clear line for everything that cannot be used."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from studysmith.cli.doctor import _judged
from studysmith.deploy.models import DEFAULT_MODEL, resolve
from studysmith.deploy.probe import Sense
from studysmith.programs.curriculum import curriculum
from studysmith.programs.synthetic_learners import learners

Command = Callable[..., Any]
Refused = Callable[..., None]


def test_concepts_are_listed(studysmith: Command) -> None:
    everything = studysmith("concepts", "--json").json
    assert [c["id"] for c in everything] == list(curriculum())
    assert set(everything[0]) == {"id", "name", "strand", "level", "aliases", "objective"}
    assert [c["id"] for c in studysmith("concepts", "SLOPE", "--json").json if c["id"] == "slope"] == ["slope"]


def test_concepts_are_found_by_words_anywhere(studysmith: Command) -> None:
    done = studysmith("concepts", "flip", "fraction")
    assert done.out.startswith("dividing-fractions ")
    assert "also: " in done.out
    assert "keep change flip" in done.out
    by_objective = studysmith("concepts", "change in y", "two points", "--json").json
    assert [c["id"] for c in by_objective] == ["slope"]


def test_no_concept_is_one_line_and_exit_code_1(studysmith: Command) -> None:
    assert studysmith("concepts", "slpoe") == (1, "", "no concept matches 'slpoe'; the nearest: slope\n")
    assert studysmith("concepts", "juggling", "--json") == (1, "[]\n", "no concept matches 'juggling'\n")


@pytest.mark.model
def test_doctor_looks_at_everything(studysmith: Command) -> None:
    findings = studysmith("doctor", "--json").json
    assert all(set(finding) == {"what", "ok", "said"} for finding in findings)
    assert {"python", "xllamacpp", "embedded model"} <= {finding["what"] for finding in findings}


@pytest.mark.model
def test_doctor_says_whether_a_model_can_write(studysmith: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    one = learners("validation")[0]
    given = one.given.model_copy(update={"weeks": 1, "sessions_per_week": 1})
    monkeypatch.setattr("studysmith.deploy.probe.learners", lambda split: [one.model_copy(update={"given": given})])
    found = studysmith("doctor", "--model", DEFAULT_MODEL, "--json").json[-1]
    assert found["what"] == DEFAULT_MODEL
    assert "sentences make sense" in found["said"]
    assert (found["ok"], found["wording"]) == (False, "chosen")


def test_a_model_whose_sentences_make_no_sense_is_not_called_ok() -> None:
    line, row = _judged("small", Sense(36, 1, 0.0, 0.14, "chosen"))
    assert line == "WEAK  small: 1 of 36 sentences make sense [0.00, 0.14], fewer than 80%; use --wording chosen"
    assert row["ok"] is False
    line, row = _judged("large", Sense(36, 36, 0.9, 1.0, "free"))
    assert line == "ok    large: 36 of 36 sentences make sense [0.90, 1.00]; use --wording free"
    assert row["ok"] is True


def test_doctor_names_the_field_of_an_empty_name(studysmith: Command, refused: Refused) -> None:
    refused(studysmith("doctor", "--model", ""), "model: a name is needed: smollm2-135m")


def test_rubric_sound_says_that_a_file_holds_no_session(studysmith: Command, refused: Refused, tmp_path: Path) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.write_text("\n")
    refused(studysmith("rubric", "sound", empty), f"{empty}: holds no session")


def test_verify_exits_with_what_it_found(studysmith: Command, refused: Refused, bundle: Path, tmp_path: Path) -> None:
    good = studysmith("verify", bundle, "--json").json
    assert good["ok"] is True
    assert good["problems"] == []
    vectors = len(json.loads((bundle / "golden.json").read_text("utf-8"))["vectors"])
    assert vectors >= 2
    assert good["passed"][0] == "5 files as exported"
    assert good["proves"].startswith("This proves that nothing was changed since the export, and not who made it")
    assert len(good["passed"]) == 2 + vectors + 1  # files, how they fit, and the plan
    copy = Path(shutil.copytree(bundle, tmp_path / "copy"))
    content = bytearray((copy / "program.json").read_bytes())
    content[100] ^= 1
    (copy / "program.json").write_bytes(content)
    bad = studysmith("verify", copy, "--json")
    assert bad.code == 1
    assert json.loads(bad.out) == {
        "ok": False,
        "passed": [],
        "problems": ["program.json was changed: its sha256 is not the one in manifest.json"],
        "proves": "",
    }
    assert studysmith("verify", copy).out.startswith("WRONG program.json was changed")
    refused(studysmith("plan", "fractions", "--bundle", copy), "program.json was changed")
    (copy / "manifest.json").write_text("{")
    assert studysmith("verify", copy).code == 1


def test_headroom_says_what_a_search_could_gain(studysmith: Command, tiny: str, tmp_path: Path) -> None:
    (tmp_path / "some.gguf").write_bytes(b"the counting engine does not read it")
    engine = f"{Path(__file__).parents[1] / 'optimizers' / 'counting_engine.py'}:CountingEngine"
    where = ("--model", tmp_path / "some.gguf", "--engine", engine, "--out", tmp_path / "look")
    command = ("headroom", "--task", f"{tiny}:task", *where, "--lm-calls", 40, "--lm-calls", 300)
    found = studysmith(*command, "--json").json
    assert [forecast["budget"]["lm_calls"] for forecast in found["forecasts"]] == [40, 300]
    done = studysmith(*command)
    for said in ("unchanged program", "best of replies", "no model", "sd between wordings", "budget 300 calls: "):
        assert said in done.out
    assert "with 90 % on the test examples" in done.out


def test_compile_then_compare(
    studysmith: Command, refused: Refused, tiny: str, tiny_gguf: Path, tmp_path: Path
) -> None:
    run, out = tmp_path / "run", tmp_path / "compare"
    small = ("--examples", 4, "--validation", 2, "--confirm", 2, "--lm-calls", 14)
    model = ("--model", tiny_gguf.with_name("base.gguf"))
    command = ("compile", "--task", f"{tiny}:task", *model, *small, "--out", run, "--json")
    compiled = studysmith(*command).json
    assert compiled["finished"] is True
    assert compiled["optimizer"] == "text"
    assert compiled["usage"]["lm_calls"] <= 14
    assert studysmith(*command).json == compiled  # finished: returned as it is
    again = studysmith(*command, "--seed", 1)
    refused(again, "holds a run with seed 0 instead of 1; name another folder")

    command = ("compare", run, "--task", f"{tiny}:task", "--learners", 2, "--out", out)
    table = studysmith(*command, "--json").json
    promised = "method n overall ci delta delta_ci lm_calls prompt_tokens_per_plan seconds".split()
    assert [row["method"] for row in table["rows"]] == ["baseline", "text"]
    for row in table["rows"]:
        assert set(promised) <= set(row)
        assert row["n"] == 2
        assert len(row["ci"]) == 2
    assert table["rows"][0]["delta"] is None
    assert isinstance(table["rows"][1]["delta"], float)
    assert (out / "report.html").is_file()
    assert "report: " in studysmith(*command).out


def test_compare_makes_the_arms_that_are_asked_for(
    studysmith: Command, refused: Refused, tiny: str, tmp_path: Path
) -> None:
    model = tmp_path / "some.gguf"
    model.write_bytes(b"the counting engine does not read it")
    engine = f"{Path(tiny).with_name('counting_engine.py')}:CountingEngine"
    small = ("--examples", 6, "--finalists", 1, "--validation", 2, "--confirm", 8, "--lm-calls", 60)
    command = ("compare", "--task", f"{tiny}:task", "--model", model, "--engine", engine, "--out", tmp_path / "out")
    done = studysmith(*command, "--methods", "base, text", "--seeds", 2, *small)
    assert done.code == 0, done.err
    assert "text scores +0.9" in done.out  # what may be concluded stands under the table
    assert "report: " in done.out
    table = studysmith(*command, "--methods", "base,text", "--seeds", 2, *small, "--json").json
    assert [(row["method"], row["searches"]) for row in table["rows"]] == [("base", 1), ("text", 2)]
    assert 0 < table["rows"][1]["ledger"]["lm_calls"] <= 60
    refused(
        studysmith(*command, "--methods", "base,txt"),
        "methods: base, lora, soft-from-vocabulary, soft-from-text, shuffled-soft",
    )


Refusal = tuple[str, str]
REFUSALS: list[Refusal] = [
    ("plan", "text: say in a sentence"),
    ("plan |   ", "text: say in a sentence"),
    ("plan |{long}", "text: at most 4,000 characters are read (got 100,000)"),
    ("plan fractions --weeks 0", "weeks: "),
    ("plan fractions --weeks 53", "weeks: "),
    ("plan fractions --weeks many", "--weeks"),
    ("plan fractions --minutes -5", "--minutes: "),
    ("plan fractions --sessions 8", "--sessions: "),
    ("plan fractions --topic unicorns", "'unicorns' is no concept of the curriculum"),
    ("plan fractions --topic slop", "topics: 'slop' is no concept of the curriculum; did you mean slope? "),
    ("plan fractions --struggle slop", "struggles: 'slop' is no concept of the curriculum"),
    ("plan fractions --deadline soon", "deadline: a date, such as 2026-12-01, 1 December or next Friday (got 'soon')"),
    ("plan fractions --days mon,moonday", "days: weekdays with commas between them, such as mon,wed (got 'moonday')"),
    ("plan fractions --away 5..1", "away: a day or two with two dots between them, such as 2026-12-01..2026-12-05"),
    ("plan fractions --total lots", "total: minutes, or an amount such as 10h or 1h30 (got 'lots')"),
    ("plan fractions --total 4", "--total: "),
    ("plan fractions --hours banana", "hours: times of day, such as 5 to 6 pm or after school (got 'banana')"),
    ("plan I need help", 'text: put the words in quotes: studysmith plan "I need help"'),
    ("plan I need --weeks 2 help --json", 'quotes: studysmith plan "I need help" --weeks 2 --json'),
    ("plan only $5 --topic slope", "quotes: studysmith plan 'only $5' --topic slope"),
    ("practice slope of a line --count 3", 'quotes: studysmith practice "slope of a line" --count 3'),
    ("replan {tmp}/absent.json", "plan: {tmp}/absent.json: cannot be read ("),
    ("replan {tmp}/file", "plan: {tmp}/file is not JSON; a plan is needed as JSON, as `studysmith plan "),
    ("replan {tmp}/plan.ics", 'as `studysmith plan "..." --json --out plan.json` writes it'),
    ("score {tmp}/plan.ics", 'as `studysmith plan "..." --json --out plan.json` writes it'),
    ("replan {tmp}/cut.json", "plan: {tmp}/cut.json is not JSON (Expecting"),
    ("replan {tmp}/ok.json", "Field required (got {{'topics': ['slope']}}); a plan is needed as JSON, as "),
    ("replan {tmp}/nothing.json", "plan: it has no sessions"),
    ("replan {tmp}/nothing.json --format pdf", "format: markdown, json or ical"),
    ("plan fractions --audience parent", "audience: "),
    ("plan fractions --today tomorrow", "today: a date as YYYY-MM-DD (got 'tomorrow')"),
    ("plan fractions --format pdf", "format: markdown, json or ical (got 'pdf')"),
    ("plan fractions --model {tmp}/absent.gguf", "no model file at "),
    ("plan fractions --model ollama://127.0.0.1:9/a", "no Ollama server answers at http://127.0.0.1:9; start one with"),
    (
        "export {tmp} --to phone --out {tmp}/x",
        "to: bundle, messages, chat, adapters, mlx, modelfile, web, ollama://NAME (got",
    ),
    ("plan fractions --model {tmp}/cut.gguf", "cut.gguf"),
    ("plan fractions --model {tmp}/garbage.gguf", "garbage.gguf"),
    ("plan fractions --model nonsense", "no model 'nonsense'"),
    ("plan fractions --bundle {tmp}", "is no bundle"),
    ("plan fractions --bundle {tmp}/absent", "is no bundle"),
    ("plan fractions --out {tmp}/file/plan.md", "out: cannot write "),
    ("plan fractions --out /proc/plan.md", "out: cannot write "),
    ("plan fractions --profile {tmp}/absent.json", "profile: {tmp}/absent.json: cannot be read ("),
    ("plan fractions --profile {tmp}/file", "profile: {tmp}/file is not JSON"),
    ("plan fractions --profile {tmp}/deep.json", "profile: {tmp}/deep.json is not JSON that can be read (nested too"),
    ("plan fractions --profile /dev/zero", "profile: /dev/zero: is a device, not a file"),
    ("score {tmp}/deep.json", "plan: {tmp}/deep.json is not JSON; a plan is needed"),
    ("plan fractions --profile {tmp}/digits.json", "digits.json holds a whole number of more than 4,300 digits, which"),
    ("rubric sound {tmp}/digits.json", "digits.json: line 1: holds a whole number of more than 4,300 digits"),
    ("finetune {tmp}/digits.yaml", "digits.yaml: holds a number that is too long or a date that there is not"),
    ("solve --data /dev/null", "/dev/null: is no regular file; save the rows in a .jsonl file"),
    ("plan fractions --profile {tmp}/latin", "profile: {tmp}/latin: is not UTF-8 (line 1 has the byte 0xe9"),
    ("compile --model {tmp}/file", "{tmp}/file is a file, and no model by its ending: a GGUF file ends in .gguf"),
    ("solve --data {tmp}/file", "{tmp}/file: a file with the ending ''; read are .jsonl, .json, .csv, .parquet"),
    ("plan --profile {tmp}/list.json", "profile: {tmp}/list.json must hold a JSON object"),
    ("plan --profile {tmp}/number.json", "text: a string (got 5)"),
    ("plan --profile {tmp}/typo.json", "week: no field of a profile; did you mean weeks? Valid: weeks, "),
    ("score {tmp}/absent.json --profile {tmp}/ok.json", "plan: {tmp}/absent.json: cannot be read ("),
    ("score {tmp}/list.json --profile {tmp}/ok.json", "plan: {tmp}/list.json is not JSON; a plan is needed"),
    ("score {tmp}/ok.json --profile {tmp}/ok.json", "plan: {tmp}/ok.json: "),
    ("compile --optimizer magic", "optimizer: text, knn, feedback, random, soft, "),
    ("compile --optimizer text --prompt-model smollm2-135m", "prompt_model: text asks no model for prompts"),
    ("compile --optimizer soft --small-proposer", "small_proposer: soft asks no model for prompts"),
    ("compile --optimizer gepa --prompt-model magic", "no model 'magic'"),
    ("compile --task magic", "task: plan, plan-free, read, solve, or path/to/file.py:name (got 'magic')"),
    ("compile --lm-calls 0", "budget: lm_calls: "),
    ("headroom --lm-calls 0", "budget: lm_calls: "),
    ("headroom --wordings 1", "wordings: at least 3 (got 1)"),
    ("headroom --optimizer soft", "optimizer: text or random, whose wordings are of the pools (got 'soft')"),
    ("headroom --task magic", "task: plan, plan-free, read, solve, or path/to/file.py:name (got 'magic')"),
    ("compile --seconds -1", "budget: seconds: "),
    ("compile --seed -1", "--seed"),
    ("compile --lm-calls 5 --out {tmp}/file/run", "run: cannot write to "),
    ("compile --lm-calls 5 --out /proc/run", "run: cannot write to "),
    ("compile --lm-calls 5 --model {tmp}/cut.gguf --out {tmp}/run", "cut.gguf"),
    ("compare {tmp} --learners 2", "holds no finished compile"),
    ("compare --learners 1", "--learners"),
    ("compare --learners 2 --out {tmp}/file/compare", "out: cannot write to "),
    ("export {tmp}", "source: {tmp} is no run of `compile`, and no model that can be used: {tmp}/cut.gguf is broken"),
    ("export {tmp}/file", "no model that can be used: {tmp}/file is a file, and no model by its ending"),
    ("export {tmp}/absent", "source: nothing is at {tmp}/absent; give a run of `compile`, a bundle or a model"),
    ("export nonsense", "source: nonsense is no run of `compile`, and no model that can be used: no model 'nonsense'"),
    ("export smollm2-135m --measure 4 --quantize Q8_0", "measure: is for runs of `compile`, and smollm2-135m is a mod"),
    ("export smollm2-135m --to messages --anyway --out {tmp}/new", "anyway: is for runs of `compile`, and smollm2"),
    ("export smollm2-135m --quantize Q1", "quantize: keep, Q8_0, Q6_K"),
    ("export smollm2-135m --name {name} --out {tmp}/new", "name: at most 200 characters (got 201)"),
    ("export {run} --name {name} --out {tmp}/new", "name: at most 200 characters (got 201)"),
    ("export {run} --quantize Q1", "quantize: keep, Q8_0, Q6_K, Q5_K_M, Q4_K_M, Q4_0, F16, F32 (got 'Q1')"),
    ("export {run} --out {tmp}/file/bundle", "out: cannot write to "),
    ("export {run} --out /proc/bundle", "out: cannot write to "),
    ("verify {tmp}/absent", "is no bundle"),
    ("verify {tmp}/file", "is no bundle"),
    ("verify", "bundle: give its folder (or --messages and --model)"),
    ("verify {tmp} --model http://127.0.0.1:9/v1", "bundle: give its folder"),
    ("verify {tmp} --messages {tmp} --model http://127.0.0.1:9/v1", "messages: takes --model, and neither a bundle"),
    ("verify --messages {tmp} --model http://127.0.0.1:9/v1", "golden.json cannot be read (No such file"),
    ("export {run} --bits 4 --out {tmp}/new", "bits: is an option of --to mlx"),
    (
        "export {tmp} --to mlx --quantize Q4_K_M --out {tmp}/new",
        "quantize: is for what is frozen first, and {tmp} goes as it is",
    ),
    ("export {run} --to messages", "out: say where to write what --to messages makes"),
    (
        "export {run} --to paper --out {tmp}/paper",
        "to: bundle, messages, chat, adapters, mlx, modelfile, web, ollama://NAME (got 'paper')",
    ),
    ("export {run} --to messages --out {tmp}/new --sign {tmp}/file", "sign: a bundle can be signed"),
    ("finetune {tmp}/absent.yaml", "absent.yaml: cannot be read (No such file"),
    ("solve --data nonsense.jsonl", "nonsense.jsonl"),
    ("solve --shots -1", "shots: must be from 0 to 64, not -1"),
    ("solve a.jsonl --compare", "compare: two result files (got one)"),
    ("solve {tmp}/absent.jsonl {tmp}/absent.jsonl --compare", "absent.jsonl"),
    ("merge {tmp} --format Q9", "format: 'Q9' is unknown"),
    ("rubric validate --rubric {tmp}/absent.toml", "absent.toml"),
    ("rubric freeze {tmp}/absent", "absent"),
    ("rubric refine {tmp}/absent", "absent"),
    ("frobnicate", "No such command 'frobnicate'"),
]


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory, planner_run: Path) -> dict[str, str]:
    """What stands in the braces of REFUSALS."""
    tmp = tmp_path_factory.mktemp("bad")
    with resolve(DEFAULT_MODEL).open("rb") as whole:
        (tmp / "cut.gguf").write_bytes(whole.read(3_000_000))
    (tmp / "garbage.gguf").write_bytes(b"GGUF" + b"\xff" * 1000)
    contents = {"list": [], "number": {"text": 5}, "typo": {"text": "x", "week": 3}, "ok": {"topics": ["slope"]}}
    contents["nothing"] = {"title": "No plan"}
    for name, content in contents.items():
        (tmp / f"{name}.json").write_text(json.dumps(content))
    (tmp / "file").write_text("not JSON")
    (tmp / "deep.json").write_text("[" * 100_000)
    (tmp / "digits.json").write_text('{"weeks": ' + "1" * 5000 + "}")
    (tmp / "digits.yaml").write_text(f"seed: {'1' * 5000}")
    (tmp / "cut.json").write_text('{"title": ')
    (tmp / "plan.ics").write_text("BEGIN:VCALENDAR\n")
    (tmp / "latin").write_bytes('{"goal": "résumé"}'.encode("latin-1"))
    return {"tmp": str(tmp), "run": str(planner_run), "long": "fractions " * 10_000, "name": "n" * 201}


def test_a_profile_may_begin_with_a_mark(studysmith: Command, profile_file: Path) -> None:
    profile_file.write_bytes(b"\xef\xbb\xbf" + profile_file.read_bytes())
    assert studysmith("plan", "--profile", profile_file, "--json")[0] == 0


@pytest.mark.parametrize(("command", "said"), REFUSALS)
def test_what_cannot_be_used_is_one_line(
    studysmith: Command, refused: Refused, command: str, said: str, places: dict[str, str]
) -> None:
    words, bar, text = command.partition("|")  # what follows a bar is one argument
    args = [word.format(**places) for word in words.split()] + ([text.format(**places)] if bar else [])
    refused(studysmith(*args), said.format(**places))


def test_refusals_leave_nothing_behind(places: dict[str, str], tmp_path: Path) -> None:
    before = sorted(p.name for p in Path(places["tmp"]).iterdir() if p.name != "run")
    there = (
        "cut.gguf cut.json deep.json digits.json digits.yaml file garbage.gguf latin list.json nothing.json number.json"
    )
    assert before == [*there.split(), "ok.json", "plan.ics", "typo.json"]


@pytest.mark.parametrize(
    "error", [TypeError("a\nb"), ValueError("a b"), OSError("a b")], ids=lambda e: type(e).__name__
)
def test_a_fault_of_ours_is_said_to_be_one(
    studysmith: Command, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr("studysmith.programs.curriculum.curriculum", fail)
    where = "this is a fault in studysmith; STUDYSMITH_LOG=debug shows where"
    assert studysmith("concepts") == (70, "", f"studysmith failed: {type(error).__name__}: a b; {where}\n")
    monkeypatch.setenv("STUDYSMITH_LOG", "debug")
    assert "Traceback" in studysmith("concepts").err


def test_a_name_alone_shows_what_there_is(studysmith: Command, refused: Refused) -> None:
    for command in ((), ("rubric",)):
        done = studysmith(*command)
        assert (done.code, done.err) == (0, "")
        assert "Commands:" in done.out
    refused(studysmith("compar"), "Did you mean 'compare'")
