"""Replies that are text as it is: Markdown for a chat box, and no JSON.

``Annotated[str, as_text()]`` as the type of a signature's only output field says so. No grammar holds such a reply;
where there is one input as well, the question is its text alone, so that anybody can type it.
"""

from __future__ import annotations

from typing import Any

from pydantic import WithJsonSchema

AS_TEXT = "x-as-text"
"""The keyword of a reply's schema that says that its only field is the reply itself."""


def as_text() -> Any:
    """Metadata of a string that is the whole reply."""
    return WithJsonSchema({"type": "string", AS_TEXT: True})  # what a Field holds, DSPy replaces with its own


def text_field(schema: dict[str, Any]) -> str | None:
    """The name of the field that is the whole reply; None where the reply is JSON."""
    fields = schema.get("properties", {})
    marked = [name for name, field in fields.items() if field.get(AS_TEXT)]
    return marked[0] if marked and len(fields) == 1 else None
