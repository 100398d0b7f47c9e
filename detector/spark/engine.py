"""The whole way on a cluster: files, buckets, driver, scores."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

import polars as pl

from detector.errors import UsageError
from detector.pipeline.prepare import Prepared, Stages, gather
from detector.pipeline.scoring import Explainer
from detector.sources import InputFile, Source
from detector.sources.gaps import MACHINES
from detector.spark import driver, scoring, tasks
from detector.spark.cargo import Box, to_table
from detector.spark.logs import ClusterLogs
from detector.spark.measuring import measure_bucket
from detector.spark.merging import AGAIN, FACTS, Merging
from detector.spark.plan import bucket_count
from detector.spark.reading import QUARANTINE, RECORD, REFUSED, RollingUp, records_of, roll_up
from detector.spark.session import quiet
from features.catalogue import Catalogue
from features.rollups import Parts
from models.account.model import ProxyModel
from models.account.said import RawViews
from models.account.scores import AccountScores

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


@dataclass(frozen=True)
class SparkEngine:
    """Spark's tasks do what grows with the logs; the driver compares accounts."""

    session: SparkSession
    name: str = "spark"

    def prepare(self, source: Source, as_of: datetime | None, stages: Stages) -> Prepared:
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
        if not isinstance(source, ClusterLogs):
            raise UsageError(
                "the engine spark reads a log folder; open it with "
                "detector.spark.open_cluster_logs, or use the engine local"
            )
        with ExitStack() as stack:
            return _Run(self.session, source, stages, stack).prepare(as_of)

    def score(
        self,
        model: ProxyModel,
        prepared: Prepared,
        threads: int,  # noqa: ARG002 - tasks have one each
        known: RawViews | None = None,  # noqa: ARG002 - nor do they share what is known
    ) -> AccountScores:
        """Score blocks of accounts by tasks that share the model by broadcast."""
        boxes = scoring.blocks(prepared.values, prepared.peers)
        return scoring.score_by_tasks(_sent(self.session, boxes), model)

    def explainer(self) -> Explainer:
        """One that remembers nothing: the driver explains."""
        return Explainer()


@dataclass(frozen=True)
class _Run:
    """One preparation: what it reads, and what is to be let go at its end."""

    session: SparkSession
    logs: ClusterLogs
    stages: Stages
    stack: ExitStack
    dealt: list[InputFile] = field(default_factory=list)
    seen: list[pl.DataFrame] = field(default_factory=list)

    def prepare(self, as_of: datetime | None) -> Prepared:
        catalogue = self.logs.catalogue
        with self.stages.stage("read usage", 0.0):
            moment = as_of or self.logs.as_of
        with self.stages.stage("roll up", 0.05):
            inventory = self._here("inventory", moment, catalogue)
            parts, buckets = self._roll_up(inventory, moment, catalogue)
            here = {**self._judged(moment, catalogue), "inventory": inventory["inventory"]}
        with self.stages.stage("merge", 0.45):
            sent = parts.unionByName(_sent(self.session, driver.for_buckets(here, buckets)))
            merged = self._kept(tasks.by_bucket(sent, buckets, Merging(moment, catalogue)))
            facts = tasks.collect(merged.filter(merged.name.isin(*FACTS, tasks.ERROR)))
        with self.stages.stage("features", 0.55):
            self._told_again(facts)
            told = driver.tell(facts, self.logs.tables(), moment, catalogue, buckets)
            boxes = tasks.collect(tasks.over_buckets(merged, measure_bucket, told))
            population = driver.shared_population(boxes, {**here, **self._machines()}, told)
            table, peers = driver.one_table(boxes, population)
        return replace(gather(population, table, peers, self.stages), seen=driver.seen_of(boxes))

    def _here(self, table: str, moment: datetime, catalogue: Catalogue) -> Parts:
        """The rollup of a table that is read on the driver."""
        parts = self.logs.parts(table) if table in self.logs.tables() else []
        return driver.rolled_here(table, parts, moment, catalogue)

    def _roll_up(
        self, inventory: Parts, moment: datetime, catalogue: Catalogue
    ) -> tuple[DataFrame, int]:
        """Read the tables that grow by tasks, and take the account of their files."""
        folder = self.logs.folder([t for t in self.logs.tables() if t not in driver.HERE])
        self.dealt.extend(folder.files)
        cores = self.session.sparkContext.defaultParallelism
        buckets = bucket_count(sum(file.bytes for file in folder.files), cores)
        known = self.logs.as_of
        work = RollingUp(folder, known, moment, catalogue, buckets, inventory["inventory"])
        parts = self._kept(tasks.over_numbers(self.session, len(folder.tasks), roll_up, work))
        told = parts.name.isin(RECORD, QUARANTINE, REFUSED, MACHINES, tasks.ERROR)
        boxes = tasks.collect(parts.filter(told))
        self.seen.extend(box.open() for box in boxes if box.name == MACHINES)
        records, _ = records_of(boxes, folder.files)
        self.logs.take(records)
        self.logs.refuse_all(boxes, folder)
        return parts.filter(~told), buckets

    def _machines(self) -> Parts:
        """The machines of telemetry, also those that reached no bucket."""
        return {MACHINES: pl.concat(self.seen).unique()} if self.seen else {}

    def _judged(self, moment: datetime, catalogue: Catalogue) -> Parts:
        """Judge the tables in their order, as one machine would; the accounts, which are read."""
        accounts: Parts = {}
        for table in self.logs.tables():
            if table == "accounts":
                accounts = self._here(table, moment, catalogue)
            else:
                self.logs.check(table)
        return accounts

    def _told_again(self, facts: Sequence[Box]) -> None:
        """Count rows that told of what other rows told; only their buckets could see it."""
        for box in facts:
            if box.name == AGAIN:
                for number, rows in box.open().iter_rows():
                    self.logs.logs.ledger.records[self.dealt[number].path].again(rows)

    def _kept(self, boxes: DataFrame) -> DataFrame:
        """Keep what is asked for twice, until the end of the run."""
        kept = boxes.persist()
        self.stack.callback(kept.unpersist)
        return kept


def _sent(session: SparkSession, boxes: Iterable[Box]) -> DataFrame:
    """Boxes of the driver as Spark rows."""
    with quiet():
        return session.createDataFrame(to_table(boxes))
