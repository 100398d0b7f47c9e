"""From rolled-up parts to features, peers and rings, wherever the buckets lie."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol, TypeVar

from detector.buckets import driver
from detector.buckets.boxes import Box, Boxes
from detector.buckets.measuring import measure_bucket
from detector.buckets.merging import FACTS, Merging
from detector.pipeline.prepare import Prepared, Stages, find_rings
from detector.sources import Source
from features.rollups import Parts

Told = TypeVar("Told")


class Merged(Protocol):
    """The rollups of every bucket, each once, where they lie."""

    def named(self, names: tuple[str, ...]) -> Boxes:
        """The boxes of some names."""
        ...

    def over(self, work: Callable[[Told, int, Iterable[Box]], Iterator[Box]], told: Told) -> Boxes:
        """What ``work`` makes of each bucket."""
        ...


class Sent(Protocol):
    """Parts of rollups that were dealt to buckets."""

    def merged(self, more: Iterable[Box], buckets: int, work: Merging) -> Merged:
        """What ``work`` makes of the boxes of each bucket, with ``more`` of them."""
        ...


@dataclass(frozen=True)
class Way:
    """What leads from parts to numbers: how many buckets there are, and as of when."""

    source: Source
    moment: datetime
    buckets: int
    stages: Stages

    def prepare(
        self,
        sent: Sent,
        here: Parts,
        machines: Callable[[], Parts],
        note: Callable[[Boxes], None] = lambda _: None,
    ) -> Prepared:
        """Features, peers and rings of parts that were dealt to buckets.

        Parameters
        ----------
        sent
            The parts.
        here
            The rollups of the tables that are not dealt out.
        machines
            The machines of telemetry, also those that reached no bucket.
        note
            Called with what buckets found that is not about features.
        """
        catalogue = self.source.catalogue
        with self.stages.stage("merge", 0.45):
            dealt = driver.for_buckets(here, self.buckets)
            merged = sent.merged(dealt, self.buckets, Merging(self.moment, catalogue))
            facts = merged.named(FACTS)
            note(facts)
        with self.stages.stage("features", 0.55):
            # What could not be read is known only now.
            told = driver.tell(facts, self.source.tables(), self.moment, catalogue, self.buckets)
            found = merged.over(measure_bucket, told)
            population = driver.shared_population(found, {**here, **machines()}, told)
            measured = driver.one_table(found, population)
            seen = driver.seen_of(found)
        prepared = find_rings(
            population, measured.table, measured.values, measured.peers, self.stages
        )
        return replace(prepared, seen=seen)
