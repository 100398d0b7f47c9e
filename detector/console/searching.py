"""Events that somebody may see, found by case, person, action and time, a page at a time.

An auditor sees all. A lead, who judges too, sees of open cases what he may hear of them, and never
which cases are golden.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from detector.cases.errors import Unknown
from detector.cases.record.store import Actor
from detector.cases.showing import reading

#: Events that one page looks through at most: it never takes long, and says where it stopped.
SPAN: Final = 100_000
#: Events that fit, of which it is looked up whether somebody may see them.
LOOKED: Final = 2_000
_HEARD: Final = ("judgement.", "letter.")
_GOLDEN: Final = "golden."
_COLUMNS: Final = "seq, at, person, role, action, case_id, hash"


@dataclass(frozen=True)
class Sought:
    """What is looked for; empty is everything. Times are days as text, the last one included."""

    case: str = ""
    person: str = ""
    action: str = ""
    since: str = ""
    until: str = ""
    before: int | None = None


@dataclass
class Found:
    """Events, the newest first; ``more`` is where the next page begins, if there is one."""

    rows: list[dict[str, Any]]
    first: int
    last: int
    more: int | None


@dataclass
class Sees:
    """What somebody may see of events; cases are looked up once."""

    connection: sqlite3.Connection
    by: Actor
    held: dict[str, tuple[bool, bool]] = field(default_factory=dict)

    def __call__(self, row: Mapping[str, Any]) -> bool:
        """Whether this event is one."""
        if "auditor" in self.by.roles:
            return True
        if row["case_id"] is None:
            return not row["action"].startswith(_GOLDEN)
        reads, hears = self._of(row["case_id"])
        return reads and (
            hears or not row["action"].startswith(_HEARD) or row["person"] == self.by.person
        )

    def _of(self, case_id: str) -> tuple[bool, bool]:
        if case_id not in self.held:
            try:
                case = reading.case_of(self.connection, case_id)
            except Unknown:
                self.held[case_id] = (False, False)
            else:
                reads = case["queue"] != "policy" or "counsel" in self.by.roles
                self.held[case_id] = (reads, reading.hears(self.connection, case, self.by))
        return self.held[case_id]


def search(connection: sqlite3.Connection, by: Actor, sought: Sought, most: int) -> Found:
    """Look for events, the newest first."""
    top = _top(connection)
    first = min(top, sought.before - 1) if sought.before is not None else top
    if sought.until:
        first = min(first, _first_from(connection, f"{sought.until}T~", top) - 1)
    end = _first_from(connection, sought.since, top) if sought.since else 1
    last = end if sought.case else max(end, first - SPAN + 1)
    sees, rows = Sees(connection, by), list[dict[str, Any]]()
    for looked, row in enumerate(connection.execute(*_query(sought, last, first))):
        if len(rows) == most or looked == LOOKED:
            # This event begins the next page.
            return Found(rows, first, row["seq"] + 1, row["seq"] + 1)
        if sees(row):
            rows.append(dict(row))
    return Found(rows, first, last, last if last > end else None)


def _query(sought: Sought, last: int, first: int) -> tuple[str, dict[str, Any]]:
    parts = ["seq BETWEEN :last AND :first"]
    given = {"last": last, "first": first, "case": sought.case, "person": sought.person,
             "action": sought.action}  # fmt: skip
    if sought.case:
        parts.append("case_id = :case")
    if sought.person:
        parts.append("person = :person")
    if sought.action:
        parts.append("substr(action, 1, length(:action)) = :action")
    # The conditions are those above: nothing that was asked becomes SQL.
    return (
        f"SELECT {_COLUMNS} FROM events WHERE {' AND '.join(parts)} ORDER BY seq DESC",  # noqa: S608
        given,
    )


def _top(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT ifnull(max(seq), 0) FROM events").fetchone()[0])


def _first_from(connection: sqlite3.Connection, at: str, top: int) -> int:
    """The first event at or after a time; times never fall, so it is found by halves."""
    low, high = 1, top + 1
    while low < high:
        middle = (low + high) // 2
        row = connection.execute("SELECT at FROM events WHERE seq = ?", (middle,)).fetchone()
        if row is not None and row["at"] < at:
            low = middle + 1
        else:
            high = middle
    return low
