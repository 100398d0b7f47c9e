"""From what a file holds to the types of the contract, column by column.

A conversion gives null where a value cannot be read; the caller compares nulls before and
after and quarantines the difference. Each target has one fast expression for the usual form
and, only for the values that form could not read, a slower one for every other form.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import polars as pl

from detector.sources.decimals import decimals
from detector.sources.nested import as_json, dated, decoded, is_nested, stored
from features.tables import UTC_TIME

_TRUE: Final = ("true", "t", "yes", "y", "1", "1.0")
_FALSE: Final = ("false", "f", "no", "n", "0", "0.0")
_ISO: Final = "%Y-%m-%dT%H:%M:%S%.f%#z"
_LOOKED_AT: Final = 1_000
"""First times of a column by which it is guessed whether they recur."""
_DATE: Final = "%Y-%m-%d"
_SOME: Final = 16
"""Texts of a column from which it is asked whether they are all one."""
Slow = Callable[[pl.Series], pl.Series]
_SKETCH: Final = pl.List(pl.UInt64())

REASONS: Final = {
    "String": "is not a text",
    "Datetime": "is not a time (expected ISO 8601, for example 2026-01-31T13:00:00Z)",
    "Date": "is not a date (expected YYYY-MM-DD)",
    "Decimal": "is not a decimal below 10^15",
    "Int64": "is not a whole number",
    "Float64": "is not a number",
    "Boolean": "is not true or false",
    "List": "is not a list of unsigned 64-bit values (hex, ';' between)",
}


def convert(values: pl.Series, target: pl.DataType) -> pl.Series:
    """Convert a column; what cannot be read is null. Same length and name."""
    if values.dtype == pl.Null:
        return pl.Series(values.name, [None] * len(values), dtype=target)
    values = stored(values)
    if isinstance(values.dtype, pl.Binary):
        values = decoded(values)
    if target != pl.String and _is_one(values):
        return convert(values.head(1), target).new_from_index(0, len(values))
    if isinstance(target, pl.Enum):
        return _enum(_string(values), target)
    match target:
        case pl.String():
            return _string(values)
        case pl.Datetime():
            return _time(values)
        case pl.Date():
            return _date(values)
        case pl.Decimal():
            return decimals(values, target)[0]
        case pl.Int64():
            return _integer(values)
        case pl.Float64():
            return _float(values)
        case pl.Boolean():
            return _bool(values)
        case _:
            return _sketch(values)


def _is_one(values: pl.Series) -> bool:
    """Whether a column is one text over and over: files have one day, and one class of events."""
    if values.dtype != pl.String or len(values) < _SOME or values.null_count():
        return False
    looked_at = (values.tail(_LOOKED_AT), values)
    return all((some == values[0]).all() for some in looked_at)


def _string(values: pl.Series) -> pl.Series:
    dtype = values.dtype
    if dtype == pl.String:
        return values
    if is_nested(dtype):
        return as_json(values)
    if dtype.is_float():
        whole = values.cast(pl.Int64, strict=False)
        exact = (whole.cast(dtype) == values).fill_null(False)
        return whole.cast(pl.String).zip_with(exact, values.cast(pl.String))
    if isinstance(dtype, pl.Datetime | pl.Date | pl.Time):
        return dated(values).cast(pl.String, strict=False)
    if dtype.is_numeric() or dtype == pl.Boolean:
        return values.cast(pl.String, strict=False)
    return pl.Series(values.name, [None] * len(values), dtype=pl.String)


def _retry(values: pl.Series, fast: pl.Series, slow: Slow) -> pl.Series:
    """Fill the values the fast form could not read, reading each distinct one once."""
    if fast.null_count() == values.null_count():
        return fast
    missed = fast.is_null() & values.is_not_null()
    distinct = values.filter(missed).unique(maintain_order=True)
    read = slow(distinct)
    if read.null_count() == len(read):
        return fast
    pairs = pl.DataFrame({"text": distinct, "read": read})
    found = values.to_frame("text").join(pairs, on="text", how="left", maintain_order="left")
    return fast.fill_null(found["read"]).alias(values.name)


def _time(values: pl.Series) -> pl.Series:
    if isinstance(values.dtype, pl.Datetime):
        known, unit = dated(values), values.dtype.time_unit
        # Ticks are counted in UTC: no time zone need be known to read them.
        return known if known.dtype == UTC_TIME else _from_ticks(known.to_physical(), unit)
    if values.dtype == pl.Date:
        return dated(values).cast(pl.Datetime("us")).cast(UTC_TIME)
    if values.dtype != pl.String:
        return pl.Series(values.name, [None] * len(values), dtype=UTC_TIME)
    form = _usual_form(values)
    # Times that were read are remembered, which costs more than it spares where few recur.
    again = values.head(_LOOKED_AT).n_unique() < _LOOKED_AT // 2
    fast = values.str.to_datetime(form, strict=False, time_unit="us", time_zone="UTC", cache=again)
    return dated(_retry(values, fast, _any_time))


def _from_ticks(ticks: pl.Series, unit: str) -> pl.Series:
    micro = ticks * 1000 if unit == "ms" else ticks // 1000 if unit == "ns" else ticks
    return micro.cast(UTC_TIME)


def _usual_form(values: pl.Series) -> str:
    """Guess the form of a column of times by its first value (the plain ones read fastest)."""
    found = values.first(ignore_nulls=True)
    first = found if isinstance(found, str) else ""
    middle = "T" if first[10:11] == "T" else " "
    if len(first) == len("2026-01-31T00:00:00") and first[-1].isdigit():
        return f"%Y-%m-%d{middle}%H:%M:%S"
    if len(first) == len("2026-01-31T00:00:00Z") and first[-1] == "Z":
        return f"%Y-%m-%d{middle}%H:%M:%SZ"
    return _ISO if middle == "T" else "%Y-%m-%d %H:%M:%S%.f"


def _any_time(values: pl.Series) -> pl.Series:
    """Read ISO 8601 in all its usual spellings; without an offset it is UTC."""
    text = values.str.strip_chars().str.to_uppercase()
    text = text.str.replace(r"^(\d{4})(\d\d)(\d\d)(T|$)", "$1-$2-$3$4")
    text = text.str.replace(r"T(\d\d)(\d\d)(\d\d)", "T$1:$2:$3")
    text = text.str.replace(r"^(\d{4}-\d\d-\d\d)$", "${1}T00:00:00")
    text = text.str.replace(r"^(\d{4}-\d\d-\d\d) +", "${1}T")
    text = text.str.replace(r" *(?:UTC|GMT|Z)$", "+00:00")
    text = text.str.replace(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d)([+-]|$)", "$1:00$2")
    text = text.str.replace(r" *([+-]\d\d)$", "$1:00")
    text = text.str.replace(r" +([+-]\d\d:?\d\d)$", "$1")
    text = text.str.replace(r"(T[0-9:]+(?:[.,]\d+)?)$", "$1+00:00").str.replace(",", ".")
    return text.str.to_datetime(_ISO, strict=False, time_unit="us", time_zone="UTC")


def _date(values: pl.Series) -> pl.Series:
    if values.dtype == pl.Date:
        return dated(values)
    if values.dtype == pl.String:
        fast = values.str.to_date(_DATE, strict=False)
        return dated(_retry(values, fast, lambda v: _any_time(v).dt.date()))
    return _time(values).dt.date()


def _integer(values: pl.Series) -> pl.Series:
    dtype = values.dtype
    if dtype.is_integer():
        return values.cast(pl.Int64, strict=False)
    if dtype == pl.String:
        fast = values.cast(pl.Int64, strict=False)
        return _retry(values, fast, lambda v: _integer(v.cast(pl.Float64, strict=False)))
    if dtype.is_float() or isinstance(dtype, pl.Decimal):
        numbers = values.cast(pl.Float64)
        whole = numbers.cast(pl.Int64, strict=False)
        exact = (whole.cast(pl.Float64) == numbers) & (numbers.abs() < 2.0**53)
        return whole.zip_with(exact.fill_null(False), pl.Series([None], dtype=pl.Int64))
    return pl.Series(values.name, [None] * len(values), dtype=pl.Int64)


def _float(values: pl.Series) -> pl.Series:
    if values.dtype == pl.String:
        return values.str.strip_chars().cast(pl.Float64, strict=False)
    if values.dtype.is_numeric():
        return values.cast(pl.Float64, strict=False)
    return pl.Series(values.name, [None] * len(values), dtype=pl.Float64)


def _bool(values: pl.Series) -> pl.Series:
    if values.dtype == pl.Boolean:
        return values
    written = _string(values)
    true = written == "true"
    if (true | (written == "false")).all():
        return true
    text = written.str.strip_chars().str.to_lowercase()
    known = {**dict.fromkeys(_TRUE, True), **dict.fromkeys(_FALSE, False)}
    return text.replace_strict(known, default=None, return_dtype=pl.Boolean)


def _enum(values: pl.Series, target: pl.Enum) -> pl.Series:
    known = {category.lower(): category for category in target.categories}

    def folded(distinct: pl.Series) -> pl.Series:
        text = distinct.str.strip_chars().str.to_lowercase()
        return text.replace_strict(known, default=None, return_dtype=target)

    return _retry(values, values.cast(target, strict=False), folded)


def _sketch(values: pl.Series) -> pl.Series:
    if values.dtype == pl.String:
        text = values.str.strip_chars('[]" ').str.replace_all(r'[",\s]+', ";")
        parts = text.str.split(";")
    elif isinstance(values.dtype, pl.List) and values.dtype.inner == pl.String:
        parts = values
    elif isinstance(values.dtype, pl.List) and _numeric(values.dtype.inner):
        return _whole_sketch(values.cast(_SKETCH, strict=False))
    elif isinstance(values.dtype, pl.Array):
        return _sketch(values.arr.to_list())
    else:
        return pl.Series(values.name, [None] * len(values), dtype=_SKETCH)
    hexed = pl.element().str.to_integer(base=16, dtype=pl.UInt64, strict=False)
    return _whole_sketch(parts.list.eval(hexed))


def _numeric(kind: object) -> bool:
    return isinstance(kind, pl.DataType) and kind.is_numeric()


def _whole_sketch(read: pl.Series) -> pl.Series:
    whole = (read.list.len() == 32) & (read.list.drop_nulls().list.len() == 32)
    return read.zip_with(whole.fill_null(False), pl.Series([None], dtype=_SKETCH))
