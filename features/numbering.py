"""Texts as numbers: each end of a pair becomes its place among all ids, sorted.

Comparing millions of texts with each other is what a graph of accounts would spend its time
on. Here each text is hashed once, the hashes are ranked, and every text is then compared with
the one that stands for its hash. Where two differ, two ids have collided and the plain way is
taken, so that the numbers never depend on the hash.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

Places = NDArray[np.int32]
Hash = Callable[[pl.Series], pl.Series]
# Texts that are compared at once: a bound on memory.
_BLOCK: Final = 1 << 20


@dataclass(frozen=True)
class Numbered:
    """The distinct ids, sorted, and the place of each pair's ends among them."""

    ids: pl.Series
    left: Places
    right: Places


def _hash(texts: pl.Series) -> pl.Series:
    return texts.hash(seed=0)


def number(left: pl.Series, right: pl.Series, hashed: Hash = _hash) -> Numbered:
    """Number the ends of pairs by their place among all ends in sorted order.

    Parameters
    ----------
    left, right
        Texts without nulls, of the same length.
    hashed
        64-bit unsigned hash of each text; a poor one costs time and changes nothing.
    """
    texts = pl.concat([left.rename("id"), right.rename("id")], rechunk=True)
    ids, places = _by_hash(texts, hashed) or _by_text(texts)
    return Numbered(ids, places[: len(left)], places[len(left) :])


def _by_hash(texts: pl.Series, hashed: Hash) -> tuple[pl.Series, Places] | None:
    """Sorted distinct texts and each text's place; None where two texts share a hash."""
    codes = hashed(texts).rank("dense").to_numpy().astype(np.int32) - np.int32(1)
    first = np.empty(int(codes.max(initial=-1)) + 1, dtype=np.int32)
    first[codes] = np.arange(len(codes), dtype=np.int32)
    standing = texts.gather(first)
    for start in range(0, len(texts), _BLOCK):
        block = texts.slice(start, _BLOCK)
        if (block != standing.gather(codes[start : start + _BLOCK])).any():
            return None
    ids = standing.sort()
    # The k-th hash in order belongs to the id at this place.
    place = hashed(ids).arg_sort().to_numpy().astype(np.int32)
    return ids, place[codes]


def _by_text(texts: pl.Series) -> tuple[pl.Series, Places]:
    ids = texts.unique().sort()
    return ids, texts.cast(pl.Enum(ids)).to_physical().to_numpy().astype(np.int32)
