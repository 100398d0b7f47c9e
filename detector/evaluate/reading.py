"""Scores and truth, joined by account into arrays the judge works on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from detector.errors import DataError

TRUTH_COLUMNS: Final = ("account_id", "is_proxy", "role", "typology", "ring_id", "archetype")
DIVERTED: Final = ("victim", "other")
_LAST: Final = 1 << 40
_TRUE: Final = ("true", "1", "yes")

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class World:
    """One scored world beside its truth; every array has one entry per account.

    ``place`` orders accounts for review: by rank, then those in queue victim or other,
    then those the scores do not name. ``case`` and ``ring`` are codes; ``ring`` is -1 for
    an account that is not a proxy.
    """

    place: Ints
    case: Ints
    ring: Ints
    proxy: Bools
    role: list[str]
    queue: list[str]
    typology: list[str]
    archetype: list[str]
    families: list[list[str] | None]
    ring_name: list[str]
    account: list[str]


def read_world(scores: Path | str | pl.DataFrame, truth: Path | str | pl.DataFrame) -> World:
    """Join scores and truth by account.

    Accounts that only the truth names come last; accounts that only the scores name count
    as benign. The order of rows changes nothing.

    Raises
    ------
    DataError
        If a file cannot be read, a column is missing or an account appears twice.
    """
    told = _truth_frame(_load(truth, "truth"))
    scored = _score_frame(_load(scores, "scores"))
    rows = told.join(scored, on="account_id", how="full", coalesce=True).sort("account_id")
    rows = rows.with_columns(
        pl.col("proxy").fill_null(False),
        pl.col("place").fill_null(2 * _LAST),
        pl.col("role").fill_null("benign"),
        pl.col("queue").fill_null("none"),
        pl.col("archetype").fill_null("unknown"),
        pl.col("typology").fill_null("unknown"),
    )
    case = _group("case_ring").rank("dense").cast(pl.Int64) - 1
    ring = pl.when(pl.col("proxy")).then(_group("true_ring"))
    named = pl.when(pl.col("true_ring") != "").then("true_ring")
    rows = rows.with_columns(ring_name=pl.coalesce(named, "account_id"))
    rows = rows.with_columns(case=case, ring=ring.rank("dense").cast(pl.Int64) - 1)
    return _world(rows)


def _world(rows: pl.DataFrame) -> World:
    return World(
        place=rows["place"].to_numpy(),
        case=rows["case"].to_numpy(),
        ring=rows["ring"].fill_null(-1).to_numpy(),
        proxy=rows["proxy"].to_numpy(),
        role=rows["role"].to_list(),
        queue=rows["queue"].to_list(),
        typology=rows["typology"].to_list(),
        archetype=rows["archetype"].to_list(),
        families=rows["families"].to_list(),
        ring_name=rows["ring_name"].to_list(),
        account=rows["account_id"].to_list(),
    )


def _group(column: str) -> pl.Expr:
    """Name a group by its ring, or by the account where there is none."""
    named = pl.col(column).is_not_null() & (pl.col(column) != "")
    return (
        pl.when(named)
        .then(pl.lit("r:") + pl.col(column))
        .otherwise(pl.lit("a:") + pl.col("account_id"))
    )


def _load(source: Path | str | pl.DataFrame, what: str) -> pl.DataFrame:
    if isinstance(source, pl.DataFrame):
        return source
    path = Path(source)
    try:
        if path.suffix == ".csv":
            return pl.read_csv(path, infer_schema=False)
        return pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise DataError(
            f"{what}: cannot read {path} ({error}); expected a Parquet or CSV file"
        ) from error


def _truth_frame(truth: pl.DataFrame) -> pl.DataFrame:
    _require(truth, TRUTH_COLUMNS, "truth")
    told = truth.select(
        pl.col("account_id").cast(pl.String),
        _as_bool(truth, "is_proxy").alias("proxy"),
        pl.col("role").cast(pl.String),
        pl.col("typology").cast(pl.String),
        pl.col("ring_id").cast(pl.String).alias("true_ring"),
        pl.col("archetype").cast(pl.String),
    )
    return _unique(told, "truth")


def _as_bool(frame: pl.DataFrame, column: str) -> pl.Expr:
    if frame.schema[column] == pl.Boolean:
        return pl.col(column).fill_null(False)
    return pl.col(column).cast(pl.String).str.to_lowercase().is_in(_TRUE).fill_null(False)


def _score_frame(scores: pl.DataFrame) -> pl.DataFrame:
    _require(scores, ("account_id",), "scores")
    queue = _column(scores, "queue", pl.String)
    rank = _rank(scores)
    diverted = queue.is_in(DIVERTED).fill_null(False)
    scored = scores.select(
        pl.col("account_id").cast(pl.String),
        (rank + pl.when(diverted).then(_LAST).otherwise(0)).alias("place"),
        queue.alias("queue"),
        _column(scores, "ring_id", pl.String).alias("case_ring"),
        _families(scores).alias("families"),
    )
    return _unique(scored, "scores")


def _rank(scores: pl.DataFrame) -> pl.Expr:
    """Take the rank as given; a bare score column is ranked here, equal scores sharing."""
    if "rank" in scores.columns:
        return pl.col("rank").cast(pl.Int64)
    _require(scores, ("score",), "scores")
    score = pl.col("score").cast(pl.Float64).fill_nan(None)
    return score.rank("min", descending=True).cast(pl.Int64)


def _families(scores: pl.DataFrame) -> pl.Expr:
    texts = pl.List(pl.String)
    if scores.schema.get("families") == pl.String:  # the CSV form: JSON text
        return pl.col("families").str.json_decode(texts)
    return _column(scores, "families", texts)


def _column(frame: pl.DataFrame, name: str, dtype: Any) -> pl.Expr:
    return (pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype)


def _require(frame: pl.DataFrame, columns: tuple[str, ...], what: str) -> None:
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise DataError(
            f"{what}: columns {missing} are missing; found {frame.columns}; "
            f"expected at least {list(columns)}"
        )


def _unique(frame: pl.DataFrame, what: str) -> pl.DataFrame:
    twice = frame.filter(pl.col("account_id").is_duplicated() | pl.col("account_id").is_null())
    if twice.height:
        names = twice["account_id"].unique().sort().head(3).to_list()
        raise DataError(f"{what}: expected one row per account, found several for {names}")
    return frame
