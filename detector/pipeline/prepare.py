"""Logs to everything a model needs: rollups, features, peers and rings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from time import perf_counter

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from detector.errors import DataError
from detector.sources import Source
from features.blocks import Keep, Rows
from features.build import REGISTRY, features_of
from features.evidence import confirmed
from features.peers import PEER_COLUMNS, peer_codes
from features.population import Population
from features.registry import Registry
from features.rings import ring_table
from features.rollups import Rollups, Sums, complete
from features.tables import REQUIRED_TABLES

Progress = Callable[[str, float], None]


@dataclass
class Stages:
    """Seconds by stage, and a word to whoever watches."""

    progress: Progress | None = None
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str, share: float) -> Iterator[None]:
        """Time one stage; ``share`` is how much of the whole is done when it begins."""
        if self.progress:
            self.progress(name, share)
        start = perf_counter()
        yield
        self.seconds[name] = round(perf_counter() - start, 6)


@dataclass(frozen=True)
class Prepared:
    """The numbers of one log folder.

    ``table`` has one row per account in the order of every array: ``values`` is
    (accounts, features) with NaN for missing, ``peers`` (accounts, 3), ``ring_of`` the row
    in ``rings`` or -1, ``excluded`` marks accounts that a model must not learn from. ``seen`` is
    how much of what features count each account has (``detector.findings.seen``), where that was
    counted elsewhere: None where ``population`` has all rollups whole. ``registry`` says what the
    columns of ``values`` are. ``keep`` keeps what is said of each account until all is said.
    """

    population: Population
    table: pl.DataFrame
    values: NDArray[np.float64]
    peers: NDArray[np.int64]
    rings: pl.DataFrame
    ring_of: NDArray[np.int64]
    excluded: NDArray[np.bool_]
    seen: Rows | None = None
    registry: Registry = REGISTRY
    buckets: int = 1
    keep: Keep = pl.concat

    @property
    def rollups(self) -> Rollups:
        """The rollups of the population."""
        return self.population.rollups

    @property
    def groups(self) -> NDArray[np.int64]:
        """One vote per linked group: ring members share a number, others have their own."""
        alone = np.arange(self.ring_of.size) + self.rings.height
        return np.where(self.ring_of >= 0, self.ring_of, alone)


def prepare(
    source: Source, as_of: datetime | None, stages: Stages, registry: Registry = REGISTRY
) -> Prepared:
    """Read a source part by part and compute features, peers and rings.

    Raises
    ------
    DataError
        Where a required table is missing.
    """
    present = source.tables()
    check_required(present)
    with stages.stage("read usage", 0.0):
        moment = as_of or source.as_of
    sums = Sums()
    for done, table in enumerate(present):
        with stages.stage(f"roll up {table}", 0.05 + 0.5 * done / len(present)):
            sums.add(source.rollups(table, moment))
    with stages.stage("merge", 0.55):
        # What could not be read is known only now.
        whole = complete(sums.whole(), source.tables(), moment, source.catalogue)
        population = Population.of(whole)
    return measure(population, stages, registry)


def check_required(present: Sequence[str]) -> None:
    """Refuse a source without a table that every run needs.

    Raises
    ------
    DataError
        It names the first that is missing.
    """
    for table in REQUIRED_TABLES:
        if table not in present:
            raise DataError(
                f"the table '{table}' is missing (found: {', '.join(sorted(present)) or 'none'}); "
                f"{' and '.join(REQUIRED_TABLES)} are required"
            )


def measure(population: Population, stages: Stages, registry: Registry = REGISTRY) -> Prepared:
    """Features, peers and rings of a population."""
    with stages.stage("features", 0.6):
        table = features_of(population, registry)
        peers = peer_codes(population.rollups, table)
    return gather(population, table, peers, stages, registry)


def gather(
    population: Population,
    table: pl.DataFrame,
    peers: pl.DataFrame,
    stages: Stages,
    registry: Registry = REGISTRY,
) -> Prepared:
    """Rings of finished features, and everything as arrays.

    ``table`` and ``peers`` have one row per account, in the same order; ``population`` has what
    the comparison of accounts reads.
    """
    names = registry.names()
    values = nothing_told(table.height, names)
    fill(values, names, table)
    table = table.with_columns(columns_in(values, names))
    codes = peers.select(PEER_COLUMNS).to_numpy().astype(np.int64)
    return find_rings(population, table, values, codes, stages, registry)


def nothing_told(accounts: int, names: Sequence[str]) -> NDArray[np.float64]:
    """Room for (accounts, columns), one column after the other, all of it missing."""
    return np.full((len(names), accounts), np.nan).T


def fill(
    values: NDArray[np.float64],
    names: Sequence[str],
    rows: pl.DataFrame,
    at: NDArray[np.int64] | slice = slice(None),
) -> None:
    """Put what rows tell of some of the columns to where the rows belong; NaN for null."""
    for place, name in enumerate(names):
        if name in rows.columns:
            values[at, place] = rows[name].fill_null(float("nan")).to_numpy()


def columns_in(values: NDArray[np.float64], names: Sequence[str]) -> list[pl.Series]:
    """The columns as a table has them, which read the array: the numbers are held once."""
    return [pl.Series(name, _number_column(values[:, place])) for place, name in enumerate(names)]


def _number_column(column: NDArray[np.float64]) -> pa.Array:
    there = np.packbits(~np.isnan(column), bitorder="little")
    return pa.Array.from_buffers(
        pa.float64(), len(column), [pa.py_buffer(there), pa.py_buffer(column)]
    )


def find_rings(
    population: Population,
    table: pl.DataFrame,
    values: NDArray[np.float64],
    peers: NDArray[np.int64],
    stages: Stages,
    registry: Registry = REGISTRY,
) -> Prepared:
    """Rings of finished features that are there as arrays too; see ``gather``."""
    with stages.stage("rings", 0.7):
        rings = ring_table(population, table)
    ring_of = _ring_of(table, rings)
    bad = (
        table["account_id"].is_in(confirmed(population.rollups)["account_id"].implode()).to_numpy()
    )
    tainted = np.unique(ring_of[bad & (ring_of >= 0)])
    return Prepared(
        population=population,
        table=table,
        values=values,
        peers=peers,
        rings=rings,
        ring_of=ring_of,
        excluded=bad | np.isin(ring_of, tainted),
        registry=registry,
    )


def _ring_of(table: pl.DataFrame, rings: pl.DataFrame) -> NDArray[np.int64]:
    members = rings.select(pl.int_range(pl.len()).alias("ring"), "account_ids").explode(
        "account_ids", empty_as_null=True, keep_nulls=False
    )
    joined = table.select("account_id").join(
        members.rename({"account_ids": "account_id"}),
        on="account_id",
        how="left",
        maintain_order="left",
    )
    return joined["ring"].fill_null(-1).to_numpy().astype(np.int64)
