"""Speed and memory of linkage: identifiers to edges, components and features.

Usage: python benchmarks/features_linkage.py [ACCOUNTS] [IDENTIFIERS] [--hub N]

Makes ACCOUNTS accounts with IDENTIFIERS rows of keyed hashes in all (1 million and 5 million by
default; one in twenty shared by two to six accounts, and one hub on 40 % of the accounts), and
measures CPU seconds and peak memory on one thread. Goal: 15 s and 1 GB.
"""

from __future__ import annotations

import os

os.environ.setdefault("POLARS_MAX_THREADS", "1")

import resource
import sys
import time
from datetime import UTC, datetime

import numpy as np
import polars as pl

from features.catalogue import Catalogue
from features.evidence import edges, pairs
from features.graph import components
from features.rollups import Rollups, complete
from features.tables import LINK_KINDS, SCHEMAS

AS_OF = datetime(2026, 3, 2, tzinfo=UTC)


def world(accounts: int, identifiers: int) -> Rollups:
    rng = np.random.default_rng(0)
    holder = rng.integers(0, accounts, identifiers)
    own = np.arange(identifiers)
    shared = rng.random(identifiers) < 0.05
    own[shared] = rng.integers(0, max(identifiers // 80, 1), int(shared.sum())) + identifiers
    ids = pl.Series([f"acct-{k:09d}" for k in range(accounts)])
    hub = np.arange(int(accounts * 0.4))
    kinds = pl.Series([k for k in LINK_KINDS if k != "ip"]).gather(own % (len(LINK_KINDS) - 1))
    links = pl.DataFrame({"account_id": ids.gather(holder), "kind": kinds}).with_columns(
        value=pl.format("v{}", pl.Series(own))
    )
    crowd = pl.DataFrame({"account_id": ids.gather(hub)}).with_columns(
        kind=pl.lit("ip"), value=pl.lit("nat")
    )
    times = {"first": pl.lit(AS_OF), "last": pl.lit(AS_OF), "n": pl.lit(1, dtype=pl.Int64)}
    frame = pl.concat([links, crowd]).unique().with_columns(**times)
    records = SCHEMAS["accounts"].create_empty()
    known = pl.DataFrame({"account_id": ids}).with_columns(created_at=pl.lit(AS_OF))
    accounts_table = pl.concat([records, known], how="diagonal_relaxed")
    frames = {"links": frame, "accounts": accounts_table}
    return complete(frames, ["account_links", "accounts"], AS_OF, Catalogue.load())


def main() -> None:
    accounts = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    identifiers = int(sys.argv[2]) if len(sys.argv) > 2 else 5 * accounts
    rollups = world(accounts, identifiers)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    begin = time.process_time()
    rows = edges(rollups)
    linked = pairs(rows, accounts)
    groups = components(linked)
    cpu = time.process_time() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{accounts:,} accounts, {identifiers:,} identifiers: {rows.height:,} edges, "
        f"{groups.height:,} accounts in groups, {cpu:.1f} CPU s, peak {peak:.0f} MB "
        f"({before:.0f} MB before)"
    )


if __name__ == "__main__":
    main()
