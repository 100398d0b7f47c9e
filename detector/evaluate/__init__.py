"""The judge: what a set of scores found, missed and wronged, in a world whose truth is known.

A *case* is a predicted ring, or an account without one, placed by the best rank of its
members; accounts in queue victim or other come last. A case is correct if more than half of
its members are proxies. A planted ring is found if a correct case with at least one of its
members is among the first ``capacity``. A proxy without a ring is a ring of one.

That is the order of rank, over all accounts: how well the detector ranks. A reviewer works down
the page, which holds queued cases alone, by queue and then by rank: ``precision_as_shown`` and
``ring_recall_as_shown`` are the same figures over the first ``capacity`` cases in that order.

That is one look. What a team finds in weeks of review, and what learning from its decisions
adds, stands in ``detector.evaluate.weekly``.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from detector.evaluate.judge import Judgement, judge
from detector.evaluate.pooled import summarise
from detector.evaluate.rendering import render
from detector.evaluate.tables import Table

__all__ = ["Judgement", "evaluate", "judge", "render", "summarise"]


def evaluate(
    scores: Table,
    truth: Table,
    capacity: int = 50,
    *,
    links: pl.DataFrame | None = None,
    seed: int = 0,
) -> dict[str, Any]:
    """Judge one set of scores against the truth of its world.

    Parameters
    ----------
    scores, truth : path or DataFrame
        Tables of the data contract, Parquet or CSV, or frames; of scores also a run's folder.
    capacity : int
        Cases that can be reviewed.
    links : DataFrame, optional
        ``account_links`` of the world, to tell linked rings from unlinked ones.
    seed : int
        Seed of the bootstrap behind ``ci90``.

    Returns
    -------
    dict
        ``average_precision``, ``auroc`` (over accounts in order of review),
        ``precision_at_capacity`` (correct cases among the first ``capacity``),
        ``recall_at_capacity`` (proxies who are in them), ``ring_recall``,
        ``ring_recall_by_typology``, ``precision_as_shown`` and ``ring_recall_as_shown`` (of the
        first ``capacity`` cases of the reviewer's page), ``worst_archetype`` (highest flag
        rate of the innocent at a review budget of 1 % of accounts),
        ``victims_in_proxy_queue`` (share of victims), ``reason_hit`` (share of found proxies
        whose planted mechanism's family is among the first three), ``ci90`` and counts. A
        figure without denominator is None.

    Raises
    ------
    DataError
        If a file or a column is missing or holds something else, an account appears twice,
        or the truth is of other accounts.
    UsageError
        If capacity is not positive.

    Examples
    --------
    >>> scores = pl.DataFrame({"account_id": ["a", "b", "c"], "rank": [1, 2, 3]})
    >>> truth = pl.DataFrame({
    ...     "account_id": ["a", "b", "c"], "is_proxy": [False, True, False],
    ...     "role": ["benign", "proxy", "benign"], "typology": [None, "T02", None],
    ...     "ring_id": [None, "R1", None], "archetype": ["lab", None, "shop"]})
    >>> result = evaluate(scores, truth, capacity=2)
    >>> result["ring_recall"], result["precision_at_capacity"], result["auroc"]
    (1.0, 0.5, 0.5)
    """
    return summarise([judge(scores, truth, capacity, links=links)], seed=seed)
