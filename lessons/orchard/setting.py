"""What one world is drawn with: its size, its clock, its ranges and its tree of random numbers."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

PRESETS = ("standard", "clean", "volume_matched", "no_access", "poison")
DAY = 86_400
HOUR = 3_600
NEVER = 1 << 40

Array: TypeAlias = NDArray[Any]
Columns: TypeAlias = dict[str, Array]


@dataclass(frozen=True)
class Knobs:
    """Numbers of one world; where the two ranges stand side by side they do not meet."""

    proxy_share: float
    victim_share: float
    other_share: float
    largest_ring: float
    gap_days: float
    masked: float
    mismatch: float
    hops: float
    hosting: float
    sharing: float
    boost: float
    flat: float
    tokens: float
    logins: float
    young: float


_ROWS = """
proxy_share 0.014 0.020 0.021 0.028
victim_share 0.0030 0.0034 0.0026 0.0029
other_share 0.0030 0.0034 0.0026 0.0029
largest_ring 5.0 6.0 3.0 4.0
gap_days 0.5 3.0 4.0 11.0
masked 0.70 0.80 0.58 0.68
mismatch 0.55 0.68 0.70 0.82
hops 4.0 6.0 2.0 3.5
hosting 0.30 0.44 0.46 0.60
sharing 0.58 0.72 0.44 0.56
boost 1.2 1.8 1.9 2.6
flat 0.45 0.65 0.25 0.42
tokens 0.8 1.0 1.1 1.4
logins 0.8 1.0 1.1 1.4
young 0.8 1.0 1.05 1.25
"""
_SPANS = {
    row[0]: [float(number) for number in row[1:]] for row in map(str.split, _ROWS.split("\n")[1:-1])
}
RANGES = {
    name: {knob: (span[first], span[first + 1]) for knob, span in _SPANS.items()}
    for name, first in (("train", 0), ("test", 2))
}


@dataclass(frozen=True)
class Setting:
    """One world to be made; times inside it are whole seconds since ``start``."""

    preset: str
    accounts: int
    days: int
    seed: int
    ranges: str
    start: datetime
    knobs: Knobs

    @property
    def end(self) -> int:
        """The instant at which the logs were exported."""
        return self.days * DAY

    def rng(self, name: str) -> np.random.Generator:
        """Return the branch of the tree that bears a name."""
        key: tuple[int, ...] = (
            zlib.crc32(name.encode()),
            PRESETS.index(self.preset),
            int(self.ranges == "test"),
        )
        key = (*key, self.accounts, self.days)
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=key))

    def times(self, seconds: Array) -> pl.Series:
        """Turn seconds into UTC times; what is never is null."""
        epoch = int((self.start - datetime(1970, 1, 1)) / timedelta(microseconds=1))
        raw = pl.Series(epoch + seconds.astype(np.int64) * 1_000_000)
        known = pl.Series(seconds < NEVER)
        return raw.cast(pl.Datetime("us", "UTC")).zip_with(known, _nulls(len(raw)))

    def mark(self, kind: str, owner: Array, index: Array | int = 0) -> Array:
        """Return an owner's value of a kind: the same for the same, and no order in it."""
        salt = zlib.crc32(f"{kind}/{self.seed}/{self.preset}/{self.ranges}".encode())
        mixed = owner.astype(np.uint64) * np.uint64(1_000_003) + np.asarray(index, dtype=np.uint64)
        mixed = mixed + np.uint64(salt) * np.uint64(0x9E3779B97F4A7C15 & 0xFFFFFFFF)
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 1)):
            mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
        return mixed


def _nulls(rows: int) -> pl.Series:
    return pl.Series([None], dtype=pl.Datetime("us", "UTC")).new_from_index(0, rows)


def make_setting(preset: str, accounts: int, days: int, seed: int, ranges: str) -> Setting:
    """Draw the numbers of one world."""
    if preset not in PRESETS:
        raise ValueError(f"preset is {preset!r}; known are {', '.join(PRESETS)}")
    if ranges not in RANGES:
        raise ValueError(f"ranges is {ranges!r}; known are {', '.join(RANGES)}")
    if accounts < 150 or days < 10:
        raise ValueError(f"{accounts} accounts × {days} days; needed are 150 × 10 at least")
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(int(ranges == "test"),)))
    spans = RANGES[ranges]
    knobs = Knobs(**{field.name: float(rng.uniform(*spans[field.name])) for field in fields(Knobs)})
    start = datetime(2026, 1, 5) + timedelta(weeks=int(rng.integers(0, 20)))
    return Setting(preset, accounts, days, seed, ranges, start, knobs)


def hexed(values: Array, known: Array | None = None) -> pl.Series:
    """Write 64-bit marks as 16 hexadecimal digits; null where not known."""
    text = pa.py_buffer(values.astype(">u8").tobytes().hex().encode())
    ends = pa.py_buffer(np.arange(len(values) + 1, dtype=np.int32) * np.int32(16))
    made = pl.Series(pl.from_arrow(pa.StringArray.from_buffers(len(values), ends, text)))
    if known is None:
        return made
    return made.zip_with(
        pl.Series(known), pl.Series([None], dtype=pl.String).new_from_index(0, len(made))
    )


def exact(values: Array, places: int) -> pl.Series:
    """Turn whole numbers of the last place into decimals."""
    wide = np.empty((len(values), 2), dtype=np.int64)
    wide[:, 0] = values
    wide[:, 1] = wide[:, 0] >> 63
    kind = pa.decimal128(38, places)
    return pl.Series(
        pl.from_arrow(pa.Array.from_buffers(kind, len(wide), [None, pa.py_buffer(wide)]))
    )


def spread(counts: Array) -> tuple[Array, Array]:
    """Return the parent of each child, and the child's place among its siblings."""
    parent = np.repeat(np.arange(len(counts)), counts)
    first = np.cumsum(counts) - counts
    return parent, np.arange(len(parent)) - first[parent]


def words(names: tuple[str, ...] | list[str], index: Array) -> pl.Series:
    """Look words up by their index; an index below zero is null."""
    table = pl.Series([*names, None], dtype=pl.String)
    return table.gather(pl.Series(np.where(index < 0, len(names), index).astype(np.int64)))
