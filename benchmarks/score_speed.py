"""Time the main job: one `enduse score` over a simulated log folder, stage by stage.

    python benchmarks/score_speed.py --accounts 100000 --days 45

Prints a table and writes docs/benchmarks/score.md. Times are wall clock of one process.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the clone, installed or not

from detector.simulate import simulate

MEMORY = (
    "Usage of these worlds is daily already, so rollups are hardly smaller than rows, and memory "
    "holds them once: they are merged in one pass, sorted column by column, and features copy "
    "only the columns that they read. A state (`enduse ingest`) takes files one by one, and the "
    "engine for Spark merges by buckets of accounts."
)
# What stands from here on is of another command and stays.
_KEPT = "\n## The first command"
PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks" / "score.md"


def main() -> None:
    """Simulate, score in a process of its own, write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--days", type=int, default=45)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        logs, out = Path(scratch) / "logs", Path(scratch) / "out"
        simulate("standard", options.accounts, options.days, options.seed, logs)
        start = time.perf_counter()
        command = [sys.executable, "-m", "detector", "score", str(logs), "--out", str(out)]
        subprocess.run(command, check=True, capture_output=True)
        wall = time.perf_counter() - start
        run = json.loads((out / "run.json").read_text())
        report = (out / "report.html").stat().st_size
    page = _page(run, wall, report, f"{options.accounts:,} accounts × {options.days} days")
    print(page)
    PAGE.write_text(page + "".join(PAGE.read_text().partition(_KEPT)[1:]))


def _page(run: dict[str, object], wall: float, report: int, world: str) -> str:
    counts, timings = run["counts"], run["timings"]
    assert isinstance(counts, dict)
    assert isinstance(timings, dict)
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    lines = [
        "# Scoring a log folder, end to end",
        "",
        f"`python benchmarks/score_speed.py`: preset standard, {world}; {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, Polars {version('polars')}, one run, "
        f"load average {os.getloadavg()[0]:.1f} at the end.",
        "",
        "| figure | value |",
        "|---|---|",
        f"| wall clock | {wall:.0f} s |",
        f"| CPU time | {usage.ru_utime + usage.ru_stime:.0f} s |",
        f"| peak memory | {usage.ru_maxrss / 1024:.0f} MB |",
        f"| report.html | {report / 1e3:.0f} kB |",
        "",
        MEMORY,
        "",
        "| stage | s | rows | rows/s |",
        "|---|---|---|---|",
    ]
    for stage, seconds in timings.items():
        table = stage.removeprefix("roll up ")
        rows = counts[table]["read"] if table in counts else None
        rate = f"{rows / max(seconds, 1e-9):,.0f}" if rows else ""
        lines.append(f"| {stage} | {seconds:.1f} | {f'{rows:,}' if rows else ''} | {rate} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
