"""As-of is the latest end of a Usage row; files that say they end before it are not read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import polars as pl
import pytest

from detector.sources import read_logs
from detector.sources.asof import quick_latest

START = datetime(2026, 3, 1, tzinfo=UTC)


def charges(day: int, category: str = "Usage", hours: int = 24) -> pl.DataFrame:
    begin = START + timedelta(days=day)
    return pl.DataFrame(
        {
            "ChargePeriodStart": [begin], "ChargePeriodEnd": [begin + timedelta(hours=hours)],
            "BillingAccountId": ["p"], "ChargeCategory": [category], "ServiceName": ["s"],
            "ConsumedQuantity": [1.0], "ConsumedUnit": ["Hours"], "SkuId": ["a"],
        }
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Five days, one file each, named by their day, and an account."""
    (tmp_path / "usage").mkdir()
    for day in range(5):
        charges(day).write_parquet(tmp_path / "usage" / f"day-{day}.parquet")
    accounts = {"account_id": ["p"], "created_at": [START]}
    pl.DataFrame(accounts).write_parquet(tmp_path / "accounts.parquet")
    return tmp_path


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that were read for it."""
    names: list[str] = []

    def noted(path: Path, *rest: object) -> datetime | None:
        names.append(path.name)
        return quick_latest(path, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr("detector.sources.filebyfile.quick_latest", noted)
    return names


def test_days_before_the_last_are_not_read(folder: Path, asked: list[str]) -> None:
    assert read_logs(folder).as_of == START + timedelta(days=5)
    assert asked == ["day-4.parquet"]


def test_a_file_of_any_name_may_end_last(folder: Path, asked: list[str]) -> None:
    charges(9).write_parquet(folder / "usage" / "a.parquet")
    assert read_logs(folder).as_of == START + timedelta(days=10)
    assert asked == ["day-4.parquet", "a.parquet"]


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", None])
def test_a_file_tells_its_end_in_any_unit_and_zone(
    folder: Path, asked: list[str], unit: Literal["ms", "us", "ns"], zone: str | None
) -> None:
    times = pl.col("ChargePeriodStart", "ChargePeriodEnd").dt.cast_time_unit(unit)
    told = times.dt.convert_time_zone(zone) if zone else times.dt.replace_time_zone(None)
    for name, day in (("a", 2), ("b", 6)):
        charges(day).with_columns(told).write_parquet(folder / "usage" / f"{name}.parquet")
    assert read_logs(folder).as_of == START + timedelta(days=7)
    assert asked == ["day-4.parquet", "b.parquet"]


def test_what_is_no_usage_ends_no_period(folder: Path, asked: list[str]) -> None:
    late = pl.concat([charges(1), charges(8, "Tax")])
    late.write_parquet(folder / "usage" / "day-1.parquet")
    assert read_logs(folder).as_of == START + timedelta(days=5)
    assert asked == ["day-4.parquet", "day-1.parquet"]


@pytest.mark.parametrize("how", ["nothing told", "as text", "two of one", "a csv"])
def test_a_file_that_does_not_tell_is_read(folder: Path, how: str) -> None:
    rows, file = charges(7), folder / "usage" / "a.parquet"
    if how == "nothing told":
        rows.write_parquet(file, statistics=False)
    elif how == "as text":
        texts = pl.col("ChargePeriodStart", "ChargePeriodEnd").dt.strftime("%Y-%m-%dT%H:%M:%SZ")
        rows.with_columns(texts).write_parquet(file)
    elif how == "two of one":
        pl.concat([charges(2), rows]).write_parquet(file, row_group_size=1)
    else:
        rows.write_csv(file.with_suffix(".csv"), datetime_format="%Y-%m-%dT%H:%M:%SZ")
    assert read_logs(folder).as_of == START + timedelta(days=8)


def test_a_damaged_file_of_earlier_days_changes_nothing(folder: Path) -> None:
    (folder / "usage" / "day-2.parquet").write_bytes(b"PAR1 and no more")
    assert read_logs(folder).as_of == START + timedelta(days=5)
