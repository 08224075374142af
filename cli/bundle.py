"""`studysmith export` and `verify`."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..programs.progress import progress_bar
from .options import AsJson, noun, show

if TYPE_CHECKING:
    from ..deploy.bundle.manifest import Manifest
    from ..programs.progress import Progress

app = noun()
QUANTIZE = (
    "keep (the model's own tensors, byte for byte), Q8_0, Q6_K, Q5_K_M, Q4_K_M, Q4_0, F16 or F32. A soft prompt fits "
    "the weights it was trained on: better give the format to `compile`."
)


@app.command()
def export(
    source: Annotated[
        str,
        typer.Argument(
            help="A run folder of `compile`; a model (a name, a GGUF file, ...), for the default planner with it; with "
            "--to also a bundle, or for adapters a run of `finetune`."
        ),
    ],
    out: Annotated[Path | None, typer.Option(help="Folder, or file, to write; bundles/planner if left out.")] = None,
    to: Annotated[
        str,
        typer.Option(
            help="bundle, web (a site that plans in the browser), messages, chat, adapters, mlx (for Mac, iPhone), "
            "modelfile, or ollama://NAME (models on the server at OLLAMA_HOST)."
        ),
    ] = "bundle",
    bits: Annotated[str | None, typer.Option(help="Of MLX: keep (the model file's own), 4, 6, 8, 16 or 32.")] = None,
    group_size: Annotated[int | None, typer.Option(help="Of MLX: weights to a scale, 32 or 64.")] = None,
    task: Annotated[str | None, typer.Option(help="path/to/file.py:name, where the run cannot name it.")] = None,
    quantize: Annotated[str, typer.Option(help=QUANTIZE)] = "keep",
    measure: Annotated[
        int, typer.Option(min=0, help="With --quantize: on so many test examples, what the format costs.")
    ] = 0,
    name: Annotated[str | None, typer.Option(help="Name of the bundle; the task's if left out.")] = None,
    anyway: Annotated[bool, typer.Option(help="Ship the winner even if it was not confirmed.")] = False,
    sign: Annotated[Path | None, typer.Option(help="A private Ed25519 key to sign the bundle with.")] = None,
    as_json: AsJson = False,
) -> None:
    """Freeze a program, prompt and weights, into one bundle. Of a run: the winner if it was confirmed, else the
    unchanged program. Of a model: the default planner with it. --to writes what other programs read."""
    from ..deploy.bundle.bundle import GOLDEN
    from ..deploy.bundle.golden import Golden
    from ..deploy.bundle.manifest import manifest_digest
    from ..optimizers.export import export
    from ..programs.errors import InputError

    settings: dict[str, Any] = {"task": task, "name": name, "quantize": quantize, "measure": measure, "anyway": anyway}
    chosen = {k: v for k, v in {"bits": bits, "group_size": group_size}.items() if v is not None}
    if to != "bundle":
        _export_to(to, source, out, sign, settings, chosen, as_json)
        return
    if chosen:
        raise InputError(f"{next(iter(chosen))}: is an option of --to mlx; leave it out, or give --to")
    target = out or Path("bundles/planner")
    with progress_bar() as progress:
        manifest = export(source, target, sign=sign, progress=progress, **settings)
    size = sum(entry.bytes for entry in manifest.files.values())
    lines = [f"{target}: {len(manifest.files)} files, {size / 1e6:.0f} MB, {manifest.method}"]
    golden, digest = Golden.load(target / GOLDEN), manifest_digest(target)
    lines.append(f"`verify` does again: whole runs {len(golden.examples)}, calls {len(golden.vectors)}.")
    named = f"Its digest, for `verify --digest`: {digest}"
    made = {**manifest.model_dump(mode="json"), "digest": digest}
    show(made, as_json, lambda: "\n".join([*lines, *_said(manifest, anyway, quantize), named]))


def _export_to(
    to: str,
    source: str,
    out: Path | None,
    sign: Path | None,
    settings: dict[str, Any],
    options: dict[str, Any],
    as_json: bool,
) -> None:
    from ..deploy.bundle.targets import SERVER, check_target, export_to, to_server
    from ..programs.errors import InputError

    serves = to.startswith(SERVER)
    if serves and (out is not None or options):
        raise InputError(f"{'out' if out else next(iter(options))}: is no option of --to {to}; leave it out")
    if not serves:
        check_target(to)
    if out is None and not serves:
        raise InputError(f"out: say where to write what --to {to} makes")
    if sign is not None:
        raise InputError("sign: a bundle can be signed; leave --to out, or --sign")
    with progress_bar() as progress, _frozen(to, source, settings, progress) as (ready, said):
        made = to_server(ready, to, progress) if out is None else export_to(to, ready, out, progress, **options)
        made += said
    show({"made": made}, as_json, lambda: "\n".join(made))


@contextmanager
def _frozen(to: str, source: str, settings: dict[str, Any], progress: Progress) -> Iterator[tuple[Path, list[str]]]:
    """What a target is made of: what it takes as it is, all else as a bundle that is gone afterwards."""
    from tempfile import TemporaryDirectory

    from ..deploy.bundle.targets import OF_MODELS
    from ..optimizers.export import export as freeze
    from ..optimizers.export import kind_of_source
    from ..programs.errors import InputError

    kind = kind_of_source(source)
    if kind == "bundle" or (kind == "model" and to in OF_MODELS):
        usual = inspect.signature(export).parameters
        for option, value in settings.items():
            if value != usual[option].default:
                raise InputError(f"{option}: is for what is frozen first, and {source} goes as it is; leave it out")
        yield Path(source), []
        return
    with TemporaryDirectory() as scratch:
        manifest = freeze(source, Path(scratch) / "bundle", progress=progress, **settings)
        yield Path(scratch) / "bundle", _said(manifest, settings["anyway"], settings["quantize"])


def _said(manifest: Manifest, anyway: bool, quantize: str) -> list[str]:
    from ..deploy.quality import stated

    lines = []
    if added := manifest.soft_bytes:
        parts = ", ".join(f"{part} {amount / 1e6:.1f}" for part, amount in added.items())
        lines.append(f"The soft prompts take {sum(added.values()) / 1e6:.1f} MB of it: {parts}.")
    lines += stated(manifest.quantization, manifest.quality, changed=quantize != "keep")
    if manifest.folds_system:
        lines.append("The chat template takes no system message: the prompts are written into the first user turn.")
    if manifest.method != "unchanged":
        return [*lines, manifest.verdict["reason"]]
    lines.append(f"This is the program as it was, with no prompt of the run in it: {manifest.verdict['reason']}.")
    if not anyway:
        lines.append("A larger budget may confirm a better one; --anyway ships the best that was found.")
    return lines


@app.command()
def verify(
    bundle: Annotated[Path | None, typer.Argument(help="A bundle.")] = None,
    key: Annotated[Path | None, typer.Option(help="The public key that the bundle must be signed with.")] = None,
    digest: Annotated[str | None, typer.Option(help="The digest that `export` printed for it.")] = None,
    fast: Annotated[bool, typer.Option(help="The hashes alone: nothing of the bundle is run.")] = False,
    messages: Annotated[Path | None, typer.Option(help="A folder of `export --to messages`, instead.")] = None,
    model: Annotated[str | None, typer.Option(help="With --messages: the server to ask, http://host/v1#name.")] = None,
    as_json: AsJson = False,
) -> None:
    """Check a bundle: file list, hashes, golden vectors; or whether a server answers its prompts the same. Exit code 1
    when anything differs."""
    from ..programs.errors import InputError

    if messages is not None:
        if bundle is not None or key is not None or digest is not None or fast or model is None:
            raise InputError("messages: takes --model, and neither a bundle nor --key, --digest or --fast")
        passed, problems, proof = *_server(messages, model), ""
    elif bundle is None or model is not None:
        raise InputError("bundle: give its folder (or --messages and --model)")
    else:
        passed, problems, proof = _bundle(bundle, key, digest, fast)
    lines = [*(f"ok    {line}" for line in passed), *(f"WRONG {line}" for line in problems)]
    lines += [proof] * bool(proof and not problems)
    result = {"ok": not problems, "passed": passed, "problems": problems, "proves": proof if not problems else ""}
    show(result, as_json, lambda: "\n".join(lines))
    raise typer.Exit(1 if problems else 0)


def _bundle(bundle: Path, key: Path | None, digest: str | None, fast: bool) -> tuple[list[str], list[str], str]:
    """What is as it was, what is not, and what that proves."""
    from ..deploy.bundle.sign import proves
    from ..deploy.bundle.verify import verify as check
    from ..deploy.errors import BundleError

    passed: list[str] = []
    try:
        with progress_bar() as progress:

            def each(stage: str, done: int, total: int, detail: str) -> None:
                passed.extend([detail] * bool(detail))
                progress(stage, done, total, detail)

            problems = check(bundle, each, key, digest, fast)
    except BundleError as error:
        if not bundle.is_dir():
            raise
        problems = [str(error)]
    return passed, problems, proves(bundle, key, digest, fast)


def _server(folder: Path, model: str) -> tuple[list[str], list[str]]:
    """The steps that a server answers as at export, and what it answers otherwise."""
    from ..deploy.bundle.messages import verify_messages

    with progress_bar() as progress:
        checked = verify_messages(folder, model, progress)
    passed = [
        f"{row.step}: {row.vectors} of {row.vectors} prompts have the same tokens and replies"
        for row in checked
        if not row.problems
    ]
    wrong = [row for row in checked if row.problems]
    totals = [
        f"{row.step}: of {row.vectors} vectors, {row.same_tokens} prompts and {row.same_replies} replies are the same"
        for row in wrong
    ]
    return passed, [*totals, *(problem for row in wrong for problem in row.problems)]
