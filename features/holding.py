"""Identifiers that some accounts hold, and how many accounts of the population hold each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import polars as pl

from features.evidence import SHOWN_IN, shown_by, sightings
from features.grouping import Hashes, compact, group, is_among, key_hash
from features.links.kinds import MAIN_SHARE, OBSERVED
from features.rollups import Rollups
from features.types import UTC_TIME

HELD: Final = pl.Schema(
    {
        "account_id": pl.String(), "kind": pl.String(), "value": pl.String(),
        "first": UTC_TIME, "last": UTC_TIME, "holders": pl.Int64(),
    }
)  # fmt: skip
# Accounts of which all identifiers are looked up at once: a bound on memory.
ACCOUNTS: Final = 1 << 14
_VALUE: Final = ["kind", "value"]
_SORTED: Final = ["account_id", *_VALUE]
_TEXT: Final = key_hash(["value"], seed=0)
_BOTH: Final = key_hash(_VALUE, seed=0)
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
    ordered = ids.sort()
    blocks = (ordered[at : at + ACCOUNTS] for at in range(0, max(len(ordered), 1), ACCOUNTS))
    return pl.concat(_held(rollups, some) for some in blocks)


def _held(rollups: Rollups, ids: pl.Series) -> pl.DataFrame:
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
    wanted = _Wanted.of(values)
    # No account is in two pieces.
    counts = [_counted(wanted.sighted(piece), values) for piece in rollups.pieces(*SHOWN_IN)]
    return pl.concat(counts).group_by(_VALUE).agg(pl.col("holders").sum())


def _counted(seen: pl.DataFrame, values: pl.DataFrame) -> pl.DataFrame:
    """How many of some accounts hold each of some values."""
    # Where two hashes are alike by chance, there is a value too many so far.
    own = group(seen.join(values, on=_VALUE, how="semi"), _SORTED, [])
    return compact(own.group_by(_VALUE).agg(pl.len().cast(pl.Int64).alias("holders")))


@dataclass(frozen=True)
class _Wanted:
    """Values by hashes, sorted: whether one is meant is told without a table of all of them."""

    values: Hashes
    identifiers: Hashes

    @classmethod
    def of(cls, values: pl.DataFrame) -> _Wanted:
        """Those of ``kind`` and ``value``."""
        texts, both = values.select(_TEXT).to_series(), values.select(_BOTH).to_series()
        return cls(np.unique(texts.to_numpy()), np.unique(both.to_numpy()))

    def sighted(self, rollups: Rollups) -> pl.DataFrame:
        """The sightings of these values."""
        seen = rollups["distinct"]
        # All values of an account say whether one of these kinds is its own.
        weighed = seen.select(pl.col("kind").is_in(_WEIGHED)).to_series()
        few = seen.filter(weighed | is_among(seen.select(_TEXT).to_series(), self.values))
        shown = sightings(replace(rollups, frames={**rollups.frames, "distinct": few}))
        return shown.filter(is_among(shown.select(_BOTH).to_series(), self.identifiers))
