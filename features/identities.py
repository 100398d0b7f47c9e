"""Identifiers of an account, and those seen together, out of rows that repeat one company.

Ten to twenty kinds are told apart. Each column is hashed once, for all of them: what tells a
row of a kind is a sum of whole numbers. Hashes are checked as in ``features.grouping``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from features.grouping import column_hash, group
from features.shape import Shape

Kinds = Mapping[str, tuple[str, ...]]
"""By the kind of what is told: the columns of which all have a value in a row that tells it."""
_Numbers = npt.NDArray[np.int64]
_Hashes = npt.NDArray[np.uint64]

_AT: Final = "_at"
_GROUP, _CHECK, _SAME = "_group", "_check", "_same"


def met(rows: pl.DataFrame, columns: Sequence[str], more: Sequence[pl.Expr]) -> pl.DataFrame:
    """What was seen in one row, once for each company of values: what follows reads less.

    Values of one row repeat in the next ones, so that five to twenty groupings by one or two
    of the columns have a fraction of the rows to look at. Rows are sorted by account.
    """
    keys = ["account_id", *columns]
    ends = [pl.col("first").min(), pl.col("last").max()]
    counted = pl.len().cast(pl.Int64).alias("n")
    return group(rows, keys, [counted, *ends, *more]).sort("account_id")


def told(company: pl.DataFrame, kinds: Kinds, shape: Shape) -> pl.DataFrame:
    """One row per account, kind and values, of what ``met`` gave: in the order of its keys.

    The keys of ``shape`` are the account, the kind and a column for each value.
    """
    ordered = {kind: kinds[kind] for kind in sorted(kinds)}
    rows = _rows(company, ordered)
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
        return shape.add_up(_plainly(company, ordered, shape))
    return shape.bounded(_named(company, ordered, shape, found))


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
    """Groups with their keys, sorted: accounts and kinds are numbers in their order until then."""
    _, kind_key, *value_keys = shape.keys
    at = found[_AT].to_numpy()
    row, kind = at % max(company.height, 1), at // max(company.height, 1)
    owner = pl.Series("owner", _ranks(company["account_id"])[row] * len(kinds) + kind)
    values = [
        _texts(company, [tells[number] for tells in kinds.values()]).gather(found[_AT]).alias(key)
        for number, key in enumerate(value_keys)
    ]
    order = pl.DataFrame([owner, *values]).select(
        pl.arg_sort_by("owner", *value_keys)
    ).to_series()  # fmt: skip
    rows, numbers = pl.Series(row).gather(order), pl.Series(kind).gather(order)
    return pl.DataFrame(
        [
            company["account_id"].gather(rows),
            pl.Series(kind_key, list(kinds)).gather(numbers),
            *(value.gather(order) for value in values),
            *(found[name].gather(order) for name in shape.schema() if name not in shape.keys),
        ]
    )


def _ranks(accounts: pl.Series) -> _Numbers:
    """Numbers from 0 of sorted accounts."""
    return (accounts.ne_missing(accounts.shift(1))).to_numpy().cumsum(dtype=np.int64)


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
