"""From what a file holds to the types of the contract, column by column.

A conversion gives null where a value cannot be read; the caller compares nulls before and
after and quarantines the difference. Each target has one fast expression for the usual form
and, only for the values that form could not read, a slower one for every other form.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from typing import Final

import polars as pl

from detector.sources.digits import plain
from detector.sources.rounding import round_floats
from features.tables import DECIMAL, DECIMAL_LIMIT, UTC_TIME

PLACES: Final = 15
_ONE: Final = Decimal(1).scaleb(-PLACES)
_EXACT: Final = Context(prec=60)
_TOO_FINE: Final = r"\.\d{15}\d*[1-9]|[eE]"
_TRUE: Final = ("true", "t", "yes", "y", "1", "1.0")
_FALSE: Final = ("false", "f", "no", "n", "0", "0.0")
_ISO: Final = "%Y-%m-%dT%H:%M:%S%.f%#z"
_DATE: Final = "%Y-%m-%d"
Slow = Callable[[pl.Series], pl.Series]
_SKETCH: Final = pl.List(pl.UInt64())

REASONS: Final = {
    "String": "is not a text",
    "Datetime": "is not a time (expected ISO 8601, for example 2026-01-31T13:00:00Z)",
    "Date": "is not a date (expected YYYY-MM-DD)",
    "Decimal": "is not a decimal of at most 15 places below 10^15",
    "Int64": "is not a whole number",
    "Float64": "is not a number",
    "Boolean": "is not true or false",
    "Enum": "is not one of the known values",
    "List": "is not a list of unsigned 64-bit values (hex, ';' between)",
}


def convert(values: pl.Series, target: pl.DataType) -> pl.Series:
    """Convert a column; what cannot be read is null. Same length and name."""
    if values.dtype == pl.Null:
        return pl.Series(values.name, [None] * len(values), dtype=target)
    if isinstance(values.dtype, pl.Categorical | pl.Enum):
        values = values.cast(pl.String)
    if isinstance(values.dtype, pl.Binary):
        values = values.cast(pl.String, strict=False)
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
            return _decimal(values)
        case pl.Int64():
            return _integer(values)
        case pl.Float64():
            return _float(values)
        case pl.Boolean():
            return _bool(values)
        case _:
            return _sketch(values)


def _string(values: pl.Series) -> pl.Series:
    dtype = values.dtype
    if dtype == pl.String:
        return values
    if isinstance(dtype, pl.Struct):
        return values.struct.json_encode()
    if isinstance(dtype, pl.List):
        return _map_text(values)
    if dtype.is_float():
        whole = values.cast(pl.Int64, strict=False)
        exact = (whole.cast(dtype) == values).fill_null(False)
        return whole.cast(pl.String).zip_with(exact, values.cast(pl.String))
    return values.cast(pl.String, strict=False)


def _map_text(values: pl.Series) -> pl.Series:
    """Write a Parquet map or list as JSON text; a map becomes an object."""
    import json

    def entry(item: pl.Series | None) -> str | None:
        if item is None:
            return None
        rows = item.to_list()
        if rows and all(isinstance(r, dict) and set(r) == {"key", "value"} for r in rows):
            return json.dumps({str(r["key"]): r["value"] for r in rows}, default=str)
        return json.dumps(rows, default=str)

    return values.map_elements(entry, return_dtype=pl.String)


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
        aware = values.dtype.time_zone
        utc = values.dt.convert_time_zone("UTC") if aware else values.dt.replace_time_zone("UTC")
        return utc.cast(UTC_TIME)
    if values.dtype == pl.Date:
        return values.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    if values.dtype != pl.String:
        return pl.Series(values.name, [None] * len(values), dtype=UTC_TIME)
    form = _usual_form(values)
    fast = values.str.to_datetime(form, strict=False, time_unit="us", time_zone="UTC")
    return _retry(values, fast, _any_time)


def _usual_form(values: pl.Series) -> str:
    """Guess the form of a column of times by its first value (the plain ones read fastest)."""
    known = values.drop_nulls().head(1).to_list()
    first = known[0] if known else ""
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
        return values
    if values.dtype == pl.String:
        fast = values.str.to_date(_DATE, strict=False)
        return _retry(values, fast, lambda v: _any_time(v).dt.date())
    return _time(values).dt.date()


def _decimal(values: pl.Series) -> pl.Series:
    dtype = values.dtype
    if dtype == pl.String:
        read = _decimal_text(values)
    elif dtype.is_float():
        read = _decimal_float(values)
    elif isinstance(dtype, pl.Decimal) and dtype.scale > PLACES:
        read = _decimal_text(values.cast(pl.String))
    elif dtype.is_integer() or isinstance(dtype, pl.Decimal):
        read = values.cast(DECIMAL, strict=False)
    else:
        return pl.Series(values.name, [None] * len(values), dtype=DECIMAL)
    if _within_limit(read):
        return read
    inside = (read < DECIMAL_LIMIT) & (read > -DECIMAL_LIMIT)
    return read.zip_with(inside.fill_null(False), pl.Series([None], dtype=DECIMAL))


def _within_limit(read: pl.Series) -> bool:
    ends = [end for end in (read.min(), read.max()) if isinstance(end, Decimal)]
    return all(-DECIMAL_LIMIT < end < DECIMAL_LIMIT for end in ends)


def _decimal_text(values: pl.Series) -> pl.Series:
    fast = values.cast(DECIMAL, strict=False)
    if plain(values, PLACES):
        return _retry(values, fast, _decimals)
    odd = values.str.contains(_TOO_FINE)
    if odd.any():
        fast = fast.zip_with(~odd.fill_null(False), pl.Series([None], dtype=DECIMAL))
    return _retry(values, fast, _decimals)


def _decimal_float(values: pl.Series) -> pl.Series:
    """Round floats half-even, once.

    The shortest text that reads back as the float is its value if it has no more than 15
    places, so that a number written to CSV and to Parquet is the same number; else the exact
    value of the float is rounded.
    """
    numbers = values.cast(pl.Float64).fill_nan(None)
    text = numbers.cast(pl.String)
    fast = text.cast(DECIMAL, strict=False)
    odd = text.str.contains(_TOO_FINE).fill_null(value=False)
    return fast.zip_with(~odd, round_floats(numbers)) if odd.any() else fast


def _decimals(values: pl.Series) -> pl.Series:
    return pl.Series([_exact(text) for text in values], dtype=DECIMAL)


def _exact(text: str) -> Decimal | None:
    if len(text) > 64 or "_" in text:
        return None
    try:
        number = Decimal(text.strip())
        if not number.is_finite() or abs(number) >= DECIMAL_LIMIT:
            return None
        fixed = number.quantize(_ONE, rounding=ROUND_HALF_EVEN, context=_EXACT)
    except InvalidOperation:
        return None
    return fixed if fixed == number else None


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
    text = _string(values).str.strip_chars().str.to_lowercase()
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
    elif isinstance(values.dtype, pl.List):
        if values.dtype.inner != pl.String:
            return values.cast(_SKETCH, strict=False)
        parts = values
    else:
        return pl.Series(values.name, [None] * len(values), dtype=_SKETCH)
    hexed = pl.element().str.to_integer(base=16, dtype=pl.UInt64, strict=False)
    read = parts.list.eval(hexed)
    whole = (read.list.len() == 32) & (read.list.drop_nulls().list.len() == 32)
    return read.zip_with(whole.fill_null(False), pl.Series([None], dtype=_SKETCH))
