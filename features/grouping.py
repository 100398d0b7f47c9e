"""Group by many text columns, fast and exactly.

Polars encodes every row's texts to group by them. Here each row gets a 64-bit hash of its
keys, groups are formed by that one number, and a second, independent hash must be the same
throughout each group. Where it is not, two keys have collided and the plain way is taken:
the result is always that of ``group_by(keys)``. Hashes live in this call only, because
Polars' hash is not stable between versions. The keys of a group are looked up in its first
row at the end, and the streaming engine adds values up without listing the rows of groups.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from itertools import accumulate, pairwise
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]

# What rows of a block are worth together: a bound on the memory of what is made of them.
BLOCK: Final = 1 << 21
# Below this, hashing costs more than it saves.
WORTH_HASHING: Final = 30_000
# Places of a table for each hash that is looked for.
_SLOTS: Final = 8
# Hashes of a population are compared one range of them after the other.
_RANGE_BITS: Final = 4
_RANGE_ENDS: Final = np.arange(1, 1 << _RANGE_BITS, dtype=np.uint64) << np.uint64(64 - _RANGE_BITS)
_GROUP, _CHECK, _SAME, _ROW = "_group", "_check", "_same", "_row"


def group(frame: pl.DataFrame, keys: Sequence[str], aggregates: Sequence[pl.Expr]) -> pl.DataFrame:
    """``frame.group_by(keys).agg(aggregates)``, in any order of rows."""
    telling = [key for key in keys if not is_constant(frame[key])]
    if frame.height < WORTH_HASHING or not telling:
        return frame.group_by(keys).agg(aggregates)
    found = (
        frame.lazy()
        .with_row_index(_ROW)
        .with_columns(key_hash(telling, seed=0).alias(_GROUP), key_hash(telling, 1).alias(_CHECK))
        .group_by(_GROUP)
        .agg(
            pl.col(_ROW).min(),
            *aggregates,
            pl.col(_CHECK).min(),
            pl.col(_CHECK).max().alias(_SAME),
        )
        .collect(engine="streaming")
    )
    if not found[_CHECK].equals(found[_SAME]):
        return frame.group_by(keys).agg(aggregates)
    if any(frame[key].n_chunks() > 1 for key in telling):
        found = found.sort(_ROW)
    first = [_at(frame[key], found[_ROW]) for key in telling]
    same = [
        pl.lit(frame[key][0], dtype=frame.schema[key]).alias(key)
        for key in keys
        if key not in telling
    ]
    values = found.drop(_GROUP, _ROW, _CHECK, _SAME)
    return values.with_columns(*first, *same).select(*keys, *values.columns)


def _at(values: pl.Series, places: pl.Series) -> pl.Series:
    """The values at some places, which ascend: chunk by chunk, so that no chunk is copied."""
    lengths = values.chunk_lengths()
    if len(lengths) == 1:
        return values.gather(places)
    ends = list(accumulate(lengths))
    cuts = [0, *places.search_sorted(pl.Series(ends, dtype=places.dtype)).to_list()]
    parts = [
        values.slice(end - length, length).gather(places[first:last] - (end - length))
        for length, end, (first, last) in zip(lengths, ends, pairwise(cuts), strict=True)
    ]
    return pl.concat(parts, rechunk=True)


def is_constant(values: pl.Series) -> bool:
    """Whether all values are the same, so that they tell no two rows apart."""
    if values.null_count():
        return values.null_count() == len(values)
    one = values.head(1)
    return one.equals(values.tail(1)) and bool((values == one).all())


def key_hash(keys: Sequence[str], seed: int) -> pl.Expr:
    """One 64-bit hash of several columns; the seeds 0 and 1 are independent.

    Each column has a hash function of its own, so that their sum tells columns apart.
    """
    total = pl.lit(seed, dtype=pl.UInt64)
    for number, key in enumerate(keys):
        total = total + column_hash(key, number, seed)
    return total


def column_hash(key: str, number: int, seed: int) -> pl.Expr:
    """The hash of a column that stands at a place among the keys, one of two (``seed``)."""
    return pl.col(key).hash(seed=2 * number + seed)


def recurring(parts: Iterable[pl.Series]) -> Hashes:
    """The hashes that stand in more than one place of all parts together, sorted."""
    ranges: list[list[Hashes]] = [[] for _ in range(1 << _RANGE_BITS)]
    for part in parts:
        ordered = np.sort(part.to_numpy())
        cuts = np.searchsorted(ordered, _RANGE_ENDS)
        # A slice would hold the whole part for as long as one of its ranges is there.
        for held, some in zip(ranges, np.split(ordered, cuts), strict=True):
            held.append(some.copy())
    return np.concatenate([_twice(held) for held in ranges])


def _twice(parts: list[Hashes]) -> Hashes:
    """What stands in more than one place of the hashes of one range, which are let go."""
    ordered = np.concatenate(parts or [np.empty(0, dtype=np.uint64)])
    parts.clear()
    ordered.sort()
    return np.unique(ordered[1:][ordered[1:] == ordered[:-1]])


def is_among(hashes: pl.Series, known: Hashes) -> pl.Series:
    """Whether each hash is one of some that are sorted."""
    own = hashes.to_numpy()
    found = np.zeros(own.size, dtype=np.bool_)
    if known.size:
        # Most are none of them, which a table tells by a part of the hash: a search is dearer.
        size = 1 << int(_SLOTS * known.size).bit_length()
        part = np.uint64(size - 1)
        taken = np.zeros(size, dtype=np.bool_)
        taken[known & part] = True
        maybe = np.flatnonzero(taken[own & part])
        few = own[maybe]
        at = np.minimum(np.searchsorted(known, few), known.size - 1)
        found[maybe] = known[at] == few
    return pl.Series(found)


def compact(frame: pl.DataFrame) -> pl.DataFrame:
    """A copy that holds its own texts alone.

    Rows that were filtered hold on to all texts of what they come from: of pieces of a population
    these would be all texts in the end.
    """
    stream = BytesIO()
    frame.write_ipc_stream(stream)
    return pl.read_ipc_stream(stream.getvalue())


def own_texts(values: pl.Series) -> pl.Series:
    """A copy that holds its own texts alone, lists of texts too; ``values`` are no slice of lists.

    How its texts lie in memory follows from the values, and from nothing else.
    """
    # Arrow's older layout has the texts one after the other, and no others.
    plain = values.to_arrow(compat_level=pl.CompatLevel.oldest())
    return pl.Series(values.name, plain).cast(values.dtype)


def in_blocks(frame: pl.DataFrame, keys: Sequence[str], worth: pl.Expr) -> Iterator[pl.DataFrame]:
    """Rows in their order, those of one key in one block; at least one block.

    Parameters
    ----------
    frame
        Its rows are ordered so that those of one key stand together.
    worth
        What each row counts; a block counts no more than ``BLOCK`` where its keys allow that.
    """
    counted = frame.select(worth).to_series().cast(pl.Int64).cum_sum()
    if not frame.height or counted[-1] <= BLOCK:
        yield frame
        return
    begins = frame.select(pl.struct(keys).rle_id()).to_series().to_numpy()
    firsts = np.flatnonzero(np.diff(begins, prepend=-1))
    before = np.append(0, counted.to_numpy())[firsts]
    cuts = firsts[np.flatnonzero(np.diff(before // BLOCK, prepend=-1))]
    for start, end in zip(cuts, np.append(cuts[1:], frame.height), strict=True):
        yield frame[start:end]
