"""A run on this machine that holds a bucket of accounts at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from detector.buckets import driver
from detector.buckets.boxes import Box, split
from detector.buckets.devices import holders, split_rollups
from detector.buckets.kept import kept
from detector.buckets.memory import bucket_count, free, needed
from detector.buckets.merging import Facts
from detector.buckets.scratch import LocalSent, Shelf
from detector.buckets.way import Way
from detector.pipeline.engine import LocalEngine
from detector.pipeline.prepare import Prepared, Stages, check_required
from detector.pipeline.scoring import Explainer, Told, explain
from detector.sources import Logs, Source
from detector.sources.gaps import MACHINES
from features.rollups import Parts
from models.account.model import ProxyModel
from models.account.said import RawViews
from models.account.scores import AccountScores

# Rows of rollups that are held before they are dealt out.
HELD_ROWS: Final = 1 << 20
PENDING: Final = -1


@dataclass
class BoundedEngine:
    """The process that asks, within ``memory`` bytes: in buckets where it would take more.

    What is learnt and scored is held in arrays of all accounts in either way.
    """

    memory: int = field(default_factory=lambda: free() // 2)
    name: str = "local"
    _explainer: Explainer = field(default_factory=Explainer, repr=False)

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
        if buckets == 1:
            return LocalEngine().prepare(source, as_of, stages)
        return prepare_in_buckets(source, as_of, stages, buckets)

    def score(
        self, model: ProxyModel, prepared: Prepared, threads: int, known: RawViews | None = None
    ) -> AccountScores:
        """Score all accounts; those of buckets without what carries each score."""
        few = prepared.buckets > 1
        self._explainer = ByBlocks(threads) if few else Explainer()
        return model.score(
            prepared.values, prepared.peers, threads=threads, contributions=not few, known=known
        )

    def explainer(self) -> Explainer:
        """One that finds what carries the scores of some accounts after those of others."""
        return self._explainer


@dataclass(frozen=True)
class ByBlocks(Explainer):
    """Makes notes when they are asked for, so that no array of all accounts is needed for them."""

    threads: int

    def told(
        self,
        prepared: Prepared,
        accounts: AccountScores,  # noqa: ARG002 - what carries scores is found when it is asked for
        model: ProxyModel,
        exact: NDArray[np.int64],
    ) -> Told:
        """Notes of all accounts; of ``exact`` rows from Shapley values."""
        return _Asked(self, prepared, model, exact)


@dataclass(frozen=True)
class _Asked:
    """Notes that nobody holds: those of some accounts are made when they are asked for."""

    maker: ByBlocks
    prepared: Prepared
    model: ProxyModel
    exact: NDArray[np.int64]

    def of(self, rows: NDArray[np.int64]) -> pl.DataFrame:
        """The notes of some accounts."""
        values, peers = self.prepared.values[rows], self.prepared.peers[rows]
        why = self.model.attributions(values, peers, threads=self.maker.threads)
        notes = explain(values, why, self.prepared.registry)
        mine = np.isin(rows, self.exact)
        if not mine.any():
            return notes
        at = np.arange(rows.size)
        at[mine] = rows.size + np.arange(int(mine.sum()))
        exact = self.maker.exact(self.prepared, self.model, rows[mine])
        return pl.concat([notes, exact])[at]


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
    dealer = Dealer(Shelf.new(), buckets)
    here = _deal(source, moment, stages, dealer)
    way = Way(source, moment, buckets, stages)
    sent = LocalSent(dealer.shelf, list(dealer.facts.boxes()))
    prepared = way.prepare(sent, here, dealer.machines)
    return replace(prepared, buckets=buckets, keep=kept)


def _deal(source: Source, moment: datetime, stages: Stages, dealer: Dealer) -> Parts:
    """Roll up all tables in their order and deal them out; the rollups of those that are not."""
    here = dict(driver.rolled_here("inventory", ()))
    present = source.tables()
    for done, table in enumerate(present):
        with stages.stage(f"roll up {table}", 0.05 + 0.4 * done / len(present)):
            if table in driver.HERE:
                here |= driver.rolled_here(table, source.rollups(table, moment))
                continue
            for part in dealer.rollups(source, table, moment):
                dealer.take(part)
            dealer.deal()
    dealer.settle(here["inventory"])
    return here


@dataclass
class Dealer:
    """Deals parts of rollups to buckets on a shelf."""

    shelf: Shelf
    buckets: int
    facts: Facts = field(default_factory=Facts)
    _held: dict[str, list[pl.DataFrame]] = field(default_factory=dict)
    _rows: int = 0
    _machines: list[pl.DataFrame] = field(default_factory=list)

    def rollups(self, source: Source, table: str, moment: datetime) -> Iterator[Parts]:
        """The rollups of a table; of a large file of a folder they wait on the disk for its end."""
        if isinstance(source, Logs):
            return source.rollups(table, moment, self._wait)
        return source.rollups(table, moment)

    def _wait(self, parts: Iterator[Parts]) -> Iterator[Parts]:
        """Give parts once there are no more of them: a damaged file gives no row at all."""
        held: list[Parts] = []
        rows = 0
        shelf = Shelf.new()
        for part in parts:
            held.append(part)
            rows += sum(frame.height for frame in part.values())
            if rows >= HELD_ROWS:
                shelf.put(Box(n, 0, f) for one in held for n, f in one.items())
                held, rows = [], 0
        yield from ({box.name: box.open()} for box in shelf.of(0))
        yield from held

    def take(self, parts: Parts) -> None:
        """Hold parts; deal out what is held once it is much."""
        for name, frame in parts.items():
            self._held.setdefault(name, []).append(frame)
            self._rows += frame.height
        if self._rows >= HELD_ROWS:
            self.deal()

    def deal(self) -> None:
        """Deal out everything held. Telemetry waits: it goes where somebody held the device."""
        # One piece in memory is dealt out in half the time of many.
        frames = {name: pl.concat(held, rechunk=True) for name, held in self._held.items()}
        self._held, self._rows = {}, 0
        if "telemetry" in frames:
            self.shelf.put([Box("telemetry", PENDING, frames.pop("telemetry"))])
        self.facts.take(frames)
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
