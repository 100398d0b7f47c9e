"""One operation is one event: rows that tell of the same thing count once over all files.

A row of a native log may carry a *key* (an event's id, an operation's, a bucket of usage) and
an *order*. Of the rows of one key the one with the largest order counts. A row that is
``FINAL`` counts when it is first met; a provisional one waits whether a final one comes; rows
that are *pulled* again and again wait for the last file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from detector.sources.native.adapter import FINAL
from detector.sources.normalise import Normalised

KEY = "_key"
ORDER = "_order"
FILE = "_file"
"""Number of the file, in the order of ingest."""


@dataclass
class Keys:
    """A growing set of 64-bit keys in sorted runs, eight bytes each."""

    _runs: list[NDArray[np.uint64]] = field(default_factory=list)

    def has(self, keys: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Which of the keys are in the set."""
        found = np.zeros(len(keys), dtype=np.bool_)
        for run in self._runs:
            at = np.minimum(np.searchsorted(run, keys), len(run) - 1)
            found |= run[at] == keys
        return found

    def take(self, other: Keys) -> None:
        """Take the keys of another set in."""
        for run in other._runs:
            self.add(run)

    def all(self) -> NDArray[np.uint64]:
        """Every key, sorted."""
        return np.unique(np.concatenate([np.empty(0, dtype=np.uint64), *self._runs]))

    def add(self, keys: NDArray[np.uint64]) -> None:
        """Take keys in; runs of like size are merged, so that there are few of them."""
        run = np.unique(keys)
        while self._runs and len(self._runs[-1]) <= 2 * len(run):
            run = np.union1d(self._runs.pop(), run)
        if len(run):
            self._runs.append(run)


@dataclass(frozen=True)
class Sorted:
    """The rows of one part: those that count now, and those that wait.

    ``waiting`` has ``_key``, ``_order`` and ``_file`` beside the columns of the table.
    ``again`` is how many rows told of what was known already.
    """

    now: pl.DataFrame
    waiting: pl.DataFrame | None
    again: int


def sort_out(part: Normalised, known: Keys, mine: Keys, file: int, *, keep: bool = False) -> Sorted:
    """Tell rows that count from rows that wait and from second tellings.

    ``known`` are the keys of other files, ``mine`` those of this one, which grow by the keys
    that count. Where ``keep``, second tellings of what other files know wait too (a state
    needs them should the first telling be replaced).
    """
    if part.keys is None or part.order is None:
        return Sorted(part.frame, None, 0)
    marked = part.frame.with_columns(
        part.keys.alias(KEY), part.order.alias(ORDER), pl.lit(file, dtype=pl.Int64).alias(FILE)
    )
    keyless = pl.col(KEY).is_null()
    waits = ~keyless & (pl.lit(part.pulled) | (pl.col(ORDER) < FINAL))
    final = marked.filter(~keyless & ~waits)
    once = final.unique(subset=[KEY], keep="first", maintain_order=True)
    keys = once[KEY].to_numpy()
    elsewhere = known.has(keys)
    fresh = once.filter(pl.Series(~elsewhere & ~mine.has(keys)))
    mine.add(fresh[KEY].to_numpy())
    waiting = marked.filter(waits)
    repeated = once.filter(pl.Series(elsewhere & ~mine.has(keys))) if keep else once.clear()
    now = pl.concat([marked.filter(keyless), fresh]).drop(KEY, ORDER, FILE)
    again = final.height - fresh.height - repeated.height
    waiting = pl.concat([waiting, repeated])
    return Sorted(now, waiting if waiting.height else None, again)


def settle_waiting(waiting: pl.DataFrame, known: Keys) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Of rows that waited, those that count after all, and the others.

    A key counts once: not where a final row has it, else by the largest order, of equal ones
    the latest file's, of these the last row.
    """
    old = pl.Series(known.has(waiting[KEY].to_numpy()))
    left = waiting.filter(~old)
    ranked = left.with_row_index("_at").sort(ORDER, FILE, "_at")
    kept = ranked.unique(subset=[KEY], keep="last", maintain_order=True).sort("_at")
    lost = ranked.join(kept.select("_at"), on="_at", how="anti").drop("_at")
    return kept.drop("_at"), pl.concat([waiting.filter(old), lost])


def settle_all(rows: pl.DataFrame, pulled: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Of all rows of a table that have a key, those that count, and the others.

    As ``sort_out`` and ``settle_waiting`` settle them one file after the other. ``pulled`` is
    the column that says of which rows the later file's counts.
    """
    ranked = rows.with_row_index("_at").with_columns(
        # Of final rows the first counts, of those that wait the last of the largest order.
        _rank=pl.when(pl.col(pulled) | (pl.col(ORDER) < FINAL))
        .then(pl.col("_at").cast(pl.Int64))
        .otherwise(-pl.col("_at").cast(pl.Int64))
    )
    kept = ranked.sort(ORDER, "_rank").unique(subset=[KEY], keep="last").sort("_at")
    lost = ranked.join(kept.select("_at"), on="_at", how="anti")
    return kept.drop("_at", "_rank"), lost.drop("_at", "_rank")


def by_file(rows: pl.DataFrame) -> Iterator[tuple[int, int]]:
    """How many of the rows are of each file."""
    yield from rows.group_by(FILE).len().sort(FILE).iter_rows()
