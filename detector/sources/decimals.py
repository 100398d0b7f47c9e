"""Money, quantities and shares: exact decimals, rounded half to even once where they are finer.

Exports print binary floats (``3.4031999999999996``): what has more places than its column is
rounded, and counted, so that nobody need trust it in silence.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from typing import Final

import polars as pl

from detector.sources.digits import plain
from detector.sources.nested import decoded
from detector.sources.rounding import round_floats
from features.tables import DECIMAL, DECIMAL_LIMIT

_EXACT: Final = Context(prec=600)
_MOST_CHARS: Final = 256
"""Characters of a number; longer ones have been cut and are not believed."""


def decimals(values: pl.Series, target: pl.Decimal = DECIMAL) -> tuple[pl.Series, int]:
    """Read decimals; how many were rounded. What is no number below 10^15 is null.

    >>> read, rounded = decimals(pl.Series(["3.4031999999999996", "0.5", "x"]))
    >>> read.to_list(), rounded
    ([Decimal('3.403200000000000'), Decimal('0.500000000000000'), None], 1)
    """
    read, rounded = _read(values, target)
    if _within_limit(read):
        return read, rounded
    inside = (read < DECIMAL_LIMIT) & (read > -DECIMAL_LIMIT)
    return read.zip_with(inside.fill_null(False), pl.Series([None], dtype=target)), rounded


def _read(values: pl.Series, target: pl.Decimal) -> tuple[pl.Series, int]:
    if values.dtype == pl.Binary:
        values = decoded(values)
    dtype = values.dtype
    if dtype == pl.String:
        return _of_texts(values, target)
    if dtype.is_float():
        return _of_floats(values, target)
    if isinstance(dtype, pl.Decimal) and dtype.scale > target.scale:
        return _of_texts(values.cast(pl.String), target)
    if dtype.is_integer() or isinstance(dtype, pl.Decimal):
        return values.cast(target, strict=False), 0
    return pl.Series(values.name, [None] * len(values), dtype=target), 0


def _within_limit(read: pl.Series) -> bool:
    ends = [end for end in (read.min(), read.max()) if isinstance(end, Decimal)]
    return all(-DECIMAL_LIMIT < end < DECIMAL_LIMIT for end in ends)


def _of_texts(values: pl.Series, target: pl.Decimal) -> tuple[pl.Series, int]:
    """Read texts: digits and a point at once, exponents and spaces one by one."""
    fast = values.cast(target, strict=False)
    clean = fast.null_count() == values.null_count()
    if plain(values, target.scale) and clean:
        return fast, 0
    odd = values.str.contains("[eE]") | (fast.is_null() & values.is_not_null())
    odd = odd.fill_null(value=False)
    kept = (fast < DECIMAL_LIMIT) & (fast > -DECIMAL_LIMIT)
    rounded = values.str.contains(_finer(target)) & kept & ~odd
    count = int(rounded.sum())
    if not odd.any():
        return fast, count
    told = values.filter(odd).value_counts(name="times")
    pairs = [_exact(text, target) for text in told[values.name]]
    count += sum(n for n, (_, fine) in zip(told["times"], pairs, strict=True) if fine)
    slow = pl.Series([number for number, _ in pairs], dtype=target)
    known = pl.DataFrame({"text": told[values.name], "read": slow})
    found = values.to_frame("text").join(known, on="text", how="left", maintain_order="left")
    return fast.zip_with(~odd, found["read"]).alias(values.name), count


def _finer(target: pl.Decimal) -> str:
    """Match a number with a digit beyond the places of its column."""
    return rf"\.\d{{{target.scale}}}\d*[1-9]"


def _of_floats(values: pl.Series, target: pl.Decimal) -> tuple[pl.Series, int]:
    """Round floats half-even, once.

    The shortest text that reads back as the float is its value if it has no more places than
    the column, so that a number written to CSV and to Parquet is the same number; else the
    exact value of the float is rounded.
    """
    numbers = values.cast(pl.Float64).fill_nan(None)
    text = numbers.cast(pl.String)
    read, rounded = _of_texts(text, target)
    fine = text.str.contains(f"{_finer(target)}|[eE]").fill_null(value=False)
    if target.scale != DECIMAL.scale or not fine.any():
        return read, rounded
    return read.zip_with(~fine, round_floats(numbers)), rounded


def _exact(text: str, target: pl.Decimal) -> tuple[Decimal | None, bool]:
    """Read one number as Python does; whether it was rounded."""
    if len(text) > _MOST_CHARS or "_" in text:
        return None, False
    try:
        number = Decimal(text.strip())
        places = Decimal(1).scaleb(-target.scale)
        fixed = number.quantize(places, rounding=ROUND_HALF_EVEN, context=_EXACT)
    except InvalidOperation:
        return None, False
    whole = 10 ** (target.precision - target.scale)
    if not number.is_finite() or abs(fixed) >= min(DECIMAL_LIMIT, whole):
        return None, False
    return fixed, fixed != number
