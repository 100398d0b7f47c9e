"""The parts of one bucket, added up: integers and exact decimals, in any order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from detector.spark.cargo import Box, gather
from detector.spark.shared import firsts, payers
from features.rollups import merge

PAYERS: Final = "fact:payers"
FIRSTS: Final = "fact:firsts"
FACTS: Final = (PAYERS, FIRSTS)


def merge_bucket(bucket: int, boxes: list[Box]) -> Iterator[Box]:
    """One box for each rollup, and what other buckets must know of this one."""
    frames = merge({name: part} for name, parts in gather(boxes).items() for part in parts)
    for name, frame in frames.items():
        yield Box.pack(name, bucket, frame)
    yield Box.pack(PAYERS, bucket, payers(frames))
    yield Box.pack(FIRSTS, bucket, firsts(frames))
