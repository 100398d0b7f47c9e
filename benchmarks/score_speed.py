"""Time the main job: one `enduse score` over a simulated log folder, at once and in buckets.

    python benchmarks/score_speed.py --accounts 100000 --days 66 --memory 64GB --memory 2GB

Each way runs in a process of its own, one after the other, over the same folder; what they write
is compared byte by byte. Prints a page for docs/benchmarks/score.md; --write puts it there.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the clone, installed or not

from detector.simulate import simulate

# What stands from here on is of another command and stays.
_KEPT: Final = "\n## The first command"
PAGE: Final = Path(__file__).resolve().parent.parent / "docs" / "benchmarks" / "score.md"


@dataclass(frozen=True)
class Way:
    """One run: what it might take, what it took, and what it says of itself."""

    memory: str
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
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name}")
    options = parser.parse_args()
    world = f"preset standard, {options.accounts:,} accounts × {options.days} days"
    with tempfile.TemporaryDirectory() as scratch:
        logs = options.logs or Path(scratch) / "logs"
        if options.logs is None:
            simulate("standard", options.accounts, options.days, options.seed, logs)
        sizes = options.memory or ["64GB", "350MB"]
        ways = [score(logs, Path(scratch) / size, size) for size in sizes]
    page = render(ways, world if options.logs is None else options.logs.name)
    print(page)
    if options.write:
        PAGE.write_text(page + "".join(PAGE.read_text().partition(_KEPT)[1:]))


def score(logs: Path, out: Path, memory: str) -> Way:
    """One `enduse score` in a process of its own."""
    words = ["score", str(logs), "--out", str(out), "--memory", memory]
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "detector", *words], stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"enduse score --memory {memory} ended with {status}")
    files = {file.name: file.read_bytes() for file in out.iterdir()}
    run = json.loads(files.pop("run.json"))
    cpu = usage.ru_utime + usage.ru_stime
    return Way(memory, time.perf_counter() - start, cpu, usage.ru_maxrss / 1024, run, files)


def render(ways: list[Way], world: str) -> str:
    """The page: figures of each way, then its seconds by stage."""
    lines = [
        "# Scoring a log folder, end to end",
        "",
        f"`python benchmarks/score_speed.py`: {world}; {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, Polars {version('polars')}, one run of each, "
        f"load average {os.getloadavg()[0]:.1f} at the end.",
        "",
        "| --memory | buckets | CPU s | wall s | peak MB | tables are those of the first |",
        "|---|---|---|---|---|---|",
    ]
    for way in ways:
        same = "yes" if way.files == ways[0].files else "NO"
        lines.append(
            f"| {way.memory} | {way.run.get('buckets', 1)} | {way.cpu:.0f} | {way.wall:.0f} "
            f"| {way.peak:.0f} | {same} |"
        )
    stages = list(dict.fromkeys(stage for way in ways for stage in way.run["timings"]))
    lines += ["", f"| stage, wall s | rows | {' | '.join(way.memory for way in ways)} |"]
    lines += ["|---" * (len(ways) + 2) + "|"]
    for stage in stages:
        counts = ways[0].run["counts"].get(stage.removeprefix("roll up "))
        seconds = " | ".join(f"{way.run['timings'].get(stage, 0.0):.1f}" for way in ways)
        lines.append(f"| {stage} | {counts['read']:,} | {seconds} |" if counts
                     else f"| {stage} |  | {seconds} |")  # fmt: skip
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
