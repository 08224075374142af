"""What every optimizer is: a name, and a way to propose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from .bench import Bench
    from .candidate import Candidate


class Optimizer(Protocol):
    """Proposes prompts for a task. Everything else (engine, budget, journal, progress, judging) is the bench's.

    ``search`` yields candidates; each is a nominee for the final. It may ask ``bench.score(candidate)`` how good one
    is, or ``bench.halve(candidates)`` which are the best of many. It must follow from ``bench.seed`` and from scores
    alone: an interrupted search is begun again, and what was scored before is then known at no cost. It need not end:
    the bench ends it when the budget is spent.

    One that also has ``check(task)`` is asked before anything is loaded; it raises InputError for what it cannot use.

    One that does nothing but that, calls no model and keeps no files, may say ``many_workers = True``: then several
    processes can run it at once, and share the scoring (see ``SharedStudy``).
    """

    name: str

    @property
    def settings(self) -> Mapping[str, Any]:
        """All that changes what is proposed, as JSON; a run is not resumed under other settings."""

    def search(self, bench: Bench) -> Iterator[Candidate]: ...
