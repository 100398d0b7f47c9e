"""Columns of any type, made fit to be written: lists, maps, structs, bytes, far-off times.

Polars ends the process, or raises what no caller expects, where it is asked to write bytes
that are no text or times beyond the calendar. So such values are nulled or turned into text
first, and nothing here is written before it was measured.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl
import pyarrow as pa

_PER_SECOND: Final = {"ms": 10**3, "us": 10**6, "ns": 10**9}
_FIRST_SECOND: Final = -62_135_596_800
_END_SECOND: Final = 253_402_300_800
"""The years 1 to 9999, in seconds since 1970."""
_DAY: Final = 86_400
_DAY_NS: Final = _DAY * 10**9
_SCALAR_BYTES: Final = 4
WEIGHT_PER_CHAR: Final = 4
"""Most weight of one character of the text that is written of a value."""
_UNSAFE: Final = (pl.Binary, pl.Datetime, pl.Date, pl.Time, pl.BaseExtension)
_ENTRY: Final = ["key", "value"]


def is_nested(kind: pl.DataType) -> bool:
    """Whether a value of this type holds other values."""
    return kind.is_nested() or isinstance(kind, pl.Map)


def stored(values: pl.Series) -> pl.Series:
    """Return what an extension type (UUID, JSON …) stores; categories as text."""
    if isinstance(values.dtype, pl.BaseExtension):
        return stored(values.ext.storage())
    if isinstance(values.dtype, pl.Categorical | pl.Enum):
        return values.cast(pl.String)
    return values


def decoded(values: pl.Series) -> pl.Series:
    """Read bytes as UTF-8; null where they are not."""
    try:
        return values.cast(pl.String)
    except pl.exceptions.ComputeError:
        return pl.Series(values.name, [_text(raw) for raw in values], dtype=pl.String)


def _text(raw: bytes | None) -> str | None:
    try:
        return None if raw is None else raw.decode("utf-8")
    except UnicodeDecodeError:
        return None


def dated(values: pl.Series) -> pl.Series:
    """Null the dates and times that no calendar of years 1 to 9999 has."""
    ticks = values.to_physical()
    least, end = _bounds(values.dtype)
    low, high = ticks.min(), ticks.max()
    if low is None or (_whole(low) >= least and _whole(high) < end):
        return values
    known = ((ticks >= least) & (ticks < end)).fill_null(value=False)
    return values.zip_with(known, pl.Series([None], dtype=values.dtype))


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0


def _bounds(kind: pl.DataType) -> tuple[int, int]:
    if isinstance(kind, pl.Datetime):
        per = _PER_SECOND[kind.time_unit]
        return max(_FIRST_SECOND * per, -(2**63)), min(_END_SECOND * per, 2**63 - 1)
    if isinstance(kind, pl.Date):
        return _FIRST_SECOND // _DAY, _END_SECOND // _DAY
    return 0, _DAY_NS


def nulled(values: pl.Series, kept: pl.Series) -> pl.Series:
    """Null all values but those kept, and let go of them.

    A mask alone would keep a long text, which a later step then copies for each row.
    """
    places = pl.int_range(0, len(values), dtype=pl.UInt32, eager=True)
    return values.gather(places.zip_with(kept, pl.Series([None], dtype=pl.UInt32)))


def weights(values: pl.Series) -> np.ndarray:
    """Return about how many bytes each value takes when it is written as text.

    Texts that many rows share are not copied for it.
    """
    values = _listed(stored(values))
    kind = values.dtype
    if kind == pl.String:
        return values.str.len_bytes().fill_null(0).to_numpy().astype(np.int64)
    if kind == pl.Binary:
        return values.bin.size().fill_null(0).to_numpy().astype(np.int64)
    if isinstance(kind, pl.List):
        lengths = values.list.len().fill_null(0).to_numpy().astype(np.int64)
        ends = np.cumsum(lengths)
        sums = np.concatenate([[0], np.cumsum(weights(_items(values)) + 1)])
        return np.asarray(sums[ends] - sums[ends - lengths] + 2)
    if isinstance(kind, pl.Struct):
        fields = values.struct.unnest()
        own = np.full(len(values), sum(len(name) + 4 for name in fields.columns), dtype=np.int64)
        return sum((weights(field) for field in fields), own)
    return np.full(len(values), _SCALAR_BYTES, dtype=np.int64)


def _listed(values: pl.Series) -> pl.Series:
    """Return maps and arrays as lists."""
    kind = values.dtype
    if isinstance(kind, pl.Map):
        return values.cast(pl.List(pl.Struct({"key": kind.key, "value": kind.value})))
    return values.arr.to_list() if isinstance(kind, pl.Array) else values


def _items(values: pl.Series) -> pl.Series:
    return values.explode(empty_as_null=False, keep_nulls=False)


def harmless(values: pl.Series) -> pl.Series:
    """Turn every value inside into one that can be written: bytes are text, or null."""
    values = stored(values)
    kind = values.dtype
    if _writable(kind):
        return values
    if kind == pl.Binary:
        return decoded(values)
    if isinstance(kind, pl.Datetime | pl.Date | pl.Time):
        return dated(values)
    if isinstance(kind, pl.Struct):
        fields = [harmless(field) for field in values.struct.unnest()]
        made = pl.DataFrame(fields).to_struct(values.name)
        return made.zip_with(values.is_not_null(), pl.Series([None], dtype=made.dtype))
    return _relisted(_listed(values)).alias(values.name)


def _relisted(values: pl.Series) -> pl.Series:
    lengths = values.list.len().fill_null(0).to_numpy().astype(np.int64)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    inner = harmless(_items(values)).to_arrow(compat_level=pl.CompatLevel.newest())
    lists = pa.LargeListArray.from_arrays(
        pa.array(offsets), inner, mask=values.is_null().to_arrow()
    )
    return pl.Series(pl.from_arrow(lists))


def _writable(kind: pl.DataType) -> bool:
    """Whether Polars writes each value of the type; maps need texts as keys."""
    if isinstance(kind, pl.List | pl.Array):
        return _writable(_instance(kind.inner))
    if isinstance(kind, pl.Map):
        return kind.key == pl.String and _writable(_instance(kind.value))
    if isinstance(kind, pl.Struct):
        return all(_writable(_instance(field.dtype)) for field in kind.fields)
    return not isinstance(kind, _UNSAFE)


def _instance(kind: object) -> pl.DataType:
    return kind() if isinstance(kind, type) else kind  # type: ignore[return-value]


def as_json(values: pl.Series) -> pl.Series:
    """Write lists, maps and structs as JSON text; a map, or a list of its entries, as an object.

    >>> as_json(pl.Series([[{"key": "a", "value": 1}], None])).to_list()
    ['{"a":1}', None]
    """
    values = _mapped(harmless(values))
    written = values.alias("v").to_frame().select(pl.struct("v").struct.json_encode()).to_series()
    bare = written.str.strip_prefix('{"v":').str.strip_suffix("}")
    return bare.zip_with(values.is_not_null(), pl.Series([None], dtype=pl.String)).alias(
        values.name
    )


def _mapped(values: pl.Series) -> pl.Series:
    """Turn a list of key and value, which older writers leave of a map, into a map."""
    kind = values.dtype
    entry = kind.inner if isinstance(kind, pl.List) else None
    if not isinstance(entry, pl.Struct) or [field.name for field in entry.fields] != _ENTRY:
        return values
    items = _items(values)
    whole = not items.null_count() and not items.struct.field("key").null_count()
    key, value = entry.fields
    if not whole or key.dtype != pl.String:
        return values
    return values.cast(pl.Map(key.dtype, value.dtype))
