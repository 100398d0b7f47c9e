"""Text files other than CSV: JSON in lines, in one document or several, and metrics."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

import polars as pl

from detector.errors import DataError, NotData, UnknownShape, Unreadable
from detector.sources import foreign
from detector.sources.jsonlines import has_objects, read_jsonl
from detector.sources.layout import REQUIRED, Layout, schema_of
from detector.sources.limits import HEAD_BYTES, MAX_RECORD_BYTES
from detector.sources.listing import InputFile
from detector.sources.native import cur
from detector.sources.native.adapter import Adapter, Hasher
from detector.sources.native.documents import document, lines
from detector.sources.raw import RawPart
from detector.sources.text import printable

_SNIFFED: Final = 20
"""First lines that are looked at to tell a native log."""


@dataclass(frozen=True)
class Opened:
    """A text with its first bytes read; ``whole`` where nothing comes after them."""

    head: bytes
    rest: Iterator[bytes]
    whole: bool

    @property
    def source(self) -> Iterator[bytes]:
        """The text from its beginning, once."""
        return chain([self.head], self.rest)

    @property
    def is_blank(self) -> bool:
        """Whether the text is white space alone."""
        return self.whole and not self.head.strip()


def opened(source: Iterator[bytes]) -> Opened:
    """Read on until some whole lines are there (a record with a body may be long)."""
    head = b""
    for chunk in source:
        head += chunk
        if (len(head) >= HEAD_BYTES and b"\n" in head) or len(head) > MAX_RECORD_BYTES:
            return Opened(head, source, whole=False)
    return Opened(head, source, whole=True)


class ChosenColumns:
    """Chooses columns, and remembers by which layout."""

    def __init__(self, file: InputFile, *, with_natives: bool = False) -> None:
        self._file = file
        self._with_natives = with_natives
        self.cost_report = False

    def __call__(self, found: Sequence[str]) -> dict[str, str]:
        """Return {name in the file: name in the contract}."""
        if self._file.table == "usage" and cur.recognises(found):
            self.cost_report = True
            return cur.select(found)
        try:
            return Layout(self._file.table, self._file.path).select(found)
        except DataError as error:
            if not self._with_natives:
                raise
            raise type(error)(f"{error}; it is {_no_native(self._file.table)}") from error

    def late(self, chosen: Mapping[str, str]) -> dict[str, str]:
        """Return {name in the file: name in the contract} of what may come further below."""
        return {} if self.cost_report else Layout(self._file.table, self._file.path).late(chosen)

    def finished(self, part: RawPart) -> RawPart:
        """Return the part with the contract's columns."""
        return (
            replace(part, frame=cur.to_usage(part.frame), blank=None) if self.cost_report else part
        )


def read_text(file: InputFile, form: str, text: Opened, hashed: Hasher) -> Iterator[RawPart]:
    """Yield the parts of a text file; ``form`` is the first of its extensions.

    Raises
    ------
    DataError
        ``NotData``, ``UnknownShape`` or ``Unreadable`` where it is none of this table.
    """
    by_line = form in ("jsonl", "ndjson")
    if not by_line and file.table == "gpu_telemetry":
        from detector.sources.native import dcgm_text

        if dcgm_text.recognises(text.head.decode("utf-8", "replace")):
            yield from dcgm_text.read(text.source, file.path)
            return
    adapter = _adapter_of_lines(file.table, text.head)
    if adapter is not None:
        from detector.sources.native.adapters import adapt

        yield from adapt(adapter, lines(text.source, adapter.lists), hashed)
    elif by_line:
        yield from _lines(file, text, hashed)
    elif _has_contract_keys(file.table, _first_line(text.head)):
        yield from _contract_lines(file, text.source)
    else:
        yield from _document(file, form, text, hashed)


def refuse_no_data(file: InputFile, text: Opened) -> None:
    """Refuse a file whose content is known to be no data.

    Raises
    ------
    NotData
        Names the file and what it is.
    """
    kind = foreign.no_data(text.head)
    if kind is not None:
        raise NotData(f"{printable(file.path)} is {kind}, not data of {file.table}")


def _contract_lines(file: InputFile, source: Iterator[bytes]) -> Iterator[RawPart]:
    select = ChosenColumns(file, with_natives=True)
    for part in read_jsonl(source, file.path, select, _decimals(file.table), select.late):
        yield select.finished(part)


