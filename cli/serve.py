"""`studysmith serve`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ..deploy.models import DEFAULT_MODEL
from .options import AskedModel, noun

app = noun()


@app.command()
def serve(
    bundle: Annotated[Path | None, typer.Argument(help="A planner's bundle; the embedded planner if left out.")] = None,
    model: AskedModel = DEFAULT_MODEL,
    host: Annotated[str, typer.Option(help="Address to listen on; beyond 127.0.0.1 a token guards it.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes any that is free.")] = 8017,
    report: Annotated[Path | None, typer.Option(help="A folder of `compare`, to be read at /report.")] = None,
) -> None:
    """Serve the planner's page on this machine, planned by the local model. Ctrl-C ends it."""
    from ..programs.errors import InputError

    page = _report(report) if report else None
    try:
        from ..deploy.web.server import listen
        from ..deploy.web.server import serve as serve_page
    except ModuleNotFoundError as missing:
        raise InputError(f"serve: {missing.name} is missing; pip install 'studysmith[serve]'") from None
    from ..deploy.planner import default_planner, load_planner
    from ..deploy.web.service import Service

    listening, address, token = listen(host, port)
    with (
        listening,
        load_planner(bundle, None if model == DEFAULT_MODEL else model)
        if bundle
        else default_planner(model) as planner,
    ):
        typer.echo(f"The planner is at {address} (Ctrl-C ends it)", err=True)
        if page:
            typer.echo(f"The report is at {address}report", err=True)
        if token:
            typer.echo("Everybody with this address can use the planner; it is not encrypted.", err=True)
        sys.stderr.flush()
        serve_page(Service(planner, bundle), listening, token, page)
    typer.echo("stopped", err=True)


def _report(folder: Path) -> str:
    """The page of a comparison, made anew from its data."""
    from pydantic import ValidationError

    from ..optimizers.compare import DATA, MethodComparison
    from ..optimizers.report.page import report_html
    from ..programs.errors import InputError, explain
    from ..programs.text_file import read_text

    path = folder / DATA if folder.is_dir() else folder
    if not path.is_file():
        raise InputError(f"report: a folder that `compare` has written ({folder} holds no {DATA})")
    try:
        return report_html(MethodComparison.model_validate_json(read_text(path, "report")))
    except ValidationError as error:
        raise InputError(f"report: {path}: {explain(error)}; compare again") from None
