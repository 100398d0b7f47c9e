"""As-of without reading everything: the latest end of a valid Usage row of a Parquet file.

Two columns say which end is the latest; only rows with that end are then read whole and
checked. Whatever does not fit this way (no valid row among the first, a cost report, text
files) is left to a full reading.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from detector.errors import DataError
from detector.sources.bounds import pieces
from detector.sources.convert import convert
from detector.sources.layout import Layout
from detector.sources.ledger import Ledger
from detector.sources.listing import InputFile, extension
from detector.sources.normalise import normalise
from detector.sources.parquetfile import read_parquet, scannable
from detector.sources.raw import numbered
from detector.sources.refused import no_as_of
from features.tables import UTC_TIME

_TRIED_ROWS: Final = 1000
_END: Final = "ChargePeriodEnd"
_CATEGORY: Final = "ChargeCategory"
_UNITS: Final[dict[str, Literal["ms", "us", "ns"]]] = {
    "milliseconds": "ms", "microseconds": "us", "nanoseconds": "ns",
}  # fmt: skip


def quick_latest(path: Path, file: InputFile, limit: datetime) -> datetime | None:
    """Return the latest end of a valid Usage row up to ``limit``.

    None if only a full reading can tell.
    """
    if extension(file.path) != "parquet":
        return None
    layout = Layout(file.table, file.path)
    names: dict[str, str] = {}

    def narrow(found: Sequence[str]) -> dict[str, str]:
        names.update(layout.select(found))
        return {key: target for key, target in names.items() if target in (_END, _CATEGORY)}

    try:
        if not scannable(path, file.path):
            return None
        tops = [top for part in read_parquet(path, file.path, narrow)
                if (top := _top(part.frame, limit))]  # fmt: skip
        if not tops:
            return None
        latest, raw = max(tops, key=lambda top: top[0])
        return latest if _holds(path, file, names, raw) else None
    except (DataError, pl.exceptions.PolarsError, pa.ArrowException, OverflowError):
        return None  # A full reading says which cells cannot be read.


def ends_by(path: Path, file: InputFile, moment: datetime) -> bool:
    """Whether a file says of itself that no charge in it ends later: it need not be read for that.

    No is also what is not known.
    """
    if extension(file.path) != "parquet":
        return False
    try:
        with pq.ParquetFile(path) as parquet:
            names = Layout(file.table, file.path).select(parquet.schema_arrow.names)
            keys = {key for key, target in names.items() if target == _END}
            groups = [parquet.metadata.row_group(k) for k in range(parquet.num_row_groups)]
        told = [_last(rows, keys) for rows in groups]
        return all(bool((convert(end, UTC_TIME) <= moment).all(ignore_nulls=False)) for end in told)
    except (DataError, pl.exceptions.PolarsError, pa.ArrowException, OverflowError, OSError,
            TypeError):  # fmt: skip
        return False


def _last(rows: pq.RowGroupMetaData, keys: Collection[str]) -> pl.Series:
    """The latest time of the one column that is meant; null where the file tells of no time."""
    columns = [rows.column(k) for k in range(rows.num_columns)]
    told = [column.statistics for column in columns if column.path_in_schema in keys]
    known = [one for one in told if one is not None and one.has_min_max]
    kind = json.loads(known[0].logical_type.to_json()) if len(known) == 1 else {}
    if kind.get("Type") != "Timestamp":
        return pl.Series([None], dtype=UTC_TIME)
    # As it stands there: made a time of Python's, it would load pandas, and need it at nanoseconds.
    unit = _UNITS[kind["timeUnit"]]
    zone = "UTC" if kind["isAdjustedToUTC"] else None
    return pl.Series([known[0].max_raw], dtype=pl.Int64).cast(pl.Datetime(unit, zone))


def _top(frame: pl.DataFrame, limit: datetime) -> tuple[datetime, object] | None:
    """Return the latest end among Usage rows, as a time and as it stands in the file."""
    usage = frame.filter(frame[_CATEGORY].cast(pl.String).str.to_lowercase() == "usage")
    raw = usage[_END].unique(maintain_order=True)
    ends = convert(raw, UTC_TIME)
    within = (ends <= limit).fill_null(value=False)
    raw, ends = raw.filter(within), ends.filter(within)
    place = ends.arg_max()
    return None if place is None else (ends[place], raw[place])


def _holds(path: Path, file: InputFile, names: dict[str, str], raw: object) -> bool:
    """Say whether one of the first rows with this end is a valid Usage row."""
    end = next(key for key, target in names.items() if target == _END)
    columns = [pl.col(key).alias(target) for key, target in names.items()]
    scan = pl.scan_parquet(path, hive_partitioning=False, glob=False)
    frame = scan.filter(pl.col(end) == pl.lit(raw)).head(_TRIED_ROWS).select(columns).collect()
    good = (normalise(p, file.table, file.path).frame for p in pieces(numbered(frame, 1), "usage"))
    return any((part[_CATEGORY] == "Usage").any() for part in good)


def latest_of(ends: Sequence[datetime | None], ledger: Ledger) -> datetime:
    """As-of: the latest of the ends of Usage rows.

    Raises
    ------
    DataError
        If there is none; says what there was instead.
    """
    known = [end for end in ends if end is not None]
    if known:
        return max(known)
    ledger.check("usage")
    first = ledger.ahead().first
    raise no_as_of(ledger.counts("usage"), first.isoformat() if first else None)
