"""NumPy arrays to Polars columns without a Python object per row."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import numpy as np
import polars as pl
import pyarrow as pa

from detector.simulate.rng import Bools, Floats, Ints, mix64

START: Final = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday
DAY_S: Final = 86_400
MICRO: Final = 1_000_000


def times(seconds: Floats | Ints, name: str = "") -> pl.Series:
    """Turn seconds since the start of the window into UTC times; NaN is null."""
    values = np.asarray(seconds, dtype=np.float64)
    whole = np.where(np.isnan(values), 0, np.floor(values)).astype(np.int64) * MICRO
    start = int(START.timestamp()) * MICRO
    series = pl.Series(name, whole + start).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    return blank(series, np.isnan(values)) if np.isnan(values).any() else series


def blank(series: pl.Series, where: Bools) -> pl.Series:
    """Null a series where told."""
    return (
        pl.select(pl.when(pl.lit(pl.Series(where))).then(None).otherwise(pl.lit(series)))
        .to_series()
        .alias(series.name)
    )


def hexes(ids: Ints, salt: int, name: str = "") -> pl.Series:
    """Turn ids into 16 hex digits, scattered by a salt; 0 is null."""
    raw = mix64(ids, salt).astype(">u8").tobytes().hex().encode()
    offsets = np.arange(0, 16 * len(ids) + 1, 16, dtype=np.int64)
    buffers = [None, pa.py_buffer(offsets.tobytes()), pa.py_buffer(raw)]
    array = pa.Array.from_buffers(pa.large_string(), len(ids), buffers)
    series = pl.Series(name, array)
    return blank(series, ids == 0) if (ids == 0).any() else series


def decimals(units: Ints, places: int, name: str = "") -> pl.Series:
    """Turn whole numbers of 10**-places into exact decimals."""
    wide = np.empty((len(units), 2), dtype="<i8")
    wide[:, 0] = units
    wide[:, 1] = np.where(units < 0, -1, 0)
    buffers = [None, pa.py_buffer(wide.tobytes())]
    array = pa.Array.from_buffers(pa.decimal128(38, places), len(units), buffers)
    return pl.Series(name, array)


def words(codes: Ints, vocabulary: tuple[str, ...] | list[str], name: str = "") -> pl.Series:
    """Look codes up in a vocabulary; a negative code is null."""
    known = pl.Series(list(vocabulary), dtype=pl.String)
    index = pl.Series(np.where(codes < 0, 0, codes).astype(np.uint32))
    series = known.gather(index).alias(name)
    return blank(series, codes < 0) if (codes < 0).any() else series


def repeat_rows(counts: Ints) -> Ints:
    """Return each row's number, as often as its count."""
    return np.repeat(np.arange(len(counts)), counts)
