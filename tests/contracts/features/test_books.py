"""GPU-hours, tokens and money of whole log folders equal those that DuckDB makes of the files."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest

from detector import read_logs
from detector.simulate import simulate
from tools import helios_logs, philly_logs
from tools import reconcile as books

ROOT = Path(__file__).resolve().parents[3]
TRACES = ROOT.parent / "shared" / "data" / "traces"
MOMENT = datetime(2026, 3, 20, 7, 31, 5, tzinfo=UTC)


@pytest.mark.long
@pytest.mark.parametrize("as_of", [MOMENT, pytest.param(None, marks=pytest.mark.long)])
def test_the_sample_with_its_corrections_and_commitments(as_of: datetime | None) -> None:
    logs = ROOT / "sample_logs"
    usage = read_logs(logs)["usage"].collect()
    assert usage["ChargeClass"].drop_nulls().to_list().count("Correction") > 20
    assert usage["CommitmentDiscountStatus"].drop_nulls().to_list().count("Unused") > 100
    assert books.oracle(logs)["gpus"]
    assert books.differences(logs, as_of) == []


@pytest.fixture(scope="module")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dirty") / "logs"
    simulate("dirty", 120, 20, 3, folder)
    return folder


@pytest.mark.parametrize("as_of", [MOMENT, pytest.param(None, marks=pytest.mark.long)])
def test_a_world_with_dirty_rows(dirty: Path, as_of: datetime | None) -> None:
    logs = read_logs(dirty)
    assert sum(part.height for part in logs.parts("usage")) == logs.counts["usage"].ok
    assert logs.counts["usage"].quarantined > 0
    assert books.differences(dirty, as_of) == []


@pytest.mark.long
def test_a_restated_month_counts_once(dirty: Path, tmp_path: Path) -> None:
    """All of a source's later delivery counts, even where it has fewer files and rows."""
    (tmp_path / "accounts.parquet").write_bytes((dirty / "accounts.parquet").read_bytes())
    files = sorted((dirty / "usage").rglob("source=*/period=*/*.parquet"))
    for file in files:
        first = tmp_path / "usage" / "delivered=1" / file.relative_to(dirty / "usage")
        first.parent.mkdir(parents=True)
        first.write_bytes(file.read_bytes())
    rows = pl.read_parquet(files[0])
    again = tmp_path / "usage" / "delivered=2" / files[0].relative_to(dirty / "usage")
    again.parent.mkdir(parents=True)
    doubled = pl.col("EffectiveCost", "ConsumedQuantity") * 2
    rows.head(rows.height // 2).with_columns(doubled).write_parquet(again)
    assert books.differences(tmp_path) == []
    before, after = (books.oracle(folder) for folder in (dirty, tmp_path))
    assert before["money"] != after["money"]
    assert before["rows"]["usage"] > after["rows"]["usage"]


@pytest.mark.parametrize(
    ("script", "trace", "seconds"),
    [(philly_logs, "philly_gpu_jobs.parquet", 3_521_082_502),
     (helios_logs, "helios_earth_vc_10min_2020-05.parquet", 1_529_181_420)],
)  # fmt: skip
def test_a_trace_keeps_its_gpu_seconds(
    script: ModuleType, trace: str, seconds: int, tmp_path: Path
) -> None:
    if not (TRACES / trace).is_file():
        pytest.skip("the trace is not at ../shared/data/traces")
    totals = script.write(TRACES / trace, tmp_path)
    assert totals["gpu_seconds"].sum() == seconds
    assert books.differences(tmp_path) == []
    gpus = books.product(tmp_path)["gpus"]
    assert sum(gpus.values()) * 3600 == seconds
    assert len(gpus) == totals.height


def test_a_helios_trace_that_does_not_add_up_is_refused(tmp_path: Path) -> None:
    pl.DataFrame(
        {"time": [MOMENT], "vc": ["a"], "running_gpu_num": [1.05]}
    ).write_parquet(tmp_path / "trace.parquet")  # fmt: skip
    with pytest.raises(ValueError, match="does not add up"):
        helios_logs.write(tmp_path / "trace.parquet", tmp_path / "out")


def test_a_difference_is_told(dirty: Path) -> None:
    theirs, ours = books.oracle(dirty), books.product(dirty)
    account = next(iter(ours["tokens"]))
    ours["tokens"][account] = (0, 0)
    (found,) = books.compared(theirs, ours)
    assert account in found
