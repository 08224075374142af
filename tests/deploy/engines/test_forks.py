"""What an engine leaves behind: in children that were forked, and in memory."""

import subprocess
import sys
from pathlib import Path

import pytest

from ..gguf.tiny import CONTROL, write_tiny

pytestmark = [pytest.mark.model, pytest.mark.skipif(sys.platform != "linux", reason="forks and glibc are Linux's")]

# In a process of its own: were a child to wait for ever, the test must not. The grammar is what keeps a server.
ENGINE = """
import multiprocessing, os, sys
from studysmith.deploy.engines.base import Message, Request
from studysmith.deploy.engines.llamacpp import LlamaCppEngine
schema = {"type": "object", "properties": {"a": {"enum": ["x"]}}, "required": ["a"], "additionalProperties": False}
request = Request(messages=[Message(role="user", content="hi")], schema=schema, max_tokens=20)

def load():
    return LlamaCppEngine(sys.argv[1], context=64)

"""
FORKS = """
engine = load()
engine.complete(request)

def ask():
    assert engine.complete(request).token_ids

def open_one():
    with load() as own:
        assert own.complete(request).token_ids

for work in (lambda: None, ask, engine.close, open_one):
    child = os.fork()
    if not child:
        work()
        sys.exit(3)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    process.join()
    assert process.exitcode == 0
engine.complete(request)
engine.close()
child = os.fork()
if not child:
    sys.exit(3)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
"""
LOADS = """
import psutil

def megabytes():
    with load() as engine:
        engine.complete(request)
    return psutil.Process().memory_info().rss / 1e6

before, *_, after = [megabytes() for _ in range(10)][1:]
print(after - before)
"""


def test_a_forked_child_ends_with_its_own_exit_code_whatever_it_did(tmp_path: Path) -> None:
    path = write_tiny(tmp_path / "m.gguf", {"<s>": CONTROL, "</s>": CONTROL}, roles={"eos": "</s>"})
    subprocess.run([sys.executable, "-c", ENGINE + FORKS, str(path)], check=True, timeout=60)


def test_ten_loads_take_little_more_memory_than_two(model_path: Path) -> None:
    run = [sys.executable, "-c", ENGINE + LOADS, str(model_path)]
    done = subprocess.run(run, check=True, timeout=120, capture_output=True, text=True)
    assert float(done.stdout) < 60  # kept by the C library it was about 150
