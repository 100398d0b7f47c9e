"""A prior: leaf values learnt from simulated worlds whose truth is known.

Isolation trees over directed, peer-relative features carry over from one population to
another, because the columns say how far an account stands from its own peers. A prior keeps
such trees for accounts and for rings, chosen and taught by boosting (`models.account.teaching`).
Members' log odds in a ring's row come from trees taught without that ring's accounts, so that
the rings' forest learns from odds as good as it will meet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.account.columns import FeatureSpec, both_sided
from models.account.rings import Floats, Integers, ring_rows
from models.account.standing import Standing
from models.account.teaching import ROUNDS, taught_forest
from models.forest.forest import ArrayForest
from models.forest.sampling import Stream

# Rings have few rows and few columns: few rounds are enough.
RING_ROUNDS: Final = 100
# Ordinary accounts for each planted one, at most: fewer cost precision, more only time.
ORDINARY: Final = 12
FOLDS: Final = 2

# Rows, which of them are planted, and how much each counts.
_Lesson: TypeAlias = tuple[NDArray[np.float32], NDArray[np.bool_], Floats]


@dataclass(frozen=True)
class TaughtWorld:
    """A simulated population with its truth.

    Attributes
    ----------
    directed : (n, d) float32
        Directed columns (`models.population.peers.Baseline.directed`), NaN for missing.
    planted : (n,) int64
        Planted ring of each account, -1 for none; a proxy on its own is a ring of one.
    ring_of : (n,) int64
        Ring index, -1 for none.
    shape : mapping of (rings,) float64
        ``SHAPE_FEATURES`` of the rings.
    make : str
        Who made the world. What speaks for accounts is learnt from makes that count alike.
    """

    directed: NDArray[np.float32]
    planted: Integers
    ring_of: Integers
    shape: dict[str, Floats]
    make: str = ""

    @property
    def proxy(self) -> NDArray[np.bool_]:
        """Planted accounts, (n,)."""
        return self.planted >= 0

    @property
    def weight(self) -> Floats:
        """How much each account counts, (n,): planted ones by 1 / sqrt(size of their ring).

        A ring is found once, however large it is; planted accounts count 1 on average.
        """
        counts, proxy = np.ones(len(self.planted)), self.proxy
        if proxy.any():
            sizes = np.bincount(self.planted[proxy])
            counts[proxy] = 1.0 / np.sqrt(sizes[self.planted[proxy]])
            counts[proxy] /= counts[proxy].mean()
        return counts

    @property
    def bad_rings(self) -> NDArray[np.bool_]:
        """Rings more than half of whose members are planted, (rings,)."""
        inside = self.ring_of >= 0
        rings = len(self.shape["size"])
        count = np.bincount(self.ring_of[inside], minlength=rings)
        bad = np.bincount(self.ring_of[inside], weights=self.proxy[inside], minlength=rings)
        return bad * 2.0 > count


@dataclass(frozen=True)
class Prior:
    """Taught forests over named columns: one for accounts, one for rings.

    ``specs`` are the same features with family and suspicious side; empty in a prior of an
    earlier version, which wrote down names alone.
    """

    features: tuple[str, ...]
    accounts: ArrayForest
    rings: ArrayForest
    specs: tuple[FeatureSpec, ...] = ()

    def sides(self, found: Sequence[FeatureSpec]) -> tuple[FeatureSpec, ...]:
        """Return the prior's features; of names alone, those ``found`` are taken to be them."""
        return self.specs or tuple(spec for spec in found if spec.name in self.features)


