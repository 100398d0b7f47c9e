"""The whole way on a cluster: files, buckets, driver, scores."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from detector.errors import UsageError
from detector.pipeline.prepare import Prepared, Stages, gather, open_catalogue
from detector.spark import scoring, tasks
from detector.spark.cargo import Box, split, to_table
from detector.spark.devices import split_inventory
from detector.spark.logs import ClusterLogs
from detector.spark.measuring import SHARED, TABLE, Measuring, measure_bucket
from detector.spark.merging import FIRSTS, PAYERS, merge_bucket
from detector.spark.plan import bucket_count
from detector.spark.reading import QUARANTINE, RECORD, Reading, records_of, roll_up
from detector.spark.session import EngineError
from detector.spark.shared import carriers, earliest, together, witnesses
from features.build import REGISTRY, feature_table, with_edges
from features.catalogue import Catalogue
from features.peers import PEER_COLUMNS
from features.rollups import Parts, Rollups, complete, merge, rollup
from features.tables import SCHEMAS
from features.totals import TOTAL_COLUMNS
from models.ensemble import AccountScores, ProxyModel

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

# Read on the driver: a row for each account or device, and every bucket asks for them.
HERE = ("accounts", "inventory")


@dataclass(frozen=True)
class SparkEngine:
    """Spark's tasks do what grows with the logs; the driver compares accounts."""

    session: SparkSession
    name: str = "spark"

    def prepare(
        self, logs: Mapping[str, pl.LazyFrame], as_of: datetime | None, stages: Stages
    ) -> Prepared:
        """Read, roll up and measure by tasks; compare accounts here.

        Raises
        ------
        DataError
            Where the logs cannot be scored.
        EngineError
            Where Spark gives up.
        UsageError
            Where the logs are not a folder that tasks can read.
        """
        if not isinstance(logs, ClusterLogs):
            raise UsageError("the engine spark reads a log folder: open it as ClusterLogs")
        with ExitStack() as stack:
            return _Run(self.session, logs, stages, stack).prepare(as_of)

    def score(self, model: ProxyModel, prepared: Prepared, threads: int) -> AccountScores:  # noqa: ARG002
        """Score blocks of accounts by tasks that share the model by broadcast."""
        boxes = scoring.blocks(prepared.values, prepared.peers)
        shared = self.session.sparkContext.broadcast(model)
        found = scoring.score_by_tasks(_sent(self.session, boxes), shared)
        return scoring.joined(model, found)


@dataclass(frozen=True)
class _Run:
    """One preparation: what it reads, and what is to be let go at its end."""

    session: SparkSession
    logs: ClusterLogs
    stages: Stages
    stack: ExitStack

    def prepare(self, as_of: datetime | None) -> Prepared:
        catalogue = open_catalogue(self.logs)
        with self.stages.stage("read usage", 0.0):
            moment = as_of or self.logs.as_of
        with self.stages.stage("roll up", 0.05):
            here = merge(self._here(table, moment, catalogue) for table in HERE)
            buckets, parts = self._roll_up(here, moment, catalogue)
        with self.stages.stage("merge", 0.45):
            sent = parts.unionByName(_sent(self.session, _own_rows(here, buckets)))
            merged = self._kept(tasks.by_bucket(sent, buckets, merge_bucket))
            facts = tasks.collect(merged.filter(merged.name.startswith("fact:")))
        with self.stages.stage("features", 0.55):
            told = self._told(facts, moment, catalogue, buckets)
            boxes = self._measure(merged, told)
            rollups = self._shared(boxes, here, moment, catalogue)
            table, peers = _joined(boxes, rollups)
        return gather(rollups, table, peers, self.stages)

    def _here(self, table: str, moment: datetime, catalogue: Catalogue) -> Parts:
        """The rollup of a table that is read on the driver."""
        if table not in self.logs:
            return {table: SCHEMAS[table].create_empty()}
        return merge(rollup(table, rows, moment, catalogue) for rows in self.logs.parts(table))

    def _roll_up(
        self, here: Parts, moment: datetime, catalogue: Catalogue
    ) -> tuple[int, DataFrame]:
        """Read every other table by tasks; judge what they found before going on."""
        elsewhere = frozenset(self.logs) - set(HERE)
        folder = self.logs.folder(elsewhere)
        cores = self.session.sparkContext.defaultParallelism
        buckets = bucket_count(sum(file.bytes for file in folder.files), cores)
        inventory = here["inventory"]
        reading = Reading(folder, self.logs.as_of, moment, catalogue, buckets, inventory)
        work = partial(roll_up, self.session.sparkContext.broadcast(reading))
        parts = self._kept(tasks.over_numbers(self.session, len(folder.tasks), work))
        told = parts.name.isin(RECORD, QUARANTINE, tasks.ERROR)
        records, _ = records_of(tasks.collect(parts.filter(told)), folder.files)
        self.logs.take(records)
        for table in self.logs:
            if table in elsewhere:
                self.logs.check(table)
        return buckets, parts.filter(~told)

    def _told(
        self, facts: Sequence[Box], moment: datetime, catalogue: Catalogue, buckets: int
    ) -> Measuring:
        pairs = pl.concat([box.open() for box in facts if box.name == PAYERS])
        begun = pl.concat([box.open() for box in facts if box.name == FIRSTS])
        present = frozenset(self.logs)
        witness = witnesses(earliest(begun))
        return Measuring(present, moment, catalogue, buckets, carriers(pairs), witness)

    def _measure(self, merged: DataFrame, told: Measuring) -> list[Box]:
        work = partial(measure_bucket, self.session.sparkContext.broadcast(told))
        return tasks.collect(tasks.over_buckets(merged, work))

    def _shared(
        self, boxes: Sequence[Box], here: Parts, moment: datetime, catalogue: Catalogue
    ) -> Rollups:
        """The rollups of all buckets, as the driver reads them."""
        sent = ({b.name.removeprefix(SHARED): b.open()} for b in boxes if b.name != TABLE)
        return with_edges(complete({**merge(sent), **here}, self.logs, moment, catalogue))

    def _kept(self, boxes: DataFrame) -> DataFrame:
        """Keep what is asked for twice, until the end of the run."""
        kept = boxes.persist()
        self.stack.callback(kept.unpersist)
        return kept


def _own_rows(here: Parts, buckets: int) -> Iterable[Box]:
    """The driver's tables, by the buckets that read them."""
    yield from split({k: v for k, v in here.items() if k != "inventory"}, buckets)
    yield from split_inventory(here["inventory"], buckets)


def _joined(boxes: Sequence[Box], rollups: Rollups) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The feature table of all families, and the peers, in the order of accounts."""
    compared = feature_table(rollups, together())
    own = pl.concat([box.open() for box in boxes if box.name == TABLE]).sort("account_id")
    if not own["account_id"].equals(compared["account_id"]):
        raise EngineError(
            f"the buckets hold {own.height} accounts and the driver {compared.height}; "
            "this is a fault of enduse: score with --engine local, and report it"
        )
    whole = compared.join(
        own.drop(TOTAL_COLUMNS), on="account_id", how="left", maintain_order="left"
    )
    table = whole.select("account_id", *REGISTRY.names(), *TOTAL_COLUMNS)
    return table, whole.select("account_id", *PEER_COLUMNS)


def _sent(session: SparkSession, boxes: Iterable[Box]) -> DataFrame:
    """Boxes of the driver as Spark rows."""
    with tasks.quiet():
        return session.createDataFrame(to_table(boxes))


__all__ = ["SparkEngine"]
