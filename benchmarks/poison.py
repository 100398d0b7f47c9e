"""Rank loss of planted rings when an attacker poisons the training, with and without guards.

    python benchmarks/poison.py --out /tmp/poison                 # 20,000 accounts x 60 days
    python benchmarks/poison.py --out /tmp/poison --accounts 2000 --days 30

Two attacks on the label-free forests, which are trained on the population they score:

* decoys: the preset `poison`, accounts that carry the signs of rings and do no business, in
  groups of one to three;
* clones: every planted ring adds linked copies of its members, until they are a share of the
  population. Of one ring in four a copy was confirmed by reviewers.

Guards: one vote a linked component; leaving confirmed accounts and their component out of
training; and a frozen reference, the model of before. Then what the alarms show. Writes the
tables of docs/benchmarks/poison.md to standard output.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the clone, installed or not

import numpy as np
import polars as pl

from detector import read_logs
from detector.pipeline.binding import specs
from detector.pipeline.prepare import Stages, prepare
from detector.simulate import simulate
from models.account.fitting import fit_model
from models.account.model import ProxyModel
from models.population.drift import MOVED, fallen_canaries, psi_by_feature, top_overlap

SHARES = (0.001, 0.01, 0.05)
DECOYS = (0.001, 0.01, 0.05)
GUARDS = ("none", "votes", "votes, exclusion")


@dataclass(frozen=True)
class World:
    """A population as arrays. ``ring`` is the planted ring of a proxy, else -1."""

    values: np.ndarray
    peers: np.ndarray
    groups: np.ndarray
    excluded: np.ndarray
    ring: np.ndarray
    poison: np.ndarray

    def fit(self, guards: str) -> ProxyModel:
        return fit_model(
            self.values, specs(), self.peers,
            groups=self.groups if "votes" in guards else None,
            exclude=self.excluded if "exclusion" in guards else None, threads=2,
        )  # fmt: skip

    def score(self, model: ProxyModel) -> np.ndarray:
        """Evidence of the accounts that are no poison."""
        found = model.score(self.values, self.peers, contributions=False, threads=2)
        return np.where(self.poison, -1.0, found.level)


def open_world(folder: Path) -> World:
    prepared = prepare(read_logs(folder), None, Stages())
    told = prepared.table.select("account_id").join(
        pl.read_parquet(folder.with_name(f"{folder.name}.truth.parquet")),
        on="account_id", how="left", maintain_order="left",
    )  # fmt: skip
    alone = pl.when("is_proxy").then(pl.coalesce("ring_id", "account_id"))
    codes = told.select(alone.rank("dense").cast(pl.Int64).fill_null(0) - 1).to_series()
    return World(
        prepared.values, prepared.peers, prepared.groups, prepared.excluded,
        codes.to_numpy(), (told["archetype"] == "poison").to_numpy(),
    )  # fmt: skip


def with_clones(world: World, share: float) -> World:
    """Add linked copies of planted rings; one ring in four is known by a copy."""
    rng = np.random.default_rng(0)
    rows = rng.choice(np.flatnonzero(world.ring >= 0), round(share * len(world.values)))
    copies = world.values[rows] * np.exp(rng.normal(0.0, 0.05, (len(rows), world.values.shape[1])))
    component = world.groups.max() + 1 + world.ring
    known = world.ring[rows] % 4 == 0
    return World(
        np.concatenate((world.values, copies)), np.concatenate((world.peers, world.peers[rows])),
        np.concatenate((np.where(world.ring >= 0, component, world.groups), component[rows])),
        np.concatenate((world.excluded | ((world.ring >= 0) & (world.ring % 4 == 0)), known)),
        np.concatenate((world.ring, np.full(len(rows), -1))),
        np.concatenate((world.poison, np.ones(len(rows), dtype=bool))),
    )  # fmt: skip


def best_ranks(world: World, level: np.ndarray) -> np.ndarray:
    """Rank of each planted ring's first member among the accounts that are no poison."""
    rank = 1 + len(level) - np.searchsorted(np.sort(level), level, side="right")
    rings = np.unique(world.ring[world.ring >= 0])
    return np.array([rank[world.ring == ring].min() for ring in rings])


def shown(name: str, clean: np.ndarray, found: np.ndarray, n: int) -> str:
    loss = np.median(found / clean)
    near = 100.0 * np.mean(found <= n / 100)
    return f"| {name} | {np.median(found):.0f} | {loss:.2f} | {near:.0f} % |"


def attack(title: str, clean: World, poisoned: World, frozen: ProxyModel) -> None:
    """Print the ranks by guard, then what the alarms say."""
    n, before = len(clean.values), clean.score(frozen)
    base = best_ranks(clean, before)
    print(f"\n**{title}**\n\n| guards | median rank | times the clean rank | in the first 1 % |")
    print("|---|---|---|---|")
    print(shown("no poison", base, base, n))
    for guards in GUARDS:
        model = poisoned.fit(guards)
        level = poisoned.score(model)
        print(shown(guards, base, best_ranks(poisoned, level), n), flush=True)
        if guards == GUARDS[0]:
            said = alarms(poisoned, frozen, level)
    level = poisoned.score(frozen)
    print(shown("frozen reference", base, best_ranks(poisoned, level), n))
    print(f"\nAlarms on the model without guards: {said}.", flush=True)


def alarms(world: World, frozen: ProxyModel, level: np.ndarray) -> str:
    reference = world.score(frozen)
    keep = ~world.poison
    k = len(reference[keep]) // 100
    rows = np.flatnonzero(world.ring >= 0)
    first = len(rows) - len(fallen_canaries(reference, rows, k))
    fallen = len(np.setdiff1d(fallen_canaries(level, rows, k), fallen_canaries(reference, rows, k)))
    moved = psi_by_feature(frozen.feature_tails, (world.values * frozen.direction).T)
    share = top_overlap(reference[keep], level[keep], k)
    return (
        f"overlap of the first {k} with the frozen reference {share:.2f}, "
        f"{fallen} of {first} canaries fallen, {int((moved > MOVED).sum())} features moved"
    )


def made(out: Path, name: str, options: argparse.Namespace, poison: float) -> World:
    folder = out / name
    if not folder.exists():
        simulate(
            "poison", options.accounts, options.days, options.seed, folder,
            settings={"poison": poison},
        )  # fmt: skip
    return open_world(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for the worlds")
    parser.add_argument("--accounts", type=int, default=20_000)
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--seed", type=int, default=11)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    clean = made(options.out, "clean", options, 0.0)
    frozen = clean.fit("votes, exclusion")
    print(f"{len(clean.values)} accounts, {len(np.unique(clean.ring)) - 1} planted rings")
    for share in SHARES:
        plain = replace(clean, excluded=np.zeros_like(clean.excluded))
        attack(
            f"Clones, {100 * share:g} % of the population", clean, with_clones(plain, share), frozen
        )
    for share in DECOYS:
        decoys = made(options.out, f"decoys-{share:g}", options, share)
        attack(f"Decoys, {100 * share:g} % of the population", clean, decoys, frozen)


if __name__ == "__main__":
    main()
