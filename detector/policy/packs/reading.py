"""A pack from the bytes of its file: checked to the letter, refused with file and line."""

from __future__ import annotations

import difflib
import hashlib
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ValidationError

from detector.errors import PackError
from detector.policy.packs.lines import line_of
from detector.policy.packs.pack import Pack
from detector.policy.packs.shape import RULES, SCHEMA, Fact, Head, Rule, Tables
from detector.policy.packs.soundness import Problem, problems
from detector.terminal import safe_text

M = TypeVar("M", bound=BaseModel)
F = TypeVar("F", bound=Fact)

MOST_BYTES: Final = 256 << 10
MOST_LINE: Final = 2500
MOST_RULES: Final = 200
_SHOWN: Final = 3
_HEAD: Final = frozenset(field.alias or name for name, field in Head.model_fields.items())
_TABLES: Final = frozenset(Tables.model_fields)
#: pydantic's words for a wrong value, and what was expected instead.
_EXPECTED: Final = {
    "date_type": "expected a date without quotes, such as 2025-09-29",
    "string_type": "expected text in quotes",
    "int_type": "expected a whole number",
    "tuple_type": "expected a list in brackets, or a table in double brackets",
    "model_type": "expected a table",
    "too_long": "it is too long; split the pack",
    "too_short": "it is empty; name one at least, or leave the key out",
    "string_too_short": "it is empty; write it",
    "string_too_long": "it is too long; say it shorter",
}


def read_pack(data: bytes, name: str, *, shipped: bool) -> Pack:
    """Read one pack.

    Parameters
    ----------
    data
        The file's bytes.
    name
        The file, for messages.
    shipped
        Whether the file came with the product; another's verified facts name who verified.

    Raises
    ------
    PackError
        It is no pack. The message names file and line, and says what to do.
    """
    text = _text(data, name)
    document = _document(text, name)
    try:
        return _build(document, data, name, shipped=shipped)
    except _Unsound as unsound:
        raise PackError(_told(unsound.problems, text, name)) from None


class _Unsound(Exception):
    def __init__(self, found: Sequence[Problem]) -> None:
        super().__init__()
        self.problems = found


