"""Scores by tasks that share one model: every row is scored alone, so blocks change no bit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from detector.spark import tasks
from detector.spark.cargo import Box
from models.account.model import AccountScores, ProxyModel

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

BLOCK_ROWS: Final = 16_384
ROWS: Final = "rows"
SCORES: Final = "scores"
_ARRAYS: Final = (
    "raw", "contributions", "peer_median", "tail", "family_p", "p_value", "level", "evidence",
    "speaks", "coverage",
)  # fmt: skip


def blocks(values: NDArray[np.float64], peers: NDArray[np.int64]) -> Iterator[Box]:
    """Features and peers of consecutive accounts, numbered."""
    for number, at in enumerate(range(0, len(values), BLOCK_ROWS)):
        rows = slice(at, at + BLOCK_ROWS)
        yield _packed(ROWS, number, {"values": values[rows], "peers": peers[rows]})


def score_blocks(model: ProxyModel, number: int, boxes: list[Box]) -> Iterator[Box]:
    """The scores of one block of accounts."""
    for box in boxes:
        held = _arrays(box)
        scores = model.score(held["values"], held["peers"])
        yield _packed(SCORES, number, {name: getattr(scores, name) for name in _ARRAYS})


def score_by_tasks(boxes: DataFrame, model: ProxyModel) -> AccountScores:
    """Score all blocks and put them together again."""
    found = tasks.collect(tasks.over_buckets(boxes, score_blocks, model))
    return joined(model, sorted(found, key=lambda box: box.bucket))


def joined(model: ProxyModel, boxes: Sequence[Box]) -> AccountScores:
    """The blocks' scores as those of one population."""
    parts = [_arrays(box) for box in boxes]
    whole: dict[str, Any] = {
        name: np.ascontiguousarray(np.concatenate([part[name] for part in parts]))
        for name in _ARRAYS
    }
    return AccountScores(base=model.joint.base, families=model.families, **whole)


def _packed(name: str, number: int, arrays: dict[str, NDArray[Any]]) -> Box:
    columns = {key: np.ascontiguousarray(array) for key, array in arrays.items()}
    return Box.pack(name, number, pl.DataFrame(columns))


def _arrays(box: Box) -> dict[str, NDArray[Any]]:
    return {column.name: column.to_numpy() for column in box.open()}
