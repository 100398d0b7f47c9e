"""Speed, memory and worth of linkage: identifiers to edges, components and features.

Usage: python benchmarks/features_linkage.py [ACCOUNTS] [IDENTIFIERS] [--graph FILE.npz]

Makes ACCOUNTS accounts with IDENTIFIERS rows of keyed hashes (1 million and 5 million by
default; one in twenty shared by two to six accounts; 200 accounts confirmed) and the same with
one more identifier on 40 % of the accounts. Each measurement is a process of its own on one
thread: edges and their pairs, all linkage features, the peak of both and how much of it is the
input, how far the hub moves any feature, that every account with one that is not zero has an
evidence path, and the components of 10 million edges. Goals: 15 s and 1 GB, 1 %, 10 s. With
``--graph``, PyGOD's Reddit graph (10,000 users, 984 forums, 366 users banned) is read as a
linkage table and half of the banned users are confirmed: what do the linkage features alone
reach for the other half?
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the clone, installed or not

from features.build import family_columns
from features.catalogue import Catalogue
from features.evidence import evidence_path
from features.graph import components
from features.linkage import FAMILY
from features.population import Population
from features.rollups import Rollups, complete
from features.tables import LINK_KINDS, SCHEMAS

AS_OF: Final = datetime(2026, 3, 2, tzinfo=UTC)
KINDS: Final = [k for k in LINK_KINDS if k != "ip"]
SHOWN: Final = 50
"""Accounts whose evidence path is asked for."""


def write_world(folder: Path, accounts: int, identifiers: int) -> None:
    """Links with and without the hub, accounts and decisions, as rollups."""
    rng = np.random.default_rng(0)
    holder = rng.integers(0, accounts, identifiers)
    own = np.arange(identifiers)
    shared = rng.random(identifiers) < 0.05
    own[shared] = rng.integers(0, max(identifiers // 80, 1), int(shared.sum())) + identifiers
    ids = pl.Series([f"acct-{k:09d}" for k in range(accounts)])
    kinds = pl.Series(KINDS).gather(own % len(KINDS))
    links = pl.DataFrame({"account_id": ids.gather(holder), "kind": kinds}).with_columns(
        value=pl.format("v{}", pl.Series(own))
    )
    crowd = pl.DataFrame({"account_id": ids.gather(np.arange(int(accounts * 0.4)))}).with_columns(
        kind=pl.lit("ip"), value=pl.lit("nat")
    )
    times = {"n": pl.lit(1, dtype=pl.Int64), "first": pl.lit(AS_OF), "last": pl.lit(AS_OF)}
    keys = ["account_id", "kind", "value"]
    for name, rows in (("plain", links), ("hub", pl.concat([links, crowd]))):
        frame = rows.unique().sort(keys).with_columns(**times)
        frame.write_parquet(folder / f"{name}.parquet")
    age = pl.Series(rng.integers(1, 700, accounts)) * 86_400_000_000
    made = {"created_at": pl.lit(AS_OF) - age.cast(pl.Duration("us"))}
    known = pl.DataFrame({"account_id": ids}).with_columns(**made)
    known.write_parquet(folder / "accounts.parquet")
    holders = links.filter(pl.Series(shared))["account_id"].unique().sort()
    holders.head(200).to_frame().write_parquet(folder / "bad.parquet")


def rollups_of(folder: Path, name: str) -> Rollups:
    """The world as the features read it."""

    def table(schema: str, rows: pl.DataFrame) -> pl.DataFrame:
        empty = SCHEMAS[schema].create_empty()
        return pl.concat([empty, rows], how="diagonal_relaxed").cast(dict(empty.schema))

    bad = pl.read_parquet(folder / "bad.parquet").with_columns(
        decision=pl.lit("confirmed_proxy"), decided_at=pl.lit(AS_OF - timedelta(days=100))
    )
    frames = {
        "links": pl.read_parquet(folder / f"{name}.parquet"),
        "accounts": table("accounts", pl.read_parquet(folder / "accounts.parquet")),
        "labels": table("labels", bad),
    }
    present = ["account_links", "accounts", "labels"]
    return complete(frames, present, AS_OF, Catalogue.load())


def linkage(folder: Path, name: str) -> dict[str, Any]:
    """All linkage features of all accounts."""
    rollups = rollups_of(folder, name)
    before, begin = _peak(), time.process_time()
    linked = Population.of(rollups)
    made = time.process_time() - begin
    ids = rollups["accounts"].select("account_id").sort("account_id")
    table = ids.hstack(family_columns(FAMILY, linked, ids))
    cpu = time.process_time() - begin
    told = {"edges": linked.edges.height, "edges_cpu": made, "cpu": cpu, "before": before}
    told["peak"] = _peak()
    names = [f.name for f in FAMILY.features]
    found = pl.any_horizontal(pl.col(n) != 0 for n in names)
    linked_ids = table.filter(found)["account_id"]
    step = max(linked_ids.len() // SHOWN, 1)
    asked = linked_ids.gather_every(step)
    told["linked"], told["asked"] = linked_ids.len(), asked.len()
    told["without_path"] = sum(
        evidence_path(linked.edges, rollups, account).is_empty() for account in asked
    )
    table.write_parquet(folder / f"{name}.features.parquet")
    return told


def moved(folder: Path) -> dict[str, Any]:
    """The largest relative move of any feature of any account by the hub."""
    plain, hub = (
        pl.read_parquet(folder / f"{name}.features.parquet").drop("account_id").to_numpy()
        for name in ("plain", "hub")
    )
    change = np.abs(plain - hub) / np.maximum(np.abs(plain), 1e-12)
    change[plain == hub] = 0.0
    return {"largest": float(change.max()), "accounts": int((change > 0).any(axis=1).sum())}


def many_edges(count: int) -> dict[str, Any]:
    """Components of so many accepted pairs of a fifth as many accounts."""
    rng = np.random.default_rng(1)
    ids = pl.Series([f"acct-{k:09d}" for k in range(count // 2)])
    a, b = (rng.integers(0, len(ids), count) for _ in "ab")
    pairs = pl.DataFrame({"a": ids.gather(a), "b": ids.gather(b)}).with_columns(
        posterior=pl.lit(0.9), firm=pl.lit(True), coincident=pl.lit(False)
    )
    before, begin = _peak(), time.process_time()
    found = components(pairs)
    cpu = time.process_time() - begin
    return {"accounts": found.height, "cpu": cpu, "before": before, "peak": _peak()}


def real(graph: Path) -> dict[str, Any]:
    """Average precision and AUROC of each linkage feature for banned users not confirmed."""
    from sklearn.metrics import average_precision_score, roc_auc_score

    with np.load(graph) as held:
        edges, banned = held["edge_index"].T, held["y"].astype(bool)
    users = 10_000
    pairs = np.unique(edges[(edges[:, 0] < users) & (edges[:, 1] >= users)], axis=0)
    rng = np.random.default_rng(0)
    results: dict[str, list[tuple[float, float]]] = {}
    for _ in range(5):
        bad = np.flatnonzero(banned[:users])
        seeds = rng.choice(bad, len(bad) // 2, replace=False)
        table = _real_features(pairs, users, seeds)
        asked = np.setdiff1d(np.arange(users), seeds)
        truth = banned[asked]
        for feature in FAMILY.features:
            score = table[feature.name].to_numpy()[asked]
            pair = (average_precision_score(truth, score), roc_auc_score(truth, score))
            results.setdefault(feature.name, []).append(pair)
    share = float(banned[asked].mean())
    degree = np.bincount(pairs[:, 1] - users)
    told = {name: tuple(np.round(np.mean(v, axis=0), 4)) for name, v in results.items()}
    forums = {"forums": int((degree > 0).sum()), "of at most 64 users": int((degree <= 64).sum())}
    return {"base rate": share, **forums, "average precision, AUROC": told}


def _real_features(pairs: np.ndarray, users: int, seeds: np.ndarray) -> pl.DataFrame:
    names = pl.Series([f"u{k:05d}" for k in range(users)])
    links = pl.DataFrame(
        {"account_id": names.gather(pairs[:, 0]), "value": pl.Series(pairs[:, 1]).cast(pl.String)}
    ).with_columns(
        kind=pl.lit("address"), n=pl.lit(1, dtype=pl.Int64), first=pl.lit(AS_OF), last=pl.lit(AS_OF)
    )
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        links.select("account_id", "kind", "value", "n", "first", "last").write_parquet(
            folder / "real.parquet"
        )
        known = names.alias("account_id").to_frame()
        known.with_columns(created_at=pl.lit(AS_OF - timedelta(days=400))).write_parquet(
            folder / "accounts.parquet"
        )
        names.gather(seeds).alias("account_id").to_frame().write_parquet(folder / "bad.parquet")
        rollups = rollups_of(folder, "real")
    ids = rollups["accounts"].select("account_id").sort("account_id")
    return family_columns(FAMILY, Population.of(rollups), ids)


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def child(task: str, folder: Path, accounts: int, identifiers: int) -> dict[str, Any]:
    if task == "make":
        write_world(folder, accounts, identifiers)
        return {"accounts": accounts, "identifiers": identifiers}
    if task == "edges":
        return many_edges(2 * identifiers)
    if task == "moved":
        return moved(folder)
    return linkage(folder, task)


def measure(task: str, scratch: str, counts: list[str]) -> dict[str, Any]:
    """A process of its own: a peak is inherited from a parent that has used more."""
    environment = {**os.environ, "POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, __file__, "--child", task, scratch, *counts]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return dict(json.loads(done.stdout))


def report(found: dict[str, dict[str, Any]]) -> None:
    """The table of the documentation."""
    print("| way | CPU s | MB at the peak | MB of them the input |", "|---|---|---|---|", sep="\n")
    for name, title in (("plain", "without a hub"), ("hub", "a hub on 40 % of the accounts")):
        told = found[name]
        memory = f"{told['peak']:.0f} | {told['before']:.0f}"
        print(f"| {title}: {told['edges']:,} edges and their pairs | {told['edges_cpu']:.1f} | | |")
        print(f"| … to all linkage features | {told['cpu']:.1f} | {memory} |")
    told = found["edges"]
    memory = f"{told['peak']:.0f} | {told['before']:.0f}"
    print(f"| components of {told['accounts']:,} accounts | {told['cpu']:.1f} | {memory} |")
    print("moved by the hub:", json.dumps(found["moved"]))
    print("evidence:", {k: found["hub"][k] for k in ("linked", "asked", "without_path")})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("accounts", nargs="?", type=int, default=1_000_000)
    parser.add_argument("identifiers", nargs="?", type=int, default=5_000_000)
    parser.add_argument("--graph", type=Path)
    options = parser.parse_args()
    counts = [str(options.accounts), str(options.identifiers)]
    with tempfile.TemporaryDirectory() as scratch:
        tasks = ("make", "plain", "hub", "moved", "edges")
        report({task: measure(task, scratch, counts) for task in tasks})
    if options.graph:
        print("real", json.dumps(real(options.graph), indent=1))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        given = sys.argv[2:]
        print(json.dumps(child(given[0], Path(given[1]), int(given[2]), int(given[3]))))
    else:
        main()
