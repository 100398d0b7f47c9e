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

from features.linkage import components
from features.rollups import Rollups
from features.shapes import SHAPES

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

    Reached is who shares anything with ``ids``, before or now; read is who shares with those.
    """
    ties = pl.concat([before, now]).drop_nulls().unique()
    reached = union(ids, _sharing(ties, ids))
    return Scope(reached, union(reached, _sharing(now.drop_nulls(), reached)))


def _sharing(ties: pl.DataFrame, ids: Ids) -> Ids:
    shared = of(ties, ids).select("shared").unique()
    return ties.join(shared, on="shared", how="semi").select("account_id").unique()


def payers(rollups: Rollups) -> pl.DataFrame:
    """Accounts by who pays for them; a payer's own record is tied to them by its id."""
    below = rollups["usage"].select("account_id", shared="payer_id").unique()
    return pl.concat([below, below.select(account_id="shared", shared="shared").unique()])


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
        for name in ("usage", "model", "events")
    ]
    return pl.concat([frame.sort("account_id").head(1) for frame in found])


def model_sights(rollups: Rollups) -> pl.DataFrame:
    """Who used each model first: ``model_id``, ``first`` and ``account_id``."""
    uses = rollups["model"].group_by("model_id", "account_id").agg(pl.col("first").min())
    return uses.sort("model_id", "first", "account_id").unique(
        "model_id", keep="first", maintain_order=True
    )


def same_sights(before: Rollups, now: Rollups) -> bool:
    """Whether the facts that hold for the whole population stand."""
    times = [
        (first_seen(r)["first"].min(), r["model"]["first"].min(), model_sights(r))
        for r in (before, now)
    ]
    (seen, start, old), (seen_now, start_now, new) = times
    both = old.join(new, on="model_id", suffix="_now")
    moved = both.filter(pl.col("first") != pl.col("first_now"))
    return seen == seen_now and start == start_now and moved.is_empty()


def scopes(before: Rollups, now: Rollups, ids: Ids, moved: Ids) -> Mapping[str, Scope]:
    """The scope of each family; those that are not named look at one account at a time.

    ``moved`` are the accounts whose links are not what they were.
    """
    everybody = Scope(None, None)
    unnamed = now["telemetry"]["account_id"].null_count() > 0
    return {
        "F03": together(instruments(before), instruments(now), ids),
        "F04": together(payers(before), payers(now), ids),
        "F05": Scope(ids, union(ids, first_seen(now))),
        "F08": everybody if unnamed else Scope(ids, ids),
        "F09": Scope(ids, union(ids, model_sights(now))),
        "F10": everybody,
        "F11": everybody,
        "F12": everybody,
        "F14": together(linked(before), linked(now), union(ids, moved)),
    }
