"""The graph of linked accounts: components, best paths and spreading suspicion (scipy only)."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from features.evidence import accepted
from features.numbering import Numbered, Places, number

# Pairs below this are no path and carry nothing on.
FAINT: Final = 0.01
# Less mass than this is no suspicion.
TRACE: Final = 1e-4
FOLLOW: Final = 0.5
STEPS: Final = 20
# exp(-5): a path of less than 0.7 % is as good as none.
FARTHEST: Final = 5.0


def components(linked: pl.DataFrame) -> pl.DataFrame:
    """Connected components of accepted pairs.

    Returns
    -------
    pl.DataFrame
        ``account_id`` and ``component``: the smallest account id of the component.
    """
    kept = linked.filter(accepted())
    if kept.is_empty():
        return pl.DataFrame(schema={"account_id": pl.String, "component": pl.String})
    ends = number(kept["a"], kept["b"])
    smallest = _smallest_member(ends.left, ends.right, len(ends.ids))
    return pl.DataFrame({"account_id": ends.ids, "component": ends.ids.gather(smallest)})


def _smallest_member(left: Places, right: Places, count: int) -> Places:
    """For each of ``count`` nodes, the smallest node of its component.

    Each root with a smaller neighbour hooks to the smallest one, chains are cut short, and
    pairs within one tree are dropped. At least every second root with a neighbour goes within
    two rounds, so that few rounds do, whatever the order.
    """
    root = np.arange(count, dtype=np.int32)
    while len(left):
        np.minimum.at(root, np.maximum(left, right), np.minimum(left, right))
        while not np.array_equal(root, above := root[root]):
            root = above
        left, right = root[left], root[right]
        apart = left != right
        left, right = left[apart], right[apart]
    return root


def _graph(ends: Numbered, weights: NDArray[np.float64]) -> csr_array:
    count = len(ends.ids)
    return csr_array((weights, (ends.left, ends.right)), shape=(count, count))


def nearness(linked: pl.DataFrame, seeds: pl.DataFrame) -> pl.DataFrame:
    """Probability of the best evidence path from each account to a confirmed one.

    A path's probability is the product of its pairs' posteriors: Dijkstra on ``-log p``.
    An account's own decision never feeds its own value: a confirmed account is near only
    through its direct pairs with other confirmed accounts.
    """
    kept = linked.filter(pl.col("posterior") > FAINT)
    ends = number(kept["a"], kept["b"])
    ids = ends.ids
    known = ids.is_in(seeds["account_id"].implode())
    if ids.is_empty() or not known.any():
        return pl.DataFrame(schema={"account_id": pl.String, "nearness": pl.Float64})
    cost = -np.log(np.minimum(kept["posterior"].to_numpy(), 1.0 - 1e-9))
    graph = _graph(ends, cost)
    starts = np.flatnonzero(known.to_numpy())
    distance = dijkstra(graph, directed=False, indices=starts, min_only=True, limit=FARTHEST)
    near = pl.DataFrame({"account_id": ids, "nearness": np.exp(-distance)})
    direct = (
        _direct(kept, seeds)
        .join(seeds.select("account_id"), on="account_id", how="semi")
        .group_by("account_id")
        .agg(pl.col("posterior").max().alias("nearness"))
    )
    others = near.join(seeds, on="account_id", how="anti")
    return pl.concat([others, direct]).sort("account_id")


def _direct(kept: pl.DataFrame, seeds: pl.DataFrame) -> pl.DataFrame:
    """Pairs seen from each end whose other end is confirmed."""
    both = pl.concat(
        [kept.select(account_id="a", other="b", posterior="posterior"),
         kept.select(account_id="b", other="a", posterior="posterior")]
    )  # fmt: skip
    return both.join(seeds.select(other="account_id", since="since"), on="other", how="inner").sort(
        "account_id", "other"
    )


def suspicion(linked: pl.DataFrame, seeds: pl.DataFrame) -> pl.DataFrame:
    """Sub-stochastic personalised PageRank from the confirmed accounts.

    Weights are the pairs' posteriors, each row divided by its sum but never by less than 1:
    weak evidence leaks away instead of being blown up to certainty. One confirmed account
    starts with 1. A confirmed account gets what comes from other confirmed ones directly.

    Returns
    -------
    pl.DataFrame
        ``account_id`` and ``suspicion`` (at least 0).
    """
    kept = linked.filter(pl.col("posterior") > FAINT)
    ends = number(kept["a"], kept["b"])
    ids = ends.ids
    known = ids.is_in(seeds["account_id"].implode()).to_numpy()
    if ids.is_empty() or not known.any():
        return pl.DataFrame(schema={"account_id": pl.String, "suspicion": pl.Float64})
    one_way = _graph(ends, kept["posterior"].to_numpy())
    weights = (one_way + one_way.T).tocsr()
    leak = np.maximum(weights.sum(axis=1), 1.0)
    inward = (weights.multiply(1.0 / leak[:, None])).T.tocsr()
    start = known.astype(np.float64)
    mass = start.copy()
    for _ in range(STEPS):
        mass = (1.0 - FOLLOW) * start + FOLLOW * (inward @ mass)
    own = FOLLOW * (1.0 - FOLLOW) * (inward @ start)
    felt = np.where(known, own, mass)
    return pl.DataFrame({"account_id": ids, "suspicion": np.where(felt < TRACE, 0.0, felt)})


def returned(linked: pl.DataFrame, seeds: pl.DataFrame, created: pl.DataFrame) -> pl.DataFrame:
    """How surely and how soon an account was opened after a linked one was shut.

    Returns
    -------
    pl.DataFrame
        ``account_id`` and ``returned``: the largest ``posterior / (1 + days / 30)`` over
        confirmed partners known as such before this account was created.
    """
    opened = _direct(linked.filter(pl.col("posterior") > FAINT), seeds).join(
        created.select("account_id", "created_at"), on="account_id"
    )
    after = opened.filter(pl.col("created_at") >= pl.col("since"))
    days = (pl.col("created_at") - pl.col("since")).dt.total_seconds() / 86_400.0
    return (
        after.group_by("account_id")
        .agg((pl.col("posterior") / (1.0 + days / 30.0)).max().alias("returned"))
        .sort("account_id")
    )
