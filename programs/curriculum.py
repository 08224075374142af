"""The curriculum: a prerequisite graph of mathematics concepts, each with material whose answers were checked.

The data are the YAML files in ``programs/data/curriculum``, one per group of strands. Tests evaluate every ``check``
with SymPy, so a plan that only quotes this material never states a wrong answer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache, cached_property
from graphlib import CycleError, TopologicalSorter
from hashlib import sha256
from heapq import heappop, heappush
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .errors import StudysmithError
from .yaml_file import read_yaml

if TYPE_CHECKING:
    import networkx as nx

DATA = Path(__file__).parent / "data"


class CurriculumError(StudysmithError, ValueError):
    """A curriculum file is broken, or an unknown concept was asked for."""


class Exercise(BaseModel):
    """A task with its checked answer, and the answer that the concept's misconception leads to."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    task: str = Field(min_length=5, description="the task as a student reads it, complete in itself")
    answer: str = Field(min_length=1, description="the right answer, short, in plain text")
    check: str = Field(min_length=1, description="a SymPy expression that computes the answer")
    wrong: str = Field(min_length=1, description="what a student with the misconception answers")


class Concept(BaseModel):
    """One node of the curriculum."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    name: str = Field(min_length=3, description="what teachers call it")
    strand: str
    level: int = Field(ge=0, le=14, description="school year; 13 and 14 are first-year college")
    prerequisites: tuple[str, ...] = ()
    aliases: tuple[str, ...] = Field(default=(), description="other words that a student types for it")
    objective: str = Field(description="what the learner can do afterwards, starting with a verb")
    misconception: str = Field(description="a common wrong idea, as a sentence about the student")
    steps: tuple[str, ...] = Field(min_length=1, description="the worked solution of `example`")
    example: Exercise
    practice: tuple[Exercise, Exercise]

    @property
    def exercises(self) -> tuple[Exercise, ...]:
        return (self.example, *self.practice)


class Curriculum(Mapping[str, Concept]):
    """Concepts by id, with their prerequisite graph (edges point from prerequisite to dependent).

    Never changes, and equal to another one with the same concepts in the same order: what is looked up in a curriculum
    is cached by the curriculum, and the copy in a bundle shares the tables of the built-in one as long as it is one.
    """

    def __init__(self, concepts: Iterable[Concept]):
        self._concepts: dict[str, Concept] = {}
        for concept in concepts:
            if concept.id in self._concepts:
                raise CurriculumError(f"{concept.id}: two concepts have this id")
            self._concepts[concept.id] = concept
        for concept in self._concepts.values():
            for prerequisite in concept.prerequisites:
                if prerequisite not in self._concepts:
                    raise CurriculumError(f"{concept.id}: unknown prerequisite {prerequisite!r}")
        self._order = {c: i for i, c in enumerate(self._sorted())}
        self._digest = sha256("\n".join(c.model_dump_json() for c in self._concepts.values()).encode()).digest()
        self._hash = hash(self._digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Curriculum) and self._digest == other._digest

    def __hash__(self) -> int:
        return self._hash

    def __getitem__(self, concept_id: str) -> Concept:
        try:
            return self._concepts[concept_id]
        except KeyError:
            raise CurriculumError(f"unknown concept {concept_id!r}; `studysmith concepts` lists them") from None

    def __contains__(self, concept_id: object) -> bool:
        return concept_id in self._concepts

    def __iter__(self) -> Iterator[str]:
        return iter(self._concepts)

    def __len__(self) -> int:
        return len(self._concepts)

    def _sorted(self) -> Iterator[str]:
        """Prerequisites first; then by level, and within one as they stand in the files, which is how they are taught.

        Raises CurriculumError when there is no such order.
        """
        place = {concept_id: i for i, concept_id in enumerate(self._concepts)}
        sorter = TopologicalSorter({c.id: c.prerequisites for c in self._concepts.values()})
        try:
            sorter.prepare()
        except CycleError as error:
            raise CurriculumError(f"prerequisites form a cycle: {' -> '.join(error.args[1])}") from None
        open_: list[tuple[int, int, str]] = []
        while sorter.is_active():
            for concept_id in sorter.get_ready():
                heappush(open_, (self._concepts[concept_id].level, place[concept_id], concept_id))
            *_, first = heappop(open_)
            sorter.done(first)
            yield first

    @cached_property
    def graph(self) -> nx.DiGraph[str]:
        """The prerequisite graph. Planning does without it: networkx takes long to load."""
        import networkx as nx

        graph: nx.DiGraph[str] = nx.DiGraph()
        graph.add_nodes_from(self._concepts)
        graph.add_edges_from((p, c.id) for c in self._concepts.values() for p in c.prerequisites)
        return graph

    @cached_property
    def _dependents(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {c: [] for c in self._concepts}
        for concept in self._concepts.values():
            for prerequisite in concept.prerequisites:
                found[prerequisite].append(concept.id)
        return found

    def ancestors(self, concept_id: str) -> list[str]:
        """Every direct and indirect prerequisite, in teaching order."""
        found: set[str] = set()
        open_ = [*self[concept_id].prerequisites]
        while open_:
            if (concept := open_.pop()) not in found:
                found.add(concept)
                open_ += self._concepts[concept].prerequisites
        return self.in_order(found)

    def built_up(self, topics: Iterable[str], among: Collection[str]) -> list[str]:
        """The topics in the order given, and right before each those of ``among`` that it builds on; each once."""
        found: dict[str, None] = {}
        for topic in topics:
            found |= dict.fromkeys([*(c for c in self.ancestors(topic) if c in among), topic])
        return list(found)

    def successors(self, concept_id: str) -> list[str]:
        """The concepts that name this one as a prerequisite, in teaching order."""
        return self.in_order(self._dependents[self[concept_id].id])

    def in_order(self, concept_ids: Iterable[str]) -> list[str]:
        """The concepts in teaching order: prerequisites first, then by level and place in the files."""
        return sorted(set(concept_ids), key=lambda c: self._order[self[c].id])

    @classmethod
    def load(cls, folder: Path = DATA / "curriculum") -> Curriculum:
        """Read every ``*.yaml`` in a folder. Raises CurriculumError naming the file and the field."""
        concepts: list[Concept] = []
        for file in sorted(folder.glob("*.yaml")):
            for raw in read_yaml(file):
                try:
                    concepts.append(Concept.model_validate(raw))
                except ValidationError as error:
                    where = ".".join(map(str, error.errors()[0]["loc"]))
                    raise CurriculumError(
                        f"{file.name}: {raw.get('id', '?')}: {where}: {error.errors()[0]['msg']}"
                    ) from None
        if not concepts:
            raise CurriculumError(f"no concepts in {folder}")
        return cls(concepts)


@cache
def curriculum() -> Curriculum:
    """The built-in curriculum."""
    return Curriculum.load()
