"""A quick look at a column of written numbers: is any more than digits and a point."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

_POINT: Final = 0x2E
_LETTERS: Final = 0x41
"""From here on bytes are no digits, points or signs: one of an exponent may be among them."""
_SOME: Final = 1 << 15
"""Texts looked at together: what is made of them stays near the processor."""


def plain(values: pl.Series, places: int) -> bool:
    """Whether surely no text has an exponent or more than ``places`` digits after a point.

    All bytes of some thousand texts are searched at once. A text that is longer than a point and
    that many digits must have its point just before its last ``places`` bytes, or the answer is
    no.

    >>> plain(pl.Series(["12", "1.25", None, "-120.50"]), 2)
    True
    >>> plain(pl.Series(["1.255"]), 2), plain(pl.Series(["1e5"]), 2), plain(pl.Series(["1000"]), 2)
    (False, False, False)
    """
    starts = range(0, len(values), _SOME)
    return all(_plain(values.slice(at, _SOME), places) for at in starts)


def _plain(values: pl.Series, places: int) -> bool:
    array = values.to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets, data = array.buffers()
    if data is None:
        return True
    ends = np.frombuffer(offsets, dtype=np.int64)[array.offset : array.offset + len(array) + 1]
    text = np.frombuffer(data, dtype=np.uint8)[: ends[-1]]
    if len(text) and text.max() >= _LETTERS:
        return False
    point = ends[1:] - (places + 1)
    short = point <= ends[:-1]
    point = point[~short] if short.any() else point
    return bool((text[point] == _POINT).all())
