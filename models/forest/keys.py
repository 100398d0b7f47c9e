"""Random numbers by key: each draw depends on the seed and on what it is drawn for alone.

A shared stream moves every later draw when one is added or left out. Here a draw is a hash of
(seed, tree, row) or (seed, tree, node), so a change of a few rows changes the few draws that
concern them. The hash is the finaliser of SplitMix64 (Steele, Lea and Flood 2014,
doi:10.1145/2714064.2660195); sixty-four-bit integers give the same words on every platform.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]
IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

_STEP: Final = np.uint64(0x9E3779B97F4A7C15)
_FIRST: Final = np.uint64(0xBF58476D1CE4E5B9)
_SECOND: Final = np.uint64(0x94D049BB133111EB)
#: Rounds of the Feistel network; the pairs that a tree draws together are even from four on.
_ROUNDS: Final = 6
#: Smallest domain of a shuffle, so that its halves have enough keys to differ.
_LEAST_BITS: Final = 10


def seed_word(seed: int) -> Words:
    """Return (1,) a word made of a seed of any size; NumPy promises it for ever."""
    word: Words = np.random.SeedSequence(seed).generate_state(1, np.uint64).astype(np.uint64)
    return word


def child_words(word: Words, number: IntArray | int) -> Words:
    """Return words by key: the ``number``-th child of each word, of their broadcast shape."""
    z = word + (np.atleast_1d(number).astype(np.uint64) + np.uint64(1)) * _STEP
    z = (z ^ (z >> np.uint64(30))) * _FIRST
    z = (z ^ (z >> np.uint64(27))) * _SECOND
    result: Words = z ^ (z >> np.uint64(31))
    return result


def uniform(word: Words, number: IntArray | int) -> FloatArray:
    """Return numbers in [0, 1) by key, with 53 random bits each."""
    return (child_words(word, number) >> np.uint64(11)).astype(np.float64) * 2.0**-53


@dataclass(frozen=True)
class Shuffle:
    """One random order of the rows 0 to 2**bits - 1 for each of T trees, never written down.

    A Feistel network (Luby and Rackoff 1988, doi:10.1137/0217022) maps places to rows and
    back, so the first rows of an order are had without looking at all rows, and the place of
    one row without looking at the others.

    Attributes
    ----------
    bits : int
        The domain holds 2**bits rows.
    keys : (T, rounds) uint64
        Round keys of each tree.
    """

    bits: int
    keys: Words

    @classmethod
    def of(cls, word: Words, rows: int) -> Shuffle:
        """Return an order of at least ``rows`` rows for each word of (T,)."""
        bits = max(_LEAST_BITS, int(rows - 1).bit_length())
        return cls(bits, child_words(word[:, None], np.arange(_ROUNDS)))

    def rows(self, place: IntArray) -> IntArray:
        """Return the rows at some places, (T, k) of (k,) or (T, k)."""
        return self._turn(place, range(_ROUNDS))

    def places(self, row: IntArray) -> IntArray:
        """Return the places of some rows, (T, k) of (k,) or (T, k)."""
        return self._turn(row, range(_ROUNDS - 1, -1, -1))

    def _turn(self, what: IntArray, rounds: range) -> IntArray:
        low_bits = self.bits // 2
        x = np.broadcast_to(what, (len(self.keys), np.shape(what)[-1])).astype(np.uint64)
        halves = [x >> np.uint64(low_bits), x & np.uint64((1 << low_bits) - 1)]
        drop = [np.uint64(64 - self.bits + low_bits), np.uint64(64 - low_bits)]
        for r in rounds:
            side = r % 2
            halves[side] ^= _scramble(halves[1 - side], self.keys[:, r, None]) >> drop[side]
        return ((halves[0] << np.uint64(low_bits)) | halves[1]).astype(np.int64)


def _scramble(half: Words, key: Words) -> Words:
    """A word whose highest bits depend on all bits of a half and of a key."""
    z = (half + key) * _FIRST
    z ^= z >> np.uint64(32)
    z *= _SECOND
    return z
