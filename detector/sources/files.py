"""Opening one file: its format by extension, a native layout by its content."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Final

import polars as pl

from detector.errors import DataError
from detector.sources.csvfile import Select, read_csv
from detector.sources.jsonlines import read_jsonl
from detector.sources.layout import REQUIRED, Layout, schema_of
from detector.sources.limits import HEAD_BYTES, MAX_RECORD_BYTES
from detector.sources.listing import InputFile, extension
from detector.sources.native import ADAPTERS, adapt, cur, dcgm_text, find
from detector.sources.native.adapter import Adapter, Hasher
from detector.sources.native.documents import document, lines
from detector.sources.parquetfile import read_parquet
from detector.sources.raw import RawPart
from detector.sources.streams import chunks
from detector.sources.text import printable

Reader = Callable[[Select], Iterator[RawPart]]
_SNIFFED: Final = 20
"""First lines that are looked at to tell a native log."""


def open_parts(root: Path, file: InputFile, hashed: Hasher) -> Iterator[RawPart]:
    """Yield the raw parts of a file, with the contract's column names.

    Raises
    ------
    DataError
        If the file has neither the contract's layout nor that of a known native log.
    """
    path = root
    form = (extension(file.path) or "").split(".")[0]
    if form == "parquet":
        yield from _tabular(file, lambda select: read_parquet(path, file.path, select))
    elif form == "csv":
        source = chunks(path, file.path)
        yield from _tabular(file, lambda select: read_csv(source, file.path, select))
    else:
        yield from _text(file, form, chunks(path, file.path), hashed)


def _tabular(file: InputFile, read: Reader) -> Iterator[RawPart]:
    """Read a table whose columns say whether it is the contract's or a cost report's."""
    select = _Select(file)
    for part in read(select):
        yield _of_cost_report(part) if select.cost_report else part


def _of_cost_report(part: RawPart) -> RawPart:
    return replace(part, frame=cur.to_usage(part.frame), blank=None)


class _Select:
    """Chooses columns, and remembers by which layout."""

    def __init__(self, file: InputFile) -> None:
        self._file = file
        self.cost_report = False

    def __call__(self, found: Sequence[str]) -> dict[str, str]:
        if self._file.table == "usage" and cur.recognises(found):
            self.cost_report = True
            return cur.select(found)
        return Layout(self._file.table, self._file.path).select(found)


def _text(file: InputFile, form: str, source: Iterator[bytes], hashed: Hasher) -> Iterator[RawPart]:
    head = _head(source)
    source = chain([head], source)
    if form in ("jsonl", "ndjson"):
        adapter = _adapter_of_lines(file.table, head)
        if adapter is not None:
            yield from adapt(adapter, lines(source, adapter.lists), hashed)
            return
        select = _Select(file)
        exact = _decimals(file.table)
        for part in read_jsonl(source, file.path, select, exact):
            yield _of_cost_report(part) if select.cost_report else part
    else:
        yield from _native(file, head, source, hashed)


def _native(
    file: InputFile, head: bytes, source: Iterator[bytes], hashed: Hasher
) -> Iterator[RawPart]:
    """Read a file whose extension is not one of the contract's: only native logs are."""
    shown = head.decode("utf-8", "replace")
    if file.table == "gpu_telemetry" and dcgm_text.recognises(shown):
        yield from dcgm_text.read(source, file.path)
        return
    adapter = _adapter_of_lines(file.table, head)
    if adapter is not None:
        yield from adapt(adapter, lines(source, adapter.lists), hashed)
        return
    adapter = _adapter_of_document(file.table, head)
    if adapter is None:
        names = ", ".join(a.name for a in ADAPTERS if a.table == file.table) or "none is known"
        raise DataError(
            f"{printable(file.path)} is no known native log of {file.table} ({names}); expected "
            "one of these, or Parquet, CSV or JSON lines in the contract's layout"
        )
    yield from adapt(adapter, document(source, adapter.lists), hashed)


def _head(source: Iterator[bytes]) -> bytes:
    """Read on until some whole lines are there (a record with a body may be long)."""
    head = b""
    for chunk in source:
        head += chunk
        if (len(head) >= HEAD_BYTES and b"\n" in head) or len(head) > MAX_RECORD_BYTES:
            break
    return head


def _adapter_of_lines(table: str, head: bytes) -> Adapter | None:
    """Find the adapter of JSON lines; None for the contract's own layout."""
    for line in head.split(b"\n", _SNIFFED)[:_SNIFFED]:
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(record, dict) and set(REQUIRED[table]) <= record.keys():
            return None
        for adapter in ADAPTERS:
            if adapter.table == table:
                first = next(lines(iter([line]), adapter.lists), None)
                if first is not None and find(table, [first.record]) is adapter:
                    return adapter
    return None


def _adapter_of_document(table: str, head: bytes) -> Adapter | None:
    for adapter in ADAPTERS:
        if adapter.table == table:
            found = document(iter([head]), adapter.lists)
            records = [item.record for item, _ in zip(found, range(_SNIFFED), strict=False)]
            if find(table, records) is adapter:
                return adapter
    return None


def _decimals(table: str) -> frozenset[str]:
    return frozenset(c for c, kind in schema_of(table).items() if isinstance(kind, pl.Decimal))
