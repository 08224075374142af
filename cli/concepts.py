"""`studysmith concepts`."""

from __future__ import annotations

from typing import Annotated

import typer

from .options import AsJson, noun, show

app = noun()


@app.command()
def concepts(
    words: Annotated[list[str] | None, typer.Argument(help="Words to look for, all of them.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the concepts of the curriculum that have all of the words in id, name, other names or objective.

    Exit code 1 when none has.
    """
    from ..programs.curriculum import curriculum
    from ..programs.request.topics.ids import nearest_names
    from ..programs.request.topics.names import names_of

    source, search = curriculum(), " ".join(words or ())
    wanted = search.casefold().split()
    rows, lines = [], []
    for concept in source.values():
        own = {concept.name.casefold(), concept.id.replace("-", " ")}
        names = [name for name in dict.fromkeys(names_of(concept.id, source)) if name.casefold() not in own]
        there = " ".join([concept.id, concept.name, *names, concept.objective]).casefold()
        if not all(word in there for word in wanted):
            continue
        about = {"id": concept.id, "name": concept.name, "strand": concept.strand, "level": concept.level}
        rows.append({**about, "aliases": names, "objective": concept.objective})
        # Of the many other names, those that are taught with it, and those that were looked for.
        shown = [n for n in names if n in concept.aliases or any(word in n.casefold() for word in wanted)]
        lines += [f"{concept.id:40} {concept.strand:16} {concept.name}", f"    also: {', '.join(shown)}"]
    if rows or as_json:
        show(rows, as_json, lambda: "\n".join(lines))
    if not rows:
        near = ", ".join(nearest_names(search, source))
        typer.echo(f"no concept matches {search!r}{f'; the nearest: {near}' if near else ''}", err=True)
        raise typer.Exit(1)
