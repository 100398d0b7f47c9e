"""Figures of one or many judged worlds, with a bootstrap over the planted rings.

Counts (rings, members, cases, archetypes) are pooled over the worlds; average precision and
AUROC are means over the worlds that hold a proxy, because ranks of two worlds do not
compare. The bootstrap draws rings, not accounts: members of one ring are not independent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from detector.evaluate.cases import Floats
from detector.evaluate.judge import Judgement, Reviewable

DRAWS: Final = 1000
LEAST_ACCOUNTS: Final = 20
Weights = list[Floats]
Figure = Callable[[Sequence[Judgement], Weights], Floats]


def summarise(worlds: Sequence[Judgement], *, seed: int = 0, draws: int = DRAWS) -> dict[str, Any]:
    """Compute the figures of the data contract over all the worlds given.

    Parameters
    ----------
    worlds : sequence of Judgement
    seed : int
        Seed of the bootstrap.
    draws : int
        Bootstrap draws behind ``ci90``.

    Returns
    -------
    dict
        JSON-ready. A figure that has no denominator (no ring, no victim) is None.
    """
    result: dict[str, Any] = {name: _point(worlds, figure) for name, figure in FIGURES.items()}
    result |= _by_ring(worlds) | _by_archetype(worlds) | _counts(worlds)
    result["ci90"] = _intervals(worlds, seed, draws)
    return result


def _ones(worlds: Sequence[Judgement]) -> Weights:
    return [np.ones((1, world.rings.size.size)) for world in worlds]


def _point(worlds: Sequence[Judgement], figure: Figure) -> float | None:
    return _plain(float(figure(worlds, _ones(worlds))[0]))


def _plain(value: float) -> float | None:
    return None if np.isnan(value) else value


def _ratio(top: Floats, bottom: Floats) -> Floats:
    out: Floats = np.full(np.broadcast(top, bottom).shape, np.nan)
    np.divide(top, bottom, out=out, where=bottom > 0)
    return out


def _average_precision(worlds: Sequence[Judgement], weights: Weights) -> Floats:
    return _mean([_world_precision(w, x) for w, x in zip(worlds, weights, strict=True)])


def _world_precision(world: Judgement, weights: Floats) -> Floats:
    """Average precision in the step form (scikit-learn's), proxies weighted by their ring."""
    proxies = world.proxies
    weight = weights[:, proxies.ring]
    up_to = np.cumsum(weight, axis=1)[:, proxies.end]
    precision = _ratio(up_to, up_to + proxies.ahead + proxies.beside)
    gained = np.where(weight > 0, weight * precision, 0.0)
    return _ratio(gained.sum(axis=1), weight.sum(axis=1))


def _auroc(worlds: Sequence[Judgement], weights: Weights) -> Floats:
    return _mean([_world_auroc(w, x) for w, x in zip(worlds, weights, strict=True)])


def _world_auroc(world: Judgement, weights: Floats) -> Floats:
    proxies = world.proxies
    weight = weights[:, proxies.ring]
    beaten = world.others - proxies.ahead - 0.5 * proxies.beside
    return _ratio((weight * beaten).sum(axis=1), weight.sum(axis=1) * world.others)


def _mean(figures: list[Floats]) -> Floats:
    table = np.vstack(figures)
    known = ~np.isnan(table)
    return _ratio(np.where(known, table, 0.0).sum(axis=0), known.sum(axis=0).astype(np.float64))


def _precision(worlds: Sequence[Judgement], weights: Weights) -> Floats:
    return _right([world.reviewable for world in worlds], weights)


def _precision_as_shown(worlds: Sequence[Judgement], weights: Weights) -> Floats:
    return _right([world.shown for world in worlds], weights)


def _right(reviewed: Sequence[Reviewable | None], weights: Weights) -> Floats:
    """Share of the reviewed cases that are correct; unknown where a world has no queues."""
    top: Floats = np.zeros(weights[0].shape[0])
    bottom = top.copy()
    for cases, weight in zip(reviewed, weights, strict=True):
        if cases is None:
            return np.full_like(top, np.nan)
        right = ((cases.chance * cases.correct) * (weight @ cases.rings.T)).sum(axis=1)
        top += right
        bottom += right + (cases.chance * ~cases.correct).sum()
    return _ratio(top, bottom)


def _recall(worlds: Sequence[Judgement], weights: Weights) -> Floats:
    pairs = [(w.proxies, x[:, w.proxies.ring]) for w, x in zip(worlds, weights, strict=True)]
    caught = [(weight * proxies.caught).sum(axis=1) for proxies, weight in pairs]
    return _ratio(np.sum(caught, axis=0), np.sum([x.sum(axis=1) for _, x in pairs], axis=0))


def _ring_recall(worlds: Sequence[Judgement], weights: Weights) -> Floats:
    return _found([world.rings.found for world in worlds], weights)


def _ring_recall_as_shown(worlds: Sequence[Judgement], weights: Weights) -> Floats:
    return _found([world.rings.found_as_shown for world in worlds], weights)


def _found(rings: Sequence[Floats], weights: Weights) -> Floats:
    found = [(weight * ring).sum(axis=1) for ring, weight in zip(rings, weights, strict=True)]
    return _ratio(np.sum(found, axis=0), np.sum([x.sum(axis=1) for x in weights], axis=0))


def _reason_hit(worlds: Sequence[Judgement], weights: Weights) -> Floats:
    top: Floats = np.zeros(weights[0].shape[0])
    bottom = top.copy()
    for world, weight in zip(worlds, weights, strict=True):
        proxies = world.proxies
        told = ~np.isnan(proxies.hit)
        caught = weight[:, proxies.ring] * np.where(told, proxies.caught, 0.0)
        top += (caught * np.where(told, proxies.hit, 0.0)).sum(axis=1)
        bottom += caught.sum(axis=1)
    return _ratio(top, bottom)


FIGURES: Final[dict[str, Figure]] = {
    "average_precision": _average_precision,
    "auroc": _auroc,
    "precision_at_capacity": _precision,
    "recall_at_capacity": _recall,
    "ring_recall": _ring_recall,
    "precision_as_shown": _precision_as_shown,
    "ring_recall_as_shown": _ring_recall_as_shown,
    "reason_hit": _reason_hit,
}


def _intervals(worlds: Sequence[Judgement], seed: int, draws: int) -> dict[str, list[float] | None]:
    sizes = [world.rings.size.size for world in worlds]
    total = sum(sizes)
    if total == 0:
        return dict.fromkeys(FIGURES)
    generator = np.random.default_rng(seed)
    drawn = generator.multinomial(total, np.full(total, 1.0 / total), size=draws)
    weights = np.split(drawn.astype(np.float64), np.cumsum(sizes)[:-1], axis=1)
    return {name: _interval(figure(worlds, weights)) for name, figure in FIGURES.items()}


def _interval(values: Floats) -> list[float] | None:
    known = values[~np.isnan(values)]
    if known.size == 0:
        return None
    low, high = np.quantile(known, [0.05, 0.95])
    return [float(low), float(high)]


def _by_ring(worlds: Sequence[Judgement]) -> dict[str, Any]:
    found = np.concatenate([world.rings.found for world in worlds])
    typology = [t for world in worlds for t in world.rings.typology]
    linkage = [kind for world in worlds for kind in world.rings.linkage]
    by_linkage = {
        f"ring_recall_{kind}": _share(found, linkage, kind)
        for kind in ("linked", "unlinked", "single")
    }
    return {
        "rings": int(found.size),
        "rings_found": float(found.sum()),
        "ring_recall_by_typology": {t: _share(found, typology, t) for t in sorted(set(typology))},
        "rings_by_typology": {t: typology.count(t) for t in sorted(set(typology))},
        **by_linkage,
    }


def _share(found: Floats, labels: list[str], wanted: str) -> float | None:
    chosen = found[np.array([label == wanted for label in labels], dtype=bool)]
    return float(chosen.mean()) if chosen.size else None


def _by_archetype(worlds: Sequence[Judgement]) -> dict[str, Any]:
    """Flag rates of the innocent within a review budget of 1 % of the accounts."""
    pooled: dict[str, Floats] = {}
    for world in worlds:
        for name, counts in world.archetypes.items():
            pooled[name] = pooled.get(name, np.zeros(3)) + counts
    total = np.sum(list(pooled.values()), axis=0) if pooled else np.zeros(3)
    base = total[1] / total[0] if total[0] else 0.0
    table = {name: _flags(pooled[name], base) for name in sorted(pooled)}
    enough = {name: row for name, row in table.items() if row["accounts"] >= LEAST_ACCOUNTS}
    ranked = sorted((enough or table).items(), key=lambda item: (-item[1]["flag_rate"], item[0]))
    worst = {"archetype": ranked[0][0], **ranked[0][1]} if ranked else None
    return {"worst_archetype": worst, "flag_rate_by_archetype": table, "base_flag_rate": base}


def _flags(counts: Floats, base: float) -> dict[str, Any]:
    rate = float(counts[1] / counts[0])
    return {
        "accounts": int(counts[0]),
        "flag_rate": rate,
        "ratio": float(rate / base) if base else None,
        "proxy_queue_rate": float(counts[2] / counts[0]),
    }


def _counts(worlds: Sequence[Judgement]) -> dict[str, Any]:
    victims = np.sum([world.victims for world in worlds], axis=0)
    queue = np.sum([world.queue for world in worlds], axis=0)
    return {
        "worlds": len(worlds),
        "capacity": worlds[0].capacity,
        "accounts": sum(world.accounts for world in worlds),
        "cases": sum(world.cases for world in worlds),
        "without_truth": sum(world.untold for world in worlds),
        "without_score": sum(world.unscored for world in worlds),
        "proxies": int(queue[0]),
        "victims": int(victims[0]),
        "victims_in_proxy_queue": float(victims[1] / victims[0]) if victims[0] else None,
        "proxy_queue": int(queue[2]),
        "proxy_queue_false_share": float(1 - queue[1] / queue[2]) if queue[2] else None,
    }
