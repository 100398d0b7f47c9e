"""Functions run by Spark's tasks, over numbers or over buckets, and what became of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import groupby
from typing import TYPE_CHECKING, Final, TypeVar

import polars as pl
import pyarrow as pa

from detector import __version__, errors
from detector.buckets.boxes import Box
from detector.buckets.errors import EngineError
from detector.spark.cargo import DDL, from_arrow, to_batches, to_table
from detector.spark.session import first_line, quiet

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

Told = TypeVar("Told")
ERROR: Final = "error"


def versions() -> str:
    """What must be the same on the driver and in every task."""
    return f"enduse {__version__}, polars {pl.__version__}"


def check_versions(wanted: str) -> None:
    """Refuse to work where another version is installed than on the driver.

    Raises
    ------
    EngineError
        Where they differ: buckets and bits could differ with them.
    """
    if versions() != wanted:
        raise EngineError(
            f"a Spark worker has {versions()}, the driver {wanted}; install the same on all"
        )


def over_numbers(
    session: SparkSession, count: int, work: Callable[[Told, int], Iterator[Box]], told: Told
) -> DataFrame:
    """``work(told, 0)`` … ``work(told, count - 1)``, each in a task of its own.

    ``told`` goes to every worker once, by broadcast.
    """
    shared = session.sparkContext.broadcast(told)

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for number in batch.column(0).to_pylist():
                yield from to_batches(_caught(work(shared.value, number), number))

    numbers = session.range(0, count, 1, max(count, 1))
    with quiet():
        return numbers.mapInArrow(run, DDL)


def over_buckets(
    boxes: DataFrame, work: Callable[[Told, int, Iterable[Box]], Iterator[Box]], told: Told
) -> DataFrame:
    """``work`` on each bucket of ``by_bucket``'s answer, where its boxes already are.

    ``told`` goes to every worker once, by broadcast.
    """
    shared = boxes.sparkSession.sparkContext.broadcast(told)

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        every = (box for batch in batches for box in from_arrow(batch))
        for bucket, held in groupby(every, key=lambda box: box.bucket):
            yield from to_batches(_caught(work(shared.value, bucket, list(held)), bucket))

    with quiet():
        return boxes.mapInArrow(run, DDL)


def by_bucket(
    boxes: DataFrame, buckets: int, work: Callable[[int, Iterable[Box]], Iterator[Box]]
) -> DataFrame:
    """Bring the boxes of each bucket together and work on them as one group."""

    def run(group: pa.Table) -> pa.Table:
        held = list(from_arrow(group))
        return to_table(_caught(work(held[0].bucket, held), held[0].bucket))

    with quiet():
        return boxes.repartition(buckets, "bucket").groupBy("bucket").applyInArrow(run, DDL)


def collect(boxes: DataFrame) -> list[Box]:
    """Bring boxes to the driver; the first error by number is raised.

    Raises
    ------
    EnduseError
        What a task raised, or ``EngineError`` where Spark gave up.
    """
    with reported(), quiet():
        found = list(from_arrow(boxes.toArrow()))
    for box in sorted((b for b in found if b.name == ERROR), key=lambda b: b.bucket):
        raise unpacked(box)
    return found


def packed(error: errors.EnduseError, number: int) -> Box:
    """An error of ours as a box, to be raised again on the driver."""
    return Box(ERROR, number, f"{type(error).__name__}\n{error}".encode())


def unpacked(box: Box) -> errors.EnduseError:
    """The error in a box."""
    kind, _, text = box.payload.decode().partition("\n")
    known: type[errors.EnduseError] = getattr(errors, kind, EngineError)
    return known(text)


def refused(box: Box) -> errors.DataError:
    """The error in a box that speaks of one file alone."""
    error = unpacked(box)
    return error if isinstance(error, errors.DataError) else errors.Unreadable(str(error))


@contextmanager
def reported() -> Iterator[None]:
    """Turn Spark's own failures into one sentence.

    Raises
    ------
    EngineError
        Where a job failed.
    """
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JError) as error:
        text = str(error)
        if "No module named" in text:
            raise EngineError(
                "the Python of Spark's workers lacks a package of enduse; install enduse on every "
                "worker, or let PYSPARK_PYTHON name the Python that has it"
            ) from error
        raise EngineError(f"Spark gave the run up: {_reason(text)}") from error


def _reason(text: str) -> str:
    """The last line of a task's Python trace, else the first of Spark's words."""
    said = re.findall(r"^(?:pyspark\.errors\S+: )?(\w[\w.]*(?:Error|Exception): .+)$", text, re.M)
    return str(said[-1])[:300] if said else first_line(text)


def _caught(boxes: Iterator[Box], number: int) -> Iterator[Box]:
    try:
        yield from boxes
    except errors.EnduseError as error:
        yield packed(error, number)
