"""Make the `accounts` table of sample_logs/real/focus/ from the ids in its third-party usage file.

Run ``python tools/worlds_real.py`` in the repository. The usage file itself is the
FinOps foundation's sample, byte for byte; see sample_logs/real/ATTRIBUTION.md.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

FOLDER = Path(__file__).resolve().parents[1] / "sample_logs" / "real" / "focus"


def accounts_of(usage: Path) -> pl.DataFrame:
    """Return account_id and created_at: the ids of a FOCUS file and its first billing period."""
    rows = pl.read_csv(usage, infer_schema=False, null_values="NULL")
    account = pl.coalesce("SubAccountId", "BillingAccountId").alias("account_id")
    first = rows["BillingPeriodStart"].min()
    return (
        rows.select(account, payer_account_id="BillingAccountId")
        .unique(subset="account_id", keep="first", maintain_order=True)
        .sort("account_id")
        .with_columns(created_at=pl.lit(first).str.replace(" ", "T") + "Z")
        .select("account_id", "created_at", "payer_account_id")
    )


def main() -> None:
    """Write accounts.csv beside usage.csv."""
    accounts_of(FOLDER / "usage.csv").write_csv(FOLDER / "accounts.csv")


if __name__ == "__main__":
    main()
