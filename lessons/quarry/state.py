"""What a world holds while it is made: dials, accounts, streams of use, what is told of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

Table = NDArray[np.void]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: Each dial of the make and where it stands in worlds to learn from and in worlds to judge on.
RANGES: dict[str, dict[str, tuple[float, float]]] = {
    "train": {
        "proxies": (0.014, 0.020), "ring": (3, 7), "volume": (1.2, 1.7), "shared": (0.78, 0.92),
        "leak": (0.10, 0.20), "hand_hours": (8, 30), "cool": (0.22, 0.35), "back_days": (2, 8),
        "toolkits": (6, 10),
        "away": (0.05, 0.08), "away_more": (0.09, 0.15), "steady": (0.14, 0.22),
        "alike": (0.55, 0.70),
        "budget": (500, 1000), "young": (30, 200), "tenants": (4, 6),
        "keys": (10, 24),
    },
    "test": {
        "proxies": (0.021, 0.027), "ring": (8, 15), "volume": (1.8, 2.4), "shared": (0.60, 0.76),
        "leak": (0.03, 0.08), "hand_hours": (34, 70), "cool": (0.10, 0.20), "back_days": (10, 20),
        "toolkits": (11, 16),
        "away": (0.09, 0.13), "away_more": (0.03, 0.08), "steady": (0.24, 0.34),
        "alike": (0.40, 0.53),
        "budget": (1500, 2500), "young": (220, 400), "tenants": (7, 10),
        "keys": (26, 48),
    },
}  # fmt: skip


def _fields(**columns: str) -> np.dtype[np.void]:
    """Return a row's type: for each type of cell the names of its columns."""
    return np.dtype([(name, kind) for kind, names in columns.items() for name in names.split()])


ACCOUNT = _fields(
    U20="kind role typology cls use reason kyc pay",
    f8="created closed appeal kyc_at entity",
    i8="ring partner payer org group home bill phone form street tel card",
    bool="reseller third",
)
STREAM = _fields(
    f8="first last ramp slope cpu hours duty weekend noise calls tin tout rest pivot alike"
    " logins churn",
    i8="acc cpu_sku gpu model keys base lock users image agent client sketch crew place net"
    " ips ssh region",
    bool="vain roam asks",
)


@dataclass
class Move:
    """One thing that somebody did at an account: a change of contact, a case, a try in vain."""

    acc: int
    day: float
    operation: str
    stream: int = -1
    status: str = "success"


@dataclass
class Decision:
    """A reviewer's decision, to be written as a label."""

    acc: int
    day: float
    decision: str
    basis: str = "review"


@dataclass
class World:
    """A world in the making; arrays are indexed by account and by stream."""

    preset: str
    days: int
    start: datetime
    dial: dict[str, float]
    rng: np.random.Generator
    salt: int
    release: tuple[float, float]
    acc: Table
    streams: Table
    partners: list[tuple[str, int]] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    pools: list[list[int]] = field(default_factory=list)
    """Accounts that stand in for each other when one cools down."""

    def tell(self, acc: int, day: float, *operations: str, gap: float = 0.0, **more: Any) -> None:
        """Note operations of an account, one after the other."""
        for step, operation in enumerate(operations):
            self.moves.append(Move(int(acc), float(day) + step * gap, operation, **more))

    def add(self, rows: Table) -> Ints:
        """Append streams and return their numbers; keys belong to a stream unless they are set."""
        at = np.arange(len(self.streams), len(self.streams) + len(rows), dtype=np.int64)
        for name in ("base", "lock"):
            rows[name] = np.where(rows[name] < 0, at, rows[name])
        self.streams = np.concatenate([self.streams, rows])
        return at

    def of(self, acc: int) -> Ints:
        """Return the numbers of an account's streams."""
        return np.flatnonzero(self.streams["acc"] == acc).astype(np.int64)

    def between(self, low: str, high: float | None = None) -> float:
        """Draw around a dial: from four fifths of it to six fifths, or from it to `high`."""
        value = self.dial[low]
        return float(self.rng.uniform(value, high) if high else value * self.rng.uniform(0.8, 1.2))


def moments(world: World, days: Floats) -> pl.Series:
    """Return times, in whole seconds, of days since the logs begin."""
    zero = int(world.start.timestamp()) * 1_000_000
    micros = zero + np.round(days * 86400).astype(np.int64) * 1_000_000
    return pl.Series(micros).cast(pl.Datetime("us", "UTC"))


def periods(world: World, acc: Ints, day: Ints) -> tuple[pl.Series, pl.Series]:
    """Return start and end of days of accounts, cut to when they were open."""
    closed = np.where(np.isnan(world.acc["closed"]), np.inf, world.acc["closed"])[acc]
    return moments(world, np.maximum(day, world.acc["created"][acc])), moments(
        world, np.minimum(day + 1.0, closed)
    )


def hashes(world: World, kind: str, ids: Ints) -> list[str | None]:
    """Return a keyed hash an id: 16 hex digits that say nothing of it; below 0 there is none."""
    salt = np.uint64(int.from_bytes(kind.encode()[:7], "little") ^ world.salt)
    with np.errstate(over="ignore"):
        x = ids.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + salt
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            x = (x ^ (x >> np.uint64(shift))) * np.uint64(factor)
        x ^= x >> np.uint64(31)
    return [f"{v:016x}" if i >= 0 else None for v, i in zip(x.tolist(), ids.tolist(), strict=True)]
