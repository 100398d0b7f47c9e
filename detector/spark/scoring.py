"""Scores by tasks that share one model: every row is scored alone, so blocks change no bit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from detector.buckets.boxes import Box
from detector.spark import tasks
from models.account.model import ProxyModel
from models.account.scores import AccountScores, joined

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

BLOCK_ROWS: Final = 16_384
ROWS: Final = "rows"
SCORES: Final = "scores"


def blocks(values: NDArray[np.float64], peers: NDArray[np.int64]) -> Iterator[Box]:
    """Features and peers of consecutive accounts, numbered."""
    for number, at in enumerate(range(0, len(values), BLOCK_ROWS)):
        rows = slice(at, at + BLOCK_ROWS)
        yield _packed(ROWS, number, {"values": values[rows], "peers": peers[rows]})


def score_blocks(model: ProxyModel, number: int, boxes: Iterable[Box]) -> Iterator[Box]:
    """The scores of one block of accounts."""
    for box in boxes:
        held = _arrays(box)
        scores = model.score(held["values"], held["peers"])
        yield _packed(SCORES, number, scores.arrays())


def score_by_tasks(boxes: DataFrame, model: ProxyModel) -> AccountScores:
    """Score all blocks and put them together again."""
    found = tasks.collect(tasks.over_buckets(boxes, score_blocks, model))
    return scores_of(model, sorted(found, key=lambda box: box.bucket))


def scores_of(model: ProxyModel, boxes: Sequence[Box]) -> AccountScores:
    """The blocks' scores as those of one population."""
    base, families = model.joint.base, model.families
    return joined([AccountScores(base=base, families=families, **_arrays(box)) for box in boxes])


def _packed(name: str, number: int, arrays: dict[str, NDArray[Any]]) -> Box:
    columns = {key: np.ascontiguousarray(array) for key, array in arrays.items()}
    return Box(name, number, pl.DataFrame(columns))


def _arrays(box: Box) -> dict[str, NDArray[Any]]:
    return {column.name: column.to_numpy() for column in box.open()}
