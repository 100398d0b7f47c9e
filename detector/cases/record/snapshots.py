"""What a person saw of a case, kept under the hash of its text when the run is long gone.

A snapshot is two texts: an open one, and a sealed one with what is closed until somebody has
judged (names and places, lane L, public notices). Each is canonical JSON that gives back the very
values of `detector.dossier.Case`, so a page made of it is the page of that day.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from types import UnionType
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

from detector import dossier
from detector.cases.errors import DamagedCases
from detector.cases.record.chain import sha256
from detector.cases.record.store import Writing
from detector.results.run import Run

FORMAT: Final = 1
#: Fields of a case that are sealed, and cells of a member's row.
SEALED: Final = ("identity", "policy", "leads")
SEALED_CELLS: Final = ("lane_l", "lane_e")
#: What a page of a case reads of the run; ``policy`` is sealed, and of it the lists alone.
_RUN: Final = ("as_of", "version", "model_id", "alpha", "missing_tables", "lanes")


def frozen(case: dossier.Case, run: Run) -> tuple[str, str]:
    """The open and the sealed text of a case as a run shows it."""
    held: dict[str, Any] = {field.name: getattr(case, field.name) for field in fields(case)}
    sealed: dict[str, Any] = {name: held.pop(name) for name in SEALED if name in held}
    cells = [_cells(row) for row in (case.lead, *case.members)]
    held["lead"], *members = [_without(row) for row in (case.lead, *case.members)]
    held["members"] = members
    counts = {name: len(rows) for name, rows in sealed.items()}
    counts |= {name: sum(len(row[name] or ()) for row in cells[1:]) for name in SEALED_CELLS}
    open_ = {"format": FORMAT, "case": held, "run": told_of(run), "sealed": counts}
    closed = {"format": FORMAT, "case": sealed, "cells": cells, "lists": _lists(case, run)}
    return _text(open_), _text(closed)


def told_of(run: Run) -> dict[str, Any]:
    """What a page of a case reads of the run it is of, in what JSON knows."""
    return {name: run[name] for name in _RUN if name in run}


def _cells(row: dossier.Row) -> dossier.Row:
    return {name: row.get(name) for name in SEALED_CELLS}


def _without(row: dossier.Row) -> dossier.Row:
    return {name: value for name, value in row.items() if name not in SEALED_CELLS}


def _lists(case: dossier.Case, run: Run) -> list[dict[str, Any]]:
    """The lists that lane L's rows name: a page tells their days."""
    named = {row["list_sha256"] for row in case.policy}
    told = getattr(run, "policy", None)
    found = [(one.sha256, one) for one in (told.lists if told else ()) if one.sha256 in named]
    return [one.model_dump(mode="json", exclude_unset=True) for _, one in found]


def thawed(text: str, sealed: str | None = None) -> dossier.Case:
    """The case of a snapshot; without the sealed text, what it holds is empty.

    Raises
    ------
    DamagedCases
        Where a text is of another format, or none.
    """
    return _case(_opened(text), None if sealed is None else _opened(sealed))


def told(text: str, sealed: str | None = None) -> tuple[dossier.Case, Run, dict[str, int]]:
    """All that a page asks of a snapshot: `thawed`, `run_told` and `counts_sealed` of one reading.

    Raises
    ------
    DamagedCases
        Where a text is of another format, or none.
    """
    held, closed = _opened(text), None if sealed is None else _opened(sealed)
    return _case(held, closed), _run(held, closed), dict(held["sealed"])


def _case(held: Mapping[str, Any], closed: Mapping[str, Any] | None) -> dossier.Case:
    case = dict(held["case"])
    rows = [case["lead"], *case["members"]]
    cells = closed["cells"] if closed else [{name: [] for name in SEALED_CELLS}] * len(rows)
    case["lead"], *case["members"] = [row | hidden for row, hidden in zip(rows, cells, strict=True)]
    case |= closed["case"] if closed else {}
    hints = _fields(dossier.Case)
    return dossier.Case(**{name: _made(hints[name], value) for name, value in case.items()})


def run_told(text: str, sealed: str | None = None) -> Run:
    """The parts of the run that a page of the case reads."""
    return _run(_opened(text), None if sealed is None else _opened(sealed))


