"""Group by many text columns, fast and exactly.

Polars encodes every row's texts to group by them. Here each row gets a 64-bit hash of its
keys, groups are formed by that one number, and a second, independent hash must be the same
throughout each group. Where it is not, two keys have collided and the plain way is taken:
the result is always that of ``group_by(keys)``. Hashes live in this call only, because
Polars' hash is not stable between versions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import polars as pl

# Below this, hashing costs more than it saves.
WORTH_HASHING: Final = 5_000
_ODD: Final = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F)
_GROUP, _CHECK = "_group", "_check"


def group(frame: pl.DataFrame, keys: Sequence[str], aggregates: Sequence[pl.Expr]) -> pl.DataFrame:
    """``frame.group_by(keys).agg(aggregates)``, in any order of rows."""
    if frame.height < WORTH_HASHING:
        return frame.group_by(keys).agg(aggregates)
    # A column that is null throughout tells nothing apart.
    live = [key for key in keys if frame[key].null_count() < frame.height]
    void = [pl.lit(None, dtype=frame.schema[key]).alias(key) for key in keys if key not in live]
    hashed = frame.with_columns(
        key_hash(live, seed=0).alias(_GROUP), key_hash(live, seed=1).alias(_CHECK)
    )
    found = hashed.group_by(_GROUP).agg(
        *(pl.col(key).first() for key in live),
        *aggregates,
        pl.col(_CHECK).min().alias(_CHECK),
        (pl.col(_CHECK).min() == pl.col(_CHECK).max()).alias(_GROUP + "_alike"),
    )
    if not found[_GROUP + "_alike"].all():
        return frame.group_by(keys).agg(aggregates)
    names = [expression.meta.output_name() for expression in aggregates]
    return found.with_columns(void).select(*keys, *names)


def key_hash(keys: Sequence[str], seed: int) -> pl.Expr:
    """One 64-bit hash of several columns; the seeds 0 and 1 are independent."""
    total = pl.lit(seed, dtype=pl.UInt64)
    factor = pl.lit(_ODD[seed], dtype=pl.UInt64)
    for number, key in enumerate(keys):
        total = total * factor + pl.col(key).hash(seed=2 * number + seed)
    return total
