"""Whether a party's address is one of an entry's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from detector.policy.names.normalise import readings
from detector.policy.names.tables import DISTINCTIVE

#: Addresses agree that share two thirds of the shorter one's weight, a number and a name of
#: street or place among it.
_SHARED: Final = (2, 3)


def addresses_agree(address: str | None, listed: Iterable[str] | None) -> bool | None:
    """Whether `address` is one of `listed`; None where either is not told.

    Examples
    --------
    >>> addresses_agree("27 Taiping Rd, Beijing", ["27 Taiping Road, Haidian District, Beijing"])
    True
    >>> addresses_agree("27 Changan Road, Beijing", ["27 Taiping Road, Haidian District, Beijing"])
    False
    """
    mine = _words(address or "")
    theirs = [words for other in listed or () if (words := _words(other))]
    if not mine or not theirs:
        return None
    return any(_agree(mine, other) for other in theirs)


def _words(address: str) -> dict[str, int]:
    return {
        _STREETS.get(word, word): weight
        for reading in readings(address)[:1]
        for word, weight in zip(reading.words, reading.weights, strict=True)
    }


_STREETS: Final = {"rd": "road", "str": "street", "ave": "avenue", "blvd": "boulevard"}


def _agree(mine: dict[str, int], theirs: dict[str, int]) -> bool:
    shared = mine.keys() & theirs.keys()
    weight = sum(mine[word] for word in shared)
    least = min(sum(mine.values()), sum(theirs.values()))
    named = any(word.isalpha() and mine[word] >= DISTINCTIVE for word in shared)
    numbered = any(not word.isalpha() for word in shared)
    return named and numbered and weight * _SHARED[1] >= least * _SHARED[0]
