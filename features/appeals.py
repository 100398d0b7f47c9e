"""Upheld appeals: evidence that was there when an appeal was upheld ties the account to nobody.

An appeal answers the evidence of its day. While it holds (``features.decided.spared``), kinds of
identifier that tied the account to anybody by then count neither for it nor against those whom it
is tied to. A kind of which it shared nothing at the time is new evidence, and counts as ever.

An identifier was there when the account itself had shown it. Records also carry an appeal to the
account that a customer opens after it: whatever either account of a pair had shown by then is
that customer's and was there.
"""

from __future__ import annotations

import polars as pl

from features.blocks import Keep, Rows, each, of_each
from features.decided import spared
from features.evidence import shown_by, sightings
from features.rollups import Rollups


def settled(edge_rows: Rows, rollups: Rollups, keep: Keep = pl.concat) -> Rows:
    """Mark ties as explained that an upheld appeal has answered.

    Parameters
    ----------
    edge_rows
        ``features.evidence.edges`` of the rollups.
    """
    heard = spared(rollups)
    touching = of_each(edge_rows, lambda block: _touching(block, heard))
    if touching.is_empty():
        return edge_rows
    known = _known_kinds(touching, rollups)
    answered = (
        touching.join(known, on=["account_id", "kind"], how="semi")
        .select("a", "b", "kind")
        .unique()
    )
    return keep(_with_answers(block, answered) for block in each(edge_rows))


def _with_answers(edge_rows: pl.DataFrame, answered: pl.DataFrame) -> pl.DataFrame:
    return (
        edge_rows.join(
            answered.with_columns(answered=True), on=["a", "b", "kind"], how="left",
            maintain_order="left",
        )
        .with_columns(explained=pl.col("explained") | pl.col("answered").fill_null(False))
        .drop("answered")
    )  # fmt: skip


def _touching(edge_rows: pl.DataFrame, heard: pl.DataFrame) -> pl.DataFrame:
    """Ties of spared accounts: ``account_id``, ``heard_at``, ``other`` and those of the tie."""
    ids = heard["account_id"].implode()
    both = [
        edge_rows.filter(pl.col(own).is_in(ids)).select(
            "a", "b", "kind", account_id=own, other=other
        )
        for own, other in (("a", "b"), ("b", "a"))
    ]
    return pl.concat(both).join(heard, on="account_id")


def asked_of(edge_rows: Rows, heard: pl.DataFrame) -> pl.DataFrame:
    """Accounts (``account_id``) of which it is asked what they had shown when appeals were upheld.

    ``heard`` are the accounts that are spared (``features.decided.spared``).
    """
    touching = of_each(edge_rows, lambda block: _touching(block, heard))
    return pl.concat([touching.select("account_id"), touching.select(account_id="other")]).unique()


def _known_kinds(touching: pl.DataFrame, rollups: Rollups) -> pl.DataFrame:
    """Kinds that tied a spared account to anybody when its appeal was upheld."""
    ids = pl.concat([touching["account_id"], touching["other"]]).unique()
    seen = sightings(shown_by(rollups, ids)).select("account_id", "kind", "value", "first")
    made = rollups["accounts"].select("account_id", "created_at")
    shared = (
        touching.join(seen, on=["account_id", "kind"])
        .join(
            seen.rename({"account_id": "other", "first": "first_other"}),
            on=["other", "kind", "value"],
        )
        .join(made, on="account_id", how="left")
    )
    earlier = (pl.col("created_at") > pl.col("heard_at")).fill_null(False)
    there = (pl.col("first") <= pl.col("heard_at")) | (
        earlier & (pl.col("first_other") <= pl.col("heard_at"))
    )
    return shared.filter(there).select("account_id", "kind").unique()
