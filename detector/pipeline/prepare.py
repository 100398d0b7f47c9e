"""Logs to everything a model needs: rollups, features, peers and rings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from time import perf_counter

import numpy as np
import polars as pl
from numpy.typing import NDArray

from detector.errors import DataError
from features.build import REGISTRY, feature_table, with_edges
from features.catalogue import Catalogue, CatalogueError
from features.linkage import confirmed
from features.peers import PEER_COLUMNS, peer_codes
from features.rings import ring_table
from features.rollups import Parts, Rollups, Sums, complete, rollup
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
    in ``rings`` or -1, ``excluded`` marks accounts that a model must not learn from.
    """

    rollups: Rollups
    table: pl.DataFrame
    values: NDArray[np.float64]
    peers: NDArray[np.int64]
    rings: pl.DataFrame
    ring_of: NDArray[np.int64]
    excluded: NDArray[np.bool_]

    @property
    def groups(self) -> NDArray[np.int64]:
        """One vote per linked group: ring members share a number, others have their own."""
        alone = np.arange(self.ring_of.size) + self.rings.height
        return np.where(self.ring_of >= 0, self.ring_of, alone)


def prepare(logs: Mapping[str, pl.LazyFrame], as_of: datetime | None, stages: Stages) -> Prepared:
    """Read a log folder part by part and compute features, peers and rings.

    Raises
    ------
    DataError
        Where a required table is missing or the GPU catalogue cannot be read.
    """
    for table in REQUIRED_TABLES:
        if table not in logs:
            raise DataError(
                f"the table '{table}' is missing (found: {', '.join(sorted(logs)) or 'none'}); "
                "usage and accounts are required"
            )
    catalogue = open_catalogue(logs)
    with stages.stage("read usage", 0.0):
        moment = as_of or _as_of(logs)
    sums = Sums()
    for done, table in enumerate(logs):
        with stages.stage(f"roll up {table}", 0.05 + 0.5 * done / len(logs)):
            sums.add(_rolled(logs, table, moment, catalogue))
    with stages.stage("merge", 0.55):
        rollups = with_edges(complete(sums.whole(), logs, moment, catalogue))
    return measure(rollups, stages)


def measure(rollups: Rollups, stages: Stages) -> Prepared:
    """Features, peers and rings of finished rollups."""
    with stages.stage("features", 0.6):
        table = feature_table(rollups)
        peers = peer_codes(rollups, table)
    return gather(rollups, table, peers, stages)


def gather(rollups: Rollups, table: pl.DataFrame, peers: pl.DataFrame, stages: Stages) -> Prepared:
    """Rings of finished features, and everything as arrays.

    ``table`` and ``peers`` have one row per account, in the same order; ``rollups`` has what
    the comparison of accounts reads, edges among it.
    """
    values = table.select(REGISTRY.names()).fill_null(float("nan")).to_numpy().astype(np.float64)
    codes = peers.select(PEER_COLUMNS).to_numpy().astype(np.int64)
    return find_rings(rollups, table, values, codes, stages)


def find_rings(
    rollups: Rollups,
    table: pl.DataFrame,
    values: NDArray[np.float64],
    peers: NDArray[np.int64],
    stages: Stages,
) -> Prepared:
    """Rings of finished features that are there as arrays too; see ``gather``."""
    with stages.stage("rings", 0.7):
        rings = ring_table(rollups, table)
    ring_of = _ring_of(table, rings)
    bad = table["account_id"].is_in(confirmed(rollups)["account_id"].implode()).to_numpy()
    tainted = np.unique(ring_of[bad & (ring_of >= 0)])
    return Prepared(
        rollups=rollups,
        table=table,
        values=values,
        peers=peers,
        rings=rings,
        ring_of=ring_of,
        excluded=bad | np.isin(ring_of, tainted),
    )


def open_catalogue(logs: Mapping[str, pl.LazyFrame]) -> Catalogue:
    """The catalogue the logs carry, an override they name, or the shipped one."""
    given = getattr(logs, "catalogue", None)
    if isinstance(given, Catalogue):
        return given
    try:
        return Catalogue.load(None if given is None else Path(given))
    except CatalogueError as error:
        raise DataError(str(error)) from error


def _as_of(logs: Mapping[str, pl.LazyFrame]) -> datetime:
    known: datetime | None = getattr(logs, "as_of", None)
    if known is not None:
        return known
    usage = logs["usage"].filter(pl.col("ChargeCategory") == "Usage")
    latest: datetime | None = usage.select(pl.col("ChargePeriodEnd").max()).collect().item()
    if latest is None:
        raise DataError("no row of usage is a Usage row, so as-of is unknown; pass as_of")
    return latest


def _rolled(
    logs: Mapping[str, pl.LazyFrame], table: str, moment: datetime, catalogue: Catalogue
) -> Iterator[Parts]:
    """Roll a table up, unless the logs come as rollups already (from stored state)."""
    stored: Callable[[str, datetime], Iterator[Parts]] | None = getattr(logs, "rollups", None)
    if stored is not None:
        return stored(table, moment)
    return (rollup(table, part, moment, catalogue) for part in _parts(logs, table))


def _parts(logs: Mapping[str, pl.LazyFrame], table: str) -> Iterator[pl.DataFrame]:
    parts: Callable[[str], Iterator[pl.DataFrame]] | None = getattr(logs, "parts", None)
    if parts is not None:
        return parts(table)
    return iter([logs[table].collect()])


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
