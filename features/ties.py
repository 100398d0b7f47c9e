"""Who is tied to whom: whose rows the features of an account are made from, by a family's reach.

Ties are rows of ``account_id`` and ``shared``: accounts with a common ``shared`` are tied.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import polars as pl

from features.devices import DEVICE, machines
from features.graph import components
from features.grouping import key_hash
from features.population import Population
from features.registry import Reach
from features.rollups import Rollups
from features.templates import MOULD

Ids = pl.DataFrame
"""Accounts: a frame with ``account_id``."""


def by_payer(population: Population) -> pl.DataFrame:
    """Accounts by who pays for them, and payers' own records by their id."""
    paid = population.payers.select("account_id", shared="payer_id")
    themselves = paid.select(account_id="shared", shared="shared").unique()
    return pl.concat([paid, themselves])


def by_instrument(population: Population) -> pl.DataFrame:
    """Accounts by their means of payment in the window."""
    paid = population.rollups.window("payments")
    return paid.select("account_id", shared="instrument_hash").drop_nulls().unique()


def by_link(population: Population) -> pl.DataFrame:
    """Accounts by the pairs with some evidence, and by the groups, that they are part of."""
    return pl.concat([by_pair(population), by_group(population)]).unique()


def by_pair(population: Population) -> pl.DataFrame:
    """Accounts by the pairs with some evidence that they are part of."""
    pair = pl.concat_str("a", "b", separator="\n")
    return pl.concat(population.moves.select(account_id=end, shared=pair) for end in "ab")


def by_group(population: Population) -> pl.DataFrame:
    """Accounts by the linked groups that they are part of."""
    return components(population.pairs).select("account_id", shared="component")


def by_mould(population: Population) -> pl.DataFrame:
    """Accounts by the templates that they use; where two hashes are alike, one too many is tied."""
    used = population.rollups["templates"]
    return used.select("account_id", shared=key_hash(MOULD, seed=0)).unique()


def by_machine(population: Population) -> pl.DataFrame:
    """Accounts by the machines that they held, together with those that hang together with them."""
    return holders(population.rollups, hosts(population.rollups))


def hosts(rollups: Rollups) -> pl.DataFrame:
    """``features.devices.machines`` of all that was held, and of what names no account."""
    nameless = rollups["telemetry"].filter(pl.col("account_id").is_null())
    return machines(nameless, rollups["inventory"])


def holders(rollups: Rollups, known: pl.DataFrame) -> pl.DataFrame:
    """Accounts by the machines that they held; ``known`` are the ``hosts`` of the rollups."""
    held = rollups["inventory"].join(known, on=DEVICE, nulls_equal=True)
    return held.select("account_id", shared="machine").unique()


TIES: Final[Mapping[Reach, Callable[[Population], pl.DataFrame]]] = {
    Reach.PAYER: by_payer,
    Reach.INSTRUMENT: by_instrument,
    Reach.LINKED: by_link,
    Reach.MOULD: by_mould,
    Reach.MACHINE: by_machine,
}
"""What ties accounts, for each reach between an account's own rows and everybody's."""


def of(frame: pl.DataFrame, ids: Ids, column: str = "account_id") -> pl.DataFrame:
    """The rows of some accounts."""
    return frame.filter(pl.col(column).is_in(ids["account_id"].implode()))


def both_in(ids: Ids) -> pl.Expr:
    """Whether both accounts of a pair (``a``, ``b``) are among some."""
    among = ids["account_id"].implode()
    return pl.col("a").is_in(among) & pl.col("b").is_in(among)


def either_in(ids: Ids) -> pl.Expr:
    """Whether any of the two accounts of a pair (``a``, ``b``) is among some."""
    among = ids["account_id"].implode()
    return pl.col("a").is_in(among) | pl.col("b").is_in(among)


def union(*parts: Ids) -> Ids:
    """Each account once."""
    return pl.concat([part.select("account_id").drop_nulls() for part in parts]).unique()


def sharing(ties: pl.DataFrame, held: pl.DataFrame) -> Ids:
    """Whoever shares anything of what is ``held`` (rows of ties)."""
    return ties.filter(pl.col("shared").is_in(held["shared"].unique().implode()))


def company(ties: pl.DataFrame, ids: Ids) -> Ids:
    """Some accounts and all that are tied to them."""
    return union(ids, sharing(ties, of(ties, ids)))


def unlike(old: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    """Rows that stand in one of two frames alone."""
    found = [
        one.join(other, on=one.columns, how="anti", nulls_equal=True)
        for one, other in ((old, new), (new, old))
    ]
    return pl.concat(found)
