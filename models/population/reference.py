"""Which accounts are the reference population that medians and tails are made of."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.forest.sampling import Stream

#: Rows that form the reference population at most; drawn by the seed from larger ones.
REFERENCE_ROWS: Final = 200_000
#: Members of a linked component at most: ordinary components are smaller, so that tails stay
#: shares of accounts, and a component that grows does not make its own kind ordinary.
VOICES: Final = 10
_MEMBER, _ROW = 0, 1


def reference_rows(
    n: int,
    exclude: NDArray[np.bool_] | None,
    seed: int,
    groups: NDArray[np.generic] | None = None,
) -> NDArray[np.int64]:
    """Return the rows of the reference population, in order; at most `REFERENCE_ROWS`.

    Parameters
    ----------
    n : int
        Accounts at hand.
    exclude : (n,) bool or None
        Accounts that teach nothing.
    seed : int
        Of the draw; it goes by row, whoever else is left out.
    groups : (n,) or None
        Linked component of each account, of which `VOICES` members speak at most: the same
        ones for every seed.

    Raises
    ------
    ValueError
        If every row is excluded.
    """
    rows = np.arange(n) if exclude is None else np.flatnonzero(~np.asarray(exclude, dtype=bool))
    if not len(rows):
        raise ValueError("no account is left to learn from; every row is excluded")
    if groups is not None:
        rows = _few_of_each(rows, np.asarray(groups)[rows], _keys(n, 0, _MEMBER)[rows])
    if len(rows) > REFERENCE_ROWS:
        keys = _keys(n, seed, _ROW)[rows]
        rows = np.sort(rows[np.argsort(keys, kind="stable")[:REFERENCE_ROWS]])
    return rows.astype(np.int64)


def _keys(n: int, seed: int, what: int) -> NDArray[np.float64]:
    return Stream(seed, 1 << 32, what).uniform(n)


def _few_of_each(
    rows: NDArray[np.int64], groups: NDArray[np.generic], keys: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Return the rows of each group that have the smallest keys, in order."""
    code = np.unique(groups, return_inverse=True)[1]
    order = np.lexsort((keys, code))
    size = np.bincount(code)
    place = np.arange(len(rows)) - np.repeat(np.cumsum(size) - size, size)
    return np.sort(rows[order[place < VOICES]])
