"""Whose features change with an account's rows, and whose rows these features read.

Most families look at one account at a time. Some compare accounts below one payer, with one
instrument or on one device: there the others' features change too (``reached``), and reading
them right needs the rows of everybody that they are compared with (``read``). A few facts hold
for the whole population, such as when a model was first seen: the rows of whoever witnesses
them are read as well. What compares everybody with everybody is computed for all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import polars as pl

from features.build import REGISTRY
from features.linkage import components
from features.registry import Reach
from features.rollups import Rollups
from features.shapes import DATING, SHAPES

Ids = pl.DataFrame
# Frames of pairs of accounts: small beside the others, and read whole.
WHOLE: Final = ("edges", "pairs", "moves", "future_accounts", "inventory")


@dataclass(frozen=True)
class Scope:
    """Accounts whose features are computed, and accounts whose rows are read for that.

    None is everybody.
    """

    reached: Ids | None
    read: Ids | None


def restricted(rollups: Rollups, ids: Ids) -> Rollups:
    """The rows of some accounts, in the order that a batch has them in."""
    frames = {
        name: frame if name in WHOLE else in_order(name, of(frame, ids))
        for name, frame in rollups.frames.items()
    }
    return replace(rollups, frames=frames)


def in_order(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Sort a rollup's rows by its keys."""
    return frame.sort(list(SHAPES[name].keys), nulls_last=False) if name in SHAPES else frame


def of(frame: pl.DataFrame, ids: Ids, column: str = "account_id") -> pl.DataFrame:
    """The rows of some accounts."""
    return frame.filter(pl.col(column).is_in(ids["account_id"].implode()))


def union(*parts: Ids) -> Ids:
    """Each account once."""
    return pl.concat([part.select("account_id").drop_nulls() for part in parts]).unique()


def together(before: pl.DataFrame, now: pl.DataFrame, ids: Ids) -> Scope:
    """Scope where what accounts share (columns ``account_id``, ``shared``) ties them.

    Reached is who shares anything with what ``ids`` have or had; read is who shares with those.
    Nobody but ``ids`` has other ties than before.
    """
    ties = pl.concat([of(before, ids), of(now, ids)])
    reached = union(ids, _sharing(now, ties))
    return Scope(reached, union(reached, _sharing(now, of(now, reached))))


def _sharing(now: pl.DataFrame, ties: pl.DataFrame) -> Ids:
    return now.filter(pl.col("shared").is_in(ties["shared"].unique().implode()))


def payers(usage: pl.DataFrame) -> pl.DataFrame:
    """Accounts by who pays for them, from charges."""
    return usage.select("account_id", shared="payer_id").unique()


def with_payers_themselves(ties: pl.DataFrame) -> pl.DataFrame:
    """A payer's own record is tied to the accounts below it by its id."""
    return pl.concat([ties, ties.select(account_id="shared", shared="shared").unique()])


def instruments(rollups: Rollups) -> pl.DataFrame:
    """Accounts by their means of payment in the window."""
    paid = rollups.window("payments").select("account_id", shared="instrument_hash")
    return paid.drop_nulls().unique()


def linked(rollups: Rollups) -> pl.DataFrame:
    """Accounts by the pairs with some evidence, and by the groups, that they are part of."""
    pair = pl.concat_str("a", "b", separator="\n")
    found = [rollups["moves"].select(account_id=end, shared=pair) for end in "ab"]
    groups = components(rollups["pairs"]).select("account_id", shared="component")
    return pl.concat([*found, groups]).unique()


def first_seen(rollups: Rollups) -> pl.DataFrame:
    """Who was seen first of all: ``account_id`` and ``first``, at most one of each rollup."""
    found = [
        rollups[name].select("account_id", "first").filter(pl.col("first") == pl.col("first").min())
        for name in DATING
    ]
    return pl.concat([frame.sort("account_id").head(1) for frame in found])


def model_sights(rollups: Rollups) -> pl.DataFrame:
    """Who used each model first: ``model_id``, ``first`` and ``account_id``."""
    uses = rollups["model"].group_by("model_id", "account_id").agg(pl.col("first").min())
    return uses.sort("model_id", "first", "account_id").unique(
        "model_id", keep="first", maintain_order=True
    )


@dataclass(frozen=True)
class Landmarks:
    """Facts that hold for the whole population, and who witnesses them."""

    first: pl.DataFrame
    sights: pl.DataFrame

    @classmethod
    def of(cls, rollups: Rollups) -> Landmarks:
        """Those of a population."""
        return cls(first_seen(rollups), model_sights(rollups))

    @property
    def witnesses(self) -> Ids:
        """Accounts whose rows show these facts."""
        return union(self.first, self.sights)

    def stand(self, now: Landmarks) -> bool:
        """Whether they are the same now; a model that is new, or gone, moves none of the others."""
        both = self.sights.join(now.sights, on="model_id", suffix="_now")
        moved = both.filter(pl.col("first") != pl.col("first_now"))
        return (
            self.first["first"].min() == now.first["first"].min()
            and self.sights["first"].min() == now.sights["first"].min()
            and moved.is_empty()
        )


def scopes(
    before: Rollups, now: Rollups, ties: tuple[pl.DataFrame, pl.DataFrame], ids: Ids, moved: Ids
) -> Mapping[str, Scope]:
    """The scope of every family, by its id, as its declared reach says.

    ``ties`` are ``payers`` before and now, ``moved`` the accounts whose links are not what
    they were.
    """
    reaches = {family.id: family.reach_in(before, now) for family in REGISTRY.families}
    found = {reach: _scope(reach, before, now, ties, ids, moved) for reach in {*reaches.values()}}
    return {family: found[reach] for family, reach in reaches.items()}


def _scope(
    reach: Reach, before: Rollups, now: Rollups, ties: tuple[pl.DataFrame, pl.DataFrame],
    ids: Ids, moved: Ids,
) -> Scope:  # fmt: skip
    match reach:
        case Reach.OWN:
            return Scope(ids, ids)
        case Reach.PAYER:
            paid, pays = (with_payers_themselves(t) for t in ties)
            return together(paid, pays, ids)
        case Reach.INSTRUMENT:
            return together(instruments(before), instruments(now), ids)
        case Reach.LINKED:
            return together(linked(before), linked(now), union(ids, moved))
        case Reach.EVERYBODY:
            return Scope(None, None)
