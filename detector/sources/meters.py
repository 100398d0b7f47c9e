"""Meters of GPUs: names and devices in one spelling, readings that are none as null.

DCGM writes a value of its own where it has no reading (32 and 64 bits, floats), and exporters
pass it on as if it were one. Blanks: NVIDIA DCGM documentation, "Enums and Macros"
(DCGM_INT32_BLANK, DCGM_INT64_BLANK, DCGM_FP64_BLANK and what follows them). Ranges: the same,
"Field Identifiers". Both read 2026-03-30.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Final

import polars as pl

from features.tables import SCHEMAS

_PERCENT: Final = 100.0
_RATIO: Final = 1.0
LIMITS: Final[Mapping[str, float]] = {
    "DCGM_FI_DEV_GPU_UTIL": _PERCENT,
    "DCGM_FI_DEV_MEM_COPY_UTIL": _PERCENT,
    "DCGM_FI_DEV_ENC_UTIL": _PERCENT,
    "DCGM_FI_DEV_DEC_UTIL": _PERCENT,
    "DCGM_FI_DEV_FB_USED_PERCENT": _RATIO,
    "DCGM_FI_PROF_GR_ENGINE_ACTIVE": _RATIO,
    "DCGM_FI_PROF_SM_ACTIVE": _RATIO,
    "DCGM_FI_PROF_SM_OCCUPANCY": _RATIO,
    "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE": _RATIO,
    "DCGM_FI_PROF_PIPE_TENSOR_IMMA_ACTIVE": _RATIO,
    "DCGM_FI_PROF_PIPE_TENSOR_HMMA_ACTIVE": _RATIO,
    "DCGM_FI_PROF_PIPE_TENSOR_DFMA_ACTIVE": _RATIO,
    "DCGM_FI_PROF_PIPE_INT_ACTIVE": _RATIO,
    "DCGM_FI_PROF_PIPE_FP64_ACTIVE": _RATIO,
    "DCGM_FI_PROF_PIPE_FP32_ACTIVE": _RATIO,
    "DCGM_FI_PROF_PIPE_FP16_ACTIVE": _RATIO,
    "DCGM_FI_PROF_DRAM_ACTIVE": _RATIO,
    **{f"DCGM_FI_PROF_NVDEC{n}_ACTIVE": _RATIO for n in range(8)},
    **{f"DCGM_FI_PROF_NVJPG{n}_ACTIVE": _RATIO for n in range(8)},
    **{f"DCGM_FI_PROF_NVOFA{n}_ACTIVE": _RATIO for n in range(2)},
}
"""The greatest reading of a metric that has one; no metric has a reading below 0.

