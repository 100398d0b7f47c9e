"""The parts of one bucket, added up: integers and exact decimals, in any order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

import polars as pl

from detector.buckets.boxes import Box, gather
from detector.sources.keyed import FILE, by_file, settle_all
from detector.sources.layout import schema_of
from features.catalogue import Catalogue
from features.grouping import compact
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
NOWHERE: Final = -1
_NO_CHARGES: Final = SHAPES["usage"].schema().to_frame()


@dataclass(frozen=True)
class Merging:
    """What merging needs to know to roll up rows that came as rows."""

    as_of: datetime
    catalogue: Catalogue

    def __call__(self, bucket: int, boxes: Iterable[Box]) -> Iterator[Box]:
        """One box for each rollup, and what other buckets must know of this one."""
        frames, again = self._added_up(boxes)
        yield from _in_boxes(bucket, frames)
        facts = Facts()
        facts.take(frames)
        yield from (replace(box, bucket=bucket) for box in facts.boxes())
        schema = {"file": pl.Int64, "rows": pl.Int64}
        yield Box(AGAIN, bucket, pl.DataFrame(again, schema=schema, orient="row"))

    def sums(self, bucket: int, boxes: Iterable[Box]) -> Iterator[Box]:
        """One box for each rollup, where what others must know is known."""
        yield from _in_boxes(bucket, self._added_up(boxes)[0])

    def _added_up(self, boxes: Iterable[Box]) -> tuple[Parts, list[tuple[int, int]]]:
        """The rollups, and how many rows of which file told what was told."""
        found = gather(boxes)
        keyed = {n.removeprefix(KEYED): found.pop(n) for n in list(found) if n.startswith(KEYED)}
        # Parts that were held together tell a key twice: a second one makes ``merge`` look for it.
        parts: list[Parts] = [
            {n: frame} for n, frames in found.items() for frame in (*frames, frames[0].clear())
        ]
        again: list[tuple[int, int]] = []
        for table, frames in sorted(keyed.items()):
            kept, lost = settle_all(pl.concat(frames).sort(FILE, maintain_order=True), PULLED)
            rows = kept.select(list(schema_of(table)))
            parts.append(rollup(table, rows, self.as_of, self.catalogue))
            again += list(by_file(lost))
        return merge(parts), again


def _in_boxes(bucket: int, frames: Parts) -> Iterator[Box]:
    return (Box(name, bucket, frame) for name, frame in frames.items())


@dataclass
class Facts:
    """What buckets must know of each other: who pays for whom, and when what was first seen.

    Both are found in any parts of rollups, whether they are added up or not.
    """

    _payers: pl.DataFrame = field(default_factory=lambda: payers(_NO_CHARGES))
    _seen: pl.DataFrame = field(default_factory=lambda: Landmarks.of({}).seen)
    _pending: list[pl.DataFrame] = field(default_factory=list)

    def take(self, frames: Parts) -> None:
        """Look at parts of rollups."""
        if "usage" in frames:
            self._pending.append(payers(frames["usage"]))
            if sum(frame.height for frame in self._pending) > self._payers.height:
                self._payers = self._paid()
                self._pending = []
        seen = Landmarks.of(frames).seen
        self._seen = compact(Landmarks.earliest([self._seen, seen]).seen)

    def boxes(self) -> Iterator[Box]:
        """What was found in all parts, as of no bucket."""
        yield Box(PAYERS, NOWHERE, self._paid())
        yield Box(LANDMARKS, NOWHERE, self._seen)

    def _paid(self) -> pl.DataFrame:
        return compact(pl.concat([self._payers, *self._pending]).unique())
