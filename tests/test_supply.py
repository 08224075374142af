"""What the project takes from others: named with hashes, and no cache that unpickles."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
COUNTING = f"{ROOT / 'tests' / 'optimizers' / 'counting_engine.py'}:CountingEngine"
COMPILE = """
import sys
import studysmith as ss

task, engine, folder = sys.argv[1:]
open(f"{folder}/some.gguf", "wb").write(b"the counting engine does not read it")
for optimizer in ("text", "bootstrap"):
    given = {"model": f"{folder}/some.gguf", "engine": engine, "out": f"{folder}/{optimizer}"}
    result = ss.compile(task, optimizer, budget=ss.Budget(lm_calls=60), **given)
    result.program(thing="apple")
print("diskcache" in sys.modules)
"""


def locked(name: str) -> dict[str, str]:
    """The blocks of a lock by package: its version, and all of its lines."""
    text = (ROOT / name).read_text("utf-8")
    return {m[1]: m[0] for m in re.finditer(r"^([\w.-]+)==.*(?:\n    .*)*", text, re.M)}


def test_all_that_is_installed_is_named_with_hashes() -> None:
    for name, least in (("bootstrap.lock", {"uv"}), ("requirements.lock", {"setuptools", "jinja2"})):
        blocks = locked(name)
        assert least <= set(blocks)
        assert all("--hash=sha256:" in block for block in blocks.values())
    makefile = (ROOT / "Makefile").read_text("utf-8")
    installs = re.findall(r"pip install .*", makefile)
    assert len(installs) == 3
    for line in installs:  # our own package is built by what the lock has, and brings nothing else
        assert "--require-hashes" in line or "--no-deps --no-build-isolation --editable ." in line


def test_no_jinja_whose_sandbox_is_known_to_leak() -> None:
    version = re.match(r"jinja2==(\d+)\.(\d+)\.(\d+)", locked("requirements.lock")["jinja2"])
    assert version is not None
    assert tuple(map(int, version.groups())) >= (3, 1, 6)
    assert '"jinja2>=3.1.6"' in (ROOT / "pyproject.toml").read_text("utf-8")


def test_dspy_s_disk_cache_which_unpickles_is_never_opened(tiny: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", COMPILE, f"{tiny}:task", COUNTING, str(tmp_path)]
    environment = {"DSPY_CACHEDIR": str(tmp_path / "cache"), "HOME": str(tmp_path)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "False"
    assert not (tmp_path / "cache").exists()
