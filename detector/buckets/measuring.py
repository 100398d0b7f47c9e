"""A bucket of accounts to features, and what the driver needs of it to compare accounts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import polars as pl

from detector.buckets.boxes import Box, bucket_of
from detector.buckets.merging import LANDMARKS, PAYERS
from detector.buckets.shared import SHARED, WHOLE, WITNESS, alone, share
from detector.findings.seen import counted, subjects
from features.build import features_of
from features.catalogue import Catalogue
from features.peers import PEER_COLUMNS, peer_codes
from features.population import Population
from features.rollups import Parts, Rollups, complete

TABLE: Final = "table"
SEEN: Final = "seen"


@dataclass(frozen=True)
class Measuring:
    """What every bucket needs to know of the others."""

    present: frozenset[str]
    as_of: datetime
    catalogue: Catalogue
    buckets: int
    carrying: pl.DataFrame
    witness: Parts


def measure_bucket(told: Measuring, bucket: int, boxes: Iterable[Box]) -> Iterator[Box]:
    """Features and peers of the bucket's accounts; and rollups for the driver."""
    held = {box.name: box for box in boxes if box.name not in (PAYERS, LANDMARKS)}
    frames = {name: box.open() for name, box in held.items()}
    rollups = _with_witness(told, frames)
    own = (bucket_of(told.buckets) == bucket) & (pl.col("account_id") != WITNESS)
    table = features_of(Population.apart(rollups), alone())
    codes = peer_codes(rollups, table).select(PEER_COLUMNS)
    yield Box(TABLE, bucket, table.hstack(codes).filter(own))
    yield Box(SEEN, bucket, counted(rollups, subjects()).filter(own))
    for name in sorted(WHOLE & held.keys()):
        yield replace(held[name], name=SHARED + name)
    for name, frame in share(frames, told.carrying, rollups.window_start).items():
        yield Box(SHARED + name, bucket, frame)


def _with_witness(told: Measuring, frames: Parts) -> Rollups:
    seen = {
        name: pl.concat([*([frames[name]] if name in frames else []), rows])
        for name, rows in told.witness.items()
    }
    return complete({**frames, **seen}, told.present, told.as_of, told.catalogue)
