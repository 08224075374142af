"""JSON schemas as grammars: what is accepted, the grammar itself, and the check of what came back.

Only keywords that every runtime enforces are accepted. llama.cpp's grammars, and so Ollama, ignore bounds of
non-integer numbers; llguidance drops the whole grammar, without a word, at a keyword that it does not know. So anything
else is refused by name, and each reply is checked against its schema.
"""

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Protocol

from pydantic.errors import PydanticUndefinedAnnotation, PydanticUserError
from pydantic.fields import FieldInfo

from ...programs.errors import InputError
from ...programs.reply_schema import reply_schema
from ...programs.text_reply import AS_TEXT
from ...programs.verbatim import WORDS_OF
from ..errors import CannotScore, OutputError, SchemaError, TruncatedOutput
from .base import MAX_SEED, Completion, Likelihoods, Message, Request
from .score import best_reply

Schema = dict[str, Any]

# WORDS_OF is an enumeration by the time that a request is made.
_ANNOTATIONS = {"title", "description", "default", "examples", "deprecated", "$schema", WORDS_OF, AS_TEXT}
_INTEGER_BOUNDS = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}
_KEYWORDS = {
    "object": {"properties", "required", "additionalProperties"},
    "array": {"items", "prefixItems", "minItems", "maxItems"},
    "string": {"minLength", "maxLength", "pattern"},
    "integer": _INTEGER_BOUNDS,
    "number": set[str](),
    "boolean": set[str](),
    "null": set[str](),
}
_DEFINITION = re.compile(r"#/\$defs/([^/]+)")
# A greedy reply that ran into its limit mostly runs in a circle, and would again: the second attempt samples.
_RETRY_TEMPERATURE, _RETRY_LENGTH = 0.7, 2


class Completer(Protocol):
    """The part of an engine that `complete_json` needs."""

    @property
    def context(self) -> int: ...

    def complete(self, request: Request) -> Completion: ...

    def score(self, messages: Sequence[Message], candidates: Sequence[str]) -> Likelihoods: ...


def check_schema(schema: Schema) -> Schema:
    """`schema` as the grammar takes it: annotations gone, objects closed that do not say otherwise.

    Accepted are types, `enum`, `const`, `anyOf`, `$ref` to `#/$defs/...`, properties and their `required` and
    `additionalProperties`, `items`, `prefixItems`, lengths of arrays and strings, `pattern`, and bounds of integers.
    Raises SchemaError naming the place and the keyword for anything else.
    """
    definitions = _mapping(schema.get("$defs", {}), "$.$defs")
    body = {key: value for key, value in schema.items() if key != "$defs"}
    checked = _check(body, "$", definitions)
    if definitions:
        checked["$defs"] = {
            name: _check(_mapping(part, f"$.$defs.{name}"), f"$.$defs.{name}", definitions)
            for name, part in definitions.items()
        }
    return checked


def check_outputs(step: str, fields: Mapping[str, FieldInfo]) -> None:
    """Raises InputError naming the step and the output field whose type no grammar can hold a reply to."""
    for name, field in fields.items():
        try:
            check_schema(reply_schema({name: field}))
        except (SchemaError, PydanticUserError, PydanticUndefinedAnnotation) as error:
            reason = str(error).partition("\n")[0]
            raise InputError(f"{step}.{name}: no grammar can hold a reply to this type ({reason})") from None


def grammar(schema: Schema) -> str:
    """The llguidance grammar for replies that follow `schema`, with no white space between values.

    Raises SchemaError like `check_schema`.
    """
    compact = {**check_schema(schema), "x-guidance": {"whitespace_flexible": False}}
    return "%llguidance {}\nstart: %json " + json.dumps(compact, ensure_ascii=False)


def parse_reply(completion: Completion, schema: Schema) -> Any:
    """The value of a reply. Raises TruncatedOutput if it was cut, OutputError if it does not follow `schema`."""
    import jsonschema

    if completion.finish_reason == "length":
        raise TruncatedOutput(f"the reply was cut after {completion.completion_tokens} tokens; raise max_tokens")
    try:
        value = json.loads(completion.text)
    except json.JSONDecodeError as error:
        raise OutputError(f"the reply is not JSON: {error}") from error
    try:
        jsonschema.validate(value, check_schema(schema))
    except jsonschema.ValidationError as error:
        raise OutputError(f"the reply breaks its schema at {error.json_path}: {error.message}") from error
    return value


