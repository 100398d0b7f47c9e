"""Which usage of a state the clock allows now, whatever it allowed when files were taken in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from detector.pipeline.rolling import TIMED, held_rows
from detector.sources.ledger import Ahead, said_of_later, said_of_waiting, told_of
from detector.sources.times import FAR_AHEAD
from detector.state import Part, Store


@dataclass(frozen=True)
class Reach:
    """How far usage reaches.

    ``latest`` is the latest end that the clock allows, ``ahead`` what it does not allow.
    """

    latest: datetime | None
    ahead: Ahead


def reach(store: Store, parts: Iterable[Part], limit: datetime) -> Reach:
    """How far the live parts of usage reach, where no row counts that ends after ``limit``.

    Rows are read only of parts for which the clock has moved: what lay ahead when they were
    taken in has come, or what counted then lies ahead of a clock that was set back.
    """
    each = [_reach(store, part, limit) for part in parts if part.table == "usage"]
    ends = [one.latest for one in each if one.latest is not None]
    firsts = [one.ahead.first for one in each if one.ahead.first is not None]
    rows = sum(one.ahead.rows for one in each)
    return Reach(max(ends, default=None), Ahead(rows, min(firsts, default=None)))


def _reach(store: Store, part: Part, limit: datetime) -> Reach:
    latest, beyond = _moment(part.latest), _moment(part.beyond)
    known = latest if latest is not None and latest <= limit else None
    if latest == known and (beyond is None or (beyond > limit and part.ahead)):
        return Reach(known, Ahead(part.ahead, beyond) if beyond else Ahead())
    ends = pl.concat([_EMPTY, *(_used(rows) for rows in held_rows(store, part))])
    past = ends.filter(ends > limit)
    within = _later(known, _as_moment(ends.filter(ends <= limit).max()))
    return Reach(within, Ahead(len(past), _as_moment(past.min())))


def later(store: Store, parts: Iterable[Part], limit: datetime) -> dict[str, Ahead]:
    """The rows of other timed tables that end after ``limit``, by table: as-of comes to them."""
    found: dict[str, list[Ahead]] = {}
    for part in parts:
        horizon = _moment(part.horizon)
        if part.table in TIMED and part.table != "usage" and horizon and horizon > limit:
            found.setdefault(part.table, []).append(_later_rows(store, part, limit))
    return {
        table: Ahead(sum(one.rows for one in each), min(one.first for one in each if one.first))
        for table, each in found.items()
        if any(one.rows for one in each)
    }


def _later_rows(store: Store, part: Part, limit: datetime) -> Ahead:
    beyond = _moment(part.beyond)
    if beyond is not None and beyond > limit and part.ahead:
        return Ahead(part.ahead, beyond)
    ends = TIMED[part.table]
    past = [rows.select(ends).to_series() for rows in held_rows(store, part)]
    past = [times.filter(times > limit) for times in past]
    firsts = [first for times in past if (first := _as_moment(times.min())) is not None]
    return Ahead(sum(map(len, past)), min(firsts, default=None))


def said_of_clock(root: Path, limit: datetime) -> list[str]:
    """Sentences about rows of a state that are dated past the clock, as an ingest says them.

    Raises
    ------
    StateError
        Where the state, or a part that has to be read, is damaged.
    """
    store = Store(root)
    with store.reading() as manifest:
        live = manifest.live()
        far = [{FAR_AHEAD: rows} for rows in far_ahead(live).values()]
        return [
            *told_of(far),
            *said_of_waiting(reach(store, live, limit).ahead),
            *said_of_later(later(store, live, limit)),
        ]


def far_ahead(parts: Sequence[Part]) -> dict[str, int]:
    """Rows by table that stand in quarantine because they lie too far ahead to be read."""
    rows: dict[str, int] = {}
    for part in parts:
        if part.told.get(FAR_AHEAD):
            rows[part.table] = rows.get(part.table, 0) + part.told[FAR_AHEAD]
    return rows


def is_due(due: str | None, clock: datetime) -> bool:
    """Whether a time that lay too far ahead to be read has come near enough."""
    return due is not None and datetime.fromisoformat(due) <= clock


def misread(part: Part, clock: datetime) -> bool:
    """Whether another clock took a part in: its input is to be read again.

    It sets rows aside that have come near enough, or has let rows go that have not come yet.
    """
    settled = _moment(part.settled_until)
    return is_due(part.due, clock) or (settled is not None and settled > clock)


_EMPTY = pl.Series("ChargePeriodEnd", [], dtype=pl.Datetime("us", "UTC"))


def _used(rows: pl.DataFrame) -> pl.Series:
    return rows["ChargePeriodEnd"].filter(rows["ChargeCategory"] == "Usage")


def _moment(told: str | None) -> datetime | None:
    return None if told is None else datetime.fromisoformat(told)


def _as_moment(value: object) -> datetime | None:
    return value if isinstance(value, datetime) else None


def _later(a: datetime | None, b: datetime | None) -> datetime | None:
    return b if a is None else a if b is None else max(a, b)
