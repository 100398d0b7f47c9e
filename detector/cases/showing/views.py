"""Filters of the queue under a name: a person's own, or everybody's where a lead shares them."""

from __future__ import annotations

import sqlite3
from typing import Any, Final

from detector.cases.errors import Refused
from detector.cases.record.store import SEQ, Actor, Writing
from detector.cases.showing.reading import READERS

#: Who may keep one: all who read cases but the auditor, who writes nothing.
SAVERS: Final = tuple(role for role in READERS if role != "auditor")
_NAME = 60
_QUERY = 600
_MOST = 50


def save(tx: Writing, by: Actor, name: str, query: str, *, shared: bool) -> int:
    """Keep filters under a name; one of that name is changed.

    Raises
    ------
    Refused
        Where the name is none, there are too many, or somebody who is no lead shares it.
    """
    name = name.strip()
    if not 0 < len(name) <= _NAME or len(query) > _QUERY:
        raise Refused(f"the name of a view has 1 to {_NAME} characters")
    role = by.acting_as("lead") if shared else by.acting_as(*SAVERS)
    mine = tx.all("SELECT * FROM views WHERE person = ?", by.person)
    old = next((row["view_id"] for row in mine if row["name"] == name), SEQ)
    if old == SEQ and len(mine) >= _MOST:
        raise Refused(f"{by.person} has {_MOST} views; drop one first")
    row = {"view_id": old, "person": by.person, "name": name, "query": query,
           "shared": int(shared)}  # fmt: skip
    return tx.record("view.saved", by, role, put=[("views", row)])


def drop(tx: Writing, by: Actor, view_id: int) -> None:
    """Forget a view of one's own.

    Raises
    ------
    Refused
        Where it is another's, or none.
    """
    row = tx.one("SELECT * FROM views WHERE view_id = ? AND person = ?", view_id, by.person)
    if row is None:
        raise Refused(f"view {view_id} is not one of {by.person}")
    tx.record("view.dropped", by, by.acting_as(*SAVERS), facts={"name": row["name"]},
              gone=[("views", {"view_id": view_id})])  # fmt: skip


def views_of(connection: sqlite3.Connection, person: str) -> list[dict[str, Any]]:
    """The views of a person, and those that are shared, by name."""
    rows = connection.execute(
        "SELECT * FROM views WHERE person = ? OR shared = 1 ORDER BY name, view_id", (person,)
    )
    return [dict(row) for row in rows]
