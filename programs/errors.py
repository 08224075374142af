"""What can go wrong in a way that is said in one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import ValidationError


class StudysmithError(Exception):
    """Root of all our own errors. The message is one line, fit for a user; anything else that is raised is a fault."""

    def __init__(self, message: str) -> None:
        # What is quoted from a broken file or from another library may hold line breaks.
        super().__init__(" ".join(message.split()))


class InputError(StudysmithError, ValueError):
    """What a user gave cannot be used; the message is one line that names the field and what is accepted."""


class Terminated(SystemExit):
    """SIGTERM, on its way through every ``finally``. Not to be taken for a ``sys.exit`` in a user's own code."""


@contextmanager
def users_code(what: str, where: str = "") -> Iterator[None]:
    """Around a call of what a user wrote: whatever it raises, ``sys.exit`` included, is an InputError ``what`` names.

    Errors of ours, which name their field themselves, and SIGTERM go through.
    """
    try:
        yield
    except (StudysmithError, Terminated):
        raise
    except (Exception, SystemExit) as error:
        raise InputError(f"{what} {type(error).__name__}: {error}{where}") from error


def explain(error: ValidationError) -> str:
    """The first problem of a validation, as ``field: what is accepted (got ...)``."""
    first = error.errors()[0]
    if not first["loc"] and first["type"] == "value_error":
        return first["msg"].removeprefix("Value error, ")  # a check across fields, which names them itself
    field = ".".join(_short(str(part)) for part in first["loc"]) or "input"
    given = _short(repr(first["input"]))
    return f"{field}: {first['msg'].removeprefix('Value error, ')} (got {given})"


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."
