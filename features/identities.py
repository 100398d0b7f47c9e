"""Identifiers of an account, and those seen together, out of rows that repeat one company.

Ten to twenty kinds are told apart. Each column is hashed once, for all of them: what tells a
row of a kind is a sum of whole numbers. Hashes are checked as in ``features.grouping``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from features.grouping import column_hash, group
from features.shape import Shape

Kinds = Mapping[str, tuple[str, ...]]
"""By the kind of what is told: the columns of which all have a value in a row that tells it."""
_SUMMED: Final = ("n", "first", "last")
_ENDS: Final = (pl.col("first").min(), pl.col("last").max())
_Hashes = npt.NDArray[np.uint64]

_AT: Final = "_at"
_GROUP, _CHECK, _SAME = "_group", "_check", "_same"
# Rows of a company that are told at once: memory is bounded, and groups stay near the processor.
PIECE: Final = 1 << 15


def met(rows: pl.DataFrame, columns: Sequence[str], more: Sequence[pl.Expr]) -> pl.DataFrame:
    """What was seen in one row, once for each company of values: what follows reads less.

    Values of one row repeat in the next ones, so that five to twenty groupings by one or two
    of the columns have a fraction of the rows to look at.
    """
    counted = pl.len().cast(pl.Int64).alias("n")
    return group(rows, ["account_id", *columns], [counted, *_ENDS, *more])


def met_again(company: pl.DataFrame) -> pl.DataFrame:
    """Several of what ``met`` gave, one after the other, as one."""
    columns = [name for name in company.columns if name not in _SUMMED]
    return group(company, columns, [pl.col("n").sum(), *_ENDS])


def told(company: pl.DataFrame, kinds: Kinds, shape: Shape) -> pl.DataFrame:
    """One row per account, kind and values, of what ``met`` gave, in no order.

    The keys of ``shape`` are the account, the kind and a column for each value.
    """
    return shape.bounded(pl.concat([_told(piece, kinds, shape) for piece in _pieces(company)]))


def _pieces(company: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Some rows at a time, all those of an account together."""
    if company.height <= PIECE:
        yield company
        return
    hashes = company["account_id"].hash(seed=0)
    order = hashes.arg_sort()
    ordered = hashes.gather(order).to_numpy()
    steps = ordered[PIECE : company.height : PIECE]
    ends = np.unique(np.searchsorted(ordered, steps)).tolist()
    for first, last in pairwise([0, *(end for end in ends if end), company.height]):
        yield company[order[first:last]]


def _told(company: pl.DataFrame, kinds: Kinds, shape: Shape) -> pl.DataFrame:
    rows = _rows(company, kinds)
    found = (
        rows.lazy()
        .group_by(_GROUP)
        .agg(
            pl.col(_AT).min(),
            *shape.aggregates(),
            pl.col(_CHECK).min(),
            pl.col(_CHECK).max().alias(_SAME),
        )
        .collect(engine="streaming")
    )
    if not found[_CHECK].equals(found[_SAME]):
        return shape.add_up(_plainly(company, kinds, shape))
    return _named(company, kinds, shape, found)


def _rows(company: pl.DataFrame, kinds: Kinds) -> pl.DataFrame:
    """Where each kind is told: ``kind * height + row``, with two hashes and what adds up."""
    columns = list(dict.fromkeys(column for tells in kinds.values() for column in tells))
    place = {column: number for number, column in enumerate(columns)}
    there = company.select(pl.col(columns).is_not_null()).to_numpy()
    tells = [[place[column] for column in each] for each in kinds.values()]
    at = np.flatnonzero(np.concatenate([there[:, each].all(axis=1) for each in tells]))
    hashed = [
        pl.Series(name, _hashes(company, columns, tells, seed)[at])
        for name, seed in ((_GROUP, 0), (_CHECK, 1))
    ]
    row = pl.Series(at % max(company.height, 1))
    values = (company[name].gather(row) for name in ("n", "first", "last"))
    return pl.DataFrame([pl.Series(_AT, at), *hashed, *values])


def _hashes(
    company: pl.DataFrame, columns: Sequence[str], tells: Sequence[Sequence[int]], seed: int
) -> _Hashes:
    """A hash of account, kind and values for each kind and row, one kind after the other."""
    each = company.select(column_hash("account_id", 0, seed)).to_series().to_numpy()
    values = company.select(
        column_hash(column, number, seed) for number, column in enumerate(columns, 1)
    ).to_numpy()
    sums = [
        each + np.uint64(kind) + values[:, told_by].sum(axis=1, dtype=np.uint64)
        for kind, told_by in enumerate(tells)
    ]
    return np.concatenate(sums)


def _named(company: pl.DataFrame, kinds: Kinds, shape: Shape, found: pl.DataFrame) -> pl.DataFrame:
    """Groups with their keys."""
    _, kind_key, *value_keys = shape.keys
    at = found[_AT]
    row, kind = at % max(company.height, 1), at // max(company.height, 1)
    values = [
        _texts(company, [tells[number] for tells in kinds.values()]).gather(at).alias(key)
        for number, key in enumerate(value_keys)
    ]
    return pl.DataFrame(
        [
            company["account_id"].gather(row),
            pl.Series(kind_key, list(kinds)).gather(kind),
            *values,
            *(found[name] for name in shape.schema() if name not in shape.keys),
        ]
    )


def _texts(company: pl.DataFrame, columns: Sequence[str]) -> pl.Series:
    """The values of several columns, one after the other."""
    texts = [company[column].cast(pl.String).alias("value") for column in columns]
    return pl.concat(texts, rechunk=True)


def _plainly(company: pl.DataFrame, kinds: Kinds, shape: Shape) -> pl.DataFrame:
    """The rows of all kinds with their keys, to be grouped by these."""
    _, kind_key, *value_keys = shape.keys
    each = [
        company.filter(pl.all_horizontal(pl.col(*tells).is_not_null())).select(
            "account_id",
            pl.lit(kind).alias(kind_key),
            *(
                pl.col(column).cast(pl.String).alias(key)
                for column, key in zip(tells, value_keys, strict=True)
            ),
            "n", "first", "last",
        )
        for kind, tells in kinds.items()
    ]  # fmt: skip
    return pl.concat(each)
