"""One compile by several workers: real processes on real storages."""

import math
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from multiprocessing import get_context
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from studysmith.deploy.errors import BudgetExceeded
from studysmith.deploy.journal import Journal
from studysmith.optimizers import shared_study
from studysmith.optimizers.result import Result
from studysmith.optimizers.run import Compiled, load_compiled
from studysmith.optimizers.shared_study import SharedStudy, open_storage
from studysmith.programs.errors import InputError

Compile = Callable[..., Result]
COUNTING = f"{Path(__file__).parent / 'counting_engine.py'}:CountingEngine"
CAP = 120
WORKER = """
import os, sys
from studysmith.cli import main
from studysmith.optimizers import shared_study

os.environ |= {environment}
sys.argv[1:] = {words}
shared_study.BEAT, shared_study.SILENT, shared_study.POLL = 1.0, float("{silent}"), 0.1
main()
"""
"""The command line, which takes others for dead after another time of silence."""
Start = Callable[..., BaseProcess]


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    """Where processes come from that have everything imported already, and nothing begun."""
    context = get_context("forkserver")
    context.set_forkserver_preload(
        ["dspy", "optuna", "sqlalchemy", "studysmith.cli.optimize", "studysmith.optimizers.api"]
    )
    return context


@pytest.fixture
def start(tiny: str, gguf: Path, tmp_path: Path, processes: ForkServerContext) -> Start:
    """Starts a worker: ``start(url, count)``, killed at call number ``kill_at``, if that is given.

    It takes others for dead only where ``silent`` says after how many seconds: on a busy machine one that lives waits
    for its turn at a storage, longest at a journal file, whose lock knows no order.
    """

    def run(url: str, count: str, kill_at: int = 0, silent: float = math.inf) -> BaseProcess:
        words = ["compile", "--task", f"{tiny}:sized", "--model", str(gguf)]
        words += ["--engine", COUNTING, "--lm-calls", str(CAP), "--out", str(tmp_path / "run"), "--storage", url]
        words += ["--examples", "6", "--finalists", "2", "--validation", "2", "--confirm", "8"]
        environment = {"COUNT_FILE": str(tmp_path / count), "KILL_AT": str(kill_at)}
        code = WORKER.format(environment=environment, words=words, silent=silent)
        process = processes.Process(target=exec, args=(code, {}))
        process.start()
        return process

    return run


@pytest.fixture
def alone(quick: Compile, tiny: str) -> Compiled:
    """What one worker without a storage comes to."""
    return quick(task=f"{tiny}:sized", lm_calls=CAP, out="alone", finalists=2).compiled


def calls(*counts: Path) -> int:
    return sum(count.stat().st_size for count in counts if count.exists())


def check(folders: list[Path], url: str, alone: Compiled) -> None:
    """One winner, which is that of a single worker; and nothing was scored twice."""
    for folder in folders:
        compiled = load_compiled(folder)
        assert compiled.finished
        assert (compiled.candidate, compiled.verdict) == (alone.candidate, alone.verdict)
    study, *others = (s for s in open_storage(url).get_all_studies() if s.study_name.count(" ") == 1)
    assert not others
    keys = Counter(trial.user_attrs["key"] for trial in open_storage(url).get_all_trials(study._study_id))
    scored = {key for key in keys if key.startswith(("fast ", "exact "))}
    assert scored
    assert {key: keys[key] for key in scored} == dict.fromkeys(scored, 1)


