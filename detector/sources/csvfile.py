"""CSV: blocks parsed at full speed, a block that does not parse is read record by record."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import chain
from typing import Final

import numpy as np
import polars as pl

from detector.errors import DataError, UnknownShape
from detector.sources import separators
from detector.sources.limits import (
    MAX_COLUMNS,
    MAX_RECORD_BYTES,
    NEAR_BYTES,
    PART_BYTES,
    PART_ROWS,
)
from detector.sources.raw import BadRecord, Gathered, RawPart
from detector.sources.streams import Block, blocks, outside_quotes, thin
from detector.sources.text import printable

Select = Callable[[Sequence[str]], Mapping[str, str]]
"""From the columns found in a file to those wanted: file name -> contract name."""

NULLS: Final = ("", "NULL")
_END: Final = b"\x02"
"""Stands in an extra last column of each record; a record too short lacks it there."""


@dataclass(frozen=True)
class _Header:
    names: tuple[str, ...]
    wanted: dict[int, str]
    separator: str

    @cached_property
    def parsed(self) -> list[str]:
        """What the fast parser calls each column: as the contract does those wanted."""
        return [self.wanted.get(i, f"c{i}") for i in range(len(self.names))]

    @property
    def last(self) -> str:
        """What the fast parser calls the last column."""
        return self.parsed[-1]

    @cached_property
    def schema(self) -> dict[str, pl.DataType]:
        """What the fast parser is told of all columns."""
        return dict.fromkeys(self.parsed, pl.String())

    @cached_property
    def asked(self) -> list[str]:
        """The columns that the fast parser is asked for: those wanted, and the last."""
        return [self.parsed[i] for i in sorted({*self.wanted, len(self.names) - 1})]

    @property
    def is_whole(self) -> bool:
        """Whether the fast parser is asked for every column: it refuses more fields then."""
        return len(self.asked) == len(self.names)

    @property
    def line(self) -> bytes:
        """A header line without quotes, for the fast parser."""
        return self.separator.join(self.parsed).encode() + b"\n"


def read_csv(source: Iterator[bytes], name: str, select: Select) -> Iterator[RawPart]:
    """Yield the wanted columns of a CSV file as text, in blocks.

    Parameters
    ----------
    source
        Decompressed UTF-8 bytes.
    name
        The file's name, for messages.
    select
        Says which columns are wanted; raises ``DataError`` if required ones are missing.
    """
    header, body = _header(source, name, select)
    return _together(_parts(header, body))


def _parts(header: _Header, body: Iterator[bytes]) -> Iterator[tuple[RawPart, int]]:
    first, guarded = 1, False
    for whole in blocks(body, quoted=True, near=NEAR_BYTES, lead=header.line):
        cut = _parsed(whole, header)
        del whole  # its memory is that of the next one
        for block, frame in cut:
            if block.oversized:
                part = _oversized(block, first, header)
            else:
                part, guarded = _checked(block, frame, first, header, guarded=guarded)
            first += part.read
            size = len(block.led)
            del block, frame
            yield part, size


def _parsed(whole: Block, header: _Header) -> Iterator[tuple[Block, pl.DataFrame | None]]:
    """A block with what the fast parser makes of it; of very short records several blocks."""
    frame = None if whole.oversized or whole.is_quoted else _fast(whole, header)
    if frame is not None:
        yield whole, frame
        return
    for block in thin(whole, len(header.names)):
        yield block, None if block.oversized else _fast(block, header)


def _together(parts: Iterator[tuple[RawPart, int]]) -> Iterator[RawPart]:
    """Join neighbouring parts of sound records, each with its bytes of text: few are looked at."""
    held: list[RawPart] = []
    text = 0
    for part, size in parts:
        rows = sum(len(one.rows) for one in held) + len(part.rows)
        alike = not part.bad and all(one.blank == part.blank for one in held)
        if held and (not alike or rows > PART_ROWS or text + size > PART_BYTES):
            yield _joined(held)
            held, text = [], 0
        held.append(part)
        text += size
        if part.bad:
            yield _joined(held)
            held, text = [], 0
    if held:
        yield _joined(held)


def _joined(held: list[RawPart]) -> RawPart:
    if len(held) == 1:
        return held[0]
    frame = pl.concat([part.frame for part in held])
    return replace(held[0], frame=frame, rows=pl.concat([part.rows for part in held]))


def _header(source: Iterator[bytes], name: str, select: Select) -> tuple[_Header, Iterator[bytes]]:
    held = b""
    for chunk in source:
        held += chunk
        if b"\n" in chunk or len(held) > MAX_RECORD_BYTES:
            break
    line, newline, rest = held.partition(b"\n")
    if not line.strip() or (not newline and len(line) > MAX_RECORD_BYTES):
        raise UnknownShape(
            f"{printable(name)} has no header line: expected CSV with column names in its "
            f"first line, found {'an endless line' if line.strip() else 'nothing'}"
        )
    text = line.decode("utf-8", "replace").rstrip("\r")
    separator = max(",;\t|", key=text.count)
    names = tuple(n.strip() for n in _fields(text, separator) or [text])
    if len(names) > MAX_COLUMNS:
        raise DataError(
            f"{printable(name)} has {len(names)} columns; at most {MAX_COLUMNS} are read"
        )
    chosen = select(names)
    wanted: dict[int, str] = {}
    for index, column in enumerate(names):
        target = chosen.get(column)
        if target is not None and target not in wanted.values():
            wanted[index] = target
    return _Header(names, wanted, separator), chain([rest], source)


def _fields(text: str, separator: str) -> list[str] | None:
    """Split one record; None if it is not CSV, or more than one."""
    try:
        return next(csv.reader([text], delimiter=separator, strict=True), [])
    except csv.Error:
        return None


def _checked(
    block: Block, frame: pl.DataFrame | None, first: int, header: _Header, *, guarded: bool
) -> tuple[RawPart, bool]:
    """Take what was parsed fast; if anything is odd, read record by record.

    The fast parser fills records that are too short with nulls, silently. So its last column
    is watched: once it holds a null and separators do not tell that all fields are there, this
    block and the next ones are read again with a mark at the end of each record. Where not all
    columns are asked for, it drops what a record has too much, and separators must tell of that.
    """
    if frame is not None and (guarded or frame[header.last].null_count()):
        guarded = guarded or not _has_all_fields(block, header, frame.height)
        frame = _marked(block.data, header) if guarded else frame
    elif frame is not None and not _none_is_long(block, header, frame.height):
        frame = None
    if frame is None:
        return _slow(block.data, first, header), guarded
    if frame.width != len(header.wanted):
        frame = frame.select(list(header.wanted.values()))
    rows = pl.int_range(first, first + frame.height, dtype=pl.Int64, eager=True).alias("_row")
    # The mark of a guarded block is taken out of texts after its nulls were told.
    return RawPart(frame, rows, blank=None if guarded else frozenset()), guarded


def _fast(block: Block, header: _Header) -> pl.DataFrame | None:
    """Parse records after a header line; None where records are bad or may have been lost."""
    # An empty field too much is passed over at the end of a text without a last newline.
    led = block.led if block.led.endswith(b"\n") else block.led + b"\n"
    # A whole record has a byte a column, be it a separator or its newline. Where quotes are left
    # open, the parser passes over what it refuses without a bound.
    most = None if block.is_quoted else len(led) // len(header.names)
    try:
        frame = pl.read_csv(
            led,
            schema=header.schema,
            columns=None if header.is_whole else header.asked,
            n_rows=None if most is None else most + 1,
            separator=header.separator,
            # An empty field is null by itself where it is not quoted.
            null_values=list(NULLS) if block.is_quoted else "NULL",
            quote_char='"' if block.is_quoted else None,
        )
    except pl.exceptions.PolarsError:
        return None
    if most is None:
        whole = frame.height == _records(block, frame.height + 1) - 1
    else:  # each line is a row, and lines need not be counted
        whole = frame.height <= most
    return frame if whole else None


def _has_all_fields(block: Block, header: _Header, rows: int) -> bool:
    """Whether surely no record is too short: none was too long, and no separator is missing."""
    return header.is_whole and not block.is_quoted and _is_even(block, header, rows)


def _none_is_long(block: Block, header: _Header, rows: int) -> bool:
    """Whether no record is too long of those of which none is too short."""
    return header.is_whole or _is_even(block, header, rows)


def _is_even(block: Block, header: _Header, rows: int) -> bool:
    """Whether there are as many separators as these rows and the header need."""
    needed = (rows + 1) * (len(header.names) - 1)
    return separators.are(needed, block.led, ord(header.separator), quoted=block.is_quoted)


def _marked(data: bytes, header: _Header) -> pl.DataFrame | None:
    lines, carriage = data.count(b"\n"), data.count(b"\r\n")
    if carriage not in (0, lines):
        return None
    newline = b"\r\n" if carriage else b"\n"
    mark = header.separator.encode() + _END
    whole = data if data.endswith(b"\n") else data + newline
    marked = _Header((*header.names, "mark"), header.wanted, header.separator)
    led = marked.line + whole.replace(newline, mark + newline)
    block = Block(led, lead=len(marked.line))
    frame = _fast(block, marked)
    if frame is None:
        return None
    end = frame[marked.last]
    if end.null_count() or not bool((end == _END.decode()).all()):
        return None
    if not _none_is_long(block, marked, frame.height):
        return None
    if frame.height != lines:
        inside = (mark + newline).decode()
        frame = frame.with_columns(pl.all().str.replace_all(inside, newline.decode(), literal=True))
    return frame


def _records(block: Block, expected: int) -> int:
    """Count the records of a block and the line before them, quoted newlines left out."""
    open_end = not block.led.endswith(b"\n")
    if block.newlines + open_end == expected:
        return expected
    view = np.frombuffer(block.led, dtype=np.uint8)
    return int(((view == 0x0A) & outside_quotes(view)).sum()) + open_end


def _slow(data: bytes, first: int, header: _Header) -> RawPart:
    """Read a block record by record: bad records are set aside, the rest is kept."""
    found = Gathered(list(header.wanted.values()))
    for number, raw in enumerate(_lines(data, header), first):
        if isinstance(raw, list):
            found.good(number, [raw[i] if raw[i] not in NULLS else None for i in header.wanted])
        else:
            found.bad(number, partial(_why, raw, header), raw)
    return found.part()


def _lines(data: bytes, header: _Header) -> Iterator[list[str] | bytes]:
    """Yield each record as its fields, or as bytes if it is not one.

    A line that is a record is one, whatever quotes are in it. A record with a quote left open
    is given up after its first line, so that one stray quote costs one record and not the rest
    of the block.
    """
    at = 0
    while at < len(data):
        end = _end(data, at)
        line, after = data[at:end], end + 1
        alone = _record(line, header)
        if alone is None and line.count(b'"') % 2:
            close = after
            while close < len(data) and data.count(b'"', close, _end(data, close)) % 2 == 0:
                close = _end(data, close) + 1
            last = _end(data, close)
            joined = _record(data[at:last], header) if close < len(data) else None
            yield joined or line
            at = last + 1 if joined else after
            continue
        at = after
        if line.strip(b"\r"):
            yield alone or line


def _end(data: bytes, at: int) -> int:
    """Where the line ends that begins at a place."""
    end = data.find(b"\n", at)
    return len(data) if end < 0 else end


def _record(raw: bytes, header: _Header) -> list[str] | None:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return None
    fields = _fields(text.rstrip("\r"), header.separator)
    return fields if fields and len(fields) == len(header.names) else None


def _why(raw: bytes, header: _Header) -> str:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return "the line is not valid UTF-8"
    fields = _fields(text.rstrip("\r"), header.separator)
    if fields is None:
        return "the line is not valid CSV (a quote is left open or misplaced)"
    return f"the line has {len(fields)} fields, the header has {len(header.names)}"


def _oversized(block: Block, first: int, header: _Header) -> RawPart:
    empty = pl.DataFrame(schema=dict.fromkeys(header.wanted.values(), pl.String()))
    reason = f"the record is longer than {MAX_RECORD_BYTES >> 20} MiB"
    bad = BadRecord(first, reason, block.data[:2048].decode("utf-8", "replace"))
    return RawPart(empty, pl.Series("_row", [], dtype=pl.Int64), [bad])
