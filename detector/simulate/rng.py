"""Random streams by subject: adding a subject never moves another subject's numbers."""

from __future__ import annotations

from typing import TypeAlias
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


class Streams:
    """Independent generators, one a subject, all from one seed.

    Examples
    --------
    >>> a, b = Streams(7), Streams(7)
    >>> int(a.of("accounts").integers(1000)) == int(b.of("accounts").integers(1000))
    True
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def of(self, subject: str, number: int = 0) -> np.random.Generator:
        """Return a fresh generator for a subject and an optional number (a ring, a week)."""
        key = (crc32(subject.encode()), number)
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=key))


def mix64(values: Ints, salt: int) -> NDArray[np.uint64]:
    """Scatter integers over 64 bits (the finaliser of splitmix64, Steele et al. 2014)."""
    with np.errstate(over="ignore"):
        state = values.astype(np.uint64) * _GOLDEN + np.uint64(crc32(str(salt).encode()))
        state = (state ^ (state >> np.uint64(30))) * _MIX_1
        state = (state ^ (state >> np.uint64(27))) * _MIX_2
        return np.asarray(state ^ (state >> np.uint64(31)), dtype=np.uint64)


def pick_weighted(rng: np.random.Generator, weights: Floats, size: int) -> Ints:
    """Draw indices in proportion to weights."""
    edges = np.cumsum(weights)
    point = rng.random(size) * edges[-1]
    return np.asarray(np.searchsorted(edges, point, side="right"), dtype=np.int64)