Fan speed is a percentage that may pass 100 (NVML, nvmlDeviceGetFanSpeed), so it is not here.
"""

_BLANKS: Final = (
    (2147483632.0, 2147483647.0),
    (140737488355328.0, 140737488355343.0),
    # As floats, all 64-bit blanks are 2^63, or a little below where a text was cut short.
    (9.223372036854775e18, 9.223372036854776e18),
)
NO_READING: Final = re.compile(
    r"(?i)^\s*(?:n/?a|none|null|nan|[+-]?inf(?:inity)?|not supported|<<<\w+>>>)\s*$"
)
"""What tools write where they have no reading."""

_EMPTY: Final = ("", "NULL")
_DEVICE: Final = r"(?i)^(?:gpu|mig)-"
_OLD_SLICE: Final = r"^MIG-(GPU-[^/]*)/(\d+)/\d+$"


def tidied(frame: pl.DataFrame, table: str) -> tuple[pl.DataFrame, int]:
    """Spell meters and devices of a raw part one way, and take out readings that are none.

    Returns
    -------
    tuple[pl.DataFrame, int]
        The part (as it is, for tables without meters) and how many readings became null.
    """
    columns = _columns(table)
    if "gpu_uuid" not in columns:
        return frame, 0
    frame = _mapped(frame, "gpu_uuid", devices)
    if "metric" not in columns or _ordinary(frame):
        return frame, 0
    frame = _mapped(frame, "metric", names)
    if not {"metric", "value"} <= set(frame.columns):
        return frame, 0
    value, lost = readings(_texts(frame["metric"]), _texts(frame["value"]))
    return frame.with_columns(value), lost


@cache
def _columns(table: str) -> frozenset[str]:
    return frozenset(SCHEMAS[table].column_names())


def _ordinary(frame: pl.DataFrame) -> bool:
    """Say by the ends of each metric, at a glance, that all is spelt and measured as it should.

    What this denies may still be in order: large numbers need a closer look.
    """
    kinds = frame.schema
    if kinds.get("metric") != pl.String or kinds.get("value") != pl.Float64:
        return False
    value = pl.col("value")
    ends = frame.group_by("metric").agg(
        value.min().alias("least"), value.max().alias("most"), value.is_nan().any().alias("odd")
    )
    limit = ends["metric"].replace_strict(LIMITS, default=_BLANKS[0][0] - 1)
    inside = (ends["least"] >= 0) & (ends["most"] <= limit)
    spelt = names(ends["metric"]).eq_missing(ends["metric"])
    return bool(inside.fill_null(value=True).all() and spelt.all() and not ends["odd"].any())


def readings(metric: pl.Series, value: pl.Series) -> tuple[pl.Series, int]:
    """Return values with null where there is no reading, and how many became null.

    Parameters
    ----------
    metric
        Canonical names (``names``).
    value
        Numbers, or texts as a file holds them. Texts that are neither a number nor a known
        way to say that there is none stay as they are, so that their rows can be set aside.
    """
    if value.dtype == pl.String:
        return _of_texts(metric, value)
    if not value.dtype.is_numeric():
        return value, 0
    number = value.cast(pl.Float64, strict=False)
    known = _is_reading(metric, number)
    lost = 0 if known.all() else int((~known & value.is_not_null()).sum())
    return (_kept(number, known), lost) if lost else (value, 0)


def _of_texts(metric: pl.Series, text: pl.Series) -> tuple[pl.Series, int]:
    number = text.str.strip_chars().cast(pl.Float64, strict=False)
    known = _is_reading(metric, number)
    unread = number.is_null() & text.is_not_null() & ~text.is_in(_EMPTY)
    if not unread.any():
        lost = int((number.is_not_null() & ~known).sum())
        return _kept(number, known).alias(text.name), lost
    broken = unread & ~text.str.contains(NO_READING.pattern)
    lost = int(((unread & ~broken) | (number.is_not_null() & ~known)).sum())
    return _kept(text, known | broken), lost


def _is_reading(metric: pl.Series, number: pl.Series) -> pl.Series:
    """Say of each number whether it can be a reading of its metric; never null."""
    known = number.is_finite() & (number >= 0)
    for first, last in _BLANKS:
        known &= (number < first) | (number > last)
    over = number > _RATIO
    if metric.dtype == pl.String and over.any():
        limit = metric.filter(over).replace_strict(LIMITS, default=None, return_dtype=pl.Float64)
        beyond = (number.filter(over) > limit).fill_null(value=False)
        known = known.scatter(over.arg_true().filter(beyond), False)
    return known.fill_null(value=False)


def _kept(values: pl.Series, known: pl.Series) -> pl.Series:
    return values.zip_with(known, pl.Series(values.name, [None], dtype=values.dtype))


def names(metric: pl.Series) -> pl.Series:
    """Spell metrics as DCGM does, and byte counts of the network in lower case.

    OpenMetrics appends ``_total`` to the names of counters: it is taken off again where a
    known field is left.

    >>> names(pl.Series(["dcgm_fi_dev_gpu_util", "NET_INGRESS_BYTES", "Other"])).to_list()
    ['DCGM_FI_DEV_GPU_UTIL', 'net_ingress_bytes', 'Other']
    """
    upper, lower = metric.str.to_uppercase(), metric.str.to_lowercase()
    field = upper.str.replace(r"^(DCGM_FI_PROF_\w+_BYTES)_TOTAL$", "$1")
    named = field.zip_with(upper.str.starts_with("DCGM_FI_"), metric)
    return lower.zip_with(lower.is_in(["net_ingress_bytes", "net_egress_bytes"]), named)


def devices(uuid: pl.Series) -> pl.Series:
    """Spell ids of GPUs and MIG slices one way: prefix in capitals, the rest in small letters.

    A slice is its GPU's id with the instance behind a stroke, also where a driver before
    R470 spelt it ``MIG-GPU-…/instance/compute instance``.

    >>> devices(pl.Series(["gpu-AAaa", "MIG-GPU-aaaa/1/0", "node-1"])).to_list()
    ['GPU-aaaa', 'GPU-aaaa/1', 'node-1']
    """
    small = uuid.str.to_lowercase()
    prefixed = small.str.replace("^gpu-", "GPU-").str.replace("^mig-(gpu-)?", "MIG-${1}")
    whole = prefixed.str.replace("^MIG-gpu-", "MIG-GPU-").str.replace(_OLD_SLICE, "$1/$2")
    return whole.zip_with(uuid.str.contains(_DEVICE), uuid)


def _mapped(
    frame: pl.DataFrame, column: str, spell: Callable[[pl.Series], pl.Series]
) -> pl.DataFrame:
    """Respell a column of texts, by its distinct values."""
    if column not in frame.columns:
        return frame
    values = _texts(frame[column])
    if values.dtype != pl.String:
        return frame
    distinct = values.unique().drop_nulls()
    spelt = spell(distinct)
    changed = (spelt != distinct).fill_null(value=False)
    if not changed.any():
        return frame
    kept = values.replace(distinct.filter(changed), spelt.filter(changed))
    return frame.with_columns(kept.alias(column))


def _texts(values: pl.Series) -> pl.Series:
    """Return texts that a file stores in another form as texts, anything else as it is."""
    if not isinstance(values.dtype, pl.Categorical | pl.Enum | pl.Binary):
        return values
    read = values.cast(pl.String, strict=False)
    return read if read.null_count() == values.null_count() else values
