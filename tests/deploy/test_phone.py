"""The arithmetic is llama.cpp's own, the table names its sources, a bundle's prompts are counted as they are sent."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from studysmith.deploy import phone as module
from studysmith.deploy.bundle.export import export
from studysmith.deploy.bundle.frozen import FrozenProgram
from studysmith.deploy.gguf.header import Header, Tensor, read_header
from studysmith.deploy.phone import Known, Phone, known, kv_bytes, most, need_of, phone_report
from studysmith.deploy.planner import PROGRAMS
from studysmith.programs.steps import narrow

WAYS = {"way": ["draw it", "with a friend"]}
LOAD = "import sys; from studysmith.deploy.engines.llamacpp import LlamaCppEngine as E; E(sys.argv[1]).close()"


def engines_own(model: Path) -> tuple[float, float, int]:
    """MiB of the model's buffers and of the KV cache, and cells of the latter, as llama.cpp says them."""
    environment = {**os.environ, "STUDYSMITH_LOG": "debug"}
    command = [sys.executable, "-c", LOAD, str(model)]
    log = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=120).stderr
    [(size, cells)] = re.findall(r"llama_kv_cache: size = +([\d.]+) MiB \( *(\d+) cells", log)
    weights = sum(map(float, re.findall(r"model buffer size = +([\d.]+) MiB", log)))
    return weights, float(size), int(cells)


@pytest.mark.parametrize("which", ["model_path", "tiny_gguf"])
def test_memory_is_counted_as_the_engine_counts_it(which: str, request: pytest.FixtureRequest) -> None:
    path: Path = request.getfixturevalue(which)
    weights, kv_cache, cells = engines_own(path)
    need = need_of(read_header(path))
    assert need.context == cells
    assert need.kv_cache / 2**20 == pytest.approx(kv_cache, abs=0.01)
    read = need.read + next((t.size for t in read_header(path).tensors if which == "tiny_gguf" and "embd" in t.name), 0)
    assert read / 2**20 == pytest.approx(weights, abs=0.01)


def header(**values: Any) -> Header:
    metadata = {
        "general.architecture": "x",
        **{f"x.{name.replace('__', '.')}": value for name, value in values.items()},
    }
    return Header(Path(__file__), metadata, (Tensor("token_embd.weight", (8, 10), 0, 0, 320),))


def test_heads_of_every_shape_are_counted() -> None:
    usual = {"block_count": 4, "embedding_length": 64, "attention__head_count": 8}
    assert kv_bytes(header(**usual), 10) == 4 * 8 * (8 + 8) * 10 * 2
    assert kv_bytes(header(**usual, attention__head_count_kv=2), 10) == 4 * 2 * (8 + 8) * 10 * 2
    wide = {"attention__key_length": 32, "attention__value_length": 16}
    assert kv_bytes(header(**usual, attention__head_count_kv=2, **wide), 10) == 4 * 2 * (32 + 16) * 10 * 2
    # Some architectures say it layer by layer, with layers that have no attention.
    assert kv_bytes(header(**usual, attention__head_count_kv=[2, 0, 2, 0]), 10) == 4 * (8 + 8) * 10 * 2


def test_a_table_that_is_no_head_is_looked_up_and_not_read() -> None:
    tied = header(block_count=1, context_length=100)
    assert (need_of(tied).read, need_of(tied).context) == (320, 100)
    untied = Header(tied.path, tied.metadata, (*tied.tensors, Tensor("output.weight", (8, 10), 0, 0, 320)))
    assert need_of(untied).read == 320


def test_every_number_of_the_table_has_a_source_and_no_published_speed_exceeds_its_bound() -> None:
    table = known()
    named = {each.source for each in table.published} | {table.reading.source}
    assert named | {"memory", "bandwidth", "apps"} == set(table.sources)
    for each in table.published:
        assert each.tokens_per_second < most(table.phone(each.phone), each.read_bytes)
    bounds = [most(table.phone(each.phone), each.read_bytes) for each in table.published]
    assert bounds[0] == pytest.approx(76.8e9 / (596e6 * 4.5 / 8), rel=0.001)
    assert all(phone.limit_gb < phone.entitled_gb < phone.memory_gb for phone in table.phones)


