"""Facts of the whole population that every family may read, and who shows them.

They are when the data begin and when each model was first seen. An account's features may depend
on them whatever its family's reach: who computes features of some accounts alone has to have
these facts right, by reading whoever witnesses them or by rows that stand for them (``rows``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import polars as pl

from features.shapes import DATING, SHAPES
from features.types import UTC_TIME, Parts

SCHEMA: Final = pl.Schema(
    {"rollup": pl.String(), "model_id": pl.String(), "first": UTC_TIME, "account_id": pl.String()}
)
_FIRST: Final = pl.col("first").min()
_WHO: Final = pl.col("account_id").filter(pl.col("first") == _FIRST).min()


@dataclass(frozen=True)
class Landmarks:
    """When each dating rollup begins, and each model in it.

    ``seen`` has ``rollup``, ``model_id`` (null where the rollup knows no models), ``first`` and
    ``account_id``: who was seen then, the smallest id of several.
    """

    seen: pl.DataFrame

    @classmethod
    def of(cls, frames: Parts) -> Landmarks:
        """Those of rollups; one that is absent or empty shows nothing."""
        found = [_begun(name, frames[name]) for name in DATING if name in frames]
        return cls(pl.concat([SCHEMA.to_frame(), *found]).sort("rollup", "model_id"))

    @classmethod
    def earliest(cls, parts: Iterable[pl.DataFrame]) -> Landmarks:
        """What several parts of a population have ``seen``, taken together."""
        found = pl.concat([SCHEMA.to_frame(), *parts])
        kept = found.group_by("rollup", "model_id").agg(_FIRST, _WHO)
        return cls(kept.select(list(SCHEMA)).sort("rollup", "model_id"))

    def again(self, frames: Parts, ids: pl.DataFrame) -> Landmarks:
        """Those of other rollups, in which nobody but ``ids`` (``account_id``) has other rows."""
        mine = pl.col("account_id").is_in(ids["account_id"].implode(), nulls_equal=True)
        fresh = Landmarks.of({name: frames[name].filter(mine) for name in DATING if name in frames})
        models = ["rollup", "model_id"]
        own = self.seen.filter(mine).join(fresh.seen, on=models, how="left", nulls_equal=True)
        if not own.select(
            (pl.col("first_right") <= pl.col("first")).all(ignore_nulls=False)
        ).item():
            return Landmarks.of(frames)
        # What others show is no earlier than it was, and what these show is as early as ever.
        return Landmarks.earliest([self.seen.filter(~mine), fresh.seen])

    @property
    def witnesses(self) -> pl.DataFrame:
        """Accounts (``account_id``) whose rows show these facts."""
        return self.seen.select("account_id").unique()

    def stand(self, now: Landmarks) -> bool:
        """Whether they are the same now; a model that is new, or gone, moves none of the others."""
        models = "rollup", "model_id"
        both = self.seen.join(now.seen, on=models, suffix="_now")
        moved = both.filter(pl.col("first") != pl.col("first_now"))
        return self._begins() == now._begins() and moved.is_empty()

    def _begins(self) -> list[object]:
        """When the data begin, and when the rollups do that know models."""
        of_models = self.seen.filter(pl.col("model_id").is_not_null())
        return [frame["first"].min() for frame in (self.seen, of_models)]

    def rows(self, account: str) -> Parts:
        """Rows of each dating rollup that show these facts, and nothing used, as an account's."""
        return {name: self._rows(name, account) for name in DATING}

    def _rows(self, name: str, account: str) -> pl.DataFrame:
        shape = SHAPES[name]
        zeros = [pl.lit(0).alias(column) for column in (*shape.sums, *shape.masks)]
        known = {
            "account_id": pl.lit(account), "day": pl.col("first").dt.date(),
            "first": pl.col("first"), "last": pl.col("first"), "model_id": pl.col("model_id"),
        }  # fmt: skip
        keys = [known.get(key, pl.lit(None)).alias(key) for key in shape.keys]
        times = [known[time].alias(time) for time in (*shape.firsts, *shape.lasts)]
        seen = self.seen.filter(pl.col("rollup") == name)
        return seen.select(*keys, *zeros, *times).select(list(shape.schema())).cast(shape.schema())


def _begun(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The beginning of one rollup, or of each model in it."""
    if "model_id" in SHAPES[name].keys:
        found = frame.group_by("model_id").agg(_FIRST, _WHO)
    else:
        found = frame.select(_FIRST, _WHO, model_id=pl.lit(None, dtype=pl.String))
    seen = found.filter(pl.col("first").is_not_null())
    return seen.select(pl.lit(name).alias("rollup"), "model_id", "first", "account_id")
