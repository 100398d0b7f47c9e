"""Decompressed text in blocks that end where a record ends, in bounded memory."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Final, TypeVar, cast

import numpy as np
import pyarrow as pa
from isal import isal_zlib
from isal.igzip import IGzipFile

from detector.errors import Unreadable
from detector.sources.limits import (
    BLOCK_BYTES,
    CHUNK_BYTES,
    MAX_CELLS,
    MAX_RATIO,
    MAX_RECORD_BYTES,
    RATIO_FREE_BYTES,
)
from detector.sources.text import printable

_CODECS: Final = {".gz": "gzip", ".zst": "zstd"}
_NEWLINE: Final = 0x0A
_QUOTE: Final = 0x22
_NEAR: Final = 1 << 17
_KEPT: Final = BLOCK_BYTES
# Its stub calls the class an exception of it.
_DAMAGED: Final = cast("type[Exception]", isal_zlib.error)
T = TypeVar("T")


def chunks(path: Path, name: str) -> Iterator[bytes]:
    """Yield a file's text as UTF-8 bytes, decompressed, without a byte order mark.

    Raises
    ------
    Unreadable
        If the compressed stream is cut off, damaged or grows beyond ``MAX_RATIO``.
    """
    return _utf8(_decompressed(path, name))


def _decompressed(path: Path, name: str) -> Iterator[bytes]:
    codec = _CODECS.get(path.suffix.lower())
    size, grown = max(path.stat().st_size, 1), 0
    room = memoryview(bytearray(CHUNK_BYTES))
    with _opened(path, codec) as stream:
        while chunk := _next(stream, room, name, codec):
            grown += len(chunk)
            if grown > RATIO_FREE_BYTES and grown > MAX_RATIO * size:
                raise Unreadable(
                    f"{printable(name)} grows to more than {MAX_RATIO} times its size when "
                    "decompressed; it looks like a compression bomb and was not read"
                )
            yield chunk


@contextmanager
def _opened(path: Path, codec: str | None) -> Iterator[IGzipFile | pa.NativeFile]:
    """A file's bytes, decompressed: gzip by ISA-L, three times as fast as zlib."""
    with ExitStack() as stack:
        if codec == "gzip":
            yield stack.enter_context(IGzipFile(str(path)))
            return
        stream = stack.enter_context(pa.OSFile(str(path)))
        if codec:
            stream = stack.enter_context(pa.CompressedInputStream(stream, codec))
        yield stream


def _next(
    stream: IGzipFile | pa.NativeFile, room: memoryview, name: str, codec: str | None
) -> bytes:
    try:
        if isinstance(stream, IGzipFile):
            return bytes(stream.read(len(room)))
        # What Arrow's ``read`` asks memory for is never let go of where a stream is damaged.
        return bytes(room[: stream.readinto(room)])
    except (OSError, EOFError, OverflowError, _DAMAGED) as error:
        # OverflowError: the header of a gzip stream that does not end.
        if codec is None:
            raise
        raise Unreadable(
            f"{printable(name)} is cut off or damaged: its {codec} stream cannot be read to "
            "the end; export or copy the file again"
        ) from error


def _utf8(source: Iterator[bytes]) -> Iterator[bytes]:
    head = next(source, b"")
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        decoder = codecs.getincrementaldecoder("utf-16")(errors="replace")
        yield decoder.decode(head).encode("utf-8", "replace")
        for chunk in source:
            yield decoder.decode(chunk).encode("utf-8", "replace")
        yield decoder.decode(b"", final=True).encode("utf-8", "replace")
        return
    yield head.removeprefix(codecs.BOM_UTF8)
    yield from source


def read_ahead(source: Iterator[T]) -> Iterator[T]:
    """Fetch the next item in a second thread while the caller works on this one."""
    end = object()
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, source, end)
        while (item := coming.result()) is not end:
            coming = pool.submit(next, source, end)
            yield cast("T", item)


@dataclass(frozen=True)
class Block:
    """Whole records of a text file, or the first bytes of one record that is too long.

    ``led`` are the records after ``lead`` bytes that each block was asked to begin with;
    ``quotes`` what was counted of them while they came.
    """

    led: bytes
    oversized: bool = False
    lead: int = 0
    quotes: int | None = field(default=None, compare=False)

    @property
    def data(self) -> bytes:
        """The records alone."""
        return self.led[self.lead :] if self.lead else self.led

    @cached_property
    def newlines(self) -> int:
        """How many newlines it has, those in quotes and before its records as well."""
        return count(self.led, _NEWLINE)

    @property
    def is_quoted(self) -> bool:
        """Whether a double quote is in it."""
        return b'"' in self.led if self.quotes is None else self.quotes > 0


def blocks(
    source: Iterator[bytes],
    *,
    quoted: bool,
    size: int = BLOCK_BYTES,
    near: int = BLOCK_BYTES,
    lead: bytes = b"",
) -> Iterator[Block]:
    """Cut a stream into blocks of whole records.

    A record ends at a newline; where ``quoted``, at one outside double quotes. A record
    longer than ``MAX_RECORD_BYTES`` comes as an ``oversized`` block with its first bytes, and
    reading goes on after the next newline. Each block of records begins with ``lead``, which
    is cheaper here than a copy later. A block has ``size`` bytes, or ``near`` ones where a
    record ends in its last chunk. Whoever lets go of a block before asking for the next one
    spares a copy.
    """
    room = _Room(lead, quoted=quoted)
    for chunk in source:
        room.take(chunk)
        if room.length < min(near, size):
            continue
        rest = room.cut_last(chunk)
        if rest is None and room.length < size:
            continue
        if rest is None:
            rest = room.cut()
        if room.is_whole:
            yield room.block()
        if len(rest) > MAX_RECORD_BYTES:
            head, rest = _skip(rest, source)
            yield head
        room.begin(rest)
    if 0 < room.length <= MAX_RECORD_BYTES:
        yield room.block()
        return
    rest = room.rest()
    while len(rest) > MAX_RECORD_BYTES and not _last_end(rest, quoted=quoted):
        head, rest = _skip(rest, iter(()))
        yield head
    if rest:
        yield Block(lead + rest, lead=len(lead))


