"""Identifiers that some accounts hold, and how many accounts of the population hold each."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import polars as pl

from features.evidence import SHOWN_IN, shown_by, sightings
from features.grouping import compact, group
from features.links.kinds import MAIN_SHARE, OBSERVED
from features.rollups import Rollups
from features.types import UTC_TIME

HELD: Final = pl.Schema(
    {
        "account_id": pl.String(), "kind": pl.String(), "value": pl.String(),
        "first": UTC_TIME, "last": UTC_TIME, "holders": pl.Int64(),
    }
)  # fmt: skip
_VALUE: Final = ["kind", "value"]
_SORTED: Final = ["account_id", *_VALUE]
# Kinds of which all values of an account say whether one is its own.
_WEIGHED: Final = [seen for seen, kind in OBSERVED.items() if kind in MAIN_SHARE]


def held(rollups: Rollups, ids: pl.Series) -> pl.DataFrame:
    """What links some accounts to others, or would.

    Parameters
    ----------
    ids
        The accounts.

    Returns
    -------
    polars.DataFrame
        ``HELD``: each identifier of each account, when it was first and last seen there, and how
        many accounts of the population hold it, this one counted; sorted.
    """
    ends = [pl.col("first").min(), pl.col("last").max()]
    own = group(sightings(shown_by(rollups, ids)), _SORTED, ends)
    counted = _holders(rollups, own.select(_VALUE).unique())
    rows = own.join(counted, on=_VALUE, how="left").filter(_tells()).sort(_SORTED)
    return rows.select(list(HELD)).cast(HELD)


def _tells() -> pl.Expr:
    """A band of a template's sketch names nothing by itself, only what two accounts have."""
    return (pl.col("kind") != "template") | (pl.col("holders") > 1)


def _holders(rollups: Rollups, values: pl.DataFrame) -> pl.DataFrame:
    """How many accounts hold each of some values."""
    seen = pl.concat(
        compact(sightings(_where(piece, values)).join(values, on=_VALUE, how="semi"))
        for piece in rollups.pieces(*SHOWN_IN)
    )
    return group(seen, _SORTED, []).group_by(_VALUE).agg(pl.len().cast(pl.Int64).alias("holders"))


def _where(rollups: Rollups, values: pl.DataFrame) -> Rollups:
    """The rollups without observed values that are none of these: most of a population's."""
    wanted = pl.col("value").is_in(values["value"].unique().implode())
    seen = rollups["distinct"].filter(wanted | pl.col("kind").is_in(_WEIGHED))
    return replace(rollups, frames={**rollups.frames, "distinct": seen})