def _lines(file: InputFile, text: Opened, hashed: Hasher) -> Iterator[RawPart]:
    """Read lines in the contract's layout; documents, where no line is an object."""
    refuse_no_data(file, text)
    if text.whole and foreign.holds_nothing(text.head):
        return
    found = None if has_objects(text.head) else _documents(file, text, hashed)
    yield from _contract_lines(file, text.source) if found is None else found


def _documents(file: InputFile, text: Opened, hashed: Hasher) -> Iterator[RawPart] | None:
    """The parts of documents of a native log or of the contract's rows; None for others."""
    adapter = _adapter_of_document(file.table, text.head)
    if adapter is not None:
        from detector.sources.native.adapters import adapt

        return adapt(adapter, document(text.source, adapter.lists), hashed)
    first = next(document(iter([text.head]), ()), None)
    if first and _has_contract_keys(file.table, first.record):
        return _contract_lines(file, _as_lines(text.source))
    return None


def _document(file: InputFile, form: str, text: Opened, hashed: Hasher) -> Iterator[RawPart]:
    """Read one document or several: of a native log, or of the contract's rows."""
    found = _documents(file, text, hashed)
    if found is not None:
        yield from found
        return
    if text.whole and foreign.holds_nothing(text.head):
        return
    refuse_no_data(file, text)
    broken = foreign.broken_json(text.head) if text.whole and form == "json" else None
    if broken is not None:
        raise Unreadable(
            f"{printable(file.path)} is not valid JSON: {broken}; export or copy the file again"
        )
    raise UnknownShape(
        f"{printable(file.path)} is {_no_native(file.table)}; expected "
        "Parquet, CSV or JSON lines in the contract's layout"
    )


def _no_native(table: str) -> str:
    """Say which native logs of a table there are.

    >>> _no_native("labels")
    'of no known shape, and there is no native log of labels'
    """
    from detector.sources.native.adapters import ADAPTERS

    names = [adapter.name for adapter in ADAPTERS if adapter.table == table]
    if table == "gpu_telemetry":
        names.append("DCGM exporter text")
    if not names:
        return f"of no known shape, and there is no native log of {table}"
    return f"no known native log of {table} ({', '.join(names)})"


def _as_lines(source: Iterator[bytes]) -> Iterator[bytes]:
    """The records of documents as a line each; of what is none, why."""
    for found in document(source, ()):
        if found.record is not None:
            yield json.dumps(found.record, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
        elif found.beside is None:
            yield found.reason.encode() + b"\n"


def _first_line(head: bytes) -> object:
    try:
        return json.loads(head.lstrip().split(b"\n", 1)[0])
    except (ValueError, RecursionError):
        return None


def _has_contract_keys(table: str, record: object) -> bool:
    if not isinstance(record, dict):
        return False
    keys = {str(key).casefold() for key in record}
    known = {column.casefold() for column in REQUIRED[table]} <= keys
    return known or (table == "usage" and cur.recognises([str(key) for key in record]))


def _adapter_of_lines(table: str, head: bytes) -> Adapter | None:
    """Find the adapter of JSON lines; None for the contract's own layout."""
    for line in head.split(b"\n", _SNIFFED)[:_SNIFFED]:
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(record, dict) and set(REQUIRED[table]) <= record.keys():
            return None
        from detector.sources.native.adapters import ADAPTERS, find

        for adapter in ADAPTERS:
            if adapter.table == table:
                first = next(lines(iter([line]), adapter.lists), None)
                if first is not None and find(table, [first.record]) is adapter:
                    return adapter
    return None


def _adapter_of_document(table: str, head: bytes) -> Adapter | None:
    from detector.sources.native.adapters import ADAPTERS, find

    for adapter in ADAPTERS:
        if adapter.table == table:
            found = document(iter([head]), adapter.lists)
            records = [item.record for item, _ in zip(found, range(_SNIFFED), strict=False)]
            if find(table, records) is adapter:
                return adapter
    return None


def _decimals(table: str) -> frozenset[str]:
    return frozenset(c for c, kind in schema_of(table).items() if isinstance(kind, pl.Decimal))
