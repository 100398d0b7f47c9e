"""Measure the reckoning of ownership: a large random graph, and a long chain.

Run from the repository root: ``python benchmarks/ownership.py [--entities N] [--edges N]
[--chain N]``.

The graph has ``--edges`` holdings of a tenth to six tenths between ``--entities`` companies, of
which one in fifty is listed; told are CPU seconds to make the graph, to find who is restricted
for certain and conceivably, and to say so in words for every company. The chain is one of
halves; every link of it is restricted.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the clone, installed or not

import numpy as np
import polars as pl

from detector.policy.owners.outcomes import outcomes
from detector.policy.owners.parties import with_parties
from detector.policy.ownership import restricted
from features.types import SHARE

HALF = Decimal("0.5")


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--entities", type=int, default=2_000_000)
    asked.add_argument("--edges", type=int, default=3_000_000)
    asked.add_argument("--chain", type=int, default=100_000)
    given = asked.parse_args()
    print(f"{given.entities:,} companies, {given.edges:,} holdings")
    listed = [f"id:{n}" for n in range(0, given.entities, 50)]
    measure(lambda: random_rows(given.entities, given.edges), listed)
    print(f"a chain of {given.chain:,}")
    measure(lambda: chain_rows(given.chain), ["id:0"])
    print(f"most memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GB")


def random_rows(entities: int, edges: int) -> pl.DataFrame:
    """Holdings between companies drawn at random, the same each time."""
    rng = np.random.default_rng(2026)
    owner, owned = rng.integers(0, entities, (2, edges))
    return rows(owner, owned, rng.integers(1, 7, edges))


def chain_rows(size: int) -> pl.DataFrame:
    """Each company holds half of the next."""
    numbers = np.arange(size)
    return rows(numbers, numbers + 1, np.full(size, 5))


def rows(owner: np.ndarray, owned: np.ndarray, tenths: np.ndarray) -> pl.DataFrame:
    """Rows of entity_owners by id."""
    tenth = pl.lit("0.1").cast(SHARE)
    share = (pl.Series(tenths).cast(pl.Decimal(12, 0)).to_frame("n").select(
        (pl.col("n") * tenth).cast(SHARE)
    ).to_series())  # fmt: skip
    names = {"owner": pl.Series(owner).cast(pl.String), "owned": pl.Series(owned).cast(pl.String)}
    ids = {f"{end}_id": name for end, name in names.items()}
    called = {f"{end}_name": "Company " + name for end, name in names.items()}
    return pl.DataFrame({**ids, **called, "share_min": share, "share_max": share})


def measure(make: Callable[[], pl.DataFrame], listed: list[str]) -> None:
    """Print what each step costs."""
    told = make()
    with timed("parties"):
        linked = with_parties(told)
    with timed("graph and both bounds"):
        found = restricted(linked, listed, HALF)
    print(f"  {len(found.lower):,} restricted for certain, {len(found.upper):,} perhaps")
    with timed("looked through"):
        reached = len(found.most)
    print(f"  {reached:,} reached along any chain")
    with timed("outcomes in words"):
        outcomes(found, linked)


@contextmanager
def timed(step: str) -> Iterator[None]:
    """Print the CPU seconds of a block."""
    begun = time.process_time()
    yield
    print(f"  {step}: {time.process_time() - begun:.1f} CPU s")


if __name__ == "__main__":
    main()
