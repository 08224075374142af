"""`studysmith practice`."""

from __future__ import annotations

from typing import Annotated

import typer

from .options import AsJson, noun, show
from .sentence import OneSentence

app = noun()


@app.command(cls=OneSentence)
def practice(
    concept: Annotated[str, typer.Argument(help="A concept of the curriculum: its id, or what people call it.")],
    count: Annotated[int, typer.Option(help="How many tasks, 1 to 200.")] = 10,
    seed: Annotated[int, typer.Option(help="Another seed, another sheet.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Print a sheet of fresh, checked tasks on one concept, with the answers apart."""
    from ..programs.curriculum import curriculum
    from ..programs.material import material
    from ..programs.request.topics.ids import concept_named
    from ..programs.sheet import practice_sheet

    source = curriculum()
    name = concept_named(concept, source)
    tasks = practice_sheet([name], count, seed, source, material())

    def sheet() -> str:
        asked = "\n".join(f"{i}. {t.task}" for i, t in enumerate(tasks, 1))
        answers = "\n".join(f"{i}. {t.answer}" for i, t in enumerate(tasks, 1))
        return f"# {source[name].name}\n\n{asked}\n\n## Answers\n\n{answers}"

    show([t.model_dump() for t in tasks], as_json, sheet)
