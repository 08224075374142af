"""`studysmith phone`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ..deploy.models import DEFAULT_MODEL
from .options import AsJson, noun, show

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table

    from ..deploy.phone import PhoneReport

app = noun()


@app.command()
def phone(
    bundle: Annotated[str, typer.Argument(help="A bundle; or a model, as --model takes it.")] = DEFAULT_MODEL,
    sources: Annotated[
        bool, typer.Option("--sources", help="Also how each number comes about, and where it is from.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say on which iPhones a bundle fits, how fast it can be there at most, and which apps open it. Without one, of the
    default planner on the embedded model."""
    from ..deploy.phone import phone_report

    found = phone_report(bundle)
    show(found, as_json, lambda: _page(found, sources))


def _page(found: PhoneReport, sources: bool) -> Group:
    from rich.console import Group

    parts: list[str | Table] = [found.answer, _phones(found)]
    if found.prompts:
        parts.append("First token: under a text / a soft prompt, an estimate from one published speed.")
    parts += _apps(found, sources)
    if sources:
        parts += [*_prompts(found), *_arithmetic(found), *_published(found), "Sources:"]
        parts += [f"  {name}: {text}" for name, text in found.sources.items()]
    return Group(
        *parts, "Nothing here was measured on a phone" + ("." if sources else "; --sources has the numbers' sources.")
    )


def _arithmetic(found: PhoneReport) -> list[str]:
    need = found.need
    return [
        f"Memory: {need.file / 1e9:.2f} GB weights, {need.kv_cache / 1e9:.2f} KV cache at its context of "
        f"{need.context} tokens, {found.margin_bytes / 1e9:.1f} for the app and its buffers.",
        f"One token reads {need.read / 1e9:.3f} GB, so speed is at most bandwidth / {need.read / 1e9:.3f} GB.",
    ]


def _phones(found: PhoneReport) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, padding=0)
    timed = any(fit.first_token for fit in found.phones)
    for name in ("phone", "chip", "GB", "app may use", "fits", "tokens/s", *["first token, s"] * timed):
        table.add_column(name, justify="left" if name in ("phone", "chip", "fits") else "right", no_wrap=True)
    for fit in found.phones:
        phone = fit.phone
        fits = "yes" if fit.fits else "with entitlement" if fit.fits_entitled else "no"
        row = [phone.name, phone.chip, f"{phone.memory_gb:g}", f"{phone.limit_gb:g}-{phone.entitled_gb:g}", fits]
        row.append(f"<{fit.most_tokens_per_second:.0f}")
        if fit.first_token:
            text, soft = fit.first_token
            row.append(f"~{'?' if text is None else f'{text:.2f}'} / {soft:.2f}")
        table.add_row(*row)
    return table


def _prompts(found: PhoneReport) -> list[str]:
    lines = ["The longest known prompt of each step:"] if found.prompts else []
    for prompt in found.prompts:
        text = "no text known" if prompt.text is None else f"{prompt.text} tokens as text"
        lines.append(f"  {prompt.step}: {text}, {prompt.soft} as a soft prompt; frozen as {prompt.frozen}")
    return lines


def _published(found: PhoneReport) -> list[str]:
    lines = ["Published speeds beside the bound of the same arithmetic:"]
    for each in found.published:
        p, bound = each.published, each.most_tokens_per_second
        lines.append(
            f"  {p.model}, {p.bits} bits, {p.phone}, {p.runtime}: {p.tokens_per_second:.0f} tokens/s of at most "
            f"{bound:.0f} ({100 * p.tokens_per_second / bound:.0f} %; {p.source})"
        )
    return lines


def _apps(found: PhoneReport, sources: bool) -> list[str]:
    lines = ["What opens it (formats are those of `export --to`):"]
    for each in found.apps:
        if each.formats or sources:
            lines.append(f"  {each.app}: {', '.join(each.formats) or 'nothing of this'}; {each.says}")
    return lines
