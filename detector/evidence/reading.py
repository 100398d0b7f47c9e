"""Rows of a table of some accounts, in the window of a run, up to its as-of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import polars as pl

from detector.sources import Source
from features.rollups import Rollups, Sums, complete, rollup
from features.tables import TABLES, names
from features.tables.known import Known
from features.types import UTC_TIME

WINDOW: Final = timedelta(days=Rollups.window_days)
ACCOUNT: Final = "account"
"""The column that says whose row it is."""
# Facts of all accounts: who made what when, and what was decided.
_RECORDS: Final = names(lambda table: table.kept_whole and table.watermark is None)
_DEVICES: Final = ("instance_id", "gpu_uuid")


@dataclass(frozen=True)
class Reader:
    """Reads what a run read, of a few accounts."""

    logs: Source
    as_of: datetime

    @property
    def start(self) -> datetime:
        """The first moment of the window."""
        day = self.as_of - WINDOW
        return day.replace(hour=0, minute=0, second=0, microsecond=0)

    def has(self, table: str) -> bool:
        """Whether the table is there."""
        return table in self.logs.tables()

    def rows(
        self, table: str, ids: Iterable[str], among: pl.Expr | None = None, *, window: bool = True
    ) -> pl.DataFrame:
        """The rows of some accounts, as typed, with ``ACCOUNT``; the newest first.

        Parameters
        ----------
        among
            Which of them, over the table's columns and ``ACCOUNT``; all by default.
        window
            Whether those before the window are left out.
        """
        known = pl.Series(sorted(ids), dtype=pl.String)
        whose = self._whose(table, known)
        parts = []
        for part in self._parts(table):
            mine = whose(part).filter(pl.col(ACCOUNT).is_in(known.implode()))
            seen = mine.filter(self._seen(table, window=window))
            parts.append(seen if among is None else seen.filter(among))
        empty = TABLES[table].schema.create_empty()
        found = pl.concat([empty.with_columns(pl.lit("").alias(ACCOUNT)), *parts], how="diagonal")
        begun = times(table)[:1]
        return found.sort(begun, descending=True, maintain_order=True) if begun else found

    def _parts(self, table: str) -> Iterable[pl.DataFrame]:
        if not self.has(table):
            return
        for part in self.logs.parts(table):
            yield TABLES[table].known(part, self.as_of)

    def _seen(self, table: str, *, window: bool) -> pl.Expr:
        ends = times(table)
        if not ends:
            return pl.lit(value=True)
        first, last = ends[0], ends[-1]
        before = pl.col(first) < pl.lit(self.as_of, dtype=UTC_TIME)
        start = pl.lit(self.start, dtype=UTC_TIME)
        # What ends at the very start of the window was no part of it; an instant is.
        after = (pl.col(last) > start) | (pl.col(first) >= start)
        # What has no date was always known.
        return (before & after if window else before).fill_null(value=True)

    def _whose(self, table: str, ids: pl.Series) -> _Whose:
        held = self._held(ids) if table == "gpu_telemetry" else None
        return _Whose(TABLES[table].account, held)

    def _held(self, ids: pl.Series) -> pl.DataFrame:
        """The machines that accounts held, and when."""
        empty = TABLES["inventory"].schema.create_empty()
        mine = (part.filter(pl.col("account_id").is_in(ids.implode()))
                for part in self._parts("inventory"))  # fmt: skip
        return pl.concat([empty, *mine])

    def rollups(self, tables: Sequence[str], among: dict[str, pl.Expr] | pl.Expr) -> Rollups:
        """The rollups of some rows of some tables; of records and decisions, of all."""
        sums = Sums()
        for table in (*_RECORDS, *tables):
            chosen = among.get(table) if isinstance(among, dict) else among
            keep = None if table in _RECORDS else chosen
            for part in self._parts(table):
                named = part if keep is None else _Whose(TABLES[table].account)(part).filter(keep)
                rows = named.drop(ACCOUNT, strict=False)
                sums.add([rollup(table, rows, self.as_of, self.logs.catalogue)])
        return complete(sums.whole(), self.logs.tables(), self.as_of, self.logs.catalogue)


@dataclass(frozen=True)
class _Whose:
    """Names the account of each row: by the row itself, or by who held the machine then."""

    columns: tuple[str, ...]
    held: pl.DataFrame | None = None

    def __call__(self, part: pl.DataFrame) -> pl.DataFrame:
        named = part.with_columns(pl.coalesce(self.columns).alias(ACCOUNT))
        if self.held is None or self.held.is_empty():
            return named
        nameless = named.filter(pl.col(ACCOUNT).is_null()).drop(ACCOUNT)
        found = [self._by(nameless, device) for device in _DEVICES]
        return pl.concat([named.filter(pl.col(ACCOUNT).is_not_null()), *found])

    def _by(self, rows: pl.DataFrame, device: str) -> pl.DataFrame:
        assert self.held is not None  # noqa: S101 - narrows the union for the type checker
        spans = self.held.filter(pl.col(device).is_not_null()).select(
            device, pl.col("account_id").alias(ACCOUNT), "valid_from", "valid_to"
        )
        both = rows.join(spans, on=device)
        ended = (pl.col("time") >= pl.col("valid_to")).fill_null(value=False)
        inside = (pl.col("time") >= pl.col("valid_from")) & ~ended
        kept = both.filter(inside).drop("valid_from", "valid_to")
        return kept.unique(maintain_order=True)


def times(table: str) -> tuple[str, ...]:
    """The columns of a table that tell from when to when a row was; none of a table of facts."""
    record = TABLES[table]
    since = record.known.since if isinstance(record.known, Known) else None
    if since is None or record.ends is None:
        return ()
    return tuple(dict.fromkeys((since, *record.ends.meta.root_names())))


def when(table: str) -> tuple[str, ...]:
    """The columns to look at for the time of a row: of an hour or a day the start is enough."""
    every = times(table)
    return every[:1] if TABLES[table].seen_whole is not None else every
