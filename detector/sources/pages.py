"""What the pages of a Parquet column say they grow to: a footer may claim less.

A page's header is a Thrift struct in the compact protocol (Parquet format, ``PageHeader``):
field 2 is the size of the page decompressed, field 3 as stored. All else is skipped.
"""

from __future__ import annotations

from typing import Final, Protocol

MAX_PAGES: Final = 100_000
"""Pages of one column chunk beyond which nobody wrote it in good faith."""
_GROWN, _STORED = 2, 3
_BOOLEANS: Final = (1, 2)
_BYTE, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = 3, 7, 8, 9, 10, 11, 12
_NUMBERS: Final = (4, 5, 6)
_MAX_DEPTH: Final = 16
_MAX_VARINT: Final = 10


class Bytes(Protocol):
    """Bytes in memory or of a mapped file."""

    def __getitem__(self, place: int, /) -> int:
        """Return one byte."""


class _NotAHeader(ValueError):
    """Bytes that are no page header."""


def grown(data: Bytes, start: int, end: int) -> int | None:
    """Return the bytes of the pages from ``start`` to ``end`` when decompressed.

    None where there are more pages than anyone writes. Where a header cannot be read, the
    pages before it count: the reader proper will name the damage.
    """
    total = 0
    for _ in range(MAX_PAGES):
        if start >= end:
            return total
        try:
            sizes, body = _header(data, start)
        except (_NotAHeader, IndexError):
            return total
        total += max(sizes.get(_GROWN, 0), 0)
        start = body + max(sizes.get(_STORED, 0), 0)
    return None


def _header(data: Bytes, at: int, depth: int = 0) -> tuple[dict[int, int], int]:
    """Return the whole numbers of a struct by field, and where it ends."""
    if depth > _MAX_DEPTH:
        raise _NotAHeader
    numbers: dict[int, int] = {}
    name = 0
    while kind := data[at]:
        at += 1
        if kind >> 4:
            name += kind >> 4
        else:
            name, at = _number(data, at)
        if kind & 15 in _NUMBERS:
            numbers[name], at = _number(data, at)
        else:
            at = _skip(data, at, kind & 15, depth)
    return numbers, at + 1


def _varint(data: Bytes, at: int) -> tuple[int, int]:
    value = 0
    for place in range(_MAX_VARINT):
        byte = data[at + place]
        value |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return value, at + place + 1
    raise _NotAHeader


def _number(data: Bytes, at: int) -> tuple[int, int]:
    value, at = _varint(data, at)
    return (value >> 1) ^ -(value & 1), at


def _skip(data: Bytes, at: int, kind: int, depth: int) -> int:
    if kind in _BOOLEANS:
        return at
    if kind == _BYTE:
        return at + 1
    if kind in _NUMBERS:
        return _varint(data, at)[1]
    if kind == _DOUBLE:
        return at + 8
    if kind == _BINARY:
        length, at = _varint(data, at)
        return at + length
    if kind == _STRUCT:
        return _header(data, at, depth + 1)[1]
    raise _NotAHeader
