"""Speed and memory of raw billing rows to rollups, beside a bare scan of the same columns.

Usage: python benchmarks/features_speed.py [ROWS] [--days 90] [--keep FOLDER]

Makes ROWS hourly charge rows (10 million by default) in one Parquet file a day, then runs each
contender in a fresh process on one thread: a bare scan, rollup parts (one file in, one part
out), the same with half of the files, DuckDB and one lazy Polars plan for the same grouping
with GPU types looked up in a small table, and pandas on a tenth of the files. Prints a Markdown
table of CPU seconds, rows a second, ratio to the scan and peak memory.
Goals: 3 M rows/s, 8 times the scan, 400 MB whatever the size.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

START = datetime(2026, 1, 1, tzinfo=UTC)
KEYS = [
    "BillingAccountId", "SubAccountId", "ServiceName", "RegionId", "PricingCategory",
    "ChargeCategory", "BillingCurrency", "SkuId", "ResourceType", "ConsumedUnit",
]  # fmt: skip
COLUMNS = [*KEYS, "ChargePeriodStart", "ChargePeriodEnd", "ConsumedQuantity", "EffectiveCost"]


def write_day(folder: Path, day: int, rows: int) -> None:
    """One day: combinations of account, machine, region and price, each charged every hour."""
    import numpy as np
    import polars as pl

    from features.tables import SCHEMAS

    rng = np.random.default_rng(day)
    combos = max(rows // 24, 1)
    account = np.minimum((rng.pareto(0.6, combos) * 20).astype(int) + 1, 20_000)
    machines = [
        "p4d.24xlarge",
        "p5.48xlarge",
        "g4dn.xlarge",
        *(f"m6i.{k}xlarge" for k in range(21)),
    ]
    machine = rng.integers(0, len(machines), combos)

    def words(values: list[str], index: np.ndarray) -> pl.Series:
        return pl.Series(values).gather(index)

    base = pl.DataFrame(
        {
            "BillingAccountId": [f"payer-{a // 7:08d}" for a in account],
            "SubAccountId": [f"account-{a:010d}" for a in account],
            "ResourceType": words(machines, machine),
            "SkuId": [f"SKU{k * 7:06d}ABCDEFGH" for k in machine],
            "RegionId": words(["r-one-1", "r-two-2", "r-three-1"], rng.integers(0, 3, combos)),
            "PricingCategory": words(["Standard", "Committed"], rng.integers(0, 2, combos)),
        }
    ).with_columns(
        ServiceName=pl.lit("Elastic Compute"), ChargeCategory=pl.lit("Usage"),
        BillingCurrency=pl.lit("USD"), ConsumedUnit=pl.lit("Hours"),
    )  # fmt: skip
    hours = np.repeat(np.arange(24), combos)
    start = pl.Series(hours * 3_600_000_000).cast(pl.Duration("us"))
    size = combos * 24
    frame = base[np.tile(np.arange(combos), 24)].with_columns(
        ChargePeriodStart=pl.lit(START + timedelta(days=day)) + start,
        ConsumedQuantity=pl.Series(rng.integers(1, 1000, size)),
        EffectiveCost=pl.Series(rng.integers(1, 10**6, size)),
    )
    schema = {c: SCHEMAS["usage"].create_empty().schema[c] for c in COLUMNS}
    whole = frame.with_columns(ChargePeriodEnd=pl.col("ChargePeriodStart") + timedelta(hours=1))
    whole.select(COLUMNS).cast(schema).write_parquet(folder / f"day-{day:03}.parquet")


def run_scan(files: list[Path], _out: Path) -> int:
    import polars as pl

    return sum(pl.read_parquet(f, columns=COLUMNS).height for f in files)


def run_rollup(files: list[Path], out: Path) -> int:
    import polars as pl

    from features.catalogue import Catalogue
    from features.rollups import rollup
    from features.tables import SCHEMAS

    catalogue = Catalogue.load()
    empty = SCHEMAS["usage"].create_empty()
    rows = 0
    for file in files:
        frame = pl.concat([empty, pl.read_parquet(file)], how="diagonal")
        as_of = START + timedelta(days=400)
        rollup("usage", frame, as_of, catalogue)["usage"].write_parquet(out / file.name)
        rows += frame.height
    return rows


def run_merge(files: list[Path], out: Path) -> int:
    """Read and merge the parts that ``run_rollup`` wrote; rows are those of the parts."""
    import polars as pl

    from features.rollups import merge

    return merge([{"usage": pl.read_parquet(out / f.name)} for f in files])["usage"].height


def run_duckdb(files: list[Path], out: Path) -> int:
    import duckdb

    keys = ", ".join(KEYS)
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute(
            f"""
            COPY (SELECT {keys}, ChargePeriodStart::DATE AS day, count(*) AS n,
              sum(ConsumedQuantity) AS quantity, sum(EffectiveCost) AS cost,
              bit_or(1 << hour(ChargePeriodStart)) AS hours, min(ChargePeriodStart) AS first,
              max(ChargePeriodEnd) AS last
            FROM read_parquet({[str(f) for f in files]}) GROUP BY ALL ORDER BY ALL)
            TO '{out / "duckdb.parquet"}'
            """
        )
    return run_count(files)


def run_lazy(files: list[Path], out: Path) -> int:
    import polars as pl

    plan = (
        pl.scan_parquet(files)
        .group_by(*KEYS, pl.col("ChargePeriodStart").dt.date().alias("day"))
        .agg(
            pl.len().alias("n"),
            pl.col("ConsumedQuantity", "EffectiveCost").sum(),
            pl.col("ChargePeriodStart").dt.hour().n_unique().alias("hours"),
            pl.col("ChargePeriodStart").min().alias("first"),
            pl.col("ChargePeriodEnd").max().alias("last"),
        )
        .sort(*KEYS, "day")
    )
    plan.collect(engine="streaming").write_parquet(out / "lazy.parquet")
    return run_count(files)


def run_pandas(files: list[Path], out: Path) -> int:
    import pandas as pd

    rows = 0
    for file in files:
        frame = pd.read_parquet(file, columns=COLUMNS)
        frame["day"] = frame["ChargePeriodStart"].dt.date
        numbers = frame.astype({"ConsumedQuantity": float, "EffectiveCost": float})
        sums = numbers.groupby([*KEYS, "day"], observed=True, dropna=False)
        sums[["ConsumedQuantity", "EffectiveCost"]].sum().reset_index().to_parquet(out / file.name)
        rows += len(frame)
    return rows


def run_count(files: list[Path]) -> int:
    import pyarrow.parquet as pq

    return sum(pq.read_metadata(f).num_rows for f in files)


CONTENDERS = {
    "scan": run_scan, "rollup": run_rollup, "merge": run_merge, "duckdb": run_duckdb,
    "lazy": run_lazy, "pandas": run_pandas,
}  # fmt: skip


def child(name: str, folder: Path, out: Path, share: float) -> None:
    """Run one contender and say what it took; start-up is measured and left out."""
    import resource
    import time

    files = sorted(folder.glob("day-*.parquet"))
    files = files[: max(1, int(len(files) * share))]
    out.mkdir(parents=True, exist_ok=True)
    if name in ("rollup", "merge", "scan", "lazy"):
        import polars

        import features.rollups

        assert polars
        assert features
    begin = time.process_time()
    rows = CONTENDERS[name](files, out)
    cpu = time.process_time() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"rows": rows, "cpu": cpu, "peak": peak}))


def measure(name: str, folder: Path, out: Path, share: float = 1.0) -> dict[str, float]:
    environment = {**os.environ, "POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, __file__, "--child", name, str(folder), str(out), str(share)],
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return dict(json.loads(done.stdout))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="?", type=int, default=10_000_000)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.keep or Path(scratch) / "usage"
        folder.mkdir(parents=True, exist_ok=True)
        if not list(folder.glob("day-*.parquet")):
            for day in range(options.days):
                write_day(folder, day, options.rows // options.days)
        report(folder, Path(scratch) / "out")


def report(folder: Path, out: Path) -> None:
    cases = [
        ("bare scan of the same columns", "scan", 1.0), ("rows to rollup parts", "rollup", 1.0),
        ("… half of the files", "rollup", 0.5), ("parts to one rollup", "merge", 1.0),
        ("DuckDB SQL, the same grouping", "duckdb", 1.0),
        ("one lazy Polars plan, streaming", "lazy", 1.0),
        ("pandas, a tenth of the files, floats", "pandas", 0.1),
    ]  # fmt: skip
    print("| way | rows | CPU s | M rows/s | times the scan | peak MB |")
    print("|---|---|---|---|---|---|")
    scan = 0.0
    for title, name, share in cases:
        found = measure(name, folder, out / name.replace("merge", "rollup"), share)
        each = found["cpu"] / found["rows"]
        scan = scan or each
        print(
            f"| {title} | {found['rows']:,} | {found['cpu']:.1f} | {1e-6 / each:.2f} "
            f"| {each / scan:.1f} | {found['peak']:.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]), float(sys.argv[5]))
    else:
        main()
