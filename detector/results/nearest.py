"""Ids much like one that nobody knows: a slip of the keyboard finds its way back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_MOST: Final = 3
_ALIKE: Final = 70
_LONGEST: Final = 200


def nearest(name: str, among: Sequence[str]) -> list[str]:
    """Return up to three of the names that are most like `name`, none that is hardly like it.

    Examples
    --------
    >>> nearest("acct-01", ["acct-001", "somebody"])
    ['acct-001']
    """
    from rapidfuzz import process

    found = process.extract(name[:_LONGEST], among, limit=_MOST, score_cutoff=_ALIKE)
    return [each for each, _, _ in found]
