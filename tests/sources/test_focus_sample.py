"""The FOCUS 1.0 sample: 1,000 real rows of three clouds."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl
import pytest

from detector.sources import read_logs

SAMPLE = Path(__file__).parents[3] / "shared/data/focus/focus_sample_1.0.csv"
pytestmark = pytest.mark.skipif(not SAMPLE.exists(), reason="the FOCUS sample data is not here")

ACCOUNT = "coalesce(nullif(SubAccountId, 'NULL'), BillingAccountId)"


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    (tmp_path / "usage.csv").write_bytes(SAMPLE.read_bytes())
    ids = duckdb.sql(
        f"select distinct {ACCOUNT} from read_csv('{SAMPLE}', all_varchar = true) order by 1"
    ).fetchall()
    pl.DataFrame({"account_id": [i for (i,) in ids]}).with_columns(
        created_at=pl.lit("2024-01-01")
    ).write_csv(tmp_path / "accounts.csv")
    return tmp_path


def test_no_row_is_lost(sample: Path) -> None:
    logs = read_logs(sample)
    counts = logs.validate()
    assert (counts["usage"].read, counts["usage"].ok, counts["usage"].quarantined) == (
        1000,
        1000,
        0,
    )
    assert counts["usage"].unmapped == 0
    assert logs.quarantine.is_empty()
    assert logs.as_of.isoformat() == "2024-10-01T00:00:00+00:00"


def test_sums_by_account_equal_an_independent_query_exactly(sample: Path) -> None:
    sums = ", ".join(
        f"sum(cast(nullif({c}, 'NULL') as decimal(38, 15)))"
        for c in ("EffectiveCost", "BilledCost", "ListCost", "ConsumedQuantity")
    )
    expected = duckdb.sql(
        f"select {ACCOUNT} as a, count(*), {sums} "
        f"from read_csv('{SAMPLE}', all_varchar = true) group by 1 order by 1"
    ).fetchall()
    quantity = pl.col("ConsumedQuantity")
    found = (
        read_logs(sample)["usage"]
        .group_by(pl.coalesce("SubAccountId", "BillingAccountId").alias("a"))
        .agg(
            pl.len(),
            pl.col("EffectiveCost", "BilledCost", "ListCost").sum(),
            pl.when(quantity.count() > 0).then(quantity.sum()),
        )
        .sort("a")
        .collect()
    )
    assert found.rows() == expected


def test_spellings_are_made_one(sample: Path) -> None:
    usage = read_logs(sample)["usage"].collect()
    assert set(usage["ChargeFrequency"].unique()) <= {"Usage-Based", "Recurring", "One-Time"}
    assert set(usage["PricingCategory"].drop_nulls()) <= {
        "Standard", "Committed", "Dynamic", "Other",
    }  # fmt: skip
    assert usage["ServiceProviderName"].null_count() == 0
