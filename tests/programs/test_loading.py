"""Users' own files: found beside the file that names them, each a module of its own, every failure one line."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from studysmith.programs.errors import InputError
from studysmith.programs.loading import load_attribute


def test_files_of_one_name_are_two_modules(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "own.py").write_text(f"class Own:\n    place = {folder!r}\n")
    first, second = (load_attribute("own.py:Own", "task", tmp_path / folder) for folder in ("a", "b"))
    assert (first.place, second.place) == ("a", "b")
    # A module that is not in sys.modules under its name has classes that cannot be looked up again.
    assert pickle.loads(pickle.dumps(first())).place == "a"


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        ("own = 1", "own.py", "path/to/file.py:name .got 'own.py'"),
        ("own = 1", "own.txt:own", "path/to/file.py:name"),
        ("own = 1", "absent.py:own", "no file .*absent.py"),
        ("own = 1", "own.py:other", "own.py has no 'other'"),
        ("raise KeyError('k\\n')", "own.py:own", "own.py cannot be loaded: KeyError"),
    ],
)
def test_what_cannot_be_loaded_is_one_line_that_names_the_field(
    content: str, name: str, said: str, tmp_path: Path
) -> None:
    (tmp_path / "own.py").write_text(content)
    with pytest.raises(InputError, match=f"^judge: .*{said}") as caught:
        load_attribute(name, "judge", tmp_path)
    assert "\n" not in str(caught.value)
