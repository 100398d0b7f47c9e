"""A run on this machine that holds a bucket of accounts at a time."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

import polars as pl

from detector.buckets import driver
from detector.buckets.boxes import Box, split
from detector.buckets.devices import holders, split_rollups
from detector.buckets.memory import bucket_count, free, needed
from detector.buckets.scratch import LocalSent, Shelf
from detector.buckets.way import Way
from detector.pipeline.engine import LocalEngine
from detector.pipeline.prepare import Prepared, Stages, check_required
from detector.sources import Source
from detector.sources.gaps import MACHINES
from features.build import REGISTRY
from features.rollups import Parts

# Rows of rollups that are held before they are dealt out.
HELD_ROWS: Final = 1 << 20
PENDING: Final = -1


@dataclass(frozen=True)
class BoundedEngine(LocalEngine):
    """The process that asks, within ``memory`` bytes: in buckets where it would take more.

    What is learnt and scored is held in arrays of all accounts in either way.
    """

    memory: int = field(default_factory=lambda: free() // 2)

    def prepare(self, source: Source, as_of: datetime | None, stages: Stages) -> Prepared:
        """Compute everything here, at once or a bucket of accounts after the other.

        Raises
        ------
        DataError
            Where a required table is missing.
        OutputError
            Where there is no room for the buckets.
        """
        buckets = bucket_count(needed(source.inputs), self.memory)
        if buckets == 1 or self.registry is not REGISTRY:
            return super().prepare(source, as_of, stages)
        return prepare_in_buckets(source, as_of, stages, buckets)


def prepare_in_buckets(
    source: Source, as_of: datetime | None, stages: Stages, buckets: int
) -> Prepared:
    """``detector.pipeline.prepare.prepare``, with the accounts dealt into buckets on the disk.

    Raises
    ------
    DataError
        Where a required table is missing.
    OutputError
        Where there is no room for the buckets.
    """
    check_required(source.tables())
    with stages.stage("read usage", 0.0):
        moment = as_of or source.as_of
    with ExitStack() as stack:
        dealer = Dealer(Shelf.new(stack), buckets)
        here = _deal(source, moment, stages, dealer)
        way = Way(source, moment, buckets, stages)
        prepared = way.prepare(LocalSent(dealer.shelf), here, dealer.machines)
    return replace(prepared, buckets=buckets)


def _deal(source: Source, moment: datetime, stages: Stages, dealer: Dealer) -> Parts:
    """Roll up all tables in their order and deal them out; the rollups of those that are not."""
    here = dict(driver.rolled_here("inventory", ()))
    present = source.tables()
    for done, table in enumerate(present):
        with stages.stage(f"roll up {table}", 0.05 + 0.4 * done / len(present)):
            parts = source.rollups(table, moment)
            if table in driver.HERE:
                here |= driver.rolled_here(table, parts)
                continue
            for part in parts:
                dealer.take(part)
            dealer.deal()
    dealer.settle(here["inventory"])
    return here


@dataclass
class Dealer:
    """Deals parts of rollups to buckets on a shelf."""

    shelf: Shelf
    buckets: int
    _held: dict[str, list[pl.DataFrame]] = field(default_factory=dict)
    _rows: int = 0
    _machines: list[pl.DataFrame] = field(default_factory=list)

    def take(self, parts: Parts) -> None:
        """Hold parts; deal out what is held once it is much."""
        for name, frame in parts.items():
            self._held.setdefault(name, []).append(frame)
            self._rows += frame.height
        if self._rows >= HELD_ROWS:
            self.deal()

    def deal(self) -> None:
        """Deal out everything held. Telemetry waits: it goes where somebody held the device."""
        frames = {name: pl.concat(held) for name, held in self._held.items()}
        self._held, self._rows = {}, 0
        if "telemetry" in frames:
            self.shelf.put([Box.pack("telemetry", PENDING, frames.pop("telemetry"))])
        self.shelf.put(split(frames, self.buckets))

    def settle(self, inventory: pl.DataFrame) -> None:
        """Deal out what has waited for the inventory."""
        known = holders(inventory, self.buckets)
        for box in self.shelf.of(PENDING):
            for found in split_rollups({box.name: box.open()}, known, self.buckets):
                if found.name == MACHINES:
                    self._machines.append(found.open())
                else:
                    self.shelf.put([found])

    def machines(self) -> Parts:
        """The machines of telemetry, also those that reached no bucket."""
        return {MACHINES: pl.concat(self._machines).unique()} if self._machines else {}
