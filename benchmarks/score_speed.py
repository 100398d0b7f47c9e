"""Time the main job: one `enduse score` over a simulated log folder, at once and in buckets.

    python benchmarks/score_speed.py --accounts 100000 --days 66 --memory 64GB --memory 2GB
    python benchmarks/score_speed.py --logs OUT --memory 2GB --spark 'local[2]'

Each way runs in a process of its own, one after the other, over the same folder; what they write
is compared byte by byte. CPU seconds are those of all processes of a way (Java and its workers
among them), memory is that of the process that took most. Prints a page for
docs/benchmarks/score.md; --write puts it there.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from resource import struct_rusage
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the clone, installed or not

from detector.simulate import simulate

# What stands from here on is of another command and stays.
_KEPT: Final = "\n## Half a million accounts"
# prctl(2), Linux.
_SET_CHILD_SUBREAPER: Final = 36
PAGE: Final = Path(__file__).resolve().parent.parent / "docs" / "benchmarks" / "score.md"


@dataclass(frozen=True)
class Way:
    """One run: its name, what it took, and what it says of itself."""

    name: str
    wall: float
    cpu: float
    peak: float
    run: dict[str, Any]
    files: dict[str, bytes]


def main() -> None:
    """Simulate, score in processes of their own, print the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=2_000)
    parser.add_argument("--days", type=int, default=66)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--logs", type=Path, help="a log folder instead of a simulated one")
    parser.add_argument("--memory", action="append", help="may be given again (64GB, 350MB)")
    parser.add_argument("--spark", metavar="MASTER", help="run on Spark as well, such as local[2]")
    parser.add_argument("--model", type=Path, help="a trained model; default: train in each run")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name}")
    options = parser.parse_args()
    # Whoever outlives the process that started it is this one's child from then on.
    ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1)
    world = f"preset standard, {options.accounts:,} accounts × {options.days} days"
    with tempfile.TemporaryDirectory() as scratch:
        logs = options.logs or Path(scratch) / "logs"
        if options.logs is None:
            simulate("standard", options.accounts, options.days, options.seed, logs)
        asked = {size: ["--memory", size] for size in options.memory or ["64GB", "350MB"]}
        if options.spark:
            asked[options.spark] = ["--engine", "spark", "--master", options.spark]
        more = ["--model", str(options.model)] if options.model else []
        ways = [
            score(name, ["score", str(logs), *words, *more], Path(scratch) / str(number))
            for number, (name, words) in enumerate(asked.items())
        ]
    page = render(ways, world if options.logs is None else options.logs.name)
    print(page)
    if options.write:
        PAGE.write_text(page + "".join(PAGE.read_text().partition(_KEPT)[1:]))


def score(name: str, words: list[str], out: Path) -> Way:
    """One `enduse score` in a process of its own."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "detector", *words, "--out", str(out)], stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    if status:
        raise SystemExit(f"enduse {' '.join(words)} ended with {status}")
    cpu, most = usage.ru_utime + usage.ru_stime, usage.ru_maxrss
    for left in _adopted():
        cpu, most = cpu + left.ru_utime + left.ru_stime, max(most, left.ru_maxrss)
    # The report names the engine and the minute of training, the tables neither.
    files = {file.name: file.read_bytes() for file in out.glob("*.parquet")}
    run = json.loads((out / "run.json").read_text())
    return Way(name, wall, cpu, most / 1024, run, files)


def _adopted() -> Iterator[struct_rusage]:
    """What the processes took that a run left behind, each once it has ended."""
    while True:
        try:
            yield os.wait4(-1, 0)[2]
        except ChildProcessError:
            return


def render(ways: list[Way], world: str) -> str:
    """The page: figures of each way, then its seconds by stage."""
    lines = [
        "# Scoring a log folder, end to end",
        "",
        f"`python benchmarks/score_speed.py`: {world}; {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, Polars {version('polars')}, one run of each, "
        f"load average {os.getloadavg()[0]:.1f} at the end.",
        "",
        "| --memory, or Spark's master | buckets | CPU s | wall s | peak MB | the first's tables |",
        "|---|---|---|---|---|---|",
    ]
    for way in ways:
        same = "yes" if way.files == ways[0].files else "NO"
        lines.append(
            f"| {way.name} | {way.run.get('buckets', 1)} | {way.cpu:.0f} | {way.wall:.0f} "
            f"| {way.peak:.0f} | {same} |"
        )
    stages = list(dict.fromkeys(stage for way in ways for stage in way.run["timings"]))
    lines += ["", f"| stage, wall s | rows | {' | '.join(way.name for way in ways)} |"]
    lines += ["|---" * (len(ways) + 2) + "|"]
    for stage in stages:
        counts = ways[0].run["counts"].get(stage.removeprefix("roll up "))
        seconds = " | ".join(f"{way.run['timings'].get(stage, 0.0):.1f}" for way in ways)
        lines.append(f"| {stage} | {counts['read']:,} | {seconds} |" if counts
                     else f"| {stage} |  | {seconds} |")  # fmt: skip
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
