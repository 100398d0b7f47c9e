"""Logs for the speed benchmark: hourly charges, access events and accounts in daily files.

``python benchmarks/features_data.py FOLDER [--usage 50000000] [--events 20000000] [--days 90]``
makes what is not there yet: ``usage/`` and ``events/`` with one Parquet file a day, the first
days' charges as clouds export them (``plain/``: Parquet without enumerations, ``csv/``: csv.gz;
``csv-events/`` those days' events),
and ``accounts.parquet``. The same numbers give the
same rows.
"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the clone, installed or not

from features.tables import SCHEMAS

START: Final = datetime(2026, 1, 1, tzinfo=UTC)
ACCOUNTS: Final = 20_000
TEXT_DAYS: Final = 4
PLAIN_DAYS: Final = 9
KEYS: Final = [
    "BillingAccountId", "SubAccountId", "ServiceName", "RegionId", "PricingCategory",
    "ChargeCategory", "BillingCurrency", "SkuId", "ResourceType", "ConsumedUnit",
]  # fmt: skip
COLUMNS: Final = [
    *KEYS, "ChargePeriodStart", "ChargePeriodEnd", "ConsumedQuantity", "EffectiveCost",
]  # fmt: skip
EVENT_COLUMNS: Final = [
    "time", "account_id", "class_uid", "operation", "status", "actor_uid", "credential_uid",
    "resource_count", "src_ip_hash", "src_asn", "src_asn_class", "src_country",
    "user_agent_hash", "tls_fingerprint", "device_hash", "mfa", "image_hash", "ssh_key_hash",
]  # fmt: skip
OPERATIONS: Final = [
    "ConsoleLogin", "AssumeRole", "RunInstances", "TerminateInstances", "CreateAccessKey",
    "InvokeModel", "DescribeInstances", "GetObject", "PutObject", "ListBuckets",
]  # fmt: skip


def make(folder: Path, usage: int, events: int, days: int) -> None:
    """Write what is missing."""
    for name in ("usage", "events", "plain", "csv", "csv-events"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for day in range(days):
        _once(
            folder / "usage" / f"day-{day:03}.parquet",
            lambda p, d=day: charges(p, d, usage // days),
        )
        _once(
            folder / "events" / f"day-{day:03}.parquet",
            lambda p, d=day: access(p, d, events // days),
        )
    for day in range(min(days, TEXT_DAYS)):
        source = folder / "usage" / f"day-{day:03}.parquet"
        _once(folder / "csv" / f"day-{day:03}.csv.gz", lambda p, s=source: as_text(s, p))
        source = folder / "events" / f"day-{day:03}.parquet"
        _once(folder / "csv-events" / f"day-{day:03}.csv.gz", lambda p, s=source: as_text(s, p))
    for day in range(min(days, PLAIN_DAYS)):
        source = folder / "usage" / f"day-{day:03}.parquet"
        _once(folder / "plain" / source.name, lambda p, s=source: as_plain(s, p))
    _once(folder / "accounts.parquet", accounts)


def _once(path: Path, write: Any) -> None:
    if not path.exists():
        write(path)


def accounts(path: Path) -> None:
    """Accounts that opened in the two years before."""
    chance = np.random.default_rng(0)
    ids = [f"account-{k:010d}" for k in range(1, ACCOUNTS + 1)]
    age = pl.Series(chance.integers(1, 700, ACCOUNTS)) * 86_400_000_000
    opened = pl.lit(START) - age.cast(pl.Duration("us"))
    table = pl.DataFrame({"account_id": ids}).with_columns(created_at=opened)
    empty = SCHEMAS["accounts"].create_empty()
    pl.concat([empty, table], how="diagonal_relaxed").cast(empty.schema).write_parquet(path)


def charges(path: Path, day: int, rows: int) -> None:
    """One day: combinations of account, machine, region and price, each charged every hour."""
    rng = np.random.default_rng(day)
    combos = max(rows // 24, 1)
    account = np.minimum((rng.pareto(0.6, combos) * 20).astype(int) + 1, ACCOUNTS)
    machines = [
        "p4d.24xlarge",
        "p5.48xlarge",
        "g4dn.xlarge",
        *(f"m6i.{k}xlarge" for k in range(21)),
    ]
    machine = rng.integers(0, len(machines), combos)
    base = pl.DataFrame(
        {
            "BillingAccountId": [f"payer-{a // 7:08d}" for a in account],
            "SubAccountId": [f"account-{a:010d}" for a in account],
            "ResourceType": _words(machines, machine),
            "SkuId": [f"SKU{k * 7:06d}ABCDEFGH" for k in machine],
            "RegionId": _words(["r-one-1", "r-two-2", "r-three-1"], rng.integers(0, 3, combos)),
            "PricingCategory": _words(["Standard", "Committed"], rng.integers(0, 2, combos)),
        }
    ).with_columns(
        ServiceName=pl.lit("Elastic Compute"), ChargeCategory=pl.lit("Usage"),
        BillingCurrency=pl.lit("USD"), ConsumedUnit=pl.lit("Hours"),
    )  # fmt: skip
    hours = np.repeat(np.arange(24), combos)
    start = pl.Series(hours * 3_600_000_000).cast(pl.Duration("us"))
    frame = base[np.tile(np.arange(combos), 24)].with_columns(
        ChargePeriodStart=pl.lit(START + timedelta(days=day)) + start,
        ConsumedQuantity=pl.Series(rng.integers(1, 1000, combos * 24)),
        EffectiveCost=pl.Series(rng.integers(1, 10**6, combos * 24)),
    )
    whole = frame.with_columns(ChargePeriodEnd=pl.col("ChargePeriodStart") + timedelta(hours=1))
    _typed("usage", whole, COLUMNS).write_parquet(path)


def access(path: Path, day: int, rows: int) -> None:
    """One day: about 25 identifiers an account (the sample logs have 20), seen over and over.

    An account has one to three people, each with one or two addresses and devices, and with an
    agent, a credential and a key of their own; one event in ten names an image, or a key.
    """
    rng = np.random.default_rng((1, day))
    account = np.minimum((rng.pareto(0.6, rows) * 20).astype(int) + 1, ACCOUNTS)
    person = account * 8 + rng.integers(0, account % 3 + 1)
    place = person * 8 + rng.integers(0, person % 2 + 1)
    seconds = pl.Series(np.sort(rng.integers(0, 86_400_000_000, rows))).cast(pl.Duration("us"))
    classes = ["isp", "corporate", "hosting", "mobile"]
    frame = pl.DataFrame(
        {
            "account_id": _named("account-", account, 10), "class_uid": 6003,
            "operation": _words(OPERATIONS, rng.integers(0, len(OPERATIONS), rows)),
            "status": _words(["success", "failure"], (rng.random(rows) < 0.05).astype(int)),
            "actor_uid": _named("u", person, 12), "credential_uid": _named("c", person, 20),
            "resource_count": rng.integers(1, 3, rows), "src_ip_hash": _named("ip", place, 16),
            "src_asn": place % 5000 + 1, "src_asn_class": _words(classes, place % 4),
            "src_country": _words([f"{a}{b}" for a in "ABCDE" for b in "KLMNO"], person % 25),
            "user_agent_hash": _named("ua", person, 16), "tls_fingerprint": _named("t", person, 16),
            "device_hash": _named("d", place, 16), "mfa": person % 3 > 0,
            "image_hash": _some(_named("im", person, 16), rng.random(rows) < 0.1),
            "ssh_key_hash": _some(_named("k", person, 16), rng.random(rows) < 0.1),
        }
    ).with_columns(time=pl.lit(START + timedelta(days=day)) + seconds)  # fmt: skip
    _typed("events", frame, EVENT_COLUMNS).write_parquet(path)


def as_plain(source: Path, path: Path) -> None:
    """The same rows with texts instead of enumerations."""
    pl.read_parquet(source).with_columns(pl.col(pl.Enum).cast(pl.String)).write_parquet(path)


def as_text(source: Path, path: Path) -> None:
    """The same rows as csv.gz, as clouds export them."""
    plain = path.with_suffix("")
    pl.read_parquet(source).write_csv(plain, datetime_format="%Y-%m-%dT%H:%M:%SZ")
    _gzip(plain, path)
    plain.unlink()


def _gzip(source: Path, path: Path) -> None:
    import gzip
    import shutil

    with source.open("rb") as plain, gzip.open(path, "wb", compresslevel=6) as packed:
        shutil.copyfileobj(plain, packed, 1 << 20)


def _words(values: list[str], index: Any) -> pl.Series:
    return pl.Series(values).gather(index)


def _named(prefix: str, numbers: Any, width: int) -> pl.Series:
    known, where = np.unique(numbers, return_inverse=True)
    return pl.Series([f"{prefix}{k:0{width}d}" for k in known]).gather(where)


def _some(values: pl.Series, kept: Any) -> pl.Series:
    return pl.select(pl.when(pl.Series(kept)).then(values)).to_series()


def _typed(table: str, frame: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    schema = SCHEMAS[table].create_empty().schema
    return frame.select(columns).cast({c: schema[c] for c in columns})


def main() -> None:
    """Make the folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--usage", type=int, default=50_000_000)
    parser.add_argument("--events", type=int, default=20_000_000)
    parser.add_argument("--days", type=int, default=90)
    options = parser.parse_args()
    make(options.folder, options.usage, options.events, options.days)


if __name__ == "__main__":
    main()
