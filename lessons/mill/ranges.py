"""What a world is asked for: its preset, its size, its clock, and the ranges it draws from."""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
import polars as pl

__all__ = [
    "DAY",
    "HOUR",
    "PRESETS",
    "RANGES",
    "Flags",
    "Floats",
    "Ints",
    "Plan",
    "Ranges",
    "either",
]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

PRESETS = ("standard", "clean", "volume_matched", "no_access", "poison")
HOUR = 100  # ticks; a tick is 36 seconds, so that hours have two exact places
DAY = 24 * HOUR


@dataclass(frozen=True)
class Ranges:
    """Ranges that a world draws its parameters from.

    Attributes
    ----------
    start : datetime
        Midnight at which the charges begin.
    prevalence : tuple[float, float]
        Share of accounts that are proxies.
    sizes : tuple[tuple[int, int], ...]
        Bands of ring sizes.
    jitter : tuple[int, int]
        Ticks between the first and the last shard of a ring's job.
    gap : tuple[float, float]
        Days from a ring's closure, or an account's drain, to its successor's start.
    threshold : int
        Top-up in whole units of money from which the provider asks where the money comes from.
    hug : tuple[float, float]
        Share of the threshold that a structured top-up has.
    jobs : tuple[float, float]
        Jobs a day that the clients of a ring bring.
    idle : tuple[float, float]
        Days from sign-up to the first controlled GPU in a ring.
    pace : tuple[float, float]
        Factor on how busy an innocent customer is.
    weave : tuple[float, float]
        Factor on how readily members of a ring share what identifies them.
    """

    start: datetime
    prevalence: tuple[float, float]
    sizes: tuple[tuple[int, int], ...]
    jitter: tuple[int, int]
    gap: tuple[float, float]
    threshold: int
    hug: tuple[float, float]
    jobs: tuple[float, float]
    idle: tuple[float, float]
    pace: tuple[float, float]
    weave: tuple[float, float]


RANGES = {
    "train": Ranges(
        start=datetime(2026, 3, 2),
        prevalence=(0.019, 0.024),
        sizes=((5, 11), (5, 11), (18, 40)),
        jitter=(8, 25),
        gap=(0.4, 3.0),
        threshold=3000,
        hug=(0.93, 0.99),
        jobs=(1.5, 4.0),
        idle=(0.2, 3.0),
        pace=(0.8, 1.2),
        weave=(0.9, 1.2),
    ),
    "test": Ranges(
        start=datetime(2026, 5, 4),
        prevalence=(0.025, 0.029),
        sizes=((12, 17),),
        jitter=(26, 60),
        gap=(3.2, 7.0),
        threshold=5000,
        hug=(0.84, 0.92),
        jobs=(4.2, 8.0),
        idle=(3.2, 7.0),
        pace=(1.22, 1.6),
        weave=(0.65, 0.88),
    ),
}


@dataclass(frozen=True)
class Plan:
    """A world that was asked for."""

    preset: str
    accounts: int
    days: int
    ranges: Ranges

    @property
    def end(self) -> int:
        """Tick at which the log ends."""
        return self.days * DAY

    @property
    def drift_from(self) -> int:
        """Tick before which nothing of a ring is to be seen in preset poison."""
        return self.end * 2 // 3 if self.preset == "poison" else -(10**9)

    def times(self, ticks: pl.Series | Ints, name: str = "") -> pl.Series:
        """Moments in UTC for ticks since the start; null stays null."""
        series = ticks if isinstance(ticks, pl.Series) else pl.Series(name, ticks)
        start = int(self.ranges.start.replace(tzinfo=UTC).timestamp()) * 1_000_000
        micro = series.cast(pl.Int64) * 36_000_000 + start
        return micro.cast(pl.Datetime("us", "UTC")).alias(name or series.name)


def either(test: pl.Expr, one: pl.Expr | str, other: pl.Expr | str | None = None) -> pl.Expr:
    """One thing where a test holds, else the other; texts are literals, not columns."""
    first = pl.lit(one) if isinstance(one, str) else one
    return pl.when(test).then(first).otherwise(pl.lit(other) if isinstance(other, str) else other)
