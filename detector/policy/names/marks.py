"""What finds a name from the other side, as numbers that a table holds.

Marks are the keys of :mod:`detector.policy.names.keys` in one space: whatever its index finds
shares a mark, and what shares one by chance is compared and found to be nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from detector.policy.names.alike import SOUNDS, skeleton
from detector.policy.names.compare import SHORTEST_JOINED
from detector.policy.names.keys import glued_has_slips, has_slips, righted, runs_of, spared
from detector.policy.names.normalise import Name, distinctive

Numbers = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]

# A sound, words run together, all words, and all but one are no word that reads the same.
_SOUND: Final = "~"
_RUN: Final = "+"
_ALL: Final = "="
_SPARED: Final = "-"
_BASE: Final = 0x9E3779B97F4A7C15
_MIX: Final = np.uint64(0xD6E8FEB86659FD93)
_HALF: Final = np.uint64(32)


def marks(names: Sequence[Iterable[Name]], *, listed: bool) -> tuple[Places, Numbers]:
    """Numbers of names, of which each may have several readings.

    Parameters
    ----------
    names
        Readings of each name.
    listed
        Whether they are those of a list: a party's name is put right, a list's stands as it is.

    Returns
    -------
    places, numbers
        Whose each number is, and the number; some of a name are there twice.
    """
    exact: list[str] = []
    near: list[str] = []
    counts = np.zeros((len(names), 2), np.int64)
    for place, of_name in enumerate(names):
        before = len(exact), len(near)
        for name in of_name:
            _add(name, exact, near, listed=listed)
        counts[place] = len(exact) - before[0], len(near) - before[1]
    owners = np.arange(len(names))
    whole, _, _ = _numbered(exact)
    itself, lost, lengths = _numbered(near)
    mine = np.repeat(owners, counts[:, 1])
    return (
        np.concatenate([np.repeat(owners, counts[:, 0]), mine, np.repeat(mine, lengths)]),
        np.concatenate([whole, itself, lost]),
    )


def _add(name: Name, exact: list[str], near: list[str], *, listed: bool) -> None:
    own = distinctive(name)
    slips = [word for word in own if has_slips(word)]
    near += slips
    exact += [word for word in own if not has_slips(word)]
    exact += [_SOUND + skeleton(word) for word in slips if len(word) >= SOUNDS]
    if name.glued and name.glued not in slips:
        (near if glued_has_slips(name.glued) else exact).append(name.glued)
    exact.append(_ALL + " ".join(name.ordered))
    exact += [_SPARED + " ".join(words) for words in spared(name)]
    # A word of one side may be several of the other run together, and never several of both.
    if listed:
        exact += [_RUN + run for run, _ in runs_of(name)]
    else:
        exact += [_RUN + word for word in name.words if len(word) >= SHORTEST_JOINED]
        exact += [run for run, _ in runs_of(name)]
        exact += [_ALL + " ".join(words) for words in righted(name)]


def _numbered(texts: Sequence[str]) -> tuple[Numbers, Numbers, Places]:
    """A number of each text, and those of it without each of its letters.

    A polynomial of the letters, modulo 2**64: what one letter less makes of it is known from the
    sums before and behind the letter.
    """
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    letters = np.frombuffer("".join(texts).encode("ascii"), np.uint8).astype(np.uint64)
    ends = np.cumsum(lengths)
    starts = ends - lengths
    inside = np.arange(letters.size) - np.repeat(starts, lengths)
    powers = _powers(_BASE, int(lengths.max(initial=0)))
    sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(letters * powers[inside])])
    before = sums[:-1] - np.repeat(sums[starts], lengths)
    behind = np.repeat(sums[ends], lengths) - sums[1:]
    shorter = before + behind * np.uint64(pow(_BASE, -1, 1 << 64))
    return _mixed(sums[ends] - sums[starts]), _mixed(shorter), lengths


def _powers(base: int, count: int) -> Numbers:
    powers = np.full(max(count, 1), base, np.uint64)
    powers[0] = 1
    return np.asarray(np.cumprod(powers), np.uint64)


def _mixed(numbers: Numbers) -> Numbers:
    """Every bit moves the upper half, which is all that a table of plain names keeps."""
    numbers = numbers * _MIX
    numbers = numbers ^ (numbers >> _HALF)
    return np.asarray(numbers * _MIX, np.uint64)


class Sieve:
    """A set of numbers, asked many at once."""

    def __init__(self, numbers: npt.NDArray[Any]) -> None:
        self._known = np.unique(numbers)
        bits = int(self._known.dtype.itemsize * 8)
        # Some thirty places for each number, so that few get past that are not in the set.
        size = min(26, max(12, int(self._known.size * 32).bit_length()))
        self._shift = self._known.dtype.type(bits - size)
        self._coarse = np.zeros(1 << size, np.bool_)
        self._coarse[self._known >> self._shift] = True

    def held(self, numbers: npt.NDArray[Any]) -> Places:
        """Places of the numbers that are in the set."""
        found = [
            self._held(numbers[start : start + _AT_ONCE], start)
            for start in range(0, numbers.size, _AT_ONCE)
        ]
        return np.concatenate(found) if found else np.zeros(0, np.int64)

    def _held(self, numbers: npt.NDArray[Any], start: int) -> Places:
        near = np.flatnonzero(self._coarse[numbers >> self._shift])
        asked = numbers[near]
        at = np.searchsorted(self._known, asked)
        same = self._known[np.minimum(at, self._known.size - 1)] == asked if asked.size else []
        return np.asarray(near[same] + start if asked.size else near, np.int64)


_AT_ONCE: Final = 1 << 21
