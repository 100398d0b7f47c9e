"""Our rollup on Spark beside Spark SQL's own, paired in one session.

Usage: python benchmarks/spark.py [FOLDER] [--rows 10000000] [--days 30] [--pairs 3]
       [--master local[2]]

Three ways make the same rollup of the same daily Parquet files, one after the other, again and
again: ours (``detector.spark``: files read, checked, cut, mapped and added up in Python tasks),
and Spark SQL with the same cuts at midnight and as-of, and without them (what a query may leave
out that knows its charges to be hourly). SQL gets what the SKU texts mean as a small table and
checks nothing. The results are compared before the clock counts. CPU seconds are those of Java
and of all its Python workers. Prints a Markdown table: medians, and the median of the pairs'
ratios.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, Final

import polars as pl
from features_data import START, accounts, charges

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the clone, installed or not

from detector import read_logs
from detector.buckets.boxes import Box
from detector.buckets.merging import Merging
from detector.sources.places import place_of
from detector.spark import open_session
from detector.spark.plan import bucket_count
from detector.spark.reading import Folder, RollingUp, roll_up
from detector.spark.tasks import by_bucket, collect, over_numbers, versions
from features.catalogue import Catalogue
from features.charges import SKU_KEYS
from features.rollups import merge
from features.shapes import SHAPES
from features.tables import SCHEMAS

AS_OF: Final = START + timedelta(days=400)
TICKS: Final = os.sysconf("SC_CLK_TCK")
AMOUNTS: Final = ("ConsumedQuantity", "EffectiveCost", "BilledCost", "ListCost")

CUT: Final = """
  SELECT {texts}, unused, charge, day, f, t, {amounts}
  FROM (SELECT *, greatest(CAST(day AS TIMESTAMP), ChargePeriodStart) AS f,
               least(CAST(date_add(day, 1) AS TIMESTAMP), ChargePeriodEnd, {as_of}) AS t
        FROM (SELECT *, explode(sequence(to_date(ChargePeriodStart),
                to_date(least(ChargePeriodEnd, {as_of}) - INTERVAL 1 MICROSECOND))) AS day
              FROM sound))
"""
PORTION: Final = """
  CASE WHEN f = ChargePeriodStart AND t = ChargePeriodEnd THEN {a}
  ELSE CAST(bround({a} * (unix_timestamp(t) - unix_timestamp(ChargePeriodStart))
              / (unix_timestamp(ChargePeriodEnd) - unix_timestamp(ChargePeriodStart)), 15)
          - bround({a} * (unix_timestamp(f) - unix_timestamp(ChargePeriodStart))
              / (unix_timestamp(ChargePeriodEnd) - unix_timestamp(ChargePeriodStart)), 15)
       AS DECIMAL(38, 15)) END AS {a}
"""
UNCUT: Final = """
  SELECT {texts}, unused, charge, to_date(ChargePeriodStart) AS day,
         ChargePeriodStart AS f, ChargePeriodEnd AS t, {names}
  FROM sound
