"""One run's results, reduced to the few numbers that /metrics shows.

Scores are reduced while they are read, so a snapshot of a million accounts is as small as
one of ten. A snapshot never changes; a new run makes a new one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from detector.errors import DataError
from detector.exporter.catalogue import SCORE_BANDS
from detector.terminal import safe_text

_RUN: Final = "run.json"
_SCORES: Final = "scores.parquet"
_MOST_RUN_BYTES: Final = 64 << 20

Signature = tuple[int, int, int]


@dataclass(frozen=True)
class ScoreSummary:
    """What is kept of the scores.

    ``bands`` are cumulative counts at SCORE_BANDS, ``top`` the first accounts by rank with
    their scores, ``queues`` the counts by queue.
    """

    accounts: int
    scored: int
    total: float
    bands: tuple[int, ...]
    queues: Mapping[str, int]
    top: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Snapshot:
    """One run: its run.json, when it was published, and its scores (None: unreadable)."""

    run: Mapping[str, Any]
    published: float
    signature: Signature
    scores: ScoreSummary | None


def signature_of(out: Path) -> Signature:
    """Tell one published run from the next without reading it.

    Raises
    ------
    DataError
        If the folder holds no run.json.
    """
    try:
        stat = (out / _RUN).stat()
    except OSError as error:
        raise DataError(
            f"{out} holds no {_RUN} ({error.strerror}); "
            "expected a results folder; make one with: enduse score LOGS --out OUT"
        ) from error
    return stat.st_ino, stat.st_mtime_ns, stat.st_size


def read_snapshot(out: Path, top_k: int) -> Snapshot:
    """Read the run in a results folder.

    Parameters
    ----------
    out : Path
        Results folder of the data contract.
    top_k : int
        Accounts to keep by name.

    Raises
    ------
    DataError
        If run.json is missing, damaged, or was replaced while it was read. Damaged scores
        raise nothing: the snapshot then has no scores.
    """
    before = signature_of(out)
    run = _read_run(out / _RUN, before[2])
    scores = _read_scores(out / _SCORES, top_k)
    if signature_of(out) != before:
        raise DataError(f"{out} was replaced by a newer run while it was read; try again")
    return Snapshot(run, before[1] / 1e9, before, scores)


def _read_run(path: Path, size: int) -> dict[str, Any]:
    if size > _MOST_RUN_BYTES:
        raise DataError(f"{path} has {size} bytes; expected at most {_MOST_RUN_BYTES}")
    try:
        run = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        reason = safe_text(error, limit=200)
        raise DataError(f"{path} cannot be read ({reason}); run enduse score again") from error
    if not isinstance(run, dict):
        raise DataError(f"{path} holds {type(run).__name__}; expected a JSON object")
    return run


def _read_scores(path: Path, top_k: int) -> ScoreSummary | None:
    try:
        rows = pl.scan_parquet(path, glob=False).select(
            pl.col("account_id").cast(pl.String),
            pl.col("rank").cast(pl.Int64),
            pl.col("score").cast(pl.Float64),
            pl.col("queue").cast(pl.String),
        )
        figures = rows.select(_figures()).collect().row(0, named=True)
        queues = rows.group_by("queue").len().collect()
        top = rows.sort("rank", "account_id").head(top_k).select("account_id", "score").collect()
    except (OSError, pl.exceptions.PolarsError):
        return None
    return ScoreSummary(
        accounts=figures["accounts"],
        scored=figures["scored"],
        total=figures["total"] / _SUM_UNIT,
        bands=tuple(figures[str(band)] for band in SCORE_BANDS),
        queues={queue: count for queue, count in queues.iter_rows() if queue is not None},
        top=tuple((account, score) for account, score in top.iter_rows() if score is not None),
    )


_SUM_UNIT: Final = 1_000_000


def _figures() -> list[pl.Expr]:
    score = pl.col("score").fill_nan(None)
    return [
        pl.len().alias("accounts"),
        score.count().alias("scored"),
        # Added up as integers: a float sum would differ with the number of threads.
        (score * _SUM_UNIT).round().cast(pl.Int64).sum().alias("total"),
        *[(score <= band).sum().alias(str(band)) for band in SCORE_BANDS],
    ]
