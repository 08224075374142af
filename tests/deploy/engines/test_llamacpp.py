"""What the llama.cpp engine adds to the contract: reproducibility, the prompt, and files that it refuses."""

import math
import subprocess
import sys
from pathlib import Path

import pytest
from studysmith.deploy.engines.base import Message, Request
from studysmith.deploy.engines.llamacpp import LlamaCppEngine, _default_threads
from studysmith.deploy.errors import EngineError, ModelError, RequestError

LONG = [Message(role="user", content="Compare the chain rule with the product rule. " * 60)]


def test_seeds_matter_only_when_sampling(engine: LlamaCppEngine) -> None:
    def text(seed: int, temperature: float) -> str:
        messages = [Message(role="user", content="Invent a name for a cat.")]
        return engine.complete(Request(messages=messages, seed=seed, temperature=temperature, max_tokens=12)).text

    assert text(1, 1.0) != text(2, 1.0)
    assert text(1, 0.0) == text(2, 0.0)


def test_exact_mode_depends_neither_on_threads_nor_on_context(model_path: Path) -> None:
    # Past 512 tokens, where flash attention would split its sums by thread.
    replies = []
    for threads, context in ((1, 2048), (2, 1024)):
        with LlamaCppEngine(model_path, threads=threads, context=context) as one:
            replies.append(one.complete(Request(messages=LONG, max_tokens=8, logprobs=3)))
    assert replies[0].prompt_tokens > 512
    assert replies[0].logprobs == replies[1].logprobs
    assert replies[0].text == replies[1].text


def test_the_prompt_is_the_models_own_template(engine: LlamaCppEngine) -> None:
    assert engine.render([Message(role="system", content="Be brief."), Message(role="user", content="Hi")]) == (
        "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
    )
    assert engine.render([Message(role="user", content="Hi")]).startswith(
        "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n"
    )
    assert engine.template_sha256 == "872be49dbb638044ad01b60388f48d469ff2980e5f0dccdc22ec907db54d0788"


def test_a_soft_token_needs_a_baked_model(engine: LlamaCppEngine) -> None:
    with pytest.raises(RequestError, match="no soft token"):
        engine.render([Message(role="system", content="<|soft:plan:0|>"), Message(role="user", content="Hi")])


def test_what_follows_a_part_of_a_character_is_told_too(engine: LlamaCppEngine) -> None:
    # The likeliest token after these is a part of a character, which the server holds back.
    ids = engine.tokenize("\u4f60\u597d")
    found = engine.next_logprobs(ids[:2], 50)
    assert len(found) == 50
    assert found == engine.next_logprobs(ids[:2], 50)
    assert 0.5 < sum(map(math.exp, found.values())) < 1


def test_a_walk_along_a_reply_finds_the_tokens_that_were_decoded(engine: LlamaCppEngine) -> None:
    done = engine.complete(Request(messages=[Message(role="user", content="Name a fruit.")], max_tokens=8))
    for place, token in enumerate(done.token_ids):
        found = engine.next_logprobs([*done.prompt_ids, *done.token_ids[:place]], 5, reuse=True)
        assert max(found, key=found.__getitem__) == token


def test_a_closed_engine_says_so(model_path: Path) -> None:
    with LlamaCppEngine(model_path, context=256) as engine:
        pass
    with pytest.raises(EngineError, match="closed"):
        engine.tokenize("a")


def test_an_engine_that_is_closed_at_once_ends(model_path: Path) -> None:
    # In a process of its own: were it to wait for ever, the test must not.
    use = "from studysmith.deploy.engines.llamacpp import LlamaCppEngine as E\n"
    use += "for _ in range(6): E({!r}, context=64).close()"
    subprocess.run([sys.executable, "-c", use.format(str(model_path))], check=True, timeout=90)


def test_context_is_at_most_what_the_model_was_trained_for(model_path: Path) -> None:
    with LlamaCppEngine(model_path, context=100_000) as engine:
        assert engine.context == 8192


def test_it_takes_the_threads_that_openmp_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    every = _default_threads()
    assert every >= 1
    for given, taken in (("3", 3), ("12", 12), ("", every), ("0", every), ("all", every)):
        monkeypatch.setenv("OMP_NUM_THREADS", given)
        assert _default_threads() == taken


def test_native_logs_are_silent_unless_asked_for(
    model_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    LlamaCppEngine(model_path, context=256).close()
    assert capfd.readouterr().err == ""
    monkeypatch.setenv("STUDYSMITH_LOG", "debug")
    LlamaCppEngine(model_path, context=256).close()
    assert "llama_model_loader" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("settings", "named"), [({"mode": "quick"}, "mode"), ({"context": 0}, "context"), ({"threads": 0}, "threads")]
)
def test_bad_settings_are_named(model_path: Path, settings: dict[str, object], named: str) -> None:
    with pytest.raises(RequestError, match=named):
        LlamaCppEngine(model_path, **settings)  # type: ignore[arg-type]


def test_a_model_that_llama_cpp_does_not_know_is_one_line(tmp_path: Path, model_path: Path) -> None:
    # The header is whole; only the name of the architecture is unknown.
    content = bytearray(model_path.read_bytes())
    at = content.index(b"general.architecture") + len(b"general.architecture") + 4 + 8
    assert content[at : at + 5] == b"llama"
    content[at : at + 5] = b"lemma"
    (tmp_path / "odd.gguf").write_bytes(content)
    with pytest.raises(ModelError, match=r"cannot load .*odd\.gguf: unknown model architecture: 'lemma'$"):
        LlamaCppEngine(tmp_path / "odd.gguf")


@pytest.mark.parametrize("kept", [0, 3, 1000, 1_000_000, 50_000_000, -1])
def test_a_file_that_was_cut_short_is_refused(tmp_path: Path, model_path: Path, kept: int) -> None:
    (tmp_path / "cut.gguf").write_bytes(model_path.read_bytes()[:kept])
    with pytest.raises(ModelError, match=r"cut\.gguf is (broken or cut short|not a GGUF file)"):
        LlamaCppEngine(tmp_path / "cut.gguf")


def test_models_with_other_vocabularies_follow_each_other_in_one_process(tiny_gguf: Path) -> None:
    # In a process of its own: what this guards against aborts the whole process.
    paths = [str(tiny_gguf.with_name("base.gguf")), str(tiny_gguf)]  # the second one has four tokens more
    code = """
import sys
from studysmith.deploy.engines.base import Message, Request
from studysmith.deploy.engines.llamacpp import LlamaCppEngine, _default_threads
schema = {"type": "object", "properties": {"a": {"enum": ["x"]}}, "required": ["a"], "additionalProperties": False}
request = Request(messages=[Message(role="user", content="hi")], schema=schema, max_tokens=16)
for path in sys.argv[1:] * 4:
    with LlamaCppEngine(path, "exact", context=256) as engine:
        engine.complete(request)
"""
    done = subprocess.run([sys.executable, "-c", code, *paths], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr[-400:]
