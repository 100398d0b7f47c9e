"""How many planted rings are joined by ties, and how many innocents are.

    python benchmarks/ties.py FOLDER [FOLDER ...] [--out ties.json]

Each FOLDER is a log folder of a planted world, its truth beside it (``FOLDER.truth.parquet``); its
make is the part of its name before the first dash. No model is asked: what is counted are the
components of accepted pairs (``features.evidence.accepted``).

Counted are, by make and in all:

rings      planted rings of two accounts or more
joined     of them those of which two accounts or more, and at least half, stand in one component
touched    of them those of which two accounts or more do
innocent   components without a planted account
accounts   innocent accounts in those
mixed      components with accounts of several planted rings
riders     innocent accounts in components with a planted one
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the clone, installed or not

import polars as pl

from detector.sources import read_logs
from features.graph import components
from features.population import Population
from features.rollups import Sums, complete

COUNTS = ("rings", "joined", "touched", "innocent", "accounts", "mixed", "riders")


def population(folder: Path) -> Population:
    """Who is tied to whom in a log folder, as of its last charge."""
    source, sums = read_logs(folder, None), Sums()
    for table in source.tables():
        sums.add(source.rollups(table, source.as_of))
    rollups = complete(sums.whole(), source.tables(), source.as_of, source.catalogue)
    return Population.of(rollups)


def counted(tied: Mapping[str, str], truth: pl.DataFrame) -> Counter[str]:
    """``COUNTS`` of one world.

    Parameters
    ----------
    tied
        Component of each account that is in one.
    truth
        ``account_id``, ``is_proxy`` and ``ring_id``.
    """
    bad = truth.filter("is_proxy").select("account_id", "ring_id")
    found = _rings(tied, bad)
    planted = dict(bad.iter_rows())
    groups: dict[str, list[str]] = {}
    for account, component in tied.items():
        groups.setdefault(component, []).append(account)
    for members in groups.values():
        proxies = [m for m in members if m in planted]
        found["innocent"] += not proxies
        found["accounts" if not proxies else "riders"] += len(members) - len(proxies)
        found["mixed"] += len({planted[m] for m in proxies if planted[m]}) > 1
    return found


def _rings(tied: Mapping[str, str], bad: pl.DataFrame) -> Counter[str]:
    rings: dict[str, list[str]] = {}
    for account, ring in bad.drop_nulls("ring_id").iter_rows():
        rings.setdefault(ring, []).append(account)
    found: Counter[str] = Counter()
    for members in rings.values():
        where = Counter(tied[m] for m in members if m in tied)
        most = max(where.values(), default=0)
        found["rings"] += len(members) > 1
        found["touched"] += most > 1
        found["joined"] += most > 1 and 2 * most >= len(members)
    return found


def main() -> None:
    """Count, print a table and keep the counts."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    found: dict[str, Counter[str]] = {}
    for folder in asked.folders:
        truth = pl.read_parquet(folder.with_name(f"{folder.name}.truth.parquet"))
        tied = dict(components(population(folder).pairs).iter_rows())
        found.setdefault(folder.name.split("-")[0], Counter()).update(counted(tied, truth))
    found["all"] = sum(found.values(), Counter())
    print("| make | " + " | ".join(COUNTS) + " |", "|---" * (len(COUNTS) + 1) + "|", sep="\n")
    for make, counts in found.items():
        print(f"| {make} | " + " | ".join(str(counts[name]) for name in COUNTS) + " |")
    if asked.out:
        asked.out.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
