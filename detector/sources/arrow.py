"""Arrow columns that Polars cannot take as they are, made into ones that it can.

Polars ends the process on some types (a list view, a time zone such as ``+05:30``) as soon
as it sees them in a file, wanted or not.
"""

from __future__ import annotations

from typing import Final

import polars as pl
import pyarrow as pa

_UTC: Final = (None, "UTC")
_UNREADABLE: Final = b"\xff"
"""Stands for a value of a type that nobody reads: it is no text, no number and no time."""
_PLAIN: Final = (
    pa.types.is_boolean, pa.types.is_integer, pa.types.is_floating, pa.types.is_string,
    pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary, pa.types.is_null,
    pa.types.is_fixed_size_binary, pa.types.is_date, pa.types.is_time, pa.types.is_duration,
    pa.types.is_decimal128,
)  # fmt: skip
_LISTS: Final = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)


def polars_reads(kind: pa.DataType) -> bool:
    """Whether Polars surely reads a column of this type."""
    if any(test(kind) for test in _LISTS):
        return polars_reads(kind.value_type)
    if pa.types.is_map(kind):
        return polars_reads(kind.key_type) and polars_reads(kind.item_type)
    if pa.types.is_struct(kind):
        return kind.num_fields > 0 and all(polars_reads(field.type) for field in kind)
    if pa.types.is_timestamp(kind):
        return kind.tz in _UTC
    return any(test(kind) for test in _PLAIN)


def column(array: pa.Array) -> pl.Series:
    """Return an Arrow column as Polars holds it; what no one can read as bytes that say so."""
    kind = array.type
    if pa.types.is_dictionary(kind):
        return column(array.dictionary).gather(column(array.indices))
    if isinstance(kind, pa.ExtensionType):
        return column(array.storage)
    if pa.types.is_timestamp(kind) and kind.tz not in _UTC:
        return column(array.cast(pa.timestamp(kind.unit, "UTC")))
    if pa.types.is_decimal256(kind):
        return column(array.cast(pa.string()))
    if polars_reads(kind):
        return pl.Series(pl.from_arrow(array))
    return _rebuilt(array)


def _rebuilt(array: pa.Array) -> pl.Series:
    """Take a nested column apart; null texts stand for what cannot be read inside."""
    target = _readable(array.type)
    try:
        return pl.Series(pl.from_arrow(array.cast(target)))
    except pa.ArrowException:
        known = pl.Series(pl.from_arrow(array.is_valid()))
        null = pl.Series([None], dtype=pl.Binary)
        return pl.Series([_UNREADABLE]).zip_with(known, null)


def _readable(kind: pa.DataType) -> pa.DataType:
    """Return the nearest type that Polars reads; text where there is none."""
    if polars_reads(kind):
        return kind
    if pa.types.is_timestamp(kind):
        return pa.timestamp(kind.unit, "UTC")
    if pa.types.is_dictionary(kind):
        return _readable(kind.value_type)
    if isinstance(kind, pa.ExtensionType):
        return _readable(kind.storage_type)
    if pa.types.is_map(kind):
        return pa.map_(_readable(kind.key_type), _readable(kind.item_type))
    if any(test(kind) for test in (*_LISTS, pa.types.is_list_view, pa.types.is_large_list_view)):
        return pa.large_list(_readable(kind.value_type))
    if pa.types.is_struct(kind) and kind.num_fields:
        return pa.struct([(field.name, _readable(field.type)) for field in kind])
    return pa.string()
