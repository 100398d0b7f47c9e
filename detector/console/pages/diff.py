"""What changed of a case between two runs, as a page."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Final

from werkzeug.wrappers import Response

from detector.cases import reading
from detector.cases.differing import Difference, Tell, difference
from detector.cases.errors import Unknown
from detector.cases.snapshots import opened, thawed
from detector.cases.store import Actor
from detector.console.pages.kept import Row, runs_of
from detector.console.routes import Asked, Route
from detector.dossier import Case
from detector.report.units import feature_units
from detector.report.words import quantity, visible

#: What the parts of a difference are called.
HEADS: Final = {
    "members": "Accounts", "queues": "Queues", "place": "Score and rank", "ties": "Ties",
    "reasons": "Reasons", "against": "What speaks for an innocent reading",
    "typology": "Typology", "totals": "Totals of all accounts",
}  # fmt: skip


def since(connection: sqlite3.Connection, case_id: str, by: Actor) -> Difference | None:
    """What changed of a case since somebody looked at it; None where he never did."""
    row = connection.execute(
        "SELECT run FROM looks WHERE case_id = ? AND person = ?", (case_id, by.person)
    ).fetchone()
    rows = runs_of(connection, case_id, by)
    if row is None or row["run"] is None or not rows:
        return None
    # Of a day only the last run is kept, so what he saw may be what an earlier one showed.
    seen = [one for one in rows if one["run"] <= row["run"]] or rows[:1]
    return _between(connection, seen[-1], rows[-1])


def in_short(found: Difference, most: int = 6) -> list[str]:
    """The first sentences of each part in turn, for the page of the case."""
    rows = [list(changes) for changes in found.changes.values()]
    longest = max(map(len, rows), default=0)
    return [part[at].sentence for at in range(longest) for part in rows if at < len(part)][:most]


def telling(units: Mapping[str, str]) -> Tell:
    """How values of features are said with these units."""
    return lambda feature, value: quantity(value, units.get(feature, ""))


def _between(connection: sqlite3.Connection, before: Row, after: Row) -> Difference:
    two: list[Case] = [thawed(opened(connection, row["snapshot"])) for row in (before, after)]
    return difference(*two, telling(feature_units()))


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
            f"run {visible(text, 20)} is not kept of this case; there are {', '.join(numbers)}"
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
        rows = runs_of(connection, case_id, asked.actor)
        before, after, found = compared(connection, rows, asked.request.args)
    return asked.page(
        "diff.html.j2", case_id=case_id, found=found, heads=HEADS, runs=rows,
        before=before["run"], after=after["run"],
    )  # fmt: skip


_PLACE: Final = "/cases/<case_id>/diff"
ROUTES: Final = (Route(_PLACE, "diff", _page_of, frozenset(reading.READERS)),)
