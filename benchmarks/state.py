"""Cost of stored state: ``python benchmarks/state.py [--days 90] [--rows 20000]``.

Daily files of hourly usage are ingested at once; then one new day; then one day is restated.
Beside them: rolling up the whole folder, and reading what the state holds. CPU seconds on one
thread (POLARS_MAX_THREADS=1 is set). Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

os.environ["POLARS_MAX_THREADS"] = "1"

import numpy as np
import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the clone, installed or not

from detector import read_logs
from detector.pipeline.ingest import ingest
from detector.pipeline.stored import open_state
from detector.state import check
from features.catalogue import Catalogue
from features.rollups import merge, rollup

KEY = b"a key of the benchmark"
START = datetime(2026, 1, 1, tzinfo=UTC)
SKUS = ["p5.48xlarge", "p4d.24xlarge", "g5.xlarge", "m5.large", "c6i.large", "r6i.xlarge"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--rows", type=int, default=20_000, help="rows a day")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(Path(folder), options.days, options.rows), indent=2))


def measure(work: Path, days: int, rows: int) -> dict:
    logs, state = work / "logs", work / "state"
    (logs / "usage").mkdir(parents=True)
    names = [f"a{n:06d}" for n in range(max(rows // 20, 10))]
    pl.DataFrame(
        {"account_id": names, "created_at": [START - timedelta(days=99)] * len(names)}
    ).write_parquet(logs / "accounts.parquet")
    for number in range(days):
        day(names, number, rows).write_parquet(logs / "usage" / f"{number:03d}.parquet")
    result: dict = {"days": days, "rows": days * rows}
    result["raw_mb"] = megabytes(logs)
    result |= timed("first_ingest", lambda: ingest(logs, state, hash_key=KEY))
    result["state_mb"] = megabytes(state)
    result |= timed("nothing_new", lambda: ingest(logs, state, hash_key=KEY))
    result |= timed("recompute", lambda: roll_all(logs))
    result |= timed("read_state", lambda: read_all(state))
    day(names, days, rows).write_parquet(logs / "usage" / f"{days:03d}.parquet")
    result |= timed("new_day", lambda: ingest(logs, state, hash_key=KEY))
    day(names, days // 2, rows, seed=7).write_parquet(logs / "usage" / f"{days // 2:03d}.parquet")
    result |= timed("restated_day", lambda: ingest(logs, state, hash_key=KEY))
    result |= timed("check", lambda: check(state))
    result["new_day_share_of_recompute"] = round(
        result["new_day_cpu_s"] / result["recompute_cpu_s"], 4
    )
    result["ingest_rows_per_cpu_s"] = round(days * rows / result["first_ingest_cpu_s"])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return result | {"peak_mb": round(peak)}


def day(names: list[str], number: int, rows: int, seed: int = 0) -> pl.DataFrame:
    chance = np.random.default_rng((number, seed))
    hours = pl.Series(chance.integers(0, 24, rows)) * 3_600_000_000
    start = hours.cast(pl.Duration("us")) + (START + timedelta(days=number))
    return pl.DataFrame(
        {
            "ChargePeriodStart": start, "ChargePeriodEnd": start + timedelta(hours=1),
            "BillingAccountId": pl.Series(names).gather(chance.integers(0, len(names), rows)),
            "ChargeCategory": "Usage", "ServiceName": "Compute",
            "ConsumedQuantity": chance.integers(1, 9, rows), "ConsumedUnit": "Hours",
            "BillingCurrency": "USD", "RegionId": "r-1",
            "SkuMeter": pl.Series(SKUS).gather(chance.integers(0, len(SKUS), rows)),
            "EffectiveCost": chance.integers(1, 99, rows) / 4,
        }
    )  # fmt: skip


def roll_all(logs: Path) -> None:
    held, catalogue = read_logs(logs, hash_key=KEY), Catalogue.load()
    for table in held:
        merge(rollup(table, part, held.as_of, catalogue) for part in held.parts(table))


def read_all(state: Path) -> None:
    with open_state(state) as held:
        for table in held:
            held.rolled(table, held.as_of)


def timed(name: str, work: Callable[[], object]) -> dict:
    began, before = time.perf_counter(), os.times()
    work()
    after = os.times()
    used = after.user + after.system - before.user - before.system
    return {f"{name}_s": round(time.perf_counter() - began, 3), f"{name}_cpu_s": round(used, 3)}


def megabytes(folder: Path) -> float:
    return round(sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) / 2**20, 1)


if __name__ == "__main__":
    main()
