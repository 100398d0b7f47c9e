"""Time of ``enduse --help`` and ``import detector``, in fresh processes.

Usage: python benchmarks/help_time.py [RUNS]. Goal: the median of ``--help`` under 300 ms.

Measured 2026-11-22 on two cores, Python 3.11, median of 15 runs: bare Python 23 ms, ``import
detector`` 24, ``--help`` 71, ``score --help`` 149 (typer reads its types through pydantic).
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

GOAL_MS = 300
CASES = {
    "python, nothing else": "pass",
    "import detector": "import detector",
    "enduse --help": "from detector.cli import main; main(['--help'])",
    "enduse score --help": "from detector.cli import main; main(['score', '--help'])",
    "enduse version": "from detector.cli import main; main(['version'])",
}


def time_ms(code: str, runs: int) -> list[float]:
    """Return the wall-clock milliseconds of each run, first (cold) run left out."""
    taken = []
    for _ in range(runs + 1):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL, check=True)
        taken.append(1000 * (time.perf_counter() - start))
    return taken[1:]


def main(runs: int) -> int:
    """Print a table; 1 if the goal is missed."""
    medians = {}
    print(f"{'':24}{'median':>8}{'min':>8}{'max':>8}   ms, {runs} runs")
    for name, code in CASES.items():
        taken = time_ms(code, runs)
        medians[name] = statistics.median(taken)
        print(f"{name:24}{medians[name]:8.0f}{min(taken):8.0f}{max(taken):8.0f}")
    return int(medians["enduse --help"] > GOAL_MS)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 15))