def _text(data: bytes, name: str) -> str:
    shown = safe_text(name, limit=200)
    if len(data) > MOST_BYTES:
        raise PackError(
            f"{shown}:1: the file has {len(data)} bytes, expected at most {MOST_BYTES}; "
            "split the pack, or check that this is one"
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise PackError(
            f"{shown}:{line}: byte {error.start} is not UTF-8; save the file as UTF-8"
        ) from None
    for number, line_text in enumerate(text.splitlines(), 1):
        if len(line_text) > MOST_LINE:
            raise PackError(
                f"{shown}:{number}: the line has {len(line_text)} characters, expected at most "
                f"{MOST_LINE}; break it"
            )
    return text


def _document(text: str, name: str) -> dict[str, Any]:
    shown = safe_text(name, limit=200)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PackError(
            f"{shown}:{_failed_at(text, str(error))}: not TOML: {safe_text(error, limit=200)}; "
            "`enduse policy show us-ear-affiliates --toml` prints a pack to start from"
        ) from None
    except (RecursionError, ValueError, OverflowError) as error:
        # Brackets within brackets, and numbers that Python does not take.
        raise PackError(
            f"{shown}:1: not a pack: {safe_text(error, limit=200)}; expected tables, text and "
            "dates, as in the packs that ship"
        ) from None


def _failed_at(text: str, message: str) -> int:
    _, _, place = message.rpartition("(at line ")
    number = place.split(",")[0]
    return int(number) if number.isdecimal() else max(1, len(text.splitlines()))


def _build(document: dict[str, Any], data: bytes, name: str, *, shipped: bool) -> Pack:
    _only_known_keys(document)
    head = _shaped(Head, {k: v for k, v in document.items() if k in _HEAD}, ())
    zone = _zone(head.zone)
    tables = _shaped(Tables, {k: v for k, v in document.items() if k in _TABLES}, ())
    rules = _rules(head.kind, document.get("rule", []))
    read_on = head.checked or _iso(head.version)
    tables = tables.model_copy(
        update={
            key: tuple(_dated(each, read_on) for each in getattr(tables, key)) for key in _TABLES
        }
    )
    found = problems(head, rules, tables, shipped=shipped)
    if found:
        raise _Unsound(found)
    ordered = sorted(tables.interval, key=lambda interval: interval.start)
    calendars = {
        rule.id: tuple(each for each in ordered if each.rule in (None, rule.id)) for rule in rules
    }
    return Pack(
        head, zone, rules, calendars, tables.group, tables.figure, tables.naming,
        hashlib.sha256(data).hexdigest(), name, shipped, {},
    )  # fmt: skip


def _only_known_keys(document: Mapping[str, Any]) -> None:
    known = _HEAD | _TABLES | {"rule"}
    strange = [key for key in document if key not in known]
    if strange:
        raise _Unsound([((key,), _unknown(key, known)) for key in strange])
    if document.get("schema") != SCHEMA or not _is_int(document["schema"]):
        said = "has no schema" if "schema" not in document else "has another schema"
        raise _Unsound([(("schema",), f"the pack {said}, expected schema = {SCHEMA}; write that")])


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _shaped(model: type[M], values: object, place: tuple[str | int, ...]) -> M:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise _Unsound([_problem(one, place, model) for one in error.errors()]) from None


def _rules(kind: str, found: object) -> tuple[Rule, ...]:
    model = RULES[kind]
    tables = [found] if isinstance(found, dict) else found
    if not isinstance(tables, list) or len(tables) > MOST_RULES:
        raise _Unsound([(("rule",), f"rule is no table, or above {MOST_RULES} of them")])
    if model is None:
        if tables:
            raise _Unsound([(("rule",), f"a pack of {kind} has no rules; leave [rule] out")])
        return ()
    return tuple(_shaped(model, table, ("rule", n)) for n, table in enumerate(tables))


def _dated(fact: F, read_on: date | None) -> F:
    return fact if fact.checked else fact.model_copy(update={"checked": read_on})


def _iso(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _zone(name: str) -> ZoneInfo:
    try:
        if name != "UTC" and "/" not in name:
            raise ValueError(name)
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise _Unsound(
            [(("zone",), f"zone is {safe_text(name, limit=80)!r}, expected UTC or a name such as "
              "America/New_York; if the name is right, install the zones: pip install tzdata")]
        ) from None  # fmt: skip


def _problem(error: Any, place: tuple[str | int, ...], model: type[BaseModel]) -> Problem:
    where = (*place, *error["loc"])
    key = ".".join(str(part) for part in where if not isinstance(part, int))
    kind = error["type"]
    if kind == "extra_forbidden":
        return where, _unknown(str(where[-1]), _keys(model, error["loc"]))
    if kind == "missing":
        return where, f"{key} is missing; add it"
    shown = safe_text(repr(error["input"]), limit=80)
    message = error["msg"].removeprefix("Value error, ")
    expected = _EXPECTED.get(kind, message[:1].lower() + message[1:])
    return where, f"{safe_text(key, limit=80)} is {shown}: {expected}"


def _keys(model: type[BaseModel], loc: Sequence[str | int]) -> Iterable[str]:
    """Keys that the table at `loc` may have."""
    for part in loc[:-1]:
        field = model.model_fields.get(str(part))
        inner = getattr(field.annotation, "__args__", ()) if field else ()
        model = next((each for each in inner if isinstance(each, type)), model)
    return [field.alias or name for name, field in model.model_fields.items()]


def _unknown(key: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(key[:64], sorted(known), n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"expected {', '.join(sorted(known))}"
    return f"unknown key {safe_text(key, limit=64)!r}; {hint}"


def _told(found: Sequence[Problem], text: str, name: str) -> str:
    """Every problem with its line, the first few of them."""
    shown = safe_text(name, limit=200)
    told = [f"{shown}:{line_of(text, place)}: {sentence}" for place, sentence in found[:_SHOWN]]
    return "; ".join(told) + ("; and more of the kind" if len(found) > len(told) else "")


def read_file(path: Path, *, shipped: bool) -> Pack:
    """Read one file, no more of it than a pack may have.

    Raises
    ------
    PackError
        It is no regular file, or no pack.
    """
    if not path.is_file():
        raise PackError(f"{safe_text(path, limit=200)}:1: not a regular file; expected a pack")
    with path.open("rb") as file:
        return read_pack(file.read(MOST_BYTES + 1), str(path), shipped=shipped)