def _run(held: Mapping[str, Any], closed: Mapping[str, Any] | None) -> Run:
    told = dict(held["run"])
    if closed is not None:
        told["policy"] = {"lists": closed["lists"]}
    return Run.told(told)


def counts_sealed(text: str) -> dict[str, int]:
    """How many rows of each kind are sealed: that much may be said of them."""
    return dict(_opened(text)["sealed"])


def keep(tx: Writing, text: str) -> str:
    """Store a text once, whoever shares it; its hash."""
    name = sha256(text)
    if not is_kept(tx.connection, name):
        tx.connection.execute(
            "INSERT INTO snapshots VALUES (?, ?) ON CONFLICT (sha256) DO UPDATE "
            "SET body = excluded.body", (name, zlib.compress(text.encode())),
        )  # fmt: skip
    return name


def is_kept(connection: sqlite3.Connection, name: str) -> bool:
    """Whether a text is there, and was not emptied when its time was over."""
    row = connection.execute(
        "SELECT 1 FROM snapshots WHERE sha256 = ? AND body IS NOT NULL", (name,)
    ).fetchone()
    return row is not None


def opened(connection: sqlite3.Connection, name: str) -> str:
    """The text that has a hash.

    Raises
    ------
    DamagedCases
        Where it is not there, or its time was over.
    """
    row = connection.execute("SELECT body FROM snapshots WHERE sha256 = ?", (name,)).fetchone()
    if row is None or row["body"] is None:
        raise DamagedCases(
            f"snapshot {name[:12]} is not kept: its case was erased, or the folder is damaged "
            "(see: enduse cases verify)"
        )
    return zlib.decompress(row["body"]).decode()


def _opened(text: str) -> dict[str, Any]:
    try:
        held = json.loads(text, object_hook=_back)
    except (ValueError, KeyError, TypeError, ArithmeticError) as error:
        raise DamagedCases(f"a snapshot cannot be read: {error}") from error
    if not isinstance(held, dict) or held.get("format") != FORMAT:
        raise DamagedCases(f"a snapshot is of another format than {FORMAT}; use a later version")
    return held


def _text(held: Mapping[str, Any]) -> str:
    return json.dumps(
        held, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=_marked
    )


def _marked(value: Any) -> dict[str, Any]:
    """What JSON does not know: a map of one key with a ``$``, which no column's name has."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    for type_, mark, tell in _MARKS:
        if isinstance(value, type_):
            return {mark: tell(value)}
    raise TypeError(f"a snapshot cannot hold {type(value).__name__}")


def _utc(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at.replace(tzinfo=UTC) if at.tzinfo is not None and not at.utcoffset() else at


_Mark = tuple[type, str, Callable[[Any], str]]
_MARKS: Final[Sequence[_Mark]] = (
    (datetime, "$time", datetime.isoformat), (date, "$date", date.isoformat),
    (Decimal, "$decimal", str),
)  # fmt: skip
_MADE: Final[Mapping[str, Callable[[str], Any]]] = {
    "$time": _utc, "$date": date.fromisoformat, "$decimal": Decimal,
}  # fmt: skip


def _back(held: dict[str, Any]) -> Any:
    """A map of the text as the value that it stands for."""
    if len(held) == 1:
        [(mark, value)] = held.items()
        if mark in _MADE:
            return _MADE[mark](value)
    return held


#: What is in the text as it is in a case.
_LEAVES: Final = (str, int, float, dossier.Row)


@cache
def _fields(type_: type) -> dict[str, Any]:
    """Fields of a record and their types."""
    return get_type_hints(type_)


def _made(hint: Any, value: Any) -> Any:
    """A value as a field of that type holds it."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return None if value is None else _made(inner[0], value)
    if origin is tuple:
        return tuple(value) if inner[0] in _LEAVES else tuple(
            _made(inner[0], item) for item in value)  # fmt: skip
    if is_dataclass(hint) and isinstance(hint, type):
        hints = _fields(hint)
        return hint(**{name: _made(hints[name], item) for name, item in value.items()})
    return _ordered(value) if origin is Mapping or hint is Mapping else value


def _ordered(value: Mapping[str, Any]) -> dict[str, Any]:
    """Totals in the order in which they are told."""
    return {name: value[name] for name in (*dossier.TOTALS, *value) if name in value}
