"""Which columns of a file are read, and under which names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import dataframely as dy
import polars as pl

from detector.errors import DataError
from detector.sources.limits import SHOWN_COLUMNS
from detector.sources.text import printable
from features.tables import SCHEMAS, TABLES, Facts

REQUIRED: Final = Facts(lambda table: table.required)
"""Columns a file must have (contract, section 1)."""


@dataclass(frozen=True)
class Layout:
    """The columns of one table, as asked of one file."""

    table: str
    file: str

    def select(self, found: Sequence[str]) -> dict[str, str]:
        """Return {name in the file: name in the contract} for the columns to read.

        Names are compared exactly, else without regard to case.

        Raises
        ------
        DataError
            If a required column is missing; names the file, what is missing, what was found.
        """
        older = TABLES[self.table].older_names
        folded = {name.casefold(): name for name in reversed(found)}
        exact = set(found)
        chosen: dict[str, str] = {}
        for column in SCHEMAS[self.table].column_names():
            names = (column, *older.get(column, ()))
            present = (n if n in exact else folded.get(n.casefold()) for n in names)
            name = next((n for n in present if n is not None and n not in chosen), None)
            if name is not None:
                chosen[name] = column
        self._require(set(chosen.values()), found)
        return chosen

    def late(self, chosen: Mapping[str, str]) -> dict[str, str]:
        """Return {name: name in the contract} under which other columns may still come.

        The names are the contract's own, in small letters where the file's are.
        """
        record, got = TABLES[self.table], set(chosen.values())
        small = bool(chosen) and all(name == name.lower() for name in chosen)
        names = (
            (name.lower() if small else name, column)
            for column in SCHEMAS[self.table].column_names()
            if column not in got
            for name in (column, *record.older_names.get(column, ()))
        )
        return {name: column for name, column in names if name not in chosen}

    def _require(self, got: set[str], found: Sequence[str]) -> None:
        record = TABLES[self.table]
        missing = [c for c in record.required if c not in got]
        alternatives = record.one_of
        if alternatives and not got.intersection(alternatives):
            missing.append("one of " + ", ".join(alternatives))
        if not missing:
            return
        shown = ", ".join(printable(c, 60) for c in found[:SHOWN_COLUMNS]) or "no column"
        more = f" and {len(found) - SHOWN_COLUMNS} more" if len(found) > SHOWN_COLUMNS else ""
        raise DataError(
            f"{printable(self.file)} is not {record.file}: it lacks the column"
            f"{'s' if len(missing) > 1 else ''} {', '.join(missing)}; found {shown}{more}"
        )


def schema_of(table: str) -> pl.Schema:
    """Return the columns and types of a normalised table."""
    return _types(SCHEMAS[table])


@cache
def _types(schema: type[dy.Schema]) -> pl.Schema:
    return pl.Schema({name: column.dtype for name, column in schema.columns().items()})
