"""What accounts used, when first, and from which day to which."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from features.grouping import compact
from features.rollups import Rollups


@dataclass(frozen=True)
class Used:
    """What some accounts used, of all accounts or of a piece.

    Attributes
    ----------
    spells
        ``account_id``, ``thing`` (model or GPU), ``region``, ``from`` and ``to`` (days) of spells
        of two days and more that neither edge of the window cuts off.
    users
        ``account_id`` of those that used anything in the window.
    first
        ``account_id``, ``first``: when an account first used a model or a GPU.
    models
        ``account_id``, ``model_id``, ``first`` of model use.
    """

    spells: pl.DataFrame
    users: pl.DataFrame
    first: pl.DataFrame
    models: pl.DataFrame

    def again(self, rollups: Rollups, ids: pl.Series) -> Used:
        """The same as of other rollups, in which nobody but ``ids`` has other rows."""
        fresh = used_by(rollups.of(ids, "usage", "model"))
        others = ~pl.col("account_id").is_in(ids.implode(), nulls_equal=True)
        return Used(
            pl.concat([self.spells.filter(others), fresh.spells]),
            pl.concat([self.users.filter(others), fresh.users]),
            pl.concat([self.first.filter(others), fresh.first]),
            pl.concat([self.models.filter(others), fresh.models]),
        )


def used_by(rollups: Rollups) -> Used:
    """What the accounts of these rollups used."""
    # Everybody's charges are many, and those for GPUs few.
    charges = rollups["usage"].select("account_id", "day", "region", "first", "gpu_model", "idle")
    gpu = charges.filter(pl.col("gpu_model").is_not_null() & ~pl.col("idle"))
    model = rollups["model"]
    began = pl.concat([model.select("account_id", "first"), gpu.select("account_id", "first")])
    spells, users = _spells(rollups, gpu)
    return Used(
        compact(spells), compact(users),
        compact(began.group_by("account_id").agg(pl.col("first").min())),
        compact(model.group_by("account_id", "model_id").agg(pl.col("first").min())),
    )  # fmt: skip


def _spells(rollups: Rollups, gpu: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """``spells`` and ``users`` as in ``Used``."""
    model = rollups.window("model").select("account_id", "day", "region", thing="model_id")
    recent = gpu.filter(pl.col("day") >= rollups.window_start)
    used = recent.select("account_id", "day", "region", thing="gpu_model")
    spells = (
        pl.concat([model, used])
        .group_by("account_id", "thing", "region")
        .agg(pl.col("day").min().alias("from"), pl.col("day").max().alias("to"))
    )
    # Spells cut off by the window's edges are shared by everybody who works all the time.
    start, end = rollups.window_start, pl.lit(rollups.as_of).dt.date()
    whole = (pl.col("from") > start) & ((end - pl.col("to")).dt.total_days() > 1)
    lasting = spells.filter(whole & (pl.col("from") < pl.col("to")))
    return lasting, spells.select("account_id").unique()
