"""A small log folder that tests bend to their purpose."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

USAGE = {
    "ChargePeriodStart": ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"],
    "ChargePeriodEnd": ["2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z"],
    "BillingAccountId": ["0012", "0013"],
    "ChargeCategory": ["Usage", "usage"],
    "ServiceName": ["Compute", "Compute"],
    "ConsumedQuantity": ["24", "1.5"],
    "ConsumedUnit": ["Hours", "Hours"],
    "SkuId": ["p5.48xlarge", "m7i.large"],
    "EffectiveCost": ["98.32", "0.1"],
}
ACCOUNTS = {"account_id": ["0012", "0013"], "created_at": ["2025-01-01", "2025-06-01"]}


@pytest.fixture
def usage() -> pl.DataFrame:
    return pl.DataFrame(USAGE)


@pytest.fixture
def accounts() -> pl.DataFrame:
    return pl.DataFrame(ACCOUNTS)


@pytest.fixture
def folder(tmp_path: Path, usage: pl.DataFrame, accounts: pl.DataFrame) -> Path:
    """Return a log folder with two good rows of usage and of accounts, as CSV."""
    root = tmp_path / "logs"
    root.mkdir()
    usage.write_csv(root / "usage.csv")
    accounts.write_csv(root / "accounts.csv")
    return root


@pytest.fixture
def put(folder: Path) -> Callable[[str, str | bytes], Path]:
    """Return a function that writes a file into the log folder."""

    def write(name: str, content: str | bytes) -> Path:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write
