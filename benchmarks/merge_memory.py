"""Peak memory of merging rollups that hardly shrink, as daily charges give them.

Usage: python benchmarks/merge_memory.py [--parts 75] [--rows 107000]

Each part holds charges of many accounts on 66 days; about 6 % of the keys stand in two parts.
Prints rows, CPU seconds of merging and the peak over what Polars holds when idle.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the clone, installed or not

from features.rollups import SHAPES, merge

ACCOUNTS: Final = 100_000
DAYS: Final = 66
SERVICES: Final = [
    "Elastic Compute Cloud", "Model tokens", "Block storage service", "Network", "Support",
]  # fmt: skip


def part(number: int, rows: int) -> pl.DataFrame:
    """One part: accounts, days and services at random, the other keys the same throughout."""
    rng = np.random.default_rng(number)
    account, service = rng.integers(0, ACCOUNTS, rows), rng.integers(0, 9, rows)
    day = pl.Series(20_000 + rng.integers(0, DAYS, rows)).cast(pl.Int32).cast(pl.Date)
    digits = pl.Series(account).cast(pl.String).str.zfill(6)
    shape = SHAPES["usage"]
    return shape.add_up(
        pl.DataFrame(
            {
                "account_id": "acct-" + digits, "payer_id": "payer-" + digits.str.slice(0, 4),
                "day": day, "service": pl.Series(SERVICES).gather(service % len(SERVICES)),
                "region": "r-" + pl.Series(service % 3).cast(pl.String),
            }
        )
        .with_columns(
            pricing=pl.lit("Standard"), charge=pl.lit("Usage"), currency=pl.lit("USD"),
            gpu_model=pl.when(pl.Series(service) > 5).then(pl.lit("H100")),
            denominator=pl.lit(1), token_direction=None, model_hint=None, idle=pl.lit(False),
            hours=pl.lit(3), first="day", last="day",
            **dict.fromkeys(shape.sums, pl.lit(number)),
        )
        .select(list(shape.schema()))
        .cast(shape.schema())
    )  # fmt: skip


def main() -> None:
    """Merge, and say what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", type=int, default=75)
    parser.add_argument("--rows", type=int, default=107_000)
    options = parser.parse_args()
    making = 0.0

    def parts() -> Iterator[dict[str, pl.DataFrame]]:
        nonlocal making
        for number in range(options.parts):
            begin = time.process_time()
            made = part(number, options.rows)
            making += time.process_time() - begin
            yield {"usage": made}

    part(0, 10_000)
    idle, begin = _peak(), time.process_time()
    rows = merge(parts())["usage"].height
    cpu = time.process_time() - begin - making
    print(f"{rows:,} rows, {cpu:.1f} CPU s, {_peak() - idle:,.0f} MB over {idle:,.0f}")


def _peak() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
