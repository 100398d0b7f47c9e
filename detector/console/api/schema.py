"""What a value is to be: a small part of JSON Schema, checked here and told in the document."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from werkzeug.exceptions import BadRequest

Schema = Mapping[str, Any]

#: The largest number that a table can hold.
_MOST: Final = (1 << 63) - 1
_NUMBER: Final = re.compile(r"-?[0-9]{1,19}")
_SHOWN: Final = 40
_TYPES: Final[Mapping[str, Callable[[Any], bool]]] = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
    "null": lambda value: value is None,
}


def text(most: int, least: int = 1, **more: Any) -> Schema:
    """Text of so many characters."""
    return {"type": "string", "minLength": least, "maxLength": most, **more}


def one_of(*words: str) -> Schema:
    """One of these words."""
    return {"type": "string", "enum": list(words)}


def number(least: int = 0, most: int = _MOST) -> Schema:
    """A whole number within bounds."""
    return {"type": "integer", "minimum": least, "maximum": most}


def several(items: Schema, most: int, least: int = 0) -> Schema:
    """A list."""
    return {"type": "array", "items": items, "minItems": least, "maxItems": most}


def record(*needed: str, **fields: Schema) -> Schema:
    """An object of these fields and of no others."""
    return {
        "type": "object", "properties": fields, "required": list(needed),
        "additionalProperties": False,
    }  # fmt: skip


def table_of(values: Schema, most: int) -> Schema:
    """An object whose names are data."""
    return {"type": "object", "additionalProperties": values, "maxProperties": most}


TIME: Final = text(40, format="date-time")
YES: Final[Schema] = {"type": "boolean", "enum": [True]}


def checked(schema: Schema, value: Any, where: str) -> Any:
    """The value, where it is what it should be.

    Raises
    ------
    BadRequest
        Where it is not, with the place and what was expected.
    """
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not any(_TYPES[kind](value) for kind in kinds):
        raise BadRequest(f"{where} is to be {' or '.join(kinds)}")
    if "enum" in schema and value not in schema["enum"]:
        raise BadRequest(f"{where} is to be one of {', '.join(map(_said, schema['enum']))}")
    if isinstance(value, str):
        _check_text(schema, value, where)
    elif isinstance(value, list):
        _check_size(schema, len(value), "Items", where)
        for item in value:
            checked(schema["items"], item, f"each of {where}")
    elif isinstance(value, dict):
        _check_object(schema, value, where)
    elif value is not None:
        _check_number(schema, value, where)
    return value


def from_text(schema: Schema, given: str, where: str) -> Any:
    """The value that a part of an address says.

    Examples
    --------
    >>> from_text(number(1, 500), "50", "limit"), from_text(YES, "true", "open")
    (50, True)
    """
    value: Any = given
    if schema["type"] == "integer" and _NUMBER.fullmatch(given):
        value = int(given)
    elif schema["type"] == "boolean" and given in ("true", "false"):
        value = given == "true"
    return checked(schema, value, where)


def _said(word: Any) -> str:
    return str(word).lower() if isinstance(word, bool) else str(word)


def _check_text(schema: Schema, value: str, where: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise BadRequest(f"{where} holds half a character, which is no text") from error
    _check_size(schema, len(value), "Length", where)
    if schema.get("format") == "date-time":
        time_in(value, where)


def time_in(given: str, where: str) -> datetime:
    """A time with its offset from UTC.

    Raises
    ------
    BadRequest
        Where the text is none.
    """
    try:
        found = datetime.fromisoformat(given)
        if found.tzinfo is None or not 1900 <= found.year < 9999:
            raise ValueError(given)
    except ValueError as error:
        raise BadRequest(f"{where} is to be a time as 2026-04-16T09:00:00Z") from error
    return found


def _check_size(schema: Schema, size: int, of: str, where: str) -> None:
    least, most = schema.get(f"min{of}", 0), schema.get(f"max{of}", _MOST)
    if not least <= size <= most:
        noun = {"Length": "characters", "Items": "entries", "Properties": "entries"}[of]
        raise BadRequest(f"{where} is to have {least} to {most} {noun}")


def _check_number(schema: Schema, value: float, where: str) -> None:
    least, most = schema.get("minimum", -_MOST), schema.get("maximum", _MOST)
    if not least <= value <= most:
        raise BadRequest(f"{where} is to be {least} to {most}")


def _check_object(schema: Schema, value: Mapping[str, Any], where: str) -> None:
    fields, rest = schema.get("properties", {}), schema["additionalProperties"]
    _check_size(schema, len(value), "Properties", where)
    missing = [name for name in schema.get("required", ()) if name not in value]
    if missing:
        raise BadRequest(f"{where} lacks {missing[0]}")
    for name, held in value.items():
        _check_text({}, name, f"a name in {where}")
        if name in fields:
            checked(fields[name], held, name)
        elif rest is False:
            raise BadRequest(f"{where} has no field {name[:_SHOWN]!r}; it has {', '.join(fields)}")
        else:
            checked(rest, held, f"each of {where}")