def teach(
    worlds: Sequence[TaughtWorld],
    features: Sequence[FeatureSpec],
    *,
    seed: int = 0,
    rounds: int = ROUNDS,
) -> Prior:
    """Learn a prior from worlds with truth.

    Raises
    ------
    ValueError
        If the worlds hold no planted account, or no ring of either kind.
    """
    both = both_sided(features)
    against = [replace(world, directed=_without(world.directed, both)) for world in worlds]
    folds = [_folds(world, seed) for world in worlds]
    odds = [np.zeros(len(world.proxy)) for world in worlds]
    for fold in range(FOLDS):
        rest = [_rows(w, f != fold) for w, f in zip(against, folds, strict=True)]
        taught = _teach_accounts(rest, seed, rounds)
        for world, of, mine in zip(against, folds, odds, strict=True):
            own = of == fold
            mine[own] = taught.raw(world.directed)[own]
    whole = [_rows(world, np.ones(len(world.proxy), dtype=bool)) for world in against]
    standing = _standing(worlds, odds, both, seed)
    odds = [o + standing.added(w.directed) for w, o in zip(worlds, odds, strict=True)]
    accounts = standing.beside(_teach_accounts(whole, seed, rounds))
    names = tuple(spec.name for spec in features)
    return Prior(names, accounts, _teach_rings(worlds, odds, seed), tuple(features))


def _without(rows: NDArray[np.float32], both: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Rows whose two-sided columns are missing: no tree splits on what never varies."""
    bare: NDArray[np.float32] = np.where(both, np.float32(np.nan), rows)
    return bare


def _standing(
    worlds: Sequence[TaughtWorld], odds: Sequence[Floats], both: NDArray[np.bool_], seed: int
) -> Standing:
    """What speaks for accounts beyond these log odds, from makes that count alike."""
    proxy = np.concatenate([world.proxy for world in worlds])
    kept = _thinned(proxy, seed)
    rows = np.concatenate([world.directed for world in worlds])[kept]
    weight = np.concatenate(_alike(worlds))[kept]
    columns = np.flatnonzero(both)
    return Standing.fit(rows, columns, np.concatenate(odds)[kept], proxy[kept], weight)


def _alike(worlds: Sequence[TaughtWorld]) -> list[Floats]:
    """How much accounts count, by which the planted of every make weigh the same in sum."""
    sums: dict[str, float] = {}
    for world in worlds:
        own = float(world.weight[world.proxy].sum())
        sums[world.make] = sums.get(world.make, 0.0) + own
    known = [own for own in sums.values() if own > 0.0]
    each = sum(known) / max(len(known), 1)
    return [w.weight * (each / sums[w.make] if sums[w.make] else 1.0) for w in worlds]


def _rows(world: TaughtWorld, keep: NDArray[np.bool_]) -> _Lesson:
    return world.directed[keep], world.proxy[keep], world.weight[keep]


def _folds(world: TaughtWorld, seed: int) -> Integers:
    """A fold for each account; ring members go together."""
    alone = len(world.shape["size"]) + np.arange(len(world.ring_of))
    group = np.where(world.ring_of >= 0, world.ring_of, alone)
    draw = Stream(seed, 1 << 33).uniform(int(group.max()) + 1 if len(group) else 0)
    return (draw[group] * FOLDS).astype(np.int64)


def _teach_accounts(parts: Sequence[_Lesson], seed: int, rounds: int) -> ArrayForest:
    rows = np.concatenate([part[0] for part in parts])
    proxy = np.concatenate([part[1] for part in parts])
    weight = np.concatenate([part[2] for part in parts])
    kept = _thinned(proxy, seed)
    return taught_forest(rows[kept], proxy[kept], weight[kept], seed=seed, rounds=rounds)


def _thinned(proxy: NDArray[np.bool_], seed: int) -> Integers:
    """All planted rows and a few ordinary ones for each, in order."""
    ordinary = np.flatnonzero(~proxy)
    keys = Stream(seed, 1 << 34).uniform(len(ordinary))
    few = ordinary[np.argsort(keys, kind="stable")[: ORDINARY * int(proxy.sum())]]
    return np.sort(np.concatenate([np.flatnonzero(proxy), few])).astype(np.int64)


def _teach_rings(worlds: Sequence[TaughtWorld], odds: Sequence[Floats], seed: int) -> ArrayForest:
    rows = np.concatenate(
        [ring_rows(w.shape, w.ring_of, own) for w, own in zip(worlds, odds, strict=True)]
    )
    bad = np.concatenate([world.bad_rings for world in worlds])
    return taught_forest(rows.astype(np.float32), bad, seed=seed, rounds=RING_ROUNDS)