"""
NATIVE: Final = """
WITH sound AS (
  SELECT *, ChargeCategory AS charge,
         CommitmentDiscountStatus <=> 'Unused' OR CapacityReservationStatus <=> 'Unused' AS unused
  FROM focus
  WHERE ChargePeriodStart < {as_of} AND ChargePeriodStart < ChargePeriodEnd
    AND BillingAccountId IS NOT NULL AND ServiceName IS NOT NULL
), pieces AS ({pieces}), daily AS (
  SELECT {texts}, unused, charge, day, count(*) AS rows, count_if(ConsumedQuantity <> 0) AS amounts,
         sum(CAST(hourly AS BIGINT)) AS hourly_rows, sum(ConsumedQuantity) AS quantity,
         sum(coalesce(EffectiveCost, BilledCost, ListCost, 0)) AS cost,
         sum(coalesce(BilledCost, EffectiveCost, 0)) AS billed,
         bit_or(IF(hourly, shiftleft(1, hour(f))
                | shiftleft(1, hour(t - INTERVAL 1 MICROSECOND)), 0)) AS hours,
         min(f) AS first, max(t) AS last
  FROM (SELECT *, unix_timestamp(t) - unix_timestamp(f) <= 3600 AS hourly FROM pieces)
  GROUP BY {texts}, unused, charge, day
), known AS (
  SELECT daily.*, s.gpu_model, s.gpu_num, s.gpu_den, s.token_num, s.token_den,
         s.token_direction, s.model_hint, s.mapping_confidence, s.unknown_instance, s.timeless,
         charge = 'Usage' AND coalesce(s.kind = 'gpu', FALSE) AS gpu,
         charge = 'Usage' AND NOT unused AND coalesce(s.kind = 'tokens', FALSE) AS token
  FROM daily LEFT JOIN skus s ON {join}
)
SELECT coalesce(SubAccountId, BillingAccountId) AS account_id, BillingAccountId AS payer_id, day,
       ServiceName AS service, RegionId AS region, PricingCategory AS pricing, charge,
       BillingCurrency AS currency, IF(gpu, gpu_model, NULL) AS gpu_model,
       CASE WHEN gpu THEN gpu_den WHEN token THEN token_den ELSE 1 END AS denominator,
       IF(token, token_direction, NULL) AS token_direction,
       IF(token, model_hint, NULL) AS model_hint, gpu AND unused AS idle,
       sum(rows) AS rows, sum(hourly_rows) AS hourly_rows,
       sum(IF(gpu AND NOT unused AND mapping_confidence < 0.9, rows, 0)) AS guessed_rows,
       sum(IF(charge = 'Usage' AND NOT unused AND unknown_instance, rows, 0)) AS unknown_rows,
       sum(IF(charge = 'Usage' AND NOT unused AND timeless, amounts, 0)) AS unmapped_rows,
       sum(CAST(IF(gpu, quantity * gpu_num, 0) AS DECIMAL(38, 15))) AS gpu_amount,
       sum(CAST(IF(token, quantity * token_num, 0) AS DECIMAL(38, 15))) AS token_amount,
       sum(cost) AS cost, sum(billed) AS billed, bit_or(hours) AS hours,
       min(first) AS first, max(last) AS last
