"""JSON lines: blocks parsed at full speed, a block that does not parse is read line by line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import chain
from typing import Any, Final

import polars as pl

from detector.errors import DataError, UnknownShape
from detector.sources.csvfile import NULLS, Select
from detector.sources.limits import MAX_COLUMNS, MAX_RECORD_BYTES
from detector.sources.raw import BadRecord, Gathered, RawPart, numbered
from detector.sources.streams import Block, blocks, lines_of
from detector.sources.text import printable

Late = Callable[[Mapping[str, str]], Mapping[str, str]]
SAMPLED_LINES: Final = 200
"""Lines whose keys say what a file is, and how it spells its columns."""


def read_jsonl(
    source: Iterator[bytes],
    name: str,
    select: Select,
    exact: frozenset[str] = frozenset(),
    late: Late | None = None,
) -> Iterator[RawPart]:
    """Yield the wanted keys of a JSON-lines file as text, in blocks.

    ``exact`` names the keys whose long number literals are kept digit by digit (a JSON parser
    would round them to a binary float). ``late`` says which keys, beside those of the first
    lines, are taken where a later line has them.
    """
    pieces = blocks(source, quoted=False)
    head = next(pieces, None)
    if head is None:
        return
    found = select(_keys(head.data, name))
    wanted = {**found, **(late(found) if found and late else {})}
    quote = _quoter(exact)
    first = 1
    for block in chain([head], pieces):
        part = (
            _oversized(block, first, wanted)
            if block.oversized
            else _parse(block.data, first, wanted, quote)
        )
        first += part.read
        yield _without_unused(part, set(wanted.values()) - set(found.values()))


def _without_unused(part: RawPart, late: set[str]) -> RawPart:
    """Leave out columns that might have come, where no line has a value of them."""
    unused = [c for c in late if part.frame[c].null_count() == part.frame.height]
    return replace(part, frame=part.frame.drop(unused)) if unused else part


def _keys(data: bytes, name: str) -> tuple[str, ...]:
    keys: dict[str, None] = {}
    for line in data.split(b"\n", SAMPLED_LINES)[:SAMPLED_LINES]:
        record = _load(line)
        if isinstance(record, dict):
            keys.update(dict.fromkeys(record))
    if len(keys) > MAX_COLUMNS:
        raise DataError(f"{printable(name)} has {len(keys)} keys; at most {MAX_COLUMNS} are read")
    if not keys and data.strip():
        raise UnknownShape(
            f"{printable(name)} is not JSON lines: none of its first {SAMPLED_LINES} lines is a "
            "JSON object; expected one object a line"
        )
    return tuple(keys)


def has_objects(data: bytes) -> bool:
    """Whether any of the first lines is a JSON object."""
    lines = data.split(b"\n", SAMPLED_LINES)[:SAMPLED_LINES]
    return any(isinstance(_load(line), dict) for line in lines)


def _load(line: bytes) -> Any:
    """Parse a line with numbers kept as their text; None if it is not JSON."""
    try:
        return json.loads(line.decode("utf-8"), parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        return None


def _quoter(exact: frozenset[str]) -> Callable[[bytes], bytes]:
    """Return a function that puts long number literals of the exact keys into quotes."""
    if not exact:
        return lambda data: data
    keys = "|".join(sorted(map(re.escape, exact)))
    literal = re.compile(rf'("(?:{keys})"\s*:\s*)(-?[0-9][0-9.]{{15,}})(?=\s*[,}}])'.encode())
    return lambda data: literal.sub(rb'\1"\2"', data)


def _parse(
    data: bytes, first: int, wanted: Mapping[str, str], quote: Callable[[bytes], bytes]
) -> RawPart:
    if not wanted:
        return _slow(data, first, wanted)
    try:
        frame = pl.read_ndjson(quote(data), schema=dict.fromkeys(wanted, pl.String()))
    except pl.exceptions.PolarsError:
        return _slow(data, first, wanted)
    if frame.height != data.count(b"\n") + (not data.endswith(b"\n")):
        return _slow(data, first, wanted)
    return numbered(_named(frame, wanted), first)


def _named(frame: pl.DataFrame, wanted: Mapping[str, str]) -> pl.DataFrame:
    """The columns under their contract names; of two keys of a column, the first with a value."""
    keys: dict[str, list[str]] = {}
    for key, target in wanted.items():
        keys.setdefault(target, []).append(key)
    columns = [pl.coalesce(named).alias(target) for target, named in keys.items()]
    return frame.select(columns).with_columns(
        pl.when(pl.all().is_in(list(NULLS))).then(None).otherwise(pl.all()).name.keep()
    )


def _slow(data: bytes, first: int, wanted: Mapping[str, str]) -> RawPart:
    found = Gathered(list(wanted))
    for number, line in enumerate(lines_of(data), first):
        record = _load(line)
        if isinstance(record, dict):
            found.good(number, [_text(record.get(key)) for key in wanted])
        else:
            found.bad(number, lambda: "the line is not a JSON object", line)
    part = found.part()
    return replace(part, frame=_named(part.frame, wanted))


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace").decode("utf-8")


def _oversized(block: Block, first: int, wanted: Mapping[str, str]) -> RawPart:
    empty = pl.DataFrame(schema=dict.fromkeys(wanted.values(), pl.String()))
    reason = f"the line is longer than {MAX_RECORD_BYTES >> 20} MiB"
    bad = BadRecord(first, reason, block.data[:2048].decode("utf-8", "replace"))
    return RawPart(empty, pl.Series("_row", [], dtype=pl.Int64), [bad])
