"""One compile by many workers: what is scored, who scores it and what it costs stand in an Optuna storage.

Every worker runs the same search. It follows from the seed and from scores, and the scores are shared, so all propose
the same candidates and come to the same winner; what they divide is the work. Three studies hold all that they share:

- ``NAME``: a trial for each score, its value. It is written once and stays; of two, the first one counts.
- ``NAME claims``: a trial for each batch that somebody has taken on, RUNNING until it is scored. Its value is the calls
  that it took. While it runs, and when its worker died, it counts with all the calls that it may take.
- ``NAME workers``: a trial for each worker, RUNNING as long as it beats. Who stops beating is marked as FAIL by the
  others, and what it had claimed is free again.

Storages number trials in the order in which they were added, and a trial is added with its attributes at once. So the
first of two claims is the same one for all, and so are the claims that a budget is enough for: those before which, and
with which, it is not spent. Nothing else has to be locked.
"""

from __future__ import annotations

import math
import re
import socket
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..deploy.errors import BudgetExceeded
from ..deploy.journal import Journal
from ..programs.errors import InputError

if TYPE_CHECKING:
    import optuna

BEAT, SILENT = 5.0, 30.0
"""Seconds between two signs of life, and without one until a worker counts as dead."""
POLL = 0.5
"""Seconds between two looks at whether others are done."""
OPENING = 5
"""Attempts at a storage in which another worker is just making the tables."""


class SharedStudy:
    """The part that this process takes in a compile of many workers; see above. A context manager.

    name: the same for all workers of one compile, and for no other. journal: of this worker's run folder; it has a copy
    of all scores. Raises InputError when the storage cannot be used.
    """

    def __init__(self, url: str, name: str, folder: Path, journal: Journal):
        self._journal, self._folder = journal, folder
        self._lock = threading.RLock()
        self._seen: dict[int, tuple[object, float]] = {}
        self._granted = self._used = self._extra = 0
        self._limit: float = math.inf
        storage = open_storage(url)
        self._scores, self._claims, self._workers = (
            _study(storage, name + part) for part in ("", " claims", " workers")
        )
        there = {trial.user_attrs["key"] for trial in self._scores.get_trials(deepcopy=False)}
        if any("score" in row and key not in there for key, row in journal.rows.items()):
            raise InputError(f"storage: {folder} holds scores that are not in {_shown(url)}; name another folder")
        self._url, self._read = url, 0

    def __enter__(self) -> SharedStudy:
        self._over = threading.Event()
        self._join()
        self.sync()
        self._beating = threading.Thread(target=self._beat, daemon=True)
        self._beating.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._beating.join()
        with suppress(Exception):  # it leaves either way, and the others will notice
            self._workers.tell(self._me, state=_state().PRUNED, skip_if_finished=True)

    @property
    def calls(self) -> int:
        """Calls that all workers made, and those that may be running."""
        return self._spent(self._claims.get_trials(deepcopy=False))

    @property
    def workers(self) -> int:
        """How many workers ever took part."""
        return len(self._workers.get_trials(deepcopy=False))

    def sync(self) -> None:
        """Copy what others have scored into the journal."""
        with self._lock:
            for trial in self._scores.get_trials(deepcopy=False)[self._read :]:
                self._journal.add(trial.user_attrs["key"], trial.user_attrs["row"])
                self._read += 1

    def publish(self, key: str, row: dict[str, Any]) -> None:
        """Let all have a row; where another one was there first, this worker has that one, too."""
        import optuna

        attributes = {"key": key, "row": row}
        self._scores.add_trial(optuna.create_trial(value=float(row.get("score", 0.0)), user_attrs=attributes))
        self.sync()

    @contextmanager
    def claim(self, keys: Sequence[str], calls_each: int, limit: float) -> Iterator[list[str]]:
        """Take on what nobody has scored or is scoring; nothing is left where others are at all of it.

        limit: calls of all workers together. Raises BudgetExceeded when they are not enough for one of the keys.
        """
        with self._lock:
            number, mine = self._claim(keys, calls_each, limit)
            self._granted, self._used, self._extra, self._limit = len(mine) * calls_each, 0, 0, limit
        try:
            yield mine
        finally:
            if mine:
                self._claims.tell(number, float(self._used - self._extra), skip_if_finished=True)
            self._granted = self._used = 0

    def take(self, calls: int) -> None:
        """Count calls that start now. Raises BudgetExceeded where they are more than was claimed and is left."""
        with self._lock:
            if (more := self._used + calls - self._granted) > 0:
                number, before = self._add_claim([], more)
                fits = before + more <= self._limit
                self._claims.tell(number, float(more if fits else 0))
                if not fits:
                    raise BudgetExceeded(f"the budget of {self._limit:g} calls is spent")
                self._granted, self._extra = self._granted + more, self._extra + more
            self._used += calls

    def wait(self) -> None:
        """Give the others time; then see what they did, and who of them is gone."""
        time.sleep(POLL)
        self._free_what_the_dead_claimed()
        self.sync()

    def _claim(self, keys: Sequence[str], calls_each: int, limit: float) -> tuple[int, list[str]]:
        """The number of a claim, and the keys that it is for; none where others are at all of them."""
        if self._workers.get_trials(deepcopy=False)[self._me.number].state != _state().RUNNING:
            self._join()  # it was silent for too long, and taken for dead
        while True:
            claims = self._claims.get_trials(deepcopy=False)
            self.sync()  # after the claims: what they are done with is there
            free = self._free(keys, claims)
            if not free:
                return -1, []
            fits = (limit - self._spent(claims)) // calls_each
            if fits < 1:
                raise BudgetExceeded(f"the budget of {limit:g} calls is spent")
            wanted = free[: int(min(fits, len(free)))]
            number, before = self._add_claim(wanted, len(wanted) * calls_each)
            earlier = self._claims.get_trials(deepcopy=False)[:number]
            self.sync()
            if before + len(wanted) * calls_each <= limit and self._free(wanted, earlier) == wanted:
                return number, wanted
            self._claims.tell(number, 0.0)  # somebody was quicker

    def _add_claim(self, keys: list[str], calls: int) -> tuple[int, int]:
        """The number of a new claim, and the calls of those before it."""
        import optuna

        name = uuid.uuid4().hex
        attributes = {"id": name, "worker": self._me.number, "keys": keys, "calls": calls}
        self._claims.add_trial(optuna.create_trial(state=_state().RUNNING, user_attrs=attributes))
        claims = self._claims.get_trials(deepcopy=False)
        number = next(claim.number for claim in reversed(claims) if claim.user_attrs["id"] == name)
        return number, self._spent(claims[:number])

    def _free(self, keys: Sequence[str], claims: Sequence[optuna.trial.FrozenTrial]) -> list[str]:
        """Keys that have no row, and that no running claim is for."""
        running = {key for claim in claims if claim.state == _state().RUNNING for key in claim.user_attrs["keys"]}
        return [key for key in keys if key not in self._journal.rows and key not in running]

    def _spent(self, claims: Sequence[optuna.trial.FrozenTrial]) -> int:
        complete = _state().COMPLETE
        return sum(int(c.value or 0) if c.state == complete else c.user_attrs["calls"] for c in claims)

    def _join(self) -> None:
        attributes = {"host": f"{socket.gethostname()} {uuid.getnode():x}", "folder": str(self._folder.resolve())}
        for worker in self._workers.get_trials(deepcopy=False, states=(_state().RUNNING,)):
            if all(worker.user_attrs.get(name) == value for name, value in attributes.items()):
                self._bury(self._workers, worker.number)  # this process holds its folder, so it is dead
        self._me = self._workers.ask()
        for name, value in attributes.items():
            self._me.set_user_attr(name, value)
        self._free_what_the_dead_claimed()

    def _beat(self) -> None:
        number = 0
        while not self._over.wait(BEAT):
            number += 1
            with suppress(Exception):  # a storage that does not answer now may answer the next time
                self._me.set_user_attr("beat", number)

    def _free_what_the_dead_claimed(self) -> None:
        # The claims first: whoever made one of them is among the workers then.
        claims = self._claims.get_trials(deepcopy=False, states=(_state().RUNNING,))
        alive = {self._me.number}
        for worker in self._workers.get_trials(deepcopy=False, states=(_state().RUNNING,)):
            beat, now = worker.user_attrs.get("beat"), time.monotonic()
            last, since = self._seen.get(worker.number, (None, now))
            if beat != last or worker.number not in self._seen:
                self._seen[worker.number] = beat, now
            elif now - since > SILENT and worker.number != self._me.number:
                self._bury(self._workers, worker.number)
                continue
            alive.add(worker.number)
        for claim in claims:
            if claim.user_attrs["worker"] not in alive:
                self._bury(self._claims, claim.number)

    @staticmethod
    def _bury(study: optuna.Study, number: int) -> None:
        study.tell(number, state=_state().FAIL, skip_if_finished=True)


