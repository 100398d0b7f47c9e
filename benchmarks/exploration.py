"""How often the interval of what queues miss holds, over simulated years of exploration.

    python benchmarks/exploration.py --years 1000

Each year has its own proxies that no queue shows, near one and far from any; samples are drawn by
the week without replacement and judged rightly.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the clone, installed or not

import numpy as np

from detector.cases.measuring.exploring import Explored, Sampled, explored

WEEKS = 52
#: Accounts of a stratum, and samples of it a week.
STRATA = {"near": (5_000, 4), "rest": (95_000, 1)}


def year(draw: np.random.Generator, proxies: dict[str, int], scale: int) -> Explored:
    """A year of samples, ``scale`` times as many as a small team judges."""
    sampled = []
    for name, (accounts, weekly) in STRATA.items():
        hits = draw.hypergeometric(
            proxies[name], accounts - proxies[name], weekly * scale, size=WEEKS
        )
        sampled.append(Sampled(name, accounts, weekly * scale * WEEKS, int(hits.sum())))
    return explored(sampled, found=30)


def measured(years: int, scale: int, seed: int = 1) -> dict[str, Any]:
    """How often intervals hold, and what they are worth."""
    draw = np.random.default_rng(seed)
    held, told, widths = {"near": 0, "rest": 0, "all": 0, "recall": 0}, 0, []
    for _ in range(years):
        proxies = {"near": int(draw.integers(0, 200)), "rest": int(draw.integers(0, 400))}
        found = year(draw, proxies, scale)
        missed, recall = found.all_missed, found.recall
        assert missed is not None
        assert recall is not None
        for name, count in proxies.items():
            held[name] += found.missed[name].low <= count <= found.missed[name].high
        whole = sum(proxies.values())
        held["all"] += missed.low <= whole <= missed.high
        held["recall"] += recall.low <= 30 / (30 + whole) <= recall.high
        told += not found.inconclusive
        widths.append(recall.high - recall.low)
    return {
        "years": years, "samples_a_year": 5 * scale * WEEKS,
        **{f"holds_{name}": count / years for name, count in held.items()},
        "conclusive": told / years, "median_width_of_recall": float(np.median(widths)),
    }  # fmt: skip


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--years", type=int, default=1000)
    given = parser.parse_args()
    for scale in (1, 10, 100):
        sys.stdout.write(json.dumps(measured(given.years, scale)) + "\n")


if __name__ == "__main__":
    main()