@pytest.fixture(params=["sqlite", "journal", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        return _new_database(str(request.getfixturevalue("postgres")))
    return f"sqlite:///{tmp_path / 'study.db'}" if request.param == "sqlite" else str(tmp_path / "study.log")


def _new_database(server: str) -> str:
    from sqlalchemy import create_engine, text

    name = f"study{time.time_ns()}"
    with create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    return f"{server}/{name}"


def test_two_workers_share_one_study_and_one_budget(start: Start, url: str, tmp_path: Path, alone: Compiled) -> None:
    workers = [start(url, f"count-{number}") for number in (1, 2)]
    for worker in workers:
        worker.join(300)
    assert [worker.exitcode for worker in workers] == [0, 0]
    folders = [tmp_path / "run", tmp_path / "run-2"]
    check(folders, url, alone)
    made = calls(tmp_path / "count-1", tmp_path / "count-2")
    assert made == alone.usage["lm_calls"]
    assert [load_compiled(folder).usage["lm_calls"] for folder in folders] == [made, made]


def test_the_other_worker_finishes_what_a_killed_one_had_begun(
    start: Start, url: str, tmp_path: Path, alone: Compiled
) -> None:
    killed = start(url, "count-1", kill_at=9)
    killed.join(300)
    assert killed.exitcode == -signal.SIGKILL
    storage = open_storage(url)
    [claims] = [s for s in storage.get_all_studies() if s.study_name.endswith(" claims")]
    running = [t for t in storage.get_all_trials(claims._study_id) if t.state.name == "RUNNING"]
    assert len(running) == 1
    (tmp_path / "run").rename(tmp_path / "gone")  # as on another machine: only its silence tells that it is dead
    other = start(url, "count-2", silent=2.0)  # no other one lives
    other.join(300)
    assert other.exitcode == 0
    check([tmp_path / "run"], url, alone)
    made = calls(tmp_path / "count-1", tmp_path / "count-2")
    usage = load_compiled(tmp_path / "run").usage["lm_calls"]
    assert alone.usage["lm_calls"] <= made <= usage <= CAP


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], SharedStudy]:
    """A worker with a folder of its own, on one journal file."""
    monkeypatch.setattr(shared_study, "BEAT", 0.05)
    monkeypatch.setattr(shared_study, "POLL", 0.05)

    def worker(name: str) -> SharedStudy:
        journal = Journal(tmp_path / name / "journal.jsonl", {"config": "c"}, key="key")
        return SharedStudy(str(tmp_path / "study.log"), "study", tmp_path / name, journal)

    return worker


def test_what_one_has_claimed_or_scored_is_not_the_other_s(make: Callable[[str], SharedStudy]) -> None:
    with make("one") as one, make("two") as two, one.claim(["a", "b"], 1, 10) as first:
        assert first == ["a", "b"]
        with two.claim(["a", "b", "c"], 1, 10) as second:
            assert second == ["c"]
        one.publish("a", {"score": 1.0})
        with two.claim(["a", "b", "c"], 1, 10) as second:
            assert second == ["c"]  # it was claimed, and then not scored
        with two.claim(["a", "b"], 1, 10) as nothing:
            assert nothing == []


def test_of_two_rows_the_first_one_counts_for_both(make: Callable[[str], SharedStudy]) -> None:
    with make("one") as one, make("two") as two:
        one.publish("plan", {"examples": 6})
        two.publish("plan", {"examples": 5})
        one.sync()
        assert one._journal.rows["plan"] == two._journal.rows["plan"] == {"key": "plan", "examples": 6}


def test_the_budget_is_one_for_all(make: Callable[[str], SharedStudy]) -> None:
    with make("one") as one, make("two") as two:
        with one.claim(["a", "b", "c"], 2, 9):
            with two.claim(["d", "e"], 2, 9) as second:
                assert second == ["d"]  # 6 calls may be made by the other one
            one.take(1)
        assert one.calls == two.calls == 1
        with two.claim(["d"], 2, 9):
            two.take(8)  # more than it was thought to take
            with pytest.raises(BudgetExceeded, match="9 calls"):
                two.take(1)
        assert one.calls == 9
        with pytest.raises(BudgetExceeded, match="9 calls"), one.claim(["e"], 1, 9):
            pass