FROM known
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13
"""
TEXTS: Final = (
    "BillingAccountId", "SubAccountId", "RegionId", "PricingCategory", "BillingCurrency",
    *SKU_KEYS,
)  # fmt: skip


@dataclass(frozen=True)
class Bench:
    """A Spark session and the log folder that all ways read."""

    session: Any
    folder: Path

    def ours(self) -> Any:
        """Files to rollups by tasks, and their parts added up by bucket."""
        logs = read_logs(self.folder, AS_OF)
        files = [file for file in logs.inputs if file.table == "usage"]
        folder = Folder.of(place_of(self.folder), files, self.session, versions())
        cores = self.session.sparkContext.defaultParallelism
        buckets = bucket_count(sum(file.bytes for file in files), cores)
        nobody = SCHEMAS["inventory"].create_empty()
        reading = RollingUp(folder, AS_OF, AS_OF, Catalogue.load(), buckets, nobody)
        parts = over_numbers(self.session, len(folder.tasks), roll_up, reading)
        return by_bucket(
            parts.filter(parts.name == "usage"), buckets, Merging(AS_OF, Catalogue.load())
        )

    def native(self, *, cut: bool) -> Any:
        """One query of Spark SQL; ``cut`` at midnights and as-of as ours is."""
        as_of = f"TIMESTAMP '{AS_OF:%Y-%m-%d %H:%M:%S} UTC'"
        words = {"texts": ", ".join(TEXTS), "as_of": as_of, "names": ", ".join(AMOUNTS)}
        words["amounts"] = ", ".join(PORTION.format(a=name) for name in AMOUNTS)
        pieces = (CUT if cut else UNCUT).format(**words)
        join = " AND ".join(f"daily.{key} <=> s.{key}" for key in SKU_KEYS)
        return self.session.sql(NATIVE.format(pieces=pieces, join=join, **words))


def prepare(folder: Path, rows: int, days: int) -> None:
    """Write the daily files that are not there yet."""
    (folder / "usage").mkdir(parents=True, exist_ok=True)
    for day in range(days):
        path = folder / "usage" / f"day-{day:03}.parquet"
        if not path.exists():
            charges(path, day, rows // days)
    accounts(folder / "accounts.parquet")


def register(session: Any, folder: Path) -> None:
    """The views ``focus`` and ``skus``: every column of the contract, and what texts mean."""
    files = sorted((folder / "usage").glob("*.parquet"))
    seen = pl.concat(
        pl.read_parquet(f, columns=[c for c in SKU_KEYS if c in pl.read_parquet_schema(f)])
        .unique() for f in files
    ).unique()  # fmt: skip
    texts = seen.with_columns(
        pl.lit(None, dtype=pl.String).alias(c) for c in SKU_KEYS if c not in seen.columns
    )
    skus = Catalogue.load().map_skus(texts.select(SKU_KEYS))
    session.createDataFrame(skus.to_arrow().cast(_plain(skus))).createOrReplaceTempView("skus")
    focus = session.read.parquet(str(folder / "usage"))
    needed = (*TEXTS, *AMOUNTS, "CommitmentDiscountStatus", "CapacityReservationStatus")
    types = dict.fromkeys(AMOUNTS, "DECIMAL(38, 15)")
    absent = [
        f"CAST(NULL AS {types.get(c, 'STRING')}) AS {c}" for c in needed if c not in focus.columns
    ]
    focus.selectExpr("*", *absent).createOrReplaceTempView("focus")


def _plain(frame: pl.DataFrame) -> Any:
    import pyarrow as pa

    plain = {pa.large_string(): pa.string(), pa.string_view(): pa.string()}
    return pa.schema(pa.field(f.name, plain.get(f.type, f.type)) for f in frame.to_arrow().schema)


def same(bench: Bench) -> int:
    """Compare the rollups of all ways; return their rows."""
    boxes: list[Box] = collect(bench.ours())
    rolled = merge({"usage": box.open()} for box in boxes if box.name == "usage")["usage"]
    shape = SHAPES["usage"]
    for cut in (True, False):
        theirs = pl.DataFrame(pl.from_arrow(bench.native(cut=cut).toArrow()))
        ordered = theirs.cast(shape.schema()).sort(list(shape.keys), nulls_last=False)
        if not ordered.equals(rolled):
            raise SystemExit(f"the rollups differ (cut={cut}): {ordered} {rolled}")
    return rolled.height


class Meter:
    """CPU seconds of all processes below this one; what has ended keeps what it was last at."""

    def __init__(self) -> None:
        self._most: dict[int, int] = {}

    def read(self) -> float:
        """Seconds so far."""
        stats: dict[int, tuple[int, int]] = {}
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = path.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            stats[int(path.parent.name)] = (int(fields[1]), sum(map(int, fields[11:13])))
        below = {os.getpid()}
        while more := {p for p, (parent, _) in stats.items() if parent in below} - below:
            below |= more
        for pid in below - {os.getpid()}:
            self._most[pid] = max(self._most.get(pid, 0), stats[pid][1])
        return sum(self._most.values()) / TICKS


def timed(work: Callable[[], Any], meter: Meter) -> tuple[float, float]:
    """CPU and wall seconds of running a plan to its end, its rows thrown away."""
    cpu, wall = meter.read(), perf_counter()
    work().write.format("noop").mode("overwrite").save()
    return meter.read() - cpu, perf_counter() - wall


def main() -> None:
    """Run the pairs and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--master", default="local[2]")
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp())
    prepare(folder, options.rows, options.days)
    session = open_session(options.master)
    register(session, folder)
    bench = Bench(session, folder)
    ways: dict[str, Callable[[], Any]] = {
        "ours": bench.ours,
        "Spark SQL, the same cuts": lambda: bench.native(cut=True),
        "Spark SQL, no cuts": lambda: bench.native(cut=False),
    }
    groups = same(bench)
    meter = Meter()
    runs = [_one_of_each(ways, first, meter) for first in range(options.pairs)]
    _print(runs, session, options, groups)
    session.stop()


def _one_of_each(
    ways: dict[str, Callable[[], Any]], first: int, meter: Meter
) -> dict[str, tuple[float, float]]:
    """Run every way once, each time beginning with another: none always follows the same."""
    names = list(ways)
    turned = names[first % len(names) :] + names[: first % len(names)]
    found = {}
    for name in turned:
        found[name] = timed(ways[name], meter)
        print(f"{name}: {found[name][0]:.1f} CPU s, {found[name][1]:.1f} s", file=sys.stderr)
    return {name: found[name] for name in names}


def _print(runs: list[dict[str, tuple[float, float]]], session: Any, options: Any, n: int) -> None:
    print(f"{datetime.now(UTC):%Y-%m-%d}: {options.rows:,} rows in {options.days} files to {n:,}")
    print(f"groups; {options.pairs} pairs; Spark {session.version} on {options.master},")
    print(f"Python {platform.python_version()}, Polars {pl.__version__}, {platform.machine()}.\n")
    print("| way | CPU s | wall s | ours / this: CPU | wall |\n|---|---|---|---|---|")
    for name in runs[0]:
        cpu, wall = (median(run[name][k] for run in runs) for k in (0, 1))
        ratio = [median(run["ours"][k] / run[name][k] for run in runs) for k in (0, 1)]
        print(f"| {name} | {cpu:.1f} | {wall:.1f} | {ratio[0]:.2f} | {ratio[1]:.2f} |")


if __name__ == "__main__":
    main()
