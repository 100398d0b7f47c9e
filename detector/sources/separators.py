"""How many separators the records of a block of CSV have together, without a look at each."""

from __future__ import annotations

from typing import Final

import numpy as np

from detector.sources.streams import count

_NEAR: Final = 1 << 19
_NEWLINE: Final = 0x0A
_QUOTE: Final = 0x22
_LAST: Final = np.uint64(63)
_ONE: Final = np.uint64(1)
_ALL: Final = ~np.uint64(0)


def are(expected: int, data: bytes, separator: int, *, quoted: bool) -> bool:
    """Whether there surely are as many separators as expected, quoted ones left out.

    No fewer may be there than are expected: where that is so of all separators, none is quoted.
    """
    if count(data, separator) == expected:
        return True
    return quoted and count_outside(data, separator) == expected


def count_outside(data: bytes, separator: int) -> int | None:
    r"""Count separators outside double quotes, 64 bytes at a time.

    None where a quote stands inside a field that does not begin with one: it is text, and
    which separators lie between two quotes is for a parser to tell.

    >>> count_outside(b'1,"2,2",3\n', ord(","))
    2
    >>> count_outside(b'1,2" x,y" 2,3\n', ord(","))
    """
    view = np.frombuffer(data, dtype=np.uint8)
    room = np.empty(min(_NEAR, len(view)), dtype=np.bool_)
    total, begins, inside = 0, _ONE, ~_ALL
    for at in range(0, len(view), _NEAR):
        piece = view[at : at + _NEAR]
        found, quotes = _bits(piece, separator, room), _bits(piece, _QUOTE, room)
        within = _odd(quotes) ^ inside
        ends = found | quotes | _bits(piece, _NEWLINE, room)
        after = ends << _ONE
        after[1:] |= ends[:-1] >> _LAST
        after[0] |= begins
        if (quotes & within & ~after).any():
            return None
        total += int(np.bitwise_count(found & ~within).sum())
        begins, inside = ends[-1] >> _LAST, _ALL * (within[-1] >> _LAST)
    return total


def _bits(piece: np.ndarray, byte: int, room: np.ndarray) -> np.ndarray:
    """Where a byte stands, 64 places a number; the room is used again, new memory is slow."""
    packed = np.packbits(np.equal(piece, byte, out=room[: len(piece)]), bitorder="little")
    if len(packed) % 8:
        packed = np.concatenate([packed, np.zeros(-len(packed) % 8, dtype=np.uint8)])
    return packed.view("<u8")


def _odd(bits: np.ndarray) -> np.ndarray:
    """Up to which places, these among them, the number of bits is odd."""
    odd = bits.copy()
    for step in (1, 2, 4, 8, 16, 32):
        odd ^= odd << np.uint64(step)
    before = np.cumsum(np.bitwise_count(bits[:-1]), dtype=np.uint64) & _ONE
    odd[1:] ^= before * _ALL
    return odd
