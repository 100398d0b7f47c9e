"""The Philly trace as a log folder keeps the trace's own totals."""

from fractions import Fraction
from pathlib import Path

import polars as pl
import pytest

from detector.sources import read_logs
from tools import philly_logs

ROOT = Path(__file__).resolve().parents[2]
TRACE = ROOT.parent / "shared" / "data" / "traces" / "philly_gpu_jobs.parquet"


def _seconds(folder):
    """Return GPU-seconds by account as the product reads them."""
    rows = read_logs(folder)["usage"].select("SubAccountId", "ConsumedQuantity").collect()
    return rows.group_by(account_id="SubAccountId").agg(pl.col("ConsumedQuantity").sum())


def _trace(path, rows):
    frame = pl.DataFrame(
        rows, schema=["submit_time", "duration_s", "num_gpus", "gpu_seconds", "vc"], orient="row"
    )
    frame.with_columns(pl.col("submit_time").str.to_datetime()).write_parquet(path)
    return path


def test_a_small_trace_keeps_its_seconds(tmp_path):
    trace = _trace(
        tmp_path / "t.parquet",
        [("2017-09-01 10:00:00", 61.0, 8, 488.0, "a"), ("2017-09-02 10:00:00", 1.0, 1, 1.0, "b")],
    )
    philly_logs.write(trace, tmp_path / "logs")
    seconds = dict(_seconds(tmp_path / "logs").iter_rows())
    assert {name: Fraction(value) for name, value in seconds.items()} == {
        "philly-a": 488,
        "philly-b": 1,
    }


def test_a_trace_that_does_not_add_up_is_refused(tmp_path):
    trace = _trace(tmp_path / "t.parquet", [("2017-09-01 10:00:00", 61.0, 8, 489.0, "a")])
    with pytest.raises(ValueError, match="do not add up"):
        philly_logs.write(trace, tmp_path / "logs")


@pytest.mark.skipif(not TRACE.is_file(), reason="the trace is not at ../shared/data/traces")
def test_the_whole_trace_keeps_its_totals_through_features(tmp_path):
    from features import build_features
    from features.registry import Registry

    totals = philly_logs.write(TRACE, tmp_path / "logs")
    assert totals["gpu_seconds"].sum() == 3_521_082_502
    seconds = _seconds(tmp_path / "logs").sort("account_id")
    assert [int(s) for s in seconds["ConsumedQuantity"]] == totals["gpu_seconds"].to_list()
    logs = read_logs(tmp_path / "logs")
    table = build_features(dict(logs), logs.as_of, registry=Registry(())).sort("account_id")
    hours = table["tpp_hours"] / 2000
    assert [round(h * 3600) for h in hours] == totals["gpu_seconds"].to_list()
