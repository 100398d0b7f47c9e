"""What is told of all cases together: what is settled, how people judge, the head of the chain."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

import polars as pl
from werkzeug.exceptions import BadRequest

from detector.cases.leaving.labels import labels_of
from detector.cases.measuring.exploring import explored_of
from detector.cases.measuring.judged import golden_lower, shown_to
from detector.cases.record.anchors import ANCHORS, read_anchors
from detector.cases.record.store import head_of
from detector.console.api.schema import YES, Schema, number, text
from detector.console.api.table import Call, Told

MOST: Final = 1_000
LABELS: Final[Mapping[str, Schema]] = {
    "for_learning": YES, "after": text(100, description="`next` of the page before"),
    "limit": number(1, MOST),
}  # fmt: skip


class Labels:
    """Settled decisions, kept until something was written."""

    def __init__(self) -> None:
        self._held: tuple[int, bool, pl.DataFrame] | None = None

    def answer(self, call: Call) -> Told:
        """A page of the decisions that hold, by when they were settled."""
        learning = "for_learning" in call.query
        start, seq = _place(call.query.get("after"))
        with call.house.store.reading() as connection:
            now, rows = self._rows(connection, learning=learning)
        if seq not in (None, now):
            # A page of what was and the next of what is would lose and repeat decisions.
            raise BadRequest("something was settled meanwhile; begin without after")
        end = start + call.query.get("limit", MOST)
        more = f"{now}.{end}" if end < rows.height else None
        return Told({"total": rows.height, "items": rows[start:end].to_dicts(), "next": more})

    def _rows(self, connection: sqlite3.Connection, *, learning: bool) -> tuple[int, pl.DataFrame]:
        seq, held = head_of(connection).seq, self._held
        if held is None or held[:2] != (seq, learning):
            rows = labels_of(connection, golden_lower, for_learning=learning)
            held = self._held = (seq, learning, rows)
        return seq, held[2]


def _place(after: str | None) -> tuple[int, int | None]:
    """Where a page begins, and of which state of the cases."""
    if after is None:
        return 0, None
    seq, _, start = after.partition(".")
    if not (seq.isdecimal() and start.isdecimal() and seq.isascii() and start.isascii()):
        raise BadRequest("after is `next` of the page before")
    return int(start), int(seq)


def quality(call: Call) -> Told:
    """How people judge: own figures, and for a lead or an auditor those of all."""
    with call.house.store.reading() as connection:
        found = shown_to(connection, call.actor, call.now)
        wide = call.actor.roles & {"lead", "auditor"}
        missed = explored_of(connection, call.now) if wide else None
    return Told({
        "quality": [asdict(one) for one in found],
        "exploration": None if missed is None else asdict(missed),
    })  # fmt: skip


def head(call: Call) -> Told:
    """The head of the chain, when the folder was last found whole, and the last anchor."""
    with call.house.store.reading() as connection:
        last = head_of(connection)
        row = connection.execute(
            "SELECT at, events, head FROM verifications ORDER BY verification_id DESC LIMIT 1"
        ).fetchone()
    anchors = read_anchors(call.house.store.folder / ANCHORS)[-1:]
    verified: dict[str, Any] | None = None if row is None else dict(row)
    return Told({
        "head": asdict(last), "verified": verified,
        "anchor": asdict(anchors[0]) if anchors else None,
    })  # fmt: skip
