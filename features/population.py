"""All accounts as of one moment: their rollups, and what ties them to each other."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from features.appeals import settled
from features.blocks import Keep, Rows, each
from features.coincidences import with_coincidences
from features.evidence import EDGE_SCHEMA, edges, pairs
from features.grouping import compact, in_blocks
from features.partners import PAIR_SCHEMA, partner_moves
from features.rollups import Rollups
from features.spells import Used


@dataclass(frozen=True)
class Population:
    """The rollups of all accounts, and what they make of each two of them.

    Parameters
    ----------
    rollups
        Sums of the rows of each account.
    payers
        ``account_id`` and ``payer_id`` of all charges, each two once, in no order.
    edges
        Pairs of accounts and the identifiers that link them (``settled_edges``).
    pairs
        Unexplained pairs with their evidence added up (``features.evidence.pairs``), and whether
        a coincidence stands beside it (``features.coincidences``).
    moves
        How the pairs with some evidence move together (``features.partners``).
    used
        What accounts used (``features.spells``), where that is kept from run to run.
    """

    rollups: Rollups
    payers: pl.DataFrame
    edges: Rows
    pairs: Rows
    moves: pl.DataFrame
    used: Used | None = None

    @classmethod
    def of(cls, rollups: Rollups, keep: Keep = pl.concat) -> Population:
        """Tie the accounts of finished rollups, once for features and rings.

        ``keep`` keeps what there is of each two accounts, which may be more than can be held.
        """
        paid = pl.concat(payers(piece["usage"]) for piece in rollups.pieces("usage"))
        found = settled_edges(rollups, paid, keep)
        linked = linked_pairs(found, rollups, keep)
        moves = partner_moves(rollups, linked)
        told = with_coincidences(linked, moves, rollups["accounts"], keep)
        return cls(rollups, paid, found, told, moves)

    @classmethod
    def apart(cls, rollups: Rollups) -> Population:
        """Accounts of which nobody asks what ties them: enough where each is read alone."""
        nothing = pairs(EDGE_SCHEMA.to_frame(), 0).with_columns(coincident=pl.lit(False))
        nobody = payers(rollups["usage"].clear())
        return cls(rollups, nobody, EDGE_SCHEMA.to_frame(), nothing, PAIR_SCHEMA.to_frame())

    @property
    def future_accounts(self) -> pl.DataFrame:
        """Accounts that are created after as-of: what names them already is not to be scored."""
        return self.rollups["future_accounts"]


def payers(usage: pl.DataFrame) -> pl.DataFrame:
    """``account_id`` and ``payer_id`` of charges, each two once, in no order."""
    return compact(usage.select("account_id", "payer_id").unique())


def settled_edges(rollups: Rollups, paid: pl.DataFrame, keep: Keep = pl.concat) -> Rows:
    """``features.evidence.edges``; what an upheld appeal has answered counts as explained."""
    return settled(edges(rollups, paid, keep), rollups, keep)


def linked_pairs(edge_rows: Rows, rollups: Rollups, keep: Keep = pl.concat) -> Rows:
    """``pairs`` of edges, weighed for as many accounts as are on record."""
    accounts = max(rollups["accounts"].height, 2)
    each_one = pl.ones(pl.len(), dtype=pl.Int64)
    return keep(
        pairs(block, accounts)
        for rows in each(edge_rows)
        for block in in_blocks(rows, ["a"], each_one)
    )
