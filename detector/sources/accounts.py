"""Accounts: one row each. Identical rows collapse, conflicting ones are all set aside."""

from __future__ import annotations

import polars as pl


def settle(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    """Split account rows into one per account and the conflicting ones.

    Parameters
    ----------
    rows
        Normalised accounts with ``_file`` and ``_row``, in order of reading.

    Returns
    -------
    kept, conflicting, collapsed
        ``kept`` in the order of first sight; how many identical rows were left out.
    """
    facts = [c for c in rows.columns if c not in ("_file", "_row")]
    distinct = rows.unique(subset=facts, keep="first", maintain_order=True)
    clashing = distinct.filter(pl.col("account_id").is_duplicated())["account_id"].unique()
    conflict = pl.col("account_id").is_in(clashing.implode())
    conflicting = rows.filter(conflict)
    kept = distinct.filter(~conflict)
    return kept, conflicting, rows.height - conflicting.height - kept.height
