"""Where the teaching of concepts and the templates of their tasks come from: the package's files, or a bundle's copy.

The package keeps a file for each concept, read when it is needed; a bundle has all of them in one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from .curriculum import DATA, CurriculumError
from .teaching import Teaching, Weights
from .variants import LEVELS, Level, Template, Variant, ends, pattern, variants
from .yaml_file import read_yaml

T = TypeVar("T")
_TEMPLATES: TypeAdapter[tuple[Template | None, ...]] = TypeAdapter(tuple[Template | None, ...])
_PARTS = ("teaching", "variants", "choice")
_ANY, _WEIGHTS = "patterns", "weights"


class Material:
    """What is written for concepts, by id.

    read: gives the raw content of a part ("teaching", "variants") for a concept, None where nothing is written; the
    part "teaching" of the concept "patterns" is what reads as well for any concept, and the part "choice" holds the
    weights of the prior.
    """

    def __init__(self, read: Callable[[str, str], Any]):
        self.read = read
        self.teaching = lru_cache(None)(self._teaching)
        self.templates = lru_cache(None)(self._templates)
        self.variants = lru_cache(None)(self._variants)
        self._forms = lru_cache(None)(self._forms_of)

    @property
    def patterns(self) -> Teaching:
        """The teaching that reads as well for any concept; its sentences have the slot ``{name}``."""
        found = self.teaching(_ANY)
        if found is None:
            raise CurriculumError("teaching: patterns: nothing is written for concepts in general")
        return found

    def about(self, concept: str) -> Teaching:
        """What is written for a concept, or else for any."""
        return self.teaching(concept) or self.patterns

    @cached_property
    def weights(self) -> Weights:
        """How instructions are ranked before a model is asked. Raises CurriculumError when there are no weights."""
        found = self._checked("choice", _WEIGHTS, Weights.model_validate)
        if found is None:
            raise CurriculumError("choice: weights: there are none")
        return found

    def _teaching(self, concept: str) -> Teaching | None:
        """What is written for a concept. Raises CurriculumError naming the concept and the field when it is broken."""
        return self._checked("teaching", concept, Teaching.model_validate)

    def _templates(self, concept: str) -> tuple[Template | None, ...]:
        """The templates of a concept's exercises, in their order; None where an exercise has none."""
        return self._checked("variants", concept, _TEMPLATES.validate_python) or ()

    def _variants(self, concept: str, index: int, level: Level = "usual") -> tuple[Variant, ...]:
        """The variants of one exercise of a concept; none if it has no template, or none of that level."""
        found = self.templates(concept)
        template = found[index] if index < len(found) else None
        return variants(template, f"{concept}/{index}", level) if template else ()

    def recognize(self, task: str, concepts: Iterable[str]) -> tuple[str, Variant] | None:
        """The concept and the variant whose task has this wording; None if it is no variant of these concepts."""
        for concept in concepts:
            for index, start, end, form in self._forms(concept):
                if task.startswith(start) and task.endswith(end) and form.fullmatch(task):
                    drawn = (v for level in LEVELS for v in self.variants(concept, index, level))
                    if found := next((v for v in drawn if v.task == task), None):
                        return concept, found
        return None

    def _forms_of(self, concept: str) -> list[tuple[int, str, str, re.Pattern[str]]]:
        """The tasks of a concept's templates: how each begins and ends, and its form."""
        given = [(index, template) for index, template in enumerate(self.templates(concept)) if template]
        return [(index, *ends(template), pattern(template)) for index, template in given]

    def dump(self, concepts: Iterable[str]) -> str:
        """All that is written for these concepts, as JSON that ``from_json`` reads."""
        names = [*concepts, _ANY, _WEIGHTS]
        raw = {part: {c: found for c in names if (found := self.read(part, c)) is not None} for part in _PARTS}
        return json.dumps(raw, ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Material:
        """What ``dump`` wrote. Raises ValueError when it is no JSON of this form."""
        raw = json.loads(text)
        if not isinstance(raw, dict) or not all(isinstance(raw.get(part), dict) for part in _PARTS):
            raise ValueError(f"an object with {' and '.join(_PARTS)} is needed")
        return cls(lambda part, concept: raw[part].get(concept))

    @classmethod
    def from_folder(cls, folder: Path = DATA) -> Material:
        """The files ``teaching/CONCEPT.yaml``, ``variants/CONCEPT.yaml``, ``teaching/patterns.yaml`` and
        ``choice/weights.yaml``."""
        return cls(lambda part, concept: _yaml(folder / part / f"{concept}.yaml"))

    def _checked(self, part: str, concept: str, check: Callable[[Any], T]) -> T | None:
        raw = self.read(part, concept)
        if raw is None:
            return None
        try:
            return check(raw)
        except ValidationError as error:
            first = error.errors()[0]
            raise CurriculumError(f"{part}: {concept}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def _yaml(path: Path) -> Any:
    if not path.is_file():
        return None
    from yaml import YAMLError

    try:
        return read_yaml(path)
    except YAMLError as error:
        raise CurriculumError(f"{path.name}: not YAML ({str(error).splitlines()[0]})") from None


@cache
def material() -> Material:
    """The built-in material."""
    return Material.from_folder()
