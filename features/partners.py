"""How linked accounts move together: day by day, pair by pair.

Only pairs with some unexplained evidence are compared, so that a weekday rhythm that half of
the world shares links nobody. Each account's days are one row of a small matrix per kind of
work (model requests, TPP-hours); all sums run along the days of one pair, in their order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.blocks import Rows
from features.grouping import compact
from features.rollups import Rollups
from features.totals import COMPUTE, tpp_hours

# Pairs with less evidence than this are not compared.
SOME_EVIDENCE: Final = 0.05
ENOUGH_DAYS: Final = 6
WORK: Final = ("requests", "rate_limited_requests", "tpp_hours")
PAIR_COLUMNS: Final = ("conserved", "moves_together", "takes_turns", "succession", "failover")
PAIR_SCHEMA: Final = pl.Schema(
    {"a": pl.String(), "b": pl.String(), "posterior": pl.Float64(),
     **{name: pl.Float64() for name in PAIR_COLUMNS}, "lockstep": pl.Float64()}
)  # fmt: skip
# Changes smaller than this are rounding, and a correlation is never taken for whole.
TINY: Final = 1e-12
CERTAIN: Final = 1.0 - 1e-6
Matrix = NDArray[np.float64]
Index = NDArray[np.int64]
# Pairs that are compared at once: a bound on memory.
BLOCK: Final = 1 << 13


@dataclass(frozen=True)
class Daily:
    """What accounts worked by day of the window, a row for each day with any work.

    ``calls`` has requests and rate-limited requests, ``compute`` TPP-hours.
    """

    calls: pl.DataFrame
    compute: pl.DataFrame

    @classmethod
    def of(cls, rollups: Rollups, ids: pl.Series) -> Daily:
        """That of some accounts."""
        mine = pl.col("account_id").is_in(ids.implode())
        keys, calls, compute = ["account_id", "day"], [], []
        for piece in rollups.pieces("model", "usage"):
            model = piece.window("model", rows=mine)
            daily = model.group_by(keys).agg(pl.col("requests", "rate_limited_requests").sum())
            calls.append(compact(daily))
            used = piece.window("usage", *keys, *COMPUTE, rows=mine)
            compute.append(compact(tpp_hours(used, keys, rollups.catalogue)))
        return cls(pl.concat(calls), pl.concat(compute))

    @property
    def workers(self) -> pl.Series:
        """The accounts that worked, in order."""
        both = [self.calls["account_id"], self.compute["account_id"]]
        return pl.concat(both).unique().sort()

    def matrices(self, rollups: Rollups, ids: pl.Series) -> list[Matrix]:
        """``WORK`` of sorted accounts, each as (accounts, days)."""
        frames = (self.calls, self.calls, self.compute)
        return [
            _matrix(rollups, ids, frame, column) for frame, column in zip(frames, WORK, strict=True)
        ]


def partner_moves(rollups: Rollups, linked: Rows) -> pl.DataFrame:
    """Compare the daily work of every pair of accounts with some evidence.

    Returns
    -------
    pl.DataFrame
        ``PAIR_SCHEMA``, sorted by ``a`` and ``b``; each measure but the last lies in 0 … 1.

        * ``conserved``: how far the day-to-day changes of the two cancel out,
          ``1 - var(d(x+y)) / (var dx + var dy)``;
        * ``moves_together``: correlation of day-to-day changes;
        * ``takes_turns``: share of active days on which only one of them works, where their
          spans overlap and work changes hands again and again;
        * ``succession``: one stops, the other starts within days;
        * ``failover``: more work at the partner on days when one is rate limited;
        * ``lockstep``: how far their days agree beyond what all compared accounts do on the same
          days, in standard deviations of chance.
    """
    ends = evident(linked)
    daily = Daily.of(rollups, pl.concat([ends["a"], ends["b"]]).unique())
    return compared(ends, daily, rollups, PAIR_SCHEMA.to_frame())


def seen_by_linked(moves: pl.DataFrame) -> pl.DataFrame:
    """What families whose reach is linked accounts see of moves: what else moves is not followed.

    Returns
    -------
    pl.DataFrame
        ``a``, ``b`` and ``turns``: how far the two take turns, as far as they are one operator's.
    """
    return moves.select("a", "b", turns=pl.col("takes_turns") * pl.col("posterior"))


def evident(linked: Rows) -> pl.DataFrame:
    """``a``, ``b`` and ``posterior`` of the pairs with some evidence: those that are compared."""
    return linked.filter(pl.col("posterior") >= SOME_EVIDENCE).select("a", "b", "posterior")


def compared(
    ends: pl.DataFrame, daily: Daily, rollups: Rollups, known: pl.DataFrame
) -> pl.DataFrame:
    """``partner_moves`` of pairs by what their accounts did.

    ``known`` holds pairs that were compared before, of which neither has worked otherwise since:
    what is between the two stands. How far they agree beyond all others does not.
    """
    told = ends.select("a", "b").join(
        known.select("a", "b", *PAIR_COLUMNS), on=["a", "b"], how="left", maintain_order="left"
    )
    best = {name: told[name].fill_null(0.0).to_numpy().copy() for name in PAIR_COLUMNS}
    best["lockstep"] = np.zeros(ends.height)
    # Where one of the two never worked, there is nothing to compare.
    workers = daily.workers.implode()
    both = ends.select(pl.col("a").is_in(workers) & pl.col("b").is_in(workers)).to_series()
    ids = pl.concat([ends["a"].filter(both), ends["b"].filter(both)]).unique().sort()
    matrices = daily.matrices(rollups, ids)
    changes = [_changes(matrices[0]), _changes(matrices[2])]
    new = told[PAIR_COLUMNS[0]].is_null().to_numpy()
    for places, left, right in _blocks(ends, both, ids):
        lockstep = [_lockstep(changed, left, right) for changed in changes]
        best["lockstep"][places] = np.maximum(*lockstep)
        fresh = new[places]
        for name, values in _measured(matrices, left[fresh], right[fresh]).items():
            best[name][places[fresh]] = values
    return ends.with_columns(pl.Series(n, v) for n, v in best.items()).select(list(PAIR_SCHEMA))


def _blocks(
    ends: pl.DataFrame, some: pl.Series, ids: pl.Series
) -> Iterator[tuple[Index, Index, Index]]:
    """Some pairs, block by block: their rows, and the places of both accounts among ``ids``."""
    rows = some.arg_true().to_numpy().astype(np.int64)
    left, right = (
        ids.search_sorted(ends[end].gather(rows)).to_numpy().astype(np.int64).reshape(-1)
        for end in "ab"
    )
    for start in range(0, len(rows), BLOCK):
        block = slice(start, start + BLOCK)
        yield rows[block], left[block], right[block]


def _measured(matrices: list[Matrix], left: Index, right: Index) -> dict[str, Matrix]:
    """All measures of a block of pairs."""
    requests, limited, compute = matrices
    best = {name: np.zeros(len(left)) for name in PAIR_COLUMNS}
    for matrix in (requests, compute):
        for name, values in _compare(matrix[left], matrix[right]).items():
            best[name] = np.maximum(best[name], values)
    best["failover"] = np.maximum(
        _failover(limited[left], requests[right]), _failover(limited[right], requests[left])
    )
    return best


def _matrix(rollups: Rollups, ids: pl.Series, daily: pl.DataFrame, column: str) -> Matrix:
    filled = np.zeros((ids.len(), rollups.window_days + 1))
    rows = daily.filter(pl.col("account_id").is_in(ids.implode())).with_columns(
        number=(pl.col("day") - rollups.window_start).dt.total_days()
    )
    account = ids.search_sorted(rows["account_id"]).to_numpy().astype(np.int64)
    filled[account, rows["number"].to_numpy()] = np.maximum(rows[column].to_numpy(), 0.0)
    return filled


def _compare(x: Matrix, y: Matrix) -> dict[str, Matrix]:
    enough = ((x > 0).sum(axis=1) >= ENOUGH_DAYS) & ((y > 0).sum(axis=1) >= ENOUGH_DAYS)
    dx, dy = np.diff(x, axis=1), np.diff(y, axis=1)
    separate = (dx**2).sum(axis=1) + (dy**2).sum(axis=1)
    cross = (dx * dy).sum(axis=1)
    size = np.sqrt((dx**2).sum(axis=1) * (dy**2).sum(axis=1))
    conserved = np.divide(-2.0 * cross, separate, out=np.zeros(len(x)), where=separate > 0)
    together = np.divide(cross, size, out=np.zeros(len(x)), where=size > 0)
    return {
        "conserved": np.where(enough, np.clip(conserved, 0.0, 1.0), 0.0),
        "moves_together": np.where(enough, np.clip(together, 0.0, 1.0), 0.0),
        "takes_turns": np.where(enough, _turns(x > 0, y > 0), 0.0),
        "succession": _succession(x > 0, y > 0),
    }


@dataclass(frozen=True)
class _Changes:
    """Day-to-day changes of each account's work on a log scale, its own level being 1.

    ``relative`` is (accounts, days), ``total`` its sum over accounts, ``active`` the days worked.
    """

    relative: Matrix
    total: Matrix
    active: NDArray[np.bool_]


def _changes(work: Matrix) -> _Changes:
    active = work > 0
    level = work.sum(axis=1, keepdims=True) / np.maximum(active.sum(axis=1, keepdims=True), 1)
    shares = np.divide(work, level, out=np.zeros_like(work), where=level > 0)
    relative = np.diff(np.log1p(shares), axis=1)
    return _Changes(relative, relative.sum(axis=0), active)


def _lockstep(changes: _Changes, left: Index, right: Index) -> Matrix:
    """Fisher's z of the correlation of what is left beside the mean of all the others."""
    found = np.zeros(len(left))
    others = len(changes.relative) - 2
    enough = changes.active.sum(axis=1) >= ENOUGH_DAYS
    # Most pairs are of accounts of which one did next to nothing of this kind.
    some = np.flatnonzero(enough[left] & enough[right])
    if others < 1 or not some.size:
        return found
    left, right = left[some], right[some]
    x, y = changes.relative[left], changes.relative[right]
    mean = (changes.total - x - y) / others
    x, y = x - mean, y - mean
    size = np.sqrt((x**2).sum(axis=1) * (y**2).sum(axis=1))
    agreed = np.divide((x * y).sum(axis=1), size, out=np.zeros(len(x)), where=size > TINY)
    days = (changes.active[left] | changes.active[right]).sum(axis=1)
    z = np.arctanh(np.clip(agreed, 0.0, CERTAIN)) * np.sqrt(np.maximum(days - 3, 0))
    found[some] = z
    return found


