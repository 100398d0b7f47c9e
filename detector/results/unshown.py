"""Families that speak for an account without a line among its reasons, each with a sign of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

if TYPE_CHECKING:
    from features.registry import Feature

SCHEMA: Final = pl.Schema(
    {
        "account_id": pl.String(), "family": pl.String(), "feature": pl.String(),
        "value": pl.Float64(), "beyond": pl.Float64(),
    }
)  # fmt: skip
#: A sign is named that at most this share of the accounts has as strongly.
_RARE: Final = 0.25

Row = dict[str, Any]


def unshown(features: pl.LazyFrame, scores: pl.DataFrame) -> pl.DataFrame:
    """Find the families of ``speaking`` that no reason of an account is of, in their order.

    Parameters
    ----------
    features
        The feature table of all accounts of the run.
    scores
        Rows of ``scores.parquet`` of the accounts that are asked for.

    Returns
    -------
    pl.DataFrame
        ``SCHEMA``: with the rarest sign of the family in this run, its value and the share of
        all accounts that have it as strongly; null where none of its signs is rare.
    """
    silent = [
        {"account_id": row["account_id"], "family": family}
        for row in scores.select("account_id", "reasons", "speaking").iter_rows(named=True)
        for family in row["speaking"] or ()
        if row["reasons"] and family not in {reason["family"] for reason in row["reasons"]}
    ]
    if not silent:
        return SCHEMA.to_frame()
    signs: dict[tuple[str, str], Row] = {}
    for family in sorted({row["family"] for row in silent}):
        ids = [row["account_id"] for row in silent if row["family"] == family]
        signs |= {(name, family): sign for name, sign in _signs(features, family, ids).items()}
    rows = [row | signs.get((row["account_id"], row["family"]), {}) for row in silent]
    return pl.DataFrame(rows, schema=SCHEMA)


def _signs(table: pl.LazyFrame, family: str, ids: list[str]) -> Mapping[str, Row]:
    """The rarest sign of a family of each account, where one is rare."""
    there = table.collect_schema().names()
    signs = [feature for feature in _features(family) if feature.name in there]
    names = pl.col([sign.name for sign in signs]).cast(pl.Float64)
    columns = table.select("account_id", names).collect()
    every = columns["account_id"]
    asked = every.is_in(ids).to_numpy()
    found: dict[str, Row] = {}
    for feature in signs:
        values = columns[feature.name].to_numpy()
        mine = np.flatnonzero(asked & (values != 0.0) & ~np.isnan(values))
        beyond_each = _beyond(values * feature.direction, mine).tolist()
        told = zip(every.gather(mine), values[mine].tolist(), beyond_each, strict=True)
        for name, value, beyond in told:
            best = found.get(name, {"beyond": _RARE})
            # Of equal ones the first: the registry has one order.
            if beyond < best["beyond"]:
                found[name] = {"feature": feature.name, "value": value, "beyond": beyond}
    return found


def _features(family: str) -> list[Feature]:
    from features.build import REGISTRY

    return [one for one in REGISTRY if one.family == family and not one.both]


def _beyond(far: NDArray[np.float64], mine: NDArray[np.int64]) -> NDArray[np.float64]:
    """Of some accounts the share of all that are as far out; NaN are those without a value."""
    steps, place = np.unique(far[mine], return_inverse=True)
    there = far[~np.isnan(far)]
    reached = np.bincount(np.searchsorted(steps, there, side="right"), minlength=len(steps) + 1)
    share: NDArray[np.float64] = np.cumsum(reached[::-1])[::-1][1:] / len(far)
    return share[place]
