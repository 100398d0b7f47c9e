"""The two tables of the judge, scores and truth, each read and checked by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import polars as pl

from detector.errors import DataError
from detector.results import QUEUES
from features.frames import eager

TRUTH_COLUMNS: Final = ("account_id", "is_proxy", "role", "typology", "ring_id", "archetype")
ROLES: Final = ("proxy", "victim", "other", "benign")
DIVERTED: Final = ("victim", "other")
LAST: Final = 1 << 40
"""More than any rank: what is set back comes after what is not."""
HIDDEN: Final = len(QUEUES) * LAST
"""Place on the reviewer's page of whoever is in no queue, and so is not on it."""
_TRUE: Final = ("true", "1", "yes")
_FALSE: Final = ("false", "0", "no")
_NAMED: Final = 8

Table = Path | str | pl.DataFrame
"""Parquet, CSV, a run's folder for its scores, or a frame (pandas' too)."""


def read_truth(source: Table) -> pl.DataFrame:
    """Return account_id, proxy, role, typology, true_ring and archetype, a row an account.

    Raises
    ------
    DataError
        It cannot be read, is empty, lacks a column, names an account twice, or holds a role
        or an is_proxy that are none.
    """
    truth = _load(source, "truth")
    _require(truth, TRUTH_COLUMNS, "truth")
    try:
        texts = truth.select(pl.col(TRUTH_COLUMNS).cast(pl.String))
    except pl.exceptions.PolarsError as error:
        raise DataError(
            f"truth: a column is no text ({error}); expected what `simulate` writes"
        ) from error
    proxy = pl.col("is_proxy").str.to_lowercase()
    _refuse(texts, ~proxy.is_in([*_TRUE, *_FALSE]), "is_proxy", "truth", "true or false")
    _refuse(texts, ~pl.col("role").is_in(ROLES), "role", "truth", ", ".join(ROLES))
    told = texts.select(
        "account_id", "role", "typology", "archetype",
        proxy=proxy.is_in(_TRUE), true_ring="ring_id",
    )  # fmt: skip
    return _one_each(told, "truth")


def read_scores(source: Table) -> pl.DataFrame:
    """Return account_id, place, shown, queue, case_ring and families, a row an account.

    Raises
    ------
    DataError
        It cannot be read, is empty, lacks a column, names an account twice, or holds ranks
        or scores that are none.
    """
    scores = _load(source, "scores")
    _require(scores, ("account_id",), "scores")
    queue = _column(scores, "queue", pl.String)
    diverted = queue.is_in(DIVERTED).fill_null(False)
    on_page = queue.replace_strict(
        {name: at for at, name in enumerate(QUEUES) if name != "none"},
        default=None, return_dtype=pl.Int64,
    )  # fmt: skip
    try:
        scored = scores.select(
            pl.col("account_id").cast(pl.String),
            _rank(scores).alias("rank"),
            queue.alias("queue"),
            _column(scores, "ring_id", pl.String).alias("case_ring"),
            _families(scores).alias("families"),
        )
    except pl.exceptions.PolarsError as error:
        raise DataError(
            f"scores: a column holds something else than a run writes ({error}); expected "
            "account_id, rank or score, and queue, ring_id and families as in scores.parquet"
        ) from error
    scored = _one_each(scored, "scores")
    if not scored["rank"].is_not_null().any():
        raise DataError("scores: no account has a rank or a score; expected scores of a run")
    return scored.with_columns(
        place=pl.col("rank") + pl.when(diverted).then(LAST).otherwise(0),
        shown=(pl.col("rank") + LAST * on_page).fill_null(HIDDEN),
    )


def _load(source: Table, what: str) -> pl.DataFrame:
    if not isinstance(source, str | Path):
        frame = eager(source)
        if frame is None:
            raise DataError(f"{what}: a {type(source).__name__}; expected a frame, or a path")
        return frame
    path = Path(source)
    if what == "scores" and path.is_dir():
        path = path / "scores.parquet"  # a run's folder
    try:
        if path.suffix == ".csv":
            return pl.read_csv(path, infer_schema=False)
        return pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise DataError(
            f"{what}: cannot read {path} ({error}); expected a Parquet or CSV file"
        ) from error


def _rank(scores: pl.DataFrame) -> pl.Expr:
    """Take the rank as given; a bare score column is ranked here, equal scores sharing."""
    if "rank" in scores.columns:
        rank = pl.col("rank").cast(pl.Float64, strict=False)
        wrong = pl.col("rank").is_not_null() & ~(
            rank.is_between(1, LAST - 1) & (rank == rank.floor())
        ).fill_null(False)
        _refuse(scores, wrong, "rank", "scores", "a whole number from 1")
        return rank.cast(pl.Int64)
    _require(scores, ("score",), "scores")
    score = pl.col("score").cast(pl.Float64, strict=False)
    wrong = pl.col("score").is_not_null() & score.is_null()
    _refuse(scores, wrong, "score", "scores", "a number")
    return score.fill_nan(None).rank("min", descending=True).cast(pl.Int64)


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
        further = len(frame.columns) - _NAMED
        more = f" and {further} more" if further > 0 else ""
        raise DataError(
            f"{what}: columns {missing} are missing; found {frame.columns[:_NAMED]}{more}; "
            f"expected at least {list(columns)}"
        )


def _refuse(frame: pl.DataFrame, wrong: pl.Expr, column: str, what: str, expected: str) -> None:
    """Name the first value of a column that is none, and how many there are."""
    found = frame.filter(wrong.fill_null(True))
    if found.height:
        account, value = found["account_id"][0], found[column][0]
        raise DataError(
            f"{what}: {column} of account {account!r} is {value!r}, as {found.height:,} of "
            f"{frame.height:,} rows are no {column}; expected {expected}"
        )


def _one_each(frame: pl.DataFrame, what: str) -> pl.DataFrame:
    if frame.is_empty():
        raise DataError(f"{what}: the table is empty; expected one row per account")
    nameless = frame["account_id"].null_count()
    if nameless:
        raise DataError(f"{what}: {nameless:,} rows name no account; expected one row per account")
    twice = frame.filter(pl.col("account_id").is_duplicated())["account_id"].unique().sort()
    if len(twice):
        names = twice.head(3).to_list()
        raise DataError(f"{what}: expected one row per account, found several for {names}")
    return frame
