"""Small logs that a notebook could hold, and models of few trees."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from detector import read_logs
from detector.sources import Logs

ACCOUNTS = 60


@pytest.fixture(scope="module", autouse=True)
def _small_models(few_trees: None) -> None:
    """No longer than a module: tests of other folders ask models of the usual size."""


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Usage, accounts and payments; acct-007 tops up nine times, others once or twice."""
    place = tmp_path_factory.mktemp("api") / "logs"
    place.mkdir()
    days = range(1, 7)
    usage = pl.DataFrame(
        [
            {
                "ChargePeriodStart": f"2026-03-{day:02}T00:00:00Z",
                "ChargePeriodEnd": f"2026-03-{day:02}T06:00:00Z",
                "BillingAccountId": f"payer-{n}",
                "SubAccountId": _id(n),
                "ChargeCategory": "Usage",
                "ServiceName": "Compute",
                "ConsumedQuantity": 1 + (n * day) % 7,
                "ConsumedUnit": "Hours" if n >= 55 else "GB-Hours",
                "SkuMeter": "p4d.24xlarge" if n >= 55 else "Standard",
                "RegionId": "r-1",
            }
            for n in range(ACCOUNTS)
            for day in days
        ]
    )
    usage.write_csv(place / "usage.csv")
    made = [f"2025-{1 + n % 12:02}-10" for n in range(ACCOUNTS)]
    names = [_id(n) for n in range(ACCOUNTS)]
    pl.DataFrame({"account_id": names, "created_at": made}).write_csv(place / "accounts.csv")
    paid = [(n, at) for n in range(ACCOUNTS) for at in range(9 if n == 7 else 1 + n % 2)]
    pl.DataFrame(
        {
            "account_id": [_id(n) for n, _ in paid],
            "time": [f"2026-03-0{1 + at % 5}T0{at}:00:00Z" for _, at in paid],
            "kind": "top_up",
            "amount": [100.0 + n for n, _ in paid],
            "currency": "USD",
        }
    ).write_csv(place / "payments.csv")
    return place


def _id(number: int) -> str:
    return f"acct-{number:03}"


@pytest.fixture(scope="session")
def logs(folder: Path) -> Logs:
    return read_logs(folder)


@pytest.fixture(scope="session")
def outside() -> pl.DataFrame:
    """A score of half of the accounts; acct-009 stands out."""
    names = [_id(n) for n in range(ACCOUNTS) if n % 2]
    return pl.DataFrame(
        {"account_id": names, "fraud_score": [9.0 if n == "acct-009" else 0.2 for n in names]}
    ).with_columns(pl.col("fraud_score") + pl.int_range(pl.len()) / 1000)