def test_what_is_too_large_does_not_fit(monkeypatch: pytest.MonkeyPatch, model_path: Path) -> None:
    small = {"name": "Phone", "chip": "A19 Pro", "memory_gb": 1, "bandwidth_gb_s": 10, "limit_gb": 0.6}
    phones = [Phone.model_validate({**small, "entitled_gb": entitled}) for entitled in (0.65, 0.7)]
    table = Known.model_validate({**known().model_dump(), "phones": [p.model_dump() for p in phones]})
    monkeypatch.setattr(module, "known", lambda: table)
    report = phone_report(str(model_path))
    assert report.answer.startswith("On some iPhones: it needs 0.69 GB of memory; it fits with the entitlement for ")
    assert "increased memory on Phone; not on Phone. It can write" in report.answer
    assert [(fit.fits, fit.fits_entitled) for fit in report.phones] == [(False, False), (False, True)]
    assert report.phones[0].most_tokens_per_second == pytest.approx(10e9 / report.need.read, abs=0.1)
    assert report.phones[0].first_token is None
    assert report.phones[0].most_at_full_context < report.phones[0].most_tokens_per_second
    never = table.model_copy(update={"phones": phones[:1]})
    monkeypatch.setattr(module, "known", lambda: never)
    said = "No, on no iPhone that is known here: it needs 0.69 GB of memory, and an app may use 0.65 GB at most."
    assert phone_report(str(model_path)).answer == said


def test_prompts_are_counted_as_they_are_sent(bundle: Path) -> None:
    from studysmith.deploy.bundle.golden import Golden, Vector

    report = phone_report(bundle)
    assert [prompt.step for prompt in report.prompts] == list(FrozenProgram.load(PROGRAMS["chosen"]).steps)
    [way] = [prompt for prompt in report.prompts if prompt.step == "choose_way"]
    assert way.frozen == "text"
    sent = [len(v.prompt_ids) for v in Golden.load(bundle / "golden.json").vectors if isinstance(v, Vector)]
    assert all(any(prompt.text == n for prompt in report.prompts) for n in sent[:1])
    assert way.soft > module.SOFT_TOKENS
    newest, oldest = report.phones[-1].first_token, report.phones[0].first_token
    assert newest is not None
    assert oldest is not None
    assert newest[1] < oldest[1]
    assert [each.formats for each in report.apps] == [["web"], [], ["mlx"], ["mlx"], []]


def test_a_soft_prompt_is_counted_and_compared_with_the_written_one(tiny_gguf: Path, tmp_path: Path) -> None:
    soft = "".join(f"<|soft:week:{i}|>" for i in range(4))
    step = FrozenProgram.load(PROGRAMS["chosen"]).steps["choose_way"]
    changed = {"messages": [{"role": "system", "content": soft}], "reply_schema": narrow(step.reply_schema, WAYS)}
    made = FrozenProgram(
        steps={"choose_way": step.model_copy(update=changed)},
        inputs=["learner", "session"],
        wiring={"choose_way": {"learner": "learner", "session": "session"}},
        outputs={"way": "choose_way.way"},
    )
    golden = [{"learner": "student, Grade 6; likes chess", "session": "learn Slope of a line"}]
    export(made, tiny_gguf, tmp_path / "soft", name="soft", method="soft", golden=golden)
    [prompt] = phone_report(tmp_path / "soft").prompts
    assert prompt.frozen == "soft"
    assert prompt.text is not None
    written = len(step.messages[0]["content"].split())
    assert prompt.text - prompt.soft > written - 4 - 3  # about a token for each word, in place of four soft ones
