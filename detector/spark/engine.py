"""The whole way on a cluster: files, buckets, driver, scores."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

import polars as pl

from detector.buckets import driver
from detector.buckets.boxes import Box, Boxes, Listed
from detector.buckets.merging import AGAIN, Merging
from detector.buckets.way import Way
from detector.errors import UsageError
from detector.pipeline.prepare import Prepared, Stages
from detector.pipeline.scoring import Explainer
from detector.sources import InputFile, Source
from detector.sources.gaps import MACHINES
from detector.spark import scoring, tasks
from detector.spark.cargo import to_table
from detector.spark.logs import ClusterLogs
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

Told = TypeVar("Told")


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
            inventory = self._here("inventory", moment)
            parts, buckets = self._roll_up(inventory, moment, catalogue)
            here = {**self._judged(moment), "inventory": inventory["inventory"]}
        way = Way(self.logs, moment, buckets, self.stages)
        sent = _Sent(parts, self.stack)
        prepared = way.prepare(sent, here, self._machines, self._told_again)
        return replace(prepared, buckets=buckets)

    def _here(self, table: str, moment: datetime) -> Parts:
        """The rollup of a table that is read on the driver."""
        there = table in self.logs.tables()
        return driver.rolled_here(table, self.logs.rollups(table, moment) if there else ())

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
        dealt = tasks.over_numbers(self.session, len(folder.tasks), roll_up, work)
        parts = _kept(dealt, self.stack)
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

    def _judged(self, moment: datetime) -> Parts:
        """Judge the tables in their order, as one machine would; the accounts, which are read."""
        accounts: Parts = {}
        for table in self.logs.tables():
            if table == "accounts":
                accounts = self._here(table, moment)
            else:
                self.logs.check(table)
        return accounts

    def _told_again(self, facts: Boxes) -> None:
        """Count rows that told of what other rows told; only their buckets could see it."""
        for box in facts.named(AGAIN):
            for number, rows in box.open().iter_rows():
                self.logs.logs.ledger.records[self.dealt[number].path].again(rows)


@dataclass(frozen=True)
class _Sent:
    """Parts that lie where Spark keeps them."""

    boxes: DataFrame
    stack: ExitStack

    def merged(self, more: Iterable[Box], buckets: int, work: Merging) -> _Merged:
        """What ``work`` makes of the boxes of each bucket, in tasks."""
        sent = self.boxes.unionByName(_sent(self.boxes.sparkSession, more))
        return _Merged(_kept(tasks.by_bucket(sent, buckets, work), self.stack))


@dataclass(frozen=True)
class _Merged:
    """Merged rollups that lie where Spark keeps them."""

    boxes: DataFrame

    def named(self, names: tuple[str, ...]) -> Listed:
        """The boxes of some names, brought to the driver."""
        return Listed(tasks.collect(self.boxes.filter(self.boxes.name.isin(*names, tasks.ERROR))))

    def over(self, work: Callable[[Told, int, Iterable[Box]], Iterator[Box]], told: Told) -> Listed:
        """What ``work`` makes of each bucket, in tasks; it is brought to the driver."""
        return Listed(tasks.collect(tasks.over_buckets(self.boxes, work, told)))


def _kept(boxes: DataFrame, stack: ExitStack) -> DataFrame:
    """Keep what is asked for twice, until the end of the run."""
    kept = boxes.persist()
    stack.callback(kept.unpersist)
    return kept


def _sent(session: SparkSession, boxes: Iterable[Box]) -> DataFrame:
    """Boxes of the driver as Spark rows."""
    with quiet():
        return session.createDataFrame(to_table(boxes))
