"""The tables that are made of events, and how an event puts its rows into them.

An event carries the rows that it puts: ``put`` is a list of ``[table, row]``, where a row names
its key and the columns that change, and ``null`` in place of a row's other columns takes nothing
away. So the tables are what the events say, whether they were written one by one or made anew.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from detector.cases.errors import DamagedCases

#: Not made of events: secrets, and what may be lost without a decision being lost.
APART: Final = frozenset({"passwords", "leases", "sessions", "drafts", "looks", "once"})
#: Made of their own content or of nothing else.
ROOTS: Final = frozenset({"events", "snapshots", "sqlite_sequence"})

Row = Mapping[str, Any]
Put = tuple[str, Row]


@dataclass(frozen=True)
class Table:
    """One table: its columns in order, and its key."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]

    def upsert(self, given: Sequence[str]) -> str:
        """A statement that puts a row of these columns; others stay as they are."""
        rest = [name for name in given if name not in self.key]
        held = ", ".join(given)
        marks = ", ".join(f":{name}" for name in given)
        key = ", ".join(self.key)
        then = (
            f"UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in rest)}"
            if rest else "NOTHING"
        )  # fmt: skip
        # Names are those of the schema (see `statement`): nothing of an event becomes SQL.
        return (
            f"INSERT INTO {self.name} ({held}) VALUES ({marks}) "  # noqa: S608
            f"ON CONFLICT ({key}) DO {then}"
        )

    def update(self, given: Sequence[str]) -> str:
        """A statement that changes columns of a row that is there."""
        sets = ", ".join(f"{name} = :{name}" for name in given if name not in self.key)
        return f"UPDATE {self.name} SET {sets} WHERE {self._mine}"  # noqa: S608

    @cached_property
    def _mine(self) -> str:
        return " AND ".join(f"{name} = :{name}" for name in self.key)


class Tables:
    """The tables of a database that are made of events."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        names = [
            name for (name,) in connection.execute(
                "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name"
            )
        ]  # fmt: skip
        self.all = {name: _table(connection, name) for name in names if name not in APART | ROOTS}
        self._statements: dict[tuple[str, tuple[str, ...]], tuple[str, str | None]] = {}

    def put(self, connection: sqlite3.Connection, puts: Iterable[Put], case_id: str | None) -> None:
        """Put the rows of an event.

        Raises
        ------
        DamagedCases
            Where a row is of no table, of no column, or of another case than its event.
        """
        for name, row in puts:
            given = tuple(sorted(row))
            insert, update = self._statement(name, given)
            if "case_id" in row and row["case_id"] != case_id:
                raise DamagedCases(
                    f"an event of case {case_id} puts a row of {row['case_id']} into {name}; "
                    "events of a case hold its own rows only"
                )
            if update is None or not connection.execute(update, row).rowcount:
                connection.execute(insert, row)

    def take(
        self, connection: sqlite3.Connection, gone: Iterable[Put], case_id: str | None
    ) -> None:
        """Take away the rows that an event names by some of their columns.

        Raises
        ------
        DamagedCases
            Where the rows are of no table, or of another case than the event.
        """
        for name, row in gone:
            table = self.all.get(name)
            if table is None or not row or not set(row) <= set(table.columns):
                raise DamagedCases(f"an event takes {sorted(row)} from {name!r}, which is no table")
            if "case_id" in table.columns and row.get("case_id") != case_id:
                raise DamagedCases(f"an event of case {case_id} takes rows of another from {name}")
            mine = " AND ".join(f"{column} = :{column}" for column in sorted(row))
            connection.execute(f"DELETE FROM {name} WHERE {mine}", row)  # noqa: S608

    def _statement(self, name: str, given: tuple[str, ...]) -> tuple[str, str | None]:
        held = self._statements.get((name, given))
        if held is None:
            table = self.all.get(name)
            if table is None or not set(table.key) <= set(given) <= set(table.columns):
                raise DamagedCases(
                    f"an event puts {list(given)} into {name!r}, which is no row of a table"
                )
            # A row that changes some columns cannot be inserted where others must be given.
            update = table.update(given) if len(given) > len(table.key) else None
            held = self._statements[name, given] = (table.upsert(given), update)
        return held


def _table(connection: sqlite3.Connection, name: str) -> Table:
    told = connection.execute(f"PRAGMA table_info({name})").fetchall()
    key = tuple(row[1] for row in sorted(told, key=lambda row: row[5]) if row[5])
    return Table(name, tuple(row[1] for row in told), key)