def complete_json(engine: Completer, request: Request) -> tuple[Any, list[Completion]]:
    """The value of a reply that follows `request.schema`, and every completion that it took (one or two).

    A reply that is cut or wrong is asked for once more, twice as long as far as the context allows, sampled with
    another seed. A request that ranks is answered by the best value; by an engine that cannot score, by the one that it
    writes. Raises TruncatedOutput or OutputError if that fails too; nothing is ever repaired.
    """
    schema = request.schema
    if schema is None:
        raise SchemaError("$", "the request has none")
    if request.rank is not None:
        with suppress(CannotScore):
            best = best_reply(request, engine.score)
            return json.loads(best.text), [best]
        request = replace(request, rank=None)
    first = engine.complete(request)
    try:
        return parse_reply(first, schema), [first]
    except OutputError:
        second = engine.complete(_again(request, engine.context - first.prompt_tokens))
        return parse_reply(second, schema), [first, second]


def _again(request: Request, room: int) -> Request:
    return replace(
        request,
        max_tokens=min(request.max_tokens * _RETRY_LENGTH, room),
        temperature=max(request.temperature, _RETRY_TEMPERATURE),
        seed=(request.seed + 1) % MAX_SEED,
    )


def _check(schema: Schema, path: str, definitions: Schema) -> Schema:
    schema = {key: value for key, value in schema.items() if key not in _ANNOTATIONS}
    if "$ref" in schema:
        return _reference(schema, path, definitions)
    if "anyOf" in schema:
        _only(schema, {"anyOf"}, path, "beside anyOf")
        options = schema["anyOf"]
        if not isinstance(options, list) or not options:
            raise SchemaError(path, "anyOf must be a list of schemas")
        return {"anyOf": [_sub(part, f"{path}.anyOf[{i}]", definitions) for i, part in enumerate(options)]}
    if "enum" in schema or "const" in schema:
        _only(schema, {"enum", "const", "type"}, path, "beside enum or const")
        if "enum" in schema and (not isinstance(schema["enum"], list) or not schema["enum"]):
            raise SchemaError(path, "enum must be a list of at least one value")
        return schema
    kinds = schema.get("type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    for kind in kinds:
        if kind not in _KEYWORDS:
            raise SchemaError(path, f"type must be one of {', '.join(_KEYWORDS)}, not {kind!r}")
    _only(schema, {"type"}.union(*(_KEYWORDS[kind] for kind in kinds)), path, f"for type {' or '.join(kinds)}")
    return _check_parts(schema, kinds, path, definitions)


def _check_parts(schema: Schema, kinds: list[str], path: str, definitions: Schema) -> Schema:
    checked = dict(schema)
    if "pattern" in schema:
        _check_pattern(schema["pattern"], path)
    if "object" in kinds:
        properties = _mapping(schema.get("properties", {}), f"{path}.properties")
        checked["properties"] = {n: _sub(part, f"{path}.{n}", definitions) for n, part in properties.items()}
        more = schema.get("additionalProperties", False)
        if more is True:
            raise SchemaError(path, "additionalProperties must be false or a schema")
        checked["additionalProperties"] = more is not False and _sub(more, f"{path}.*", definitions)
    if "array" in kinds:
        if "items" not in schema and "prefixItems" not in schema:
            raise SchemaError(path, "an array needs items or prefixItems")
        # What follows a tuple's own items is closed, as extra properties are.
        rest = schema.get("items", False)
        checked["items"] = rest is not False and _sub(rest, f"{path}[]", definitions)
        if "prefixItems" in schema:
            parts = enumerate(schema["prefixItems"])
            checked["prefixItems"] = [_sub(part, f"{path}[{i}]", definitions) for i, part in parts]
    return checked


def _sub(schema: Any, path: str, definitions: Schema) -> Schema:
    return _check(_mapping(schema, path), path, definitions)


def _reference(schema: Schema, path: str, definitions: Schema) -> Schema:
    _only(schema, {"$ref"}, path, "beside $ref")
    match = _DEFINITION.fullmatch(str(schema["$ref"]))
    if not match or match[1] not in definitions:
        raise SchemaError(path, f"$ref must name a part of $defs, not {schema['$ref']!r}")
    return schema


def _mapping(value: Any, path: str) -> Schema:
    if not isinstance(value, dict):
        raise SchemaError(path, f"must be an object, not {value!r}")
    return value


def _only(schema: Schema, accepted: set[str], path: str, where: str) -> None:
    for keyword in schema:
        if keyword not in accepted:
            raise SchemaError(path, f"{keyword} is not supported {where}; use {', '.join(sorted(accepted))}")


def _check_pattern(pattern: Any, path: str) -> None:
    try:
        re.compile(pattern)
    except (re.error, TypeError) as error:
        raise SchemaError(path, f"pattern {pattern!r} is not a regular expression: {error}") from error
    if re.search(r"\(\?[=!<]|\\[1-9bB]", pattern):
        raise SchemaError(path, f"pattern {pattern!r} looks around or back, which a grammar cannot")
