"""The parts of one bucket, added up: integers and exact decimals, in any order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import polars as pl

from detector.buckets.boxes import Box, gather
from detector.sources.keyed import FILE, by_file, settle_all
from detector.sources.layout import schema_of
from features.catalogue import Catalogue
from features.landmarks import Landmarks
from features.population import payers
from features.rollups import SHAPES, Parts, merge, rollup

# Rows with keys, by table; each says whether it is of an answer that is asked for repeatedly.
KEYED: Final = "keyed:"
PULLED: Final = "_pulled"
PAYERS: Final = "fact:payers"
LANDMARKS: Final = "fact:landmarks"
AGAIN: Final = "fact:again"
FACTS: Final = (PAYERS, LANDMARKS, AGAIN)


@dataclass(frozen=True)
class Merging:
    """What merging needs to know to roll up rows that came as rows."""

    as_of: datetime
    catalogue: Catalogue

    def __call__(self, bucket: int, boxes: Iterable[Box]) -> Iterator[Box]:
        """One box for each rollup, and what other buckets must know of this one."""
        found = gather(boxes)
        keyed = {n.removeprefix(KEYED): found.pop(n) for n in list(found) if n.startswith(KEYED)}
        # Parts that were held together tell a key twice: a second one makes ``merge`` look for it.
        parts: list[Parts] = [
            {n: frame} for n, frames in found.items() for frame in (*frames, frames[0].clear())
        ]
        again = []
        for table, frames in sorted(keyed.items()):
            kept, lost = settle_all(pl.concat(frames).sort(FILE, maintain_order=True), PULLED)
            rows = kept.select(list(schema_of(table)))
            parts.append(rollup(table, rows, self.as_of, self.catalogue))
            again += list(by_file(lost))
        frames_of = merge(parts)
        for name, frame in frames_of.items():
            yield Box.pack(name, bucket, frame)
        usage = frames_of.get("usage", SHAPES["usage"].schema().to_frame())
        yield Box.pack(PAYERS, bucket, payers(usage))
        yield Box.pack(LANDMARKS, bucket, Landmarks.of(frames_of).seen)
        schema = {"file": pl.Int64, "rows": pl.Int64}
        yield Box.pack(AGAIN, bucket, pl.DataFrame(again, schema=schema, orient="row"))
