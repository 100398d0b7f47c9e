"""Rows of a table of some accounts, in the window of a run, up to its as-of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import polars as pl

from detector.sources import Source
from features.rollups import Rollups, Sums, complete, rollup
from features.tables import TABLES
from features.types import UTC_TIME

WINDOW: Final = timedelta(days=Rollups.window_days)
ACCOUNT: Final = "account"
"""The column that says whose row it is."""
_ENDS: Final = {
    "usage": ("ChargePeriodStart", "ChargePeriodEnd"), "model_usage": ("start", "end"),
    "account_links": ("first_seen", "last_seen"), "payments": ("time", "time"),
    "events": ("time", "time"), "gpu_telemetry": ("time", "time"),
}  # fmt: skip
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
        begin = begins(table)
        return found if begin is None else found.sort(begin, descending=True, maintain_order=True)

    def _parts(self, table: str) -> Iterable[pl.DataFrame]:
        if not self.has(table):
            return
        for part in self.logs.parts(table):
            yield TABLES[table].known(part, self.as_of)

    def _seen(self, table: str, *, window: bool) -> pl.Expr:
        if table not in _ENDS:
            return pl.lit(value=True)
        first, last = _ENDS[table]
        before = pl.col(first) < pl.lit(self.as_of, dtype=UTC_TIME)
        start = pl.lit(self.start, dtype=UTC_TIME)
        # What ends at the very start of the window was no part of it; an instant is.
        after = (pl.col(last) > start) | (pl.col(first) >= start)
        return before & after if window else before

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
        """The rollups of some rows of some tables; of accounts and labels, of all."""
        sums = Sums()
        for table in ("accounts", "labels", *tables):
            chosen = among.get(table) if isinstance(among, dict) else among
            keep = None if table in ("accounts", "labels") else chosen
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


def begins(table: str) -> str | None:
    """The column of a table that tells when a row began."""
    return _ENDS[table][0] if table in _ENDS else None


def times(table: str) -> tuple[str, ...]:
    """The columns of a table that tell when a row was."""
    return tuple(dict.fromkeys(_ENDS.get(table, ())))
