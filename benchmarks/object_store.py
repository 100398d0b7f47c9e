"""Score a log folder of very many small files, on this disk and in an object store.

    python benchmarks/object_store.py --files 20000

The store is a localbucket on the loopback address (`pip install localbucket`), so the figure
is what the way through S3's protocol costs, without the distance. Compares the results' bytes,
prints a table and writes docs/benchmarks/object_store.md.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path

import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the clone, installed or not

from detector.simulate import simulate

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks" / "object_store.md"
SAME = ("scores.parquet", "rings.parquet", "features.parquet", "quarantine.parquet")
_SERVE = (
    "import os, sys, threading; "
    "threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start(); "
    "import localbucket; localbucket.main()"
)


@dataclass(frozen=True)
class Run:
    """What one command took."""

    what: str
    wall: float
    cpu: float
    memory_mb: float
    gets: int = 0
    heads: int = 0


def main() -> None:
    """Make the files, score them both ways, write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--accounts", type=int, default=300)
    parser.add_argument("--days", type=int, default=60)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        logs = scratch / "store" / "bucket" / "logs"
        total, end = make_files(scratch / "world", logs, options)
        enduse("train", scratch / "world", "--model", scratch / "model")
        runs = compare(logs, scratch, end)
        page = _page(runs, options.files, total)
    print(page)
    PAGE.write_text(page)


def make_files(world: Path, logs: Path, options: argparse.Namespace) -> tuple[int, str]:
    """A simulated world whose usage lies in many CSV files; returns their bytes and the end."""
    simulate("standard", options.accounts, options.days, 1, world)
    shutil.copytree(world, logs)
    parts = sorted((world / "usage").rglob("*.parquet"))
    usage = pl.concat(
        [pl.read_parquet(path, hive_partitioning=False) for path in parts], how="diagonal"
    ).sort("ChargePeriodStart", maintain_order=True)
    shutil.rmtree(logs / "usage")
    ends = [round(usage.height * n / options.files) for n in range(options.files + 1)]
    total = 0
    for number, (start, end) in enumerate(pairwise(ends)):
        path = logs / "usage" / f"{number // 100:04}" / f"{number:06}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        usage[start:end].write_csv(path)
        total += path.stat().st_size
    return total, usage["ChargePeriodEnd"].max().isoformat()


def compare(logs: Path, scratch: Path, end: str) -> list[Run]:
    """Score the folder and the bucket; their results must have the same bytes."""
    told = ("--model", scratch / "model", "--as-of", end)
    with served(logs.parent.parent, scratch / "store.log") as address:
        here = enduse("score", logs, "--out", scratch / "here", *told)
        there = enduse("score", address, "--out", scratch / "there", *told)
    asked = (scratch / "store.log").read_text()
    for name in SAME:
        if (scratch / "here" / name).read_bytes() != (scratch / "there" / name).read_bytes():
            sys.exit(f"{name} differs")
    gets, heads = asked.count('"GET '), asked.count('"HEAD ')
    return [here, Run("object store", there.wall, there.cpu, there.memory_mb, gets, heads)]


def enduse(command: str, *words: str | Path) -> Run:
    """Run a command in a process of its own."""
    line = [sys.executable, "-m", "detector", command, *map(str, words)]
    environment = {
        **os.environ, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
    }  # fmt: skip
    began = time.perf_counter()
    process = subprocess.Popen(line, env=environment, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{command} ended with {process.returncode}")
    return Run("local folder", wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


@contextmanager
def served(root: Path, log: Path) -> Iterator[str]:
    """An object store over a folder, as long as the block lasts; gives the logs' address."""
    with socket.socket() as plug:
        plug.bind(("127.0.0.1", 0))
        port = plug.getsockname()[1]
    words = [sys.executable, "-c", _SERVE, "--host", "127.0.0.1", "--port", str(port), str(root)]
    with log.open("wb") as out:
        process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=out, stderr=out)
        try:
            time.sleep(3)
            yield f"s3://bucket/logs?endpoint_override=127.0.0.1:{port}&scheme=http"
        finally:
            process.kill()
            process.wait()


def _page(runs: list[Run], files: int, total: int) -> str:
    made = ", ".join(f"{name} {version(name)}" for name in ("pyarrow", "polars", "localbucket"))
    load = os.getloadavg()[0]
    lines = [
        "# Scoring many small files of an object store",
        "",
        f"`python benchmarks/object_store.py`: {files:,} CSV files of usage, {total / 1e6:.0f} MB, "
        f"a model trained before; {os.cpu_count()} cores (the server runs on them too), Python "
        f"{platform.python_version()}, {made}, one run, load average {load:.1f} at the end.",
        "",
        "| where | wall clock, s | CPU, s | peak memory, MB | GET | HEAD |",
        "|---|---|---|---|---|---|",
        *(
            f"| {r.what} | {r.wall:.0f} | {r.cpu:.0f} | {r.memory_mb:.0f} | {r.gets or ''} | "
            f"{r.heads or ''} |"
            for r in runs
        ),
        "",
        f"{', '.join(SAME)} have the same bytes. GETs are one for each file and one for each "
        "1,000 names of the listing; the HEAD for each file is pyarrow's, which asks for an "
        "object's length before it reads it. Eight files are fetched at a time, up to 16 ahead of "
        "the reader; 4 GiB of copies stay, so that what was hashed is read without another GET.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
