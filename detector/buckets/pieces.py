"""What buckets told of their accounts, read a bucket at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from detector.buckets.boxes import Boxes
from detector.buckets.shared import SHARED
from features.rollups import Parts


@dataclass(frozen=True)
class Shared:
    """The rollups that every bucket shares, as ``features.rollups.Elsewhere`` has them.

    ``empty`` has a frame without rows for each: what a bucket has that tells nothing.
    """

    boxes: Boxes
    buckets: int
    empty: Parts

    def pieces(self, names: Sequence[str]) -> Iterator[Parts]:
        """Some of the rollups, those of one bucket after the other."""
        nothing = {name: self.empty[name] for name in names}
        wanted = {SHARED + name for name in names}
        for bucket in range(self.buckets):
            found = self.boxes.of(bucket, wanted)
            yield nothing | {box.name.removeprefix(SHARED): box.open() for box in found}
