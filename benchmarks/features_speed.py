"""Speed and memory from raw rows to rollups and features, beside bare scans and other tools.

Usage: python benchmarks/features_speed.py [FOLDER] [--usage 50000000] [--events 20000000]

FOLDER is made by ``features_data.py`` where it is not there yet. Each contender runs in a fresh
process on one thread: bare scans, rollup parts (one file in, one part out, rows in slices as
the reader gives them), the same with half of the files, DuckDB, one lazy Polars plan and pandas
on a tenth of the files for the same grouping, everything to the feature table, one more day on
top, and reading csv.gz and Parquet with all checks. Prints a Markdown table of CPU seconds,
rows a second, ratio to the scan named in the row and peak memory.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from features_data import make
from features_ways import CONTENDERS, Work

# Title, contender, share of the files, and the scan it is compared with.
CASES: Final = [
    ("bare scan of the same columns of usage", "scan", 1.0, "scan"),
    ("usage rows to rollup parts", "rollup", 1.0, "scan"),
    ("… half of the files", "rollup", 0.5, "scan"),
    ("usage parts to one rollup", "merge", 1.0, ""),
    ("DuckDB SQL, the same grouping", "duckdb", 1.0, "scan"),
    ("one lazy Polars plan, streaming", "lazy", 1.0, "scan"),
    ("pandas, a tenth of the files, floats", "pandas", 0.1, "scan"),
    ("bare scan of the same columns of events", "event scan", 1.0, "event scan"),
    ("event rows to rollup parts", "event rollup", 1.0, "event scan"),
    ("… half of the files", "event rollup", 0.5, "event scan"),
    ("event rows to one rollup", "event whole", 1.0, "event scan"),
    ("DuckDB SQL, event groupings without pairs", "event duckdb", 1.0, "event scan"),
    ("… with pairs and all kinds of identifier", "event pairs duckdb", 1.0, "event scan"),
    ("one set of lazy Polars plans for these, streaming", "event lazy", 1.0, "event scan"),
    ("usage and events to the feature table", "features", 1.0, "both"),
    ("one more day of both to rollup parts", "day", 1.0, ""),
    ("stored parts of all days to the feature table", "stored", 1.0, ""),
    ("bare scan_csv of csv.gz, its defaults (floats, times as texts)", "csv scan", 1.0, "csv scan"),
    ("… texts only", "csv text", 1.0, "csv scan"),
    ("… times and decimals parsed", "csv typed", 1.0, "csv scan"),
    ("csv.gz read and checked", "csv reader", 1.0, "csv scan"),
    ("bare scan_csv of events as csv.gz, its defaults", "event csv scan", 1.0, "event csv scan"),
    ("events as csv.gz read and checked", "event csv reader", 1.0, "event csv scan"),
    ("Parquet read and checked, a tenth of the files", "reader", 1.0, "scan"),
    ("… and rolled up", "checked rollup", 1.0, "scan"),
]


def child(name: str, work: Work) -> None:
    """Run one contender and say what it took; start-up is measured and left out."""
    import resource
    import time

    work.out.mkdir(parents=True, exist_ok=True)
    if "duckdb" not in name and name != "pandas":
        import polars

        import detector.sources
        import features.build

        assert polars
        assert detector.sources
        assert features.build
    begin = time.process_time()
    rows = CONTENDERS[name](work)
    cpu = time.process_time() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"rows": rows, "cpu": cpu, "peak": peak}))


def measure(name: str, folder: Path, out: Path, share: float) -> dict[str, float]:
    environment = {**os.environ, "POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, __file__, "--child", name, str(folder), str(out), str(share)],
        env=environment, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return dict(json.loads(done.stdout))


def report(folder: Path, scratch: Path, only: list[str]) -> None:
    print("| way | rows | CPU s | M rows/s | times the scan | peak MB |")
    print("|---|---|---|---|---|---|")
    each: dict[str, float] = {}
    total: dict[str, float] = {}
    for number, (title, name, share, scan) in enumerate(CASES):
        if only and name not in only:
            continue
        parts = share == 1.0 and name in ("rollup", "event rollup")
        out = folder / "parts" if parts else scratch / str(number)
        found = measure(name, folder, out, share)
        each.setdefault(name, found["cpu"] / found["rows"])
        total.setdefault(name, found["cpu"])
        base = each.get(scan, 0.0)
        ratio = found["cpu"] / found["rows"] / base if base else 0.0
        if scan == "both" and {"scan", "event scan"} <= total.keys():
            ratio = found["cpu"] / (total["scan"] + total["event scan"])
        print(
            f"| {title} | {found['rows']:,} | {found['cpu']:.2f} "
            f"| {1e-6 * found['rows'] / found['cpu']:.2f} | {f'{ratio:.1f}' if ratio else '–'} "
            f"| {found['peak']:.0f} |",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--usage", type=int, default=50_000_000)
    parser.add_argument("--events", type=int, default=20_000_000)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--only", nargs="*", default=[], help="names of contenders")
    options = parser.parse_args()
    if options.folder is not None:
        options.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=options.folder) as scratch:
        folder = options.folder or Path(scratch) / "logs"
        make(folder, options.usage, options.events, options.days)
        report(folder, Path(scratch), options.only)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        given = sys.argv[2:]
        child(given[0], Work(Path(given[1]), Path(given[2]), float(given[3])))
    else:
        main()
