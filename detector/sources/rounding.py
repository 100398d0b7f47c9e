"""Binary floats to 15 decimal places, rounded half to even, once and exactly.

A float is ``M * 2**-s`` with whole ``M``; ``M * 10**15`` fits 103 bits, so that the division
by ``2**s`` and its remainder are exact in 128-bit integers. Multiplying floats instead would
round twice.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl
import pyarrow as pa

from features.tables import DECIMAL, DECIMAL_LIMIT

_MANTISSA: Final = 53
_TOP: Final = 126


def round_floats(values: pl.Series) -> pl.Series:
    """Round a Float64 column to ``Decimal(38, 15)``; null where it is not below 10^15.

    >>> round_floats(pl.Series([-0.5, 2.6e-15, float("nan")])).to_list()
    [Decimal('-0.500000000000000'), Decimal('3E-15'), None]
    """
    known = values.is_finite() & (values.abs() < float(DECIMAL_LIMIT))
    known = known.fill_null(value=False)
    numbers = values.zip_with(known, pl.Series([0.0])).to_numpy()
    unscaled = _unscaled(numbers)
    read = _as_decimal(unscaled).alias(values.name)
    return read.zip_with(known, pl.Series([None], dtype=DECIMAL))


def _unscaled(numbers: np.ndarray) -> pl.Series:
    """Return ``round_half_even(|x| * 10**15)`` with the sign of x, as Int128."""
    fraction, exponent = np.frexp(np.abs(numbers))
    mantissa = np.ldexp(fraction, _MANTISSA).astype(np.int64)
    shift = _MANTISSA - exponent.astype(np.int64)
    mantissa[shift > _TOP] = 0
    powers = pl.Series([1 << s for s in range(_TOP + 1)], dtype=pl.Int128)
    frame = pl.DataFrame({"m": mantissa, "negative": numbers < 0}).with_columns(
        d=powers.gather(np.minimum(shift, _TOP)),
        p=pl.col("m").cast(pl.Int128) * pl.lit(10**15, dtype=pl.Int128),
    )
    frame = frame.with_columns(q=pl.col("p") // pl.col("d"))
    rest = 2 * (pl.col("p") - pl.col("q") * pl.col("d"))
    up = (rest > pl.col("d")) | ((rest == pl.col("d")) & (pl.col("q") % 2 == 1))
    size = pl.col("q") + up.cast(pl.Int128)
    sign = pl.when("negative").then(-1).otherwise(1).cast(pl.Int128)
    return frame.select(size * sign).to_series()


def _as_decimal(unscaled: pl.Series) -> pl.Series:
    """Read 128-bit integers as the digits of decimals with 15 places."""
    limb = pl.lit(1 << 64, dtype=pl.Int128)
    frame = unscaled.to_frame("u").select(
        low=(pl.col("u") % limb).cast(pl.UInt64),
        high=(pl.col("u") // limb).cast(pl.Int64),
    )
    limbs = np.empty((len(unscaled), 2), dtype=np.uint64)
    limbs[:, 0] = frame["low"].to_numpy()
    limbs[:, 1] = frame["high"].to_numpy().view(np.uint64)
    digits = pa.Array.from_buffers(
        pa.decimal128(38, 15), len(unscaled), [None, pa.py_buffer(limbs.tobytes())]
    )
    series = pl.from_arrow(digits)
    assert isinstance(series, pl.Series)  # noqa: S101 - narrows the union for the type checker
    return series
