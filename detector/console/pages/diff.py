"""What changed of a case between two runs, as a page."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

from werkzeug.wrappers import Response

from detector.cases.errors import Unknown
from detector.cases.record.snapshots import opened, thawed
from detector.cases.record.store import Actor
from detector.cases.showing import reading
from detector.cases.showing.differing import Difference, Tell, difference
from detector.console.kept import Row, snapshots_of
from detector.console.routes import Asked, Route
from detector.dossier import Case
from detector.report.units import feature_units
from detector.words import quantity, visible

#: Sentences on the page of a case; the page of the difference has all.
SHORT: Final = 6
#: What the parts of a difference are called.
HEADS: Final = {
    "members": "Accounts", "queues": "Queues", "place": "Score and rank", "ties": "Ties",
    "reasons": "Reasons", "against": "What speaks for an innocent reading",
    "typology": "Typology", "totals": "Totals of all accounts",
}  # fmt: skip


@dataclass(frozen=True)
class Since:
    """What changed since somebody looked: between which runs, how much, and the first of it."""

    seen: int
    last: int
    count: int
    sentences: tuple[str, ...]


def since(connection: sqlite3.Connection, case_id: str, by: Actor) -> Since | None:
    """What changed of a case after the run that somebody looked at; None where nothing did."""
    row = connection.execute(
        "SELECT run FROM looks WHERE case_id = ? AND person = ?", (case_id, by.person)
    ).fetchone()
    rows = snapshots_of(connection, case_id, by)
    if row is None or row["run"] is None or not rows:
        return None
    # Of a day only the last run is kept, so what he saw may be what an earlier one showed.
    seen = [one for one in rows if one["run"] <= row["run"]] or rows[:1]
    if seen[-1]["snapshot"] == rows[-1]["snapshot"]:
        return None
    found = _between(connection, seen[-1], rows[-1])
    if not found.count:
        return None
    return Since(seen[-1]["run"], rows[-1]["run"], found.count, tuple(in_short(found)))


def in_short(found: Difference) -> list[str]:
    """The first sentences, taken from each part in turn."""
    parts = [[change.sentence for change in changes] for changes in found.changes.values()]
    taken = [sentence for row in zip_longest(*parts) for sentence in row if sentence is not None]
    return taken[:SHORT]


def telling(units: Mapping[str, str]) -> Tell:
    """How values of features are said with these units."""
    return lambda feature, value: quantity(value, units.get(feature, ""))


def _between(connection: sqlite3.Connection, before: Row, after: Row) -> Difference:
    old, new = (_case(connection, row) for row in (before, after))
    models = (before["model_id"], after["model_id"])
    return difference(old, new, telling(feature_units()), models)


def _case(connection: sqlite3.Connection, row: Row) -> Case:
    return thawed(opened(connection, row["snapshot"]))


def _chosen(rows: Sequence[Row], asked: Mapping[str, str]) -> tuple[Row, Row]:
    """The two runs asked for; the last and the one before it where none is.

    Raises
    ------
    Unknown
        Where the case was not in such a run, or in one alone.
    """
    after = _run(rows, asked.get("to"), len(rows) - 1)
    return rows[_run(rows, asked.get("from"), max(0, after - 1))], rows[after]


def _run(rows: Sequence[Row], text: str | None, otherwise: int) -> int:
    numbers = [str(row["run"]) for row in rows]
    if not numbers:
        raise Unknown("no run is kept of this case, so there is nothing to compare")
    if not text:
        return otherwise
    if text not in numbers:
        raise Unknown(
            f"run {visible(text, 20)} is not kept of this case; kept: {', '.join(numbers)}"
        )
    return numbers.index(text)


def compared(
    connection: sqlite3.Connection, rows: Sequence[Row], asked: Mapping[str, str]
) -> tuple[Row, Row, Difference]:
    """The two runs of a case that are asked for (``from``, ``to``), and what differs."""
    before, after = _chosen(rows, asked)
    return before, after, _between(connection, before, after)


def _page_of(asked: Asked) -> Response:
    case_id = asked.parts["case_id"]
    with asked.house.store.reading() as connection:
        rows = snapshots_of(connection, case_id, asked.actor)
        before, after, found = compared(connection, rows, asked.request.args)
    return asked.page(
        "diff.html.j2", case_id=case_id, found=found, heads=HEADS, runs=rows,
        before=before, after=after,
    )  # fmt: skip


_PLACE: Final = "/cases/<case_id>/diff"
ROUTES: Final = (Route(_PLACE, "diff", _page_of, frozenset(reading.READERS)),)
