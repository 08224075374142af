"""Validators that users write for what a model answers: code, where a grammar and a bundle hold data.

One in the type of an output field runs while a program is compiled: a reply that it refuses scores 0. One in the body
of a signature is never run by DSPy, and no bundle runs either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from annotated_types import Predicate
from pydantic import AfterValidator, BaseModel, BeforeValidator, PlainValidator, WrapValidator

from .errors import InputError

if TYPE_CHECKING:
    import dspy

_KINDS = (AfterValidator, BeforeValidator, PlainValidator, WrapValidator, Predicate)


def check_validators(step: str, signature: type[dspy.Signature]) -> None:
    """Raises InputError naming the step whose signature has validators in its body."""
    if names := _own(signature):
        raise InputError(
            f"{step}: DSPy does not run the validator {names[0]} of a signature; put it into the field's type "
            "(Annotated[..., AfterValidator(...)])"
        )


def validated(annotation: Any, seen: frozenset[Any] = frozenset()) -> bool:
    """Whether a type, or any part of it, has a validator that somebody wrote."""
    if isinstance(annotation, _KINDS):
        return True
    if isinstance(annotation, type) and issubclass(annotation, BaseModel) and annotation not in seen:
        fields = annotation.model_fields.values()
        parts = [part for field in fields for part in (field.annotation, *field.metadata)]
        return bool(_own(annotation)) or any(validated(part, seen | {annotation}) for part in parts)
    return any(validated(part, seen) for part in (*get_args(annotation), *getattr(annotation, "__metadata__", ())))


def _own(model: type[BaseModel]) -> list[str]:
    found = model.__pydantic_decorators__
    return [*found.field_validators, *found.model_validators, *found.validators, *found.root_validators]