def open_storage(url: str) -> optuna.storages.BaseStorage:
    """The storage at a URL of a database (``sqlite:///study.db``, ``postgresql://...``), or in a journal file."""
    from optuna.storages import JournalStorage, RDBStorage
    from optuna.storages.journal import JournalFileBackend

    if "://" not in url:
        path = Path(url)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            return JournalStorage(JournalFileBackend(str(path)))
        except (OSError, ValueError) as error:  # what is no JSON is a ValueError
            raise InputError(f"storage: cannot use {url} as a journal file ({error})") from None
    user, at, _ = url.partition("://")[2].partition("/")[0].rpartition("@")
    if at and "@" in user:
        raise InputError("storage: an @ in a password is written as %40")  # the rest of it would be taken for a host
    # A file that others are writing to is worth waiting for.
    patient = {"connect_args": {"timeout": 60}} if url.startswith("sqlite") else {"pool_pre_ping": True}
    for attempt in range(OPENING):
        try:
            return RDBStorage(url, engine_kwargs=patient)
        except Exception:
            if attempt == OPENING - 1:
                raise
            time.sleep(POLL)  # another worker may be making the tables at this moment
    raise AssertionError


def _study(storage: optuna.storages.BaseStorage, name: str) -> optuna.Study:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna.create_study(storage=storage, study_name=name, direction="maximize", load_if_exists=True)


def _state() -> type[optuna.trial.TrialState]:
    from optuna.trial import TrialState

    return TrialState


def _shown(url: str) -> str:
    """A URL without its password."""
    return re.sub(r"//[^@/]*@", "//...@", url)


@contextmanager
def storage_errors(url: str) -> Iterator[None]:
    """Whatever a storage raises says in one line what it is about. Raises InputError."""
    import optuna
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (optuna.exceptions.OptunaError, SQLAlchemyError, ImportError) as error:
        reason = re.sub(r"//[^@/]*@", "//...@", str(error.__cause__ or error).strip().split("\n")[0])
        raise InputError(f"storage: cannot use {_shown(url)} ({reason})") from error