def _turns(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> Matrix:
    """Share of active days of only one side, weighed by how often work changes hands."""
    alone = (a ^ b).sum(axis=1)
    active = (a | b).sum(axis=1)
    holder = np.where(a & ~b, 1, np.where(b & ~a, -1, 0))
    # The side that worked alone last, carried over idle and common days.
    index = np.where(holder != 0, np.arange(holder.shape[1]), 0)
    last = np.take_along_axis(holder, np.maximum.accumulate(index, axis=1), axis=1)
    hands = ((last[:, 1:] != last[:, :-1]) & (last[:, :-1] != 0)).sum(axis=1)
    share = np.divide(alone, active, out=np.zeros(len(a)), where=active > 0)
    return np.asarray(share * np.minimum(hands / 4.0, 1.0))


def _succession(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> Matrix:
    """1 / (1 + idle days) between the end of one side's work and the start of the other's."""
    days = a.shape[1]
    used = a.any(axis=1) & b.any(axis=1)
    first_a, first_b = a.argmax(axis=1), b.argmax(axis=1)
    last_a, last_b = days - 1 - a[:, ::-1].argmax(axis=1), days - 1 - b[:, ::-1].argmax(axis=1)
    gap = np.where(first_b > last_a, first_b - last_a, first_a - last_b) - 1.0
    apart = (first_b > last_a) | (first_a > last_b)
    return np.where(used & apart, 1.0 / (1.0 + np.maximum(gap, 0.0)), 0.0)


def _failover(limited: Matrix, requests: Matrix) -> Matrix:
    """How much busier the partner is on limited days than on others, as a share of the sum."""
    hit = limited > 0
    days = hit.sum(axis=1)
    rest = hit.shape[1] - days
    on = np.divide((requests * hit).sum(axis=1), days, out=np.zeros(len(hit)), where=days > 0)
    off = np.divide((requests * ~hit).sum(axis=1), rest, out=np.zeros(len(hit)), where=rest > 0)
    total = on + off
    busier = np.divide(on - off, total, out=np.zeros(len(hit)), where=total > 0)
    return np.where(days >= 2, np.clip(busier, 0.0, 1.0), 0.0)


def best_by_account(moves: pl.DataFrame) -> pl.DataFrame:
    """The strongest measure of each account over its pairs, weighed by the pair's posterior."""
    ends = pl.concat(
        [moves.select(pl.col(end).alias("account_id"), "posterior", *PAIR_COLUMNS) for end in "ab"]
    )
    return (
        ends.group_by("account_id")
        .agg((pl.col(name) * pl.col("posterior")).max() for name in PAIR_COLUMNS)
        .sort("account_id")
    )
