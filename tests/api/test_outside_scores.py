"""Scores that were made elsewhere join as a column, and are named in reasons."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

from detector import Results, load_model, save_model, score_logs, train_logs
from detector.errors import ModelError, UsageError
from detector.pipeline.arguments import registry_of
from detector.sources import Logs
from features import REGISTRY, build_features, feature, outside_scores, with_own
from features.registry import ForbiddenInput


def _reason(results: Results, account: str, code: str) -> dict[str, object] | None:
    row = results.scores.row(by_predicate=pl.col("account_id") == account, named=True)
    return next((reason for reason in row["reasons"] if reason["code"] == code), None)


def test_a_score_is_named_in_reasons_after_a_round_trip(
    logs: Logs, outside: pl.DataFrame, tmp_path: Path
) -> None:
    path = tmp_path / "m"
    save_model(train_logs(logs, outside=outside), path)
    with pytest.raises(ModelError, match=r"fraud_score.*outside=\[\.\.\.\]"):
        score_logs(logs, path)
    found = score_logs(logs, load_model(path), outside=outside.sample(fraction=1, shuffle=True))
    reason = _reason(found, "acct-009", "X01-FRAUD-SCORE")
    assert reason is not None
    said = "The outside score 'fraud_score' is high: 9 points; half of its peers: at most 0."
    assert str(reason["text"]).startswith(said)
    assert reason["value"] == pytest.approx(9.004)
    assert _reason(found, "acct-008", "X01-FRAUD-SCORE") is None


def test_who_has_no_score_is_missing_and_not_zero(logs: Logs, outside: pl.DataFrame) -> None:
    holey = outside.with_columns(
        pl.when(pl.col("account_id") == "acct-003").then(float("nan")).otherwise("fraud_score")
        .alias("fraud_score")
    )  # fmt: skip
    registry = with_own(outside=[outside_scores(holey)])
    table = build_features(logs, logs.as_of, registry=registry)
    values = table["fraud_score"].to_list()
    assert values[2:5] == [None, None, None]
    assert values[5] == pytest.approx(0.202)


@pytest.mark.long
def test_the_low_side_can_be_the_suspicious_one(logs: Logs, outside: pl.DataFrame) -> None:
    said = {"trust": "The trust score is low."}
    trust = outside.select("account_id", trust=-pl.col("fraud_score"))
    found = score_logs(
        logs, prior="none", outside=[outside_scores(trust, direction=-1, sentences=said)]
    )
    reason = _reason(found, "acct-009", "X01-TRUST")
    assert reason is not None
    assert str(reason["text"]).startswith(
        "The trust score is low: \u22129 points; half of its peers"
    )


@pytest.mark.long
def test_pandas_by_column_or_by_index_gives_the_same(logs: Logs, outside: pl.DataFrame) -> None:
    frame = pd.DataFrame(outside.to_dict(as_series=False))
    one, two, three = (
        build_features(logs, logs.as_of, registry=with_own(outside=[outside_scores(given)]))
        for given in (outside, frame, frame.set_index("account_id"))
    )
    assert one.equals(two)
    assert one.equals(three)


@pytest.mark.parametrize(
    ("frame", "told"),
    [
        ({"id": ["a"], "s": [1.0]}, "expected 'account_id'"),
        ({"account_id": ["a"]}, "expected 'account_id'"),
        ({"account_id": ["a", "a"], "s": [1.0, 2.0]}, "'a' twice"),
        ({"account_id": ["a", None], "s": [1.0, 2.0]}, "names no account"),
        ({"account_id": [1.5], "s": [1.0]}, "Float64"),
        ({"account_id": ["a"], "s": [np.inf]}, "infinite"),
        ({"account_id": ["a"], "My score": [1.0]}, "cannot name a column"),
        ({"account_id": ["a"], "tpp_hours": [1.0]}, "already"),
    ],
)
def test_what_is_no_table_of_scores_says_why(frame: dict[str, list[object]], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        outside_scores(pl.DataFrame(frame))


@pytest.mark.parametrize(
    "frame",
    [
        {"account_id": ["a"], "billing_country": [1.0]},
        {"account_id": ["a"], "plan": ["gold"]},
    ],
)
def test_what_lane_b_is_blind_to_stays_out(frame: dict[str, list[object]]) -> None:
    with pytest.raises(ForbiddenInput):
        outside_scores(pl.DataFrame(frame))


def test_scores_of_nobody_in_the_logs_are_refused(logs: Logs, outside: pl.DataFrame) -> None:
    strangers = outside.with_columns(pl.format("x{}", "account_id").alias("account_id"))
    with pytest.raises(UsageError, match=r"no value for any of the 60 accounts.*acct-000"):
        train_logs(logs, outside=strangers)
    with pytest.raises(UsageError, match="outside scores are a int"):
        train_logs(logs, outside=3)


def test_no_other_engine_computes_them(logs: Logs, outside: pl.DataFrame) -> None:
    from detector.pipeline.engine import LocalEngine

    with pytest.raises(UsageError, match="computes no columns of your own"):
        score_logs(logs, outside=outside, engine=LocalEngine("spark"))


def test_own_features_as_a_registry_and_scores_stand_together(outside: pl.DataFrame) -> None:
    @feature(base="F02", unit="invoices", direction=1, inputs=("payments",))
    def invoiced() -> pl.Expr:
        """Is billed often."""
        return pl.col("invoices")

    for given in (invoiced, [invoiced], with_own([invoiced])):
        registry = registry_of(given, [outside])
        assert registry.names() == [*REGISTRY.names(), "invoiced", "fraud_score"]
    assert registry_of(None, None) is REGISTRY
