"""Short files are rolled up together, and that shows in nothing but the time it takes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from detector.sources import read_logs, whole
from features import rollups
from features.rollups import merge

START = datetime(2026, 3, 1, tzinfo=UTC)
AS_OF = START + timedelta(days=9)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six files of events one of charges and one of accounts."""
    (tmp_path / "events").mkdir()
    for number in range(6):
        times = [START + timedelta(days=number, minutes=k) for k in range(200)]
        rows = pl.DataFrame(
            {
                "time": times, "account_id": [f"account-{k % 9}" for k in range(200)],
                "class_uid": 6003, "operation": [f"Op{k % 4}" for k in range(200)],
                "actor_uid": [f"actor-{k % 7}" for k in range(200)],
                "src_ip_hash": [f"ip-{(k + number) % 50}" for k in range(200)],
            }
        )  # fmt: skip
        rows.write_parquet(tmp_path / "events" / f"{number}.parquet")
    pl.DataFrame(
        {
            "ChargePeriodStart": [START], "ChargePeriodEnd": [START + timedelta(hours=1)],
            "BillingAccountId": ["p"], "ChargeCategory": ["Usage"], "ServiceName": ["s"],
            "ConsumedQuantity": [1.0], "ConsumedUnit": ["Hours"], "SkuId": ["a"],
        }
    ).write_parquet(tmp_path / "usage.parquet")  # fmt: skip
    accounts = {"account_id": [f"account-{k}" for k in range(9)], "created_at": [START] * 9}
    pl.DataFrame(accounts).write_parquet(tmp_path / "accounts.parquet")
    return tmp_path


def rolled(folder: Path) -> list[dict[str, pl.DataFrame]]:
    return [dict(part) for part in read_logs(folder, AS_OF).rollups("events", AS_OF)]


def same(one: dict[str, pl.DataFrame], other: dict[str, pl.DataFrame]) -> bool:
    return one.keys() == other.keys() and all(one[name].equals(other[name]) for name in one)


@pytest.mark.parametrize(("rows", "met"), [(1, 1 << 18), (300, 100), (1000, 0)])
def test_files_give_the_same_sum_alone_and_together(
    folder: Path, monkeypatch: pytest.MonkeyPatch, rows: int, met: int
) -> None:
    together = rolled(folder)
    monkeypatch.setattr(whole, "PART_ROWS", rows)
    monkeypatch.setattr(rollups, "MET_ROWS", met)
    apart = rolled(folder)
    # What is told of all files at once comes last.
    assert len(together) == 2 < len(apart)
    assert same(merge(together), merge(apart))


def test_a_damaged_file_adds_nothing_to_its_neighbours(folder: Path) -> None:
    good = merge(rolled(folder))
    path = folder / "events" / "3.parquet"
    (folder / "events" / "3a.parquet").write_bytes(path.read_bytes()[:-100])
    assert same(merge(rolled(folder)), good)