def test_who_is_silent_is_dead_and_what_it_had_claimed_is_free_but_paid_for(
    make: Callable[[str], SharedStudy], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_study, "SILENT", 0.3)
    with make("one") as one, make("two") as two, one.claim(["a"], 4, 9) as first:
        assert first == ["a"]
        one._over.set()  # it beats no more
        end = time.monotonic() + 20
        while not (free := _claimed(two, "a")) and time.monotonic() < end:
            two.wait()
        assert free == ["a"]
        assert two.calls == 4
        one._over.clear()
        with one.claim(["b"], 1, 9) as after:  # it was only slow: it takes part again, as another one
            assert after == ["b"]
        assert two.workers == 3


def _claimed(study: SharedStudy, key: str) -> list[str]:
    with study.claim([key], 1, 9) as mine:
        return mine


def test_a_worker_in_the_folder_of_another_knows_that_that_one_is_dead(make: Callable[[str], SharedStudy]) -> None:
    dead = make("one")
    dead._join()
    dead._claim(["a"], 1, 9)
    with make("one") as again:
        assert _claimed(again, "a") == ["a"]


def test_an_optimizer_that_works_alone_is_refused(quick: Compile) -> None:
    with pytest.raises(InputError, match="soft works alone, in a folder of its own; text, knn, random can share"):
        quick("soft", lm_calls=40, storage="sqlite:///s.db")


def test_scores_that_the_storage_does_not_have_are_refused(quick: Compile, tmp_path: Path) -> None:
    quick(lm_calls=40)
    with pytest.raises(InputError, match=r"storage: .*run holds scores that are not in .*study\.log; name"):
        quick(lm_calls=60, storage=str(tmp_path / "study.log"))


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite:////no/such/folder/s.db", "unable to open database file"),
        ("nonsense://user:secret@host/x", "nonsense"),
        ("mysql://user:secret@host/x", "MySQLdb"),
        ("/proc/no/study.log", "journal file"),
    ],
)
def test_a_storage_that_cannot_be_used_is_one_line_without_a_password(quick: Compile, url: str, said: str) -> None:
    with pytest.raises(InputError, match=f"storage: cannot use .*{said}") as refused:
        quick(lm_calls=40, storage=url)
    assert "\n" not in str(refused.value)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("url", ["", " "])
def test_a_storage_without_a_name_is_not_taken_for_none(quick: Compile, url: str) -> None:
    with pytest.raises(InputError, match=r"^storage: the URL of an Optuna storage, or a journal file"):
        quick(lm_calls=40, storage=url)


def test_a_password_with_an_at_sign_is_not_taken_for_a_host(quick: Compile) -> None:
    with pytest.raises(InputError, match=r"^storage: an @ in a password is written as %40$"):
        quick(lm_calls=40, storage="postgresql+psycopg://user:sec@ret@127.0.0.1:1/x")


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL server that lives as long as these tests. Skips where it is not installed."""
    places = [*map(str, Path("/usr/lib/postgresql").glob("*/bin")), os.environ.get("PATH", "")]
    initdb, server = (shutil.which(name, path=os.pathsep.join(places)) for name in ("initdb", "postgres"))
    if not (initdb and server and find_spec("psycopg")):
        pytest.skip("needs PostgreSQL (initdb, postgres) and psycopg")
    user = None
    if os.geteuid() == 0:  # it refuses to run as root
        if "postgres" not in {each.pw_name for each in pwd.getpwall()}:
            pytest.skip("needs a user postgres, as root cannot run PostgreSQL")
        user = "postgres"
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    if user:
        shutil.chown(folder, user)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = str(folder / "data")
    subprocess.run([initdb, "-D", data, "-U", "study", "-A", "trust"], user=user, cwd=folder, check=True, stdout=-3)
    command = [server, "-D", data, "-p", str(port), "-h", "127.0.0.1", "-k", str(folder)]
    process = subprocess.Popen(command, user=user, cwd=folder, stderr=subprocess.DEVNULL)
    url = f"postgresql+psycopg://study@127.0.0.1:{port}"
    try:
        for _ in range(100):
            with socket.socket() as attempt:
                if attempt.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.2)
        yield url
    finally:
        process.send_signal(signal.SIGINT)  # it does not wait for those who are still connected
        process.wait(timeout=30)
        shutil.rmtree(folder, ignore_errors=True)
