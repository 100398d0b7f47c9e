"""OCSF events in Parquet, as Amazon Security Lake writes them: objects are struct columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from detector.sources.bounds import spans
from detector.sources.layout import REQUIRED
from detector.sources.limits import MAX_RECORD_BYTES
from detector.sources.native.adapter import Hasher
from detector.sources.native.documents import Found
from detector.sources.nested import dated, harmless, weights
from detector.sources.parquetfile import read_parquet
from detector.sources.raw import RawPart

_UNUSED: Final = frozenset({"raw_data", "unmapped", "observables", "enrichments", "malware"})
_ISO: Final = "%Y-%m-%dT%H:%M:%S%.fZ"


def recognises(found: Sequence[str]) -> bool:
    """Say whether these are the columns of OCSF events, not those of the contract."""
    if "class_uid" not in found or set(REQUIRED["events"]) <= set(found):
        return False
    from detector.sources.native import ocsf
    from detector.sources.native.operations import API_ACTIVITY

    return ocsf.ADAPTER.recognises({**dict.fromkeys(found), "class_uid": API_ACTIVITY})


def read_ocsf(path: Path, name: str, hashed: Hasher) -> Iterator[RawPart]:
    """Yield rows of ``events``, of a bounded number of records at a time."""
    from detector.sources.native import ocsf
    from detector.sources.native.adapters import adapt

    for part in read_parquet(path, name, _wanted):
        frame = part.frame.select(_tame(values) for values in part.frame)
        sizes = np.sum([weights(values) for values in frame], axis=0)
        for start, length in spans(frame.height, [sizes]):
            found = _records(frame.slice(start, length), sizes[start : start + length])
            before = int(part.rows[start]) - 1
            for made in adapt(ocsf.ADAPTER, found, hashed):
                yield replace(
                    made,
                    rows=made.rows + before,
                    bad=[replace(bad, row=bad.row + before) for bad in made.bad],
                )


def _wanted(found: Sequence[str]) -> dict[str, str]:
    return {name: name for name in found if name not in _UNUSED}


def _tame(values: pl.Series) -> pl.Series:
    """Return values that Python can hold; times as text."""
    if isinstance(values.dtype, pl.Datetime):
        kind = pl.Datetime(values.dtype.time_unit)
        return dated(values).cast(kind).dt.strftime(_ISO).alias(values.name)
    return harmless(values)


def _records(frame: pl.DataFrame, sizes: np.ndarray) -> Iterator[Found]:
    small = pl.Series(sizes <= MAX_RECORD_BYTES)
    rows = frame.filter(small).iter_rows(named=True)
    for fits in small:
        if fits:
            yield Found(next(rows))
        else:
            yield Found(None, f"the record is longer than {MAX_RECORD_BYTES >> 20} MiB")
