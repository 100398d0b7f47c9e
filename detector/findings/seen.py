"""How much accounts have of what features count, and from when to when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final

import polars as pl

from detector.findings.finding import Seen
from detector.findings.said import SAID
from detector.findings.subjects import Subject
from features.rollups import Rollups

SCHEMA: Final = pl.Schema(
    {
        "account_id": pl.String(), "subject": pl.Int64(), "count": pl.Int64(),
        "first": pl.Date(), "last": pl.Date(),
    }
)  # fmt: skip
_INSTANT: Final = pl.duration(microseconds=1)


def subjects() -> tuple[Subject, ...]:
    """What is counted: each subject of a finding that a rollup counts, in one order."""
    found = (finding.subject for finding in SAID.values())
    return tuple(dict.fromkeys(s for s in found if s is not None and s.rollup is not None))


def counted(rollups: Rollups, what: Sequence[Subject]) -> pl.DataFrame:
    """Count subjects in the trailing window.

    Parameters
    ----------
    rollups
        Those of the accounts that are asked for.
    what
        The subjects: ``subjects()``, so that numbers mean the same everywhere.

    Returns
    -------
    pl.DataFrame
        ``SCHEMA``: a row for each account and subject (its place in ``what``) that it has.
    """
    frames = {name: rollups.window(name) for name in _rollups_of(what)}
    parts = [
        _count(frames[subject.rollup], subject, number)
        for number, subject in enumerate(what)
        if subject.rollup is not None
    ]
    return pl.concat([SCHEMA.to_frame().lazy(), *parts]).collect()


def _rollups_of(what: Iterable[Subject]) -> list[str]:
    return sorted({subject.rollup for subject in what if subject.rollup is not None})


def _count(frame: pl.DataFrame, subject: Subject, number: int) -> pl.LazyFrame:
    first, last = _days(frame)
    rows = frame.lazy().filter(pl.col("account_id").is_not_null() & subject.among)
    return (
        rows.group_by("account_id")
        .agg(count=subject.count.cast(pl.Int64), first=first.min(), last=last.max())
        .filter(pl.col("count") > 0)
        .select("account_id", "count", "first", "last", subject=pl.lit(number, dtype=pl.Int64))
        .select(list(SCHEMA))
        .cast(SCHEMA)
    )


def _days(frame: pl.DataFrame) -> tuple[pl.Expr, pl.Expr]:
    """The days a row is about: its day, that of its time, or from its first to its last."""
    if "day" in frame.columns:
        return pl.col("day"), pl.col("day")
    if "time" in frame.columns:
        day = pl.col("time").dt.date()
        return day, day
    # What ends at midnight is no part of the next day.
    end = pl.max_horizontal("first", pl.col("last") - _INSTANT)
    return pl.col("first").dt.date(), end.dt.date()


def seen_in(rollups: Rollups, ids: pl.Series) -> pl.DataFrame:
    """``counted`` of some accounts: one pass over each rollup that counts anything."""
    what = subjects()
    return counted(rollups.of(ids, *_rollups_of(what)), what)


def asked_of(reasons: pl.DataFrame) -> pl.DataFrame:
    """``account_id`` and ``subject`` of the findings of some reasons (with ``feature``)."""
    place = {subject: number for number, subject in enumerate(subjects())}
    of = {name: place.get(one.subject) for name, one in SAID.items() if one.subject in place}
    number = pl.col("feature").replace_strict(of, default=None, return_dtype=pl.Int64)
    return reasons.select("account_id", subject=number).drop_nulls().unique()


def by_account(rows: pl.DataFrame) -> Mapping[tuple[str, Subject], Seen]:
    """Rows of ``SCHEMA`` by account and subject."""
    what = subjects()
    return {(account, what[number]): Seen(count, first, last)
            for account, number, count, first, last in _rows(rows)}  # fmt: skip


def _rows(rows: pl.DataFrame) -> Iterable[tuple[str, int, int, date | None, date | None]]:
    return rows.select(list(SCHEMA)).iter_rows()