class _Room:
    """What came of a stream since the last cut, after a lead.

    All blocks of a stream lie here in turn: memory that is asked of the system anew for each
    of them costs as much as what is done with it.
    """

    def __init__(self, lead: bytes, *, quoted: bool) -> None:
        _keep_memory()
        self._bytes = io.BytesIO()
        self._lead = self._bytes.write(lead)
        self._quoted = quoted
        self._quotes = 0

    @property
    def length(self) -> int:
        """How many bytes came."""
        return self._bytes.tell() - self._lead

    @property
    def is_whole(self) -> bool:
        """Whether any record was left by a cut."""
        return self.length > 0

    def begin(self, rest: bytes) -> None:
        """Begin anew with what is left of a cut."""
        self._bytes.seek(self._lead)
        self._quotes = 0
        self.take(rest)

    def take(self, chunk: bytes) -> None:
        """Add what came."""
        self._bytes.write(chunk)
        if self._quoted:  # counted while it is near the processor
            self._quotes += _quotes(chunk)

    def cut_last(self, last: bytes) -> bytes | None:
        """Cut after the last newline of what came last, and return the rest.

        None where no record ends there; nothing is copied but the rest.
        """
        end = last.rfind(b"\n") + 1
        rest = last[end:]
        quotes = self._quotes - (_quotes(rest) if self._quotes else 0)
        if not end or quotes % 2:
            return None
        self._bytes.seek(-len(rest), io.SEEK_CUR)
        self._quotes = quotes
        return rest

    def cut(self) -> bytes:
        """Cut after the last whole record, if any, and return the rest."""
        data = self.rest()
        end = _last_end(data, quoted=self._quoted)
        self.begin(data[:end])
        return data[end:]

    def block(self) -> Block:
        """What came, until it begins anew."""
        self._bytes.truncate()
        quotes = self._quotes if self._quoted else None
        return Block(self._bytes.getvalue(), lead=self._lead, quotes=quotes)

    def rest(self) -> bytes:
        """What came, without the lead."""
        self._bytes.truncate()
        return self._bytes.getvalue()[self._lead :]


@cache
def _keep_memory() -> None:
    """Have blocks lie, in this process, in memory that is kept when they are let go.

    glibc takes pieces as large as the largest it was given back from memory it keeps.
    """
    bytes(_KEPT)


def _quotes(data: bytes) -> int:
    # The search is done in no time; counting is slower, even of nothing.
    return count(data, _QUOTE) if b'"' in data else 0


def count(data: bytes, byte: int) -> int:
    """Count a byte, five times as fast as ``bytes.count``: piece by piece, near the processor."""
    view = np.frombuffer(data, dtype=np.uint8)
    pieces = (view[at : at + _NEAR] for at in range(0, len(view), _NEAR))
    return sum(int(np.count_nonzero(piece == byte)) for piece in pieces)


def thin(block: Block, columns: int) -> Iterator[Block]:
    """Cut a block of very short records into blocks of fewer: each costs a row of all columns."""
    cells = block.newlines * columns
    if block.oversized or cells <= MAX_CELLS:
        yield block
        return
    data, lead = block.data, block.led[: block.lead]
    size = max(len(data) * MAX_CELLS // cells, 1 << 12)
    while data:
        end = _last_end(data[:size], quoted=True) or len(data)
        yield Block(lead + data[:end], lead=len(lead))
        data = data[end:]


def lines_of(data: bytes) -> Iterator[bytes]:
    """The lines of a block that are not blank, one at a time: they may be very many."""
    at = 0
    while at < len(data):
        end = data.find(b"\n", at)
        end = len(data) if end < 0 else end
        line = data[at:end]
        if line.strip():
            yield line
        at = end + 1


def _skip(held: bytes, source: Iterator[bytes]) -> tuple[Block, bytes]:
    """Drop the first line of ``held``, reading on until it ends; return its head and the rest."""
    block = Block(held[:4096], oversized=True)
    left: bytes | None = held
    while left is not None and (end := left.find(b"\n")) < 0:
        left = next(source, None)
    return block, b"" if left is None else left[end + 1 :]


def _last_end(data: bytes, *, quoted: bool) -> int:
    """Return the offset after the last record that is whole, or 0."""
    end = data.rfind(b"\n")
    if end < 0 or not quoted or _quotes(data[:end]) % 2 == 0:
        return end + 1
    view = np.frombuffer(data, dtype=np.uint8)
    ends = np.flatnonzero((view == _NEWLINE) & outside_quotes(view))
    return int(ends[-1]) + 1 if len(ends) else 0


def outside_quotes(view: np.ndarray) -> np.ndarray:
    """Which bytes lie outside double quotes; a byte each, where a sum would take eight."""
    return ~np.logical_xor.accumulate(view == _QUOTE)
