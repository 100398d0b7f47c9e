"""The graph of linked accounts: components, and what decisions say of accounts nearby."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from features.blocks import Rows
from features.evidence import accepted
from features.numbering import Places, number

# What each step away from a confirmed account is worth of the one before; there are no more.
FADES: Final = (1.0, 0.5)


def components(linked: Rows) -> pl.DataFrame:
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
    smallest = smallest_member(ends.left, ends.right, len(ends.ids))
    return pl.DataFrame({"account_id": ends.ids, "component": ends.ids.gather(smallest)})


def smallest_member(left: Places, right: Places, count: int) -> Places:
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


def around(linked: Rows, seeds: pl.DataFrame) -> pl.DataFrame:
    """What decisions say of accounts near confirmed ones.

    Only accepted pairs lead anywhere, over ``FADES`` steps at most, each after the first worth
    a part of the one before. Whoever reaches an account is in its component, and a ring counts
    once: several confirmed members say no more than the one of them that says most. An account's
    own decision never feeds its own value: a confirmed account is near only through its direct
    pairs with other confirmed accounts.

    Parameters
    ----------
    linked
        Pairs of accounts and their posterior.
    seeds
        From ``features.evidence.confirmed``.

    Returns
    -------
    pl.DataFrame
        ``account_id``; ``nearness``: the product of the posteriors on the best way to a
        confirmed account; ``suspicion``: a confirmed account hands on 1, shared out among the
        pairs of each account on the way.
    """
    ways = _ways(linked)
    reached, found = seeds.select("account_id", nearness=1.0, suspicion=1.0), []
    for fade in FADES:
        reached = _step(ways, reached).with_columns(pl.col("nearness", "suspicion") * fade)
        found.append(reached)
        reached = reached.join(seeds, on="account_id", how="anti")
    direct, *later = found
    later = [step.join(seeds, on="account_id", how="anti") for step in later]
    return (
        pl.concat([direct, *later])
        .group_by("account_id")
        .agg(pl.col("nearness", "suspicion").max())
        .sort("account_id")
    )


def _ways(linked: Rows) -> pl.DataFrame:
    """Accepted pairs seen from each end: ``account_id``, ``other``, ``posterior``.

    ``share`` is the part of what ``other`` hands on that comes over this pair: never more than
    the posterior, so that weak evidence leaks away instead of being blown up to certainty.
    """
    kept = linked.filter(accepted())
    ends = [
        kept.select("posterior", account_id=own, other=other)
        for own, other in (("a", "b"), ("b", "a"))
    ]
    whole = pl.col("posterior").sum().over("other")
    return (
        pl.concat(ends)
        .sort("other", "account_id")
        .with_columns(share=pl.col("posterior") / whole.clip(lower_bound=1.0))
        .select("account_id", "other", "posterior", "share")
    )


def _step(ways: pl.DataFrame, held: pl.DataFrame) -> pl.DataFrame:
    """What accounts get from those that hold something: the most that one hands on."""
    return (
        ways.join(held.rename({"account_id": "other"}), on="other")
        .group_by("account_id")
        .agg(
            (pl.col("posterior") * pl.col("nearness")).max().alias("nearness"),
            (pl.col("share") * pl.col("suspicion")).max().alias("suspicion"),
        )
    )


def returned(linked: Rows, seeds: pl.DataFrame, created: pl.DataFrame) -> pl.DataFrame:
    """How surely and how soon an account was opened after a linked one was shut.

    Returns
    -------
    pl.DataFrame
        ``account_id`` and ``returned``: the largest ``posterior / (1 + days / 30)`` over
        confirmed partners known as such before this account was created.
    """
    opened = (
        _ways(linked)
        .join(seeds.select("since", other="account_id"), on="other")
        .join(created.select("account_id", "created_at"), on="account_id")
    )
    after = opened.filter(pl.col("created_at") >= pl.col("since"))
    days = (pl.col("created_at") - pl.col("since")).dt.total_seconds() / 86_400.0
    return (
        after.group_by("account_id")
        .agg((pl.col("posterior") / (1.0 + days / 30.0)).max().alias("returned"))
        .sort("account_id")
    )
