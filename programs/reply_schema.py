"""Python types as JSON schemas that a grammar can hold a reply to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import ConfigDict, create_model
from pydantic.errors import PydanticInvalidForJsonSchema
from pydantic.fields import FieldInfo
from pydantic.json_schema import GenerateJsonSchema

_SHORT_MONTHS = "(0[469]|11)-(0[1-9]|[12][0-9]|30)"
_LONG_MONTHS = "(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])"
# Leap years but for those that end in 00: every date that fits exists, and it stays a pattern.
_DATE = (
    f"([12][0-9]{{3}}-({_LONG_MONTHS}|{_SHORT_MONTHS}|02-(0[1-9]|1[0-9]|2[0-8]))"
    "|[12][0-9](0[48]|[2468][048]|[13579][26])-02-29)"
)
_TIME = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
_UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_BOUNDS = {"ge", "gt", "le", "lt", "multiple_of", "max_digits", "decimal_places", "now_op"}
_DECIMAL = "-?(0|[1-9][0-9]{0,11})([.][0-9]{1,6})?"


def typed(field: FieldInfo) -> Any:
    """The type of a field with its constraints, which pydantic keeps apart."""
    return Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation


def reply_schema(fields: Mapping[str, FieldInfo]) -> dict[str, Any]:
    """JSON schema of a reply: an object with these fields in order, all required, nothing else.

    Raises pydantic's errors for a type that has no JSON schema.
    """
    typed_fields: dict[str, Any] = {name: (typed(field), ...) for name, field in fields.items()}
    model = create_model("Reply", __config__=ConfigDict(extra="forbid"), **typed_fields)
    return model.model_json_schema(schema_generator=_Enforceable)


class _Enforceable(GenerateJsonSchema):
    """Pydantic's schemas, but ``format``, which no grammar knows, is a pattern, and nothing may be left out."""

    def field_is_required(self, field: Any, total: bool) -> bool:
        # What may be left out reads back as its default: the reply and the value made of it would differ.
        return True

    def date_schema(self, schema: Any) -> dict[str, Any]:
        _refuse_bounds(schema)
        return _text(_DATE)

    def time_schema(self, schema: Any) -> dict[str, Any]:
        _refuse_bounds(schema)
        return _text(_TIME)

    def datetime_schema(self, schema: Any) -> dict[str, Any]:
        _refuse_bounds(schema)
        return _text(f"{_DATE}T{_TIME}" + "Z" * (schema.get("tz_constraint") == "aware"))

    def uuid_schema(self, schema: Any) -> dict[str, Any]:
        return _text(_UUID)

    def decimal_schema(self, schema: Any) -> dict[str, Any]:
        _refuse_bounds(schema)
        return _text(_DECIMAL)


def _refuse_bounds(schema: Any) -> None:
    """Raises pydantic's error for a bound that a pattern cannot hold, so that none is dropped."""
    if given := sorted(_BOUNDS & set(schema)):
        raise PydanticInvalidForJsonSchema(f"{given[0]} of type {schema['type']} is not supported")


def _text(pattern: str) -> dict[str, Any]:
    return {"type": "string", "pattern": f"^{pattern}$"}
