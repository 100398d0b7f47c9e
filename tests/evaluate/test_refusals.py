"""Scores and truth that the judge refuses, and what it says of them."""

from __future__ import annotations

import polars as pl
import pytest

from detector.errors import DataError
from detector.evaluate import evaluate

SCORES = pl.DataFrame(
    {"account_id": list("abcdefg"), "rank": range(1, 8), "queue": [*["proxy"] * 3, *["none"] * 4],
     "ring_id": pl.Series([*"PP", *[None] * 5], dtype=pl.String)},
    schema_overrides={"rank": pl.Int64},
)  # fmt: skip
TRUTH = pl.DataFrame(
    {"account_id": list("abcdefg"), "is_proxy": [True, *[False] * 6],
     "role": ["proxy", *["benign"] * 6], "typology": ["T03", *[None] * 6],
     "ring_id": ["R", *[None] * 6], "archetype": [None, *["shop"] * 6]},
)  # fmt: skip
NAMES = [f"n{i:02}" for i in range(33)]
MANY = SCORES.vstack(
    pl.select(
        account_id=pl.Series(NAMES), rank=pl.int_range(20, 53), queue=pl.lit("none"),
        ring_id=pl.lit(None, pl.String),
    )
)  # fmt: skip
MANY_TRUTH = TRUTH.vstack(
    pl.select(
        account_id=pl.Series(NAMES), is_proxy=False, role=pl.lit("benign"),
        typology=pl.lit(None, pl.String), ring_id=pl.lit(None, pl.String),
        archetype=pl.lit("shop"),
    )
)  # fmt: skip


def test_one_account_in_forty_may_lack_a_truth_and_counts_as_benign() -> None:
    result = evaluate(MANY, MANY_TRUTH.filter(pl.col("account_id") != "c"), capacity=2)
    assert result["precision_at_capacity"] == 0.0  # of ring P (a, b) and c
    assert (result["accounts"], result["without_truth"], result["without_score"]) == (40, 1, 0)


def test_a_truth_of_too_few_of_the_scored_accounts_is_refused() -> None:
    assert evaluate(MANY, MANY_TRUTH.tail(38))["without_truth"] == 2
    told = "of 40 scored accounts 37 are among the 37 of the truth: 'a' is not; expected"
    with pytest.raises(DataError, match=told):
        evaluate(MANY, MANY_TRUTH.tail(37))


def test_a_truth_of_other_accounts_is_refused_with_an_example_of_each_side() -> None:
    other = TRUTH.with_columns(account_id=pl.format("x{}", "account_id"))
    told = r"of 7 scored accounts 0 are among the 7 of the truth: 'a' is not; .* 'xa', which has no"
    with pytest.raises(DataError, match=told):
        evaluate(SCORES, other)


@pytest.mark.parametrize("column", ["account_id", "is_proxy", "ring_id"])
def test_a_missing_truth_column_is_named(column) -> None:
    with pytest.raises(DataError, match=column):
        evaluate(SCORES, TRUTH.drop(column))


@pytest.mark.parametrize("twice", ["scores", "truth"])
def test_an_account_that_appears_twice_is_refused(twice) -> None:
    tables = {"scores": SCORES, "truth": TRUTH}
    tables[twice] = tables[twice].vstack(tables[twice].head(1))
    with pytest.raises(DataError, match=rf"{twice}: expected one row per account, .* \['a'\]"):
        evaluate(**tables)


@pytest.mark.parametrize("empty", ["scores", "truth"])
def test_an_empty_table_is_refused(empty) -> None:
    tables = {"scores": SCORES, "truth": TRUTH}
    tables[empty] = tables[empty].head(0)
    with pytest.raises(DataError, match=f"{empty}: the table is empty"):
        evaluate(**tables)


@pytest.mark.parametrize("nameless", ["scores", "truth"])
def test_rows_without_an_account_are_refused(nameless) -> None:
    tables = {"scores": SCORES, "truth": TRUTH}
    tables[nameless] = tables[nameless].with_columns(account_id=pl.lit(None, pl.String))
    with pytest.raises(DataError, match=f"{nameless}: 7 rows name no account"):
        evaluate(**tables)


@pytest.mark.parametrize(
    ("column", "value"),
    [("is_proxy", "perhaps"), ("is_proxy", None), ("is_proxy", 2), ("role", "Victim"),
     ("role", None)],
)  # fmt: skip
def test_a_truth_that_is_none_is_refused_with_its_first_value(column, value) -> None:
    shown = value if value is None else str(value)
    with pytest.raises(DataError, match=f"truth: {column} of account 'a' is {shown!r}, as 7 of 7"):
        evaluate(SCORES, TRUTH.with_columns(pl.lit(value).alias(column)))


@pytest.mark.parametrize("value", ["first", 1.5, 0, -3, 2**60, float("inf"), float("nan"), "nan"])
def test_ranks_that_are_no_ranks_are_refused(value) -> None:
    with pytest.raises(DataError, match=r"scores: rank of account 'a' is .* a whole number from 1"):
        evaluate(SCORES.with_columns(rank=pl.lit(value)), TRUTH)


@pytest.mark.parametrize("frame", [
    SCORES.select("account_id", score=pl.lit("high")),
    SCORES.select("account_id", score=pl.lit(None, pl.Float64)),
    SCORES.select("account_id", score=pl.lit(float("nan"))),
    SCORES.with_columns(rank=pl.lit(None, pl.Int64)),
    SCORES.with_columns(rank=pl.lit([1, 2])),
    SCORES.with_columns(families=pl.lit("no json [")),
    SCORES.with_columns(families=pl.struct("rank")),
], ids=range(7))  # fmt: skip
def test_scores_that_are_none_are_refused(frame) -> None:
    with pytest.raises(DataError, match=r"^scores: "):
        evaluate(frame, TRUTH)


def test_a_truth_of_nested_columns_is_refused() -> None:
    nested = TRUTH.with_columns(typology=pl.concat_list("role", "archetype"))
    with pytest.raises(DataError, match=r"^truth: "):
        evaluate(SCORES, nested)


def test_only_the_first_of_many_columns_are_told_where_one_is_missing() -> None:
    wide = SCORES.drop("rank").with_columns(**{f"f{i:03}": pl.lit(0.0) for i in range(300)})
    with pytest.raises(DataError, match=r"'f004'\] and 295 more; expected"):
        evaluate(wide, TRUTH)


def test_a_missing_file_is_a_data_error(tmp_path) -> None:
    with pytest.raises(DataError, match=r"nowhere\.parquet"):
        evaluate(tmp_path / "nowhere.parquet", TRUTH)
