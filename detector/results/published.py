"""What pages show of a run's folder: read once, in bounded memory, and of one run alone.

Scores are reduced while they are read: what stays are a few counts and whoever is in a queue,
so a run of a million accounts is hardly larger than one of ten. What was read never changes; a
newer run is read anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import polars as pl

from detector.errors import DataError
from detector.results.folder import read_followups, scan_leads, scan_policy, scan_scores
from detector.results.lawqueue import ASKING, in_order, places
from detector.results.leadqueue import LEAD
from detector.results.leadqueue import in_order as by_strength
from detector.results.run import RUN_FILE, Run, read_what_is_sound

SCORES_FILE: Final = "scores.parquet"
#: Upper bounds of the scores' histogram: in even steps, as where scores lie is each model's own.
SCORE_BANDS: Final = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
#: Upper bounds of the p-values' histogram; chance alone fills each with its own share of accounts.
P_BANDS: Final = (0.001, 0.01, 0.05, 0.1, 0.5, 1.0)
_LISTED: Final = (
    "rank", "account_id", "queue", "queue_reason", "score", "p_value", "ring_id", "change",
    "typology", "families", "speaking", "coverage", "standing",
)  # fmt: skip
#: Steps of a score in all that is counted or shown of scores, and of a p-value where they are added
#: up: a finer sum would tell, by what it moves from run to run, the score of the one account that
#: moved. A sum of whole steps is also the same with any number of threads.
STEPS: Final = 100

Signature = tuple[int, int, int]


@dataclass(frozen=True)
class Spread:
    """How many values there are, what they add up to, and how many lie up to each bound."""

    counted: int
    total: float
    bands: tuple[int, ...]


@dataclass(frozen=True)
class ScoreSummary:
    """What is kept of the scores.

    ``spread`` is of the scores at SCORE_BANDS, ``tails`` of the p-values at P_BANDS, ``top`` the
    first accounts by rank with their scores, ``queues`` the counts by queue.
    """

    accounts: int
    spread: Spread
    tails: Spread
    queues: Mapping[str, int]
    top: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Published:
    """One run in its folder.

    ``at`` is when it was published (Unix time); ``scores`` and ``queue`` (whoever is in one, in
    the order of review: that of rank, and lane L's own in queue ``policy``) are None where the
    scores cannot be read.
    """

    folder: Path
    run: Run
    at: float
    signature: Signature
    scores: ScoreSummary | None
    queue: pl.DataFrame | None

    @classmethod
    def read(cls, folder: Path, top: int) -> Published:
        """Read the run in a results folder; ``top`` accounts are kept by name.

        Raises
        ------
        DataError
            If run.json is missing, damaged as a whole, or was replaced while it was read. Other
            damage raises nothing: what is damaged is not there.
        """
        before = signature_of(folder)
        run = read_what_is_sound(folder)
        scores, queue = _scores(folder / SCORES_FILE, top), _queue(folder)
        if signature_of(folder) != before:
            raise DataError(f"{folder} was replaced by a newer run while it was read; try again")
        return cls(folder, run, before[1] / 1e9, before, scores, queue)

    def account(self, account_id: str) -> dict[str, Any] | None:
        """The row of one account as JSON values, or None.

        With the lines of follow-up lists: ``like_confirmed`` those that name it, ``follow_ups``
        those of the confirmed case that it is a member of; and in ``policy`` all that lane L
        says of it, in the order of its queue; in ``leads`` the public notices that may speak of
        it, strong and medium.
        """
        rows = scan_scores(self.folder)
        found = rows.filter(pl.col("account_id") == account_id).head(1).collect()
        if found.is_empty():
            return None
        lists = read_followups(self.folder)
        mine = pl.col("account_id") == account_id
        law = in_order(scan_policy(self.folder).filter(mine)).collect()
        leads = by_strength(scan_leads(self.folder).filter(mine & LEAD)).collect()
        return {
            **plain(found.row(0, named=True)),
            "like_confirmed": lists.filter(pl.col("account_id") == account_id).to_dicts(),
            "follow_ups": lists.filter(pl.col("members").list.contains(account_id)).to_dicts(),
            "policy": [plain(row) for row in law.iter_rows(named=True)],
            "leads": [plain(row) for row in leads.iter_rows(named=True)],
        }


def signature_of(folder: Path) -> Signature:
    """Tell one published run from the next without reading it.

    Raises
    ------
    DataError
        If the folder holds no run.json.
    """
    try:
        stat = (folder / RUN_FILE).stat()
    except OSError as error:
        raise DataError(
            f"{folder} holds no {RUN_FILE} ({error.strerror}); "
            "expected a results folder; make one with: enduse score LOGS --out OUT"
        ) from error
    return stat.st_ino, stat.st_mtime_ns, stat.st_size


def plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row in values that JSON knows."""
    return {name: _plain(value) for name, value in row.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return format(value.normalize(), "f") if isinstance(value, Decimal) else value


def _scores(path: Path, top: int) -> ScoreSummary | None:
    try:
        rows = pl.scan_parquet(path, glob=False).select(
            pl.col("account_id").cast(pl.String),
            pl.col("rank").cast(pl.Int64),
            pl.col("score", "p_value").cast(pl.Float64),
            pl.col("queue").cast(pl.String),
        )
        figures = rows.select(
            pl.len().alias("accounts"), *_spread("score", SCORE_BANDS), *_spread("p_value", P_BANDS)
        ).collect()
        queues = rows.group_by("queue").len().collect()
        first = rows.sort("rank", "account_id").head(top).select("account_id", "score").collect()
    except (OSError, pl.exceptions.PolarsError):
        return None
    return ScoreSummary(
        accounts=figures["accounts"][0],
        spread=_read_spread(figures, "score", SCORE_BANDS),
        tails=_read_spread(figures, "p_value", P_BANDS),
        queues={queue: count for queue, count in queues.iter_rows() if queue is not None},
        top=tuple((account, score) for account, score in first.iter_rows() if score is not None),
    )


def _queue(folder: Path) -> pl.DataFrame | None:
    try:
        queued = scan_scores(folder).filter(pl.col("queue") != "none").select(_LISTED).collect()
        law = places(scan_policy(folder).filter(ASKING).collect())
    except (OSError, pl.exceptions.PolarsError):
        return None
    by_law = pl.when(pl.col("queue").cast(pl.String) == "policy").then("place")
    return (
        queued.join(law, on="account_id", how="left", maintain_order="left")
        .sort("queue", by_law, "rank", "account_id", nulls_last=True)
        .drop("place")
    )


def _spread(column: str, bounds: Sequence[float]) -> list[pl.Expr]:
    """The figures of a `Spread`, each under the column's name and its own."""
    value = pl.col(column).fill_nan(None)
    return [
        value.count().alias(f"{column} counted"),
        (value * STEPS).round().cast(pl.Int64).sum().alias(f"{column} total"),
        *[(value <= bound).sum().alias(f"{column} {bound}") for bound in bounds],
    ]


def _read_spread(figures: pl.DataFrame, column: str, bounds: Sequence[float]) -> Spread:
    return Spread(
        counted=figures[f"{column} counted"][0],
        total=figures[f"{column} total"][0] / STEPS,
        bands=tuple(figures[f"{column} {bound}"][0] for bound in bounds),
    )
