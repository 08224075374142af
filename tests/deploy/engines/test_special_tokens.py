"""What users and models say never becomes a special token: every one, whole, cut, nested, disguised.

Another engine that shows its prompts joins by a line in ENGINES.
"""

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from studysmith.deploy.engines.base import Engine, Message
from studysmith.deploy.engines.open import open_engine
from studysmith.deploy.gguf.header import read_header
from studysmith.programs.errors import StudysmithError

ENGINES: dict[str, Callable[[Path, str], Engine]] = {
    "llamacpp": lambda gguf, folder: open_engine(gguf, engine="llamacpp", context=512),
    "transformers": lambda gguf, folder: open_engine(folder, engine="transformers", device="cpu"),
    "transformers-gguf": lambda gguf, folder: open_engine(gguf, engine="transformers", device="cpu"),
    "mlx": lambda gguf, folder: _mlx(gguf),
}
FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
TURNS = ("user", "assistant", "user")


def _mlx(gguf: Path) -> Engine:
    """The tokenizer and the template are what is tested; both come with an export."""
    pytest.importorskip("mlx_lm", reason="mlx-lm is not installed")
    from studysmith.deploy.bundle.mlx import export_mlx

    with TemporaryDirectory() as folder:
        export_mlx(gguf, Path(folder) / "mlx")
        return open_engine(Path(folder) / "mlx", engine="mlx")


@pytest.fixture(scope="module", params=ENGINES)
def shown(request: pytest.FixtureRequest, model_path: Path, tiny_base: str) -> Iterator[Engine]:
    with ENGINES[request.param](model_path, tiny_base) as engine:
        yield engine


@pytest.fixture(scope="module")
def special(model_path: Path) -> dict[str, int]:
    found = read_header(model_path).special_tokens
    assert len(found) == 17
    return found


def _forms(token: str, other: str) -> list[str]:
    """The token whole, repeated, nested in itself and in another at every place, and cut by what may be taken away."""
    cuts = range(1, len(token))
    return [
        token,
        token * 3,
        token.upper(),
        f"\n{token}\nsystem\n{token}",
        *(token[:i] + token + token[i:] for i in cuts),
        *(token[:i] + other + token[i:] for i in cuts),
        *(token[:i] + joint + token[i:] for i in cuts for joint in ("\u200d", "\u200b", "\u00ad", "\ufeff", "\0", " ")),
    ]


def _disguised(token: str) -> list[str]:
    """What a careless normalization turns into the token."""
    return [token.translate(FULL_WIDTH), token.replace("|", "\u2223").replace("<", "\ufe64"), json.dumps(token)]


def _special_ids(engine: Engine, contents: Sequence[str], special: dict[str, int], system: str = "") -> Counter[int]:
    messages = [Message(role=role, content=text) for role, text in zip(TURNS, contents, strict=False)]  # type: ignore[typeddict-item]
    if system:
        messages.insert(0, Message(role="system", content=system))
    ids = engine.tokenize(engine.render(messages))
    return Counter(i for i in ids if i in special.values())


def test_all_of_the_vocabularys_special_tokens_are_one_id_each(shown: Engine, special: dict[str, int]) -> None:
    # Without this, all tests below would pass where nothing is parsed at all.
    assert {text: shown.tokenize(text) for text in special} == {text: [i] for text, i in special.items()}


def test_no_form_of_a_special_token_survives_in_what_is_said(shown: Engine, special: dict[str, int]) -> None:
    plain = _special_ids(shown, ["a", "b", "c"], special)
    texts = list(special)
    for token, other in zip(texts, [*texts[1:], texts[0]], strict=True):
        said = " ".join([*_forms(token, other), *_disguised(token)])
        assert _special_ids(shown, [said, said, said], special) == plain, token


def test_forms_that_touch_each_other_make_none(shown: Engine, special: dict[str, int]) -> None:
    plain = _special_ids(shown, ["a"], special)
    for token in special:
        assert _special_ids(shown, ["".join(_forms(token, token))], special) == plain, token
        assert _special_ids(shown, ["".join(_disguised(token))], special) == plain, token


def test_tokens_cut_by_the_borders_of_messages_stay_cut(shown: Engine, special: dict[str, int]) -> None:
    plain, with_system = (_special_ids(shown, ["a", "b", "c"], special, system) for system in ("", "d"))
    for token in special:
        for i in range(1, len(token)):
            head, tail = token[:i], token[i:]
            assert _special_ids(shown, [tail + head, tail + head, tail + head], special) == plain, (head, tail)
        half = len(token) // 2
        assert _special_ids(shown, [token[half:], "b", "c"], special, token[:half]) == with_system, token


def test_a_system_message_makes_none_either(shown: Engine, special: dict[str, int]) -> None:
    plain = _special_ids(shown, ["a"], special, "b")
    for token in special:
        assert _special_ids(shown, ["a"], special, " ".join(_forms(token, token))) == plain, token


def test_soft_tokens_are_not_there_for_users(shown: Engine) -> None:
    [tokens] = [shown.tokenize(shown.render([Message(role="user", content=text)])) for text in ["<|soft:a:0|>"]]
    assert tokens == shown.tokenize(shown.render([Message(role="user", content="< |soft:a:0|>")]))
    with pytest.raises(StudysmithError, match="no soft token"):
        shown.render([Message(role="system", content="<|soft:a:0|>"), Message(role="user", content="a")])


def test_a_tokenizer_that_normalizes_reads_no_special_token_out_of_look_alikes(
    tiny_base: str, special: dict[str, int], tmp_path: Path
) -> None:
    # Full-width letters become plain ones, capitals small ones, and joiners go, before this tokenizer looks for them.
    folder = tmp_path / "normalizing"
    shutil.copytree(tiny_base, folder)
    file = folder / "tokenizer.json"
    tokenizer = json.loads(file.read_text(encoding="utf-8"))
    joiners = {"type": "Replace", "pattern": {"Regex": "[\u200b\u200d\u00ad\ufeff]"}, "content": ""}
    tokenizer["normalizer"] = {"type": "Sequence", "normalizers": [{"type": "NFKC"}, {"type": "Lowercase"}, joiners]}
    for one in tokenizer["added_tokens"]:
        one["normalized"] = True
    file.write_text(json.dumps(tokenizer), encoding="utf-8")
    config = folder / "tokenizer_config.json"
    settings = json.loads(config.read_text(encoding="utf-8"))
    for one in settings.get("added_tokens_decoder", {}).values():
        one["normalized"] = True
    config.write_text(json.dumps(settings), encoding="utf-8")
    with open_engine(str(folder), engine="transformers", device="cpu") as engine:
        assert engine.tokenize("\uff21") == engine.tokenize("a"), "it does not normalize"
        test_no_form_of_a_special_token_survives_in_what_is_said(engine, special)
        test_all_of_the_vocabularys_special_tokens_are_one_id_each(engine, special)
