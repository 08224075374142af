"""Markdown as HTML for a page that narrow screens can read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it.token import Token


def to_html(markdown: str, below: int = 0) -> str:
    """Markdown, with tables, as HTML in which no text becomes markup, an image or a link. below: how many levels its
    headings go down, to be a part of a page.

    Each cell of a table names its column, so that a narrow screen can show a row as a list; roles say that it is a
    table all the same.
    """
    from markdown_it import MarkdownIt

    # What a model wrote may hold addresses; the page shows them and leads nowhere.
    parser = MarkdownIt("commonmark", {"html": False}).enable("table").disable(["image", "link", "autolink"])
    tokens = parser.parse(markdown)
    _name_cells(tokens)
    for token in tokens:
        if token.type.startswith("heading_"):
            token.tag = f"h{min(6, int(token.tag[1]) + below)}"
    return str(parser.renderer.render(tokens, parser.options, {}))


def _name_cells(tokens: Sequence[Token]) -> None:
    roles = {
        "table": "table",
        "thead": "rowgroup",
        "tbody": "rowgroup",
        "tr": "row",
        "th": "columnheader",
        "td": "cell",
    }
    head: list[str] = []
    column = 0
    for token, inside in zip(tokens, [*tokens[1:], None], strict=True):
        if token.nesting != 1 or token.tag not in roles:
            continue
        token.attrSet("role", roles[token.tag])
        if token.tag == "table":
            head = []
        elif token.tag == "tr":
            column = 0
        elif token.tag == "th" and inside is not None:
            token.attrSet("scope", "col")
            head.append(inside.content)
        elif token.tag == "td":
            if column == 0:
                token.attrSet("role", "rowheader")
            token.attrSet("data-column", head[column])
            column += 1
