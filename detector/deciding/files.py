"""A file of decisions with rows added: what it held stays as it was, to the byte where it can."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from detector.errors import DataError
from detector.results.tables import FORMULA
from detector.sources.layout import Layout
from features.tables.decisions import LABELS

Row = dict[str, Any]
COLUMNS: Final = tuple(LABELS.schema.column_names())
_TIMES: Final = ("decided_at", "expires_at")
# Ids must stay what they are; these two are words for people, who open such files in spreadsheets.
_WORDS: Final = ("reviewer", "note")
_HEAD_LINES: Final = 200
_MEND: Final = "mend it, or name another file"


def harmless(rows: Sequence[Row], kind: str) -> list[Row]:
    """Rows as they stand in a file of this kind: no words in CSV that a spreadsheet would run."""
    if kind != "csv":
        return list(rows)
    words = pl.DataFrame({name: [row[name] for row in rows] for name in _WORDS})
    text = pl.all()
    safe = words.select(
        pl.when(text.str.contains(FORMULA)).then(pl.lit("'") + text).otherwise(text).name.keep()
    )
    return [row | words for row, words in zip(rows, safe.to_dicts(), strict=True)]


def with_rows(data: bytes, kind: str, name: str, rows: Sequence[Row]) -> bytes:
    """Return the bytes of a file with rows added; no bytes are a new file.

    Raises
    ------
    DataError
        It cannot be added to: it lacks a column that is needed, is no UTF-8 or is damaged.
    """
    return _KINDS[kind](data, name, rows)


def _as_csv(data: bytes, name: str, rows: Sequence[Row]) -> bytes:
    if not data.strip():
        return _records([COLUMNS, *(_cells(row, COLUMNS) for row in rows)], ",", "\n")
    text = _text(data, name)
    head = text.partition("\n")[0]
    newline = "\r\n" if head.endswith("\r") else "\n"
    separator = max(",;\t|", key=head.count)
    header = [cell.strip() for cell in next(csv.reader([head.rstrip("\r")], delimiter=separator))]
    names = _names(header, name)
    missing = [column for column in COLUMNS if column not in names.values()]
    if missing:
        data = _widened(text, name, separator, newline, missing)
    end = b"" if data.endswith(b"\n") else newline.encode()
    whole = [names.get(column, column) for column in (*header, *missing)]
    added = _records([_cells(row, whole) for row in rows], separator, newline)
    return data + end + added


def _widened(
    text: str, name: str, separator: str, newline: str, missing: Sequence[str]
) -> bytes:  # fmt: skip
    """The records of a CSV with more columns, empty but for their names."""
    try:
        records = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error as error:
        raise DataError(
            f"{name} lacks the columns {', '.join(missing)}, and cannot get them: {error}; {_MEND}"
        ) from error
    empty = [""] * len(missing)
    wide = [[*records[0], *missing], *([*each, *empty] for each in records[1:] if each)]
    return _records(wide, separator, newline)


def _records(records: Sequence[Sequence[str]], separator: str, newline: str) -> bytes:
    held = io.StringIO(newline="")
    csv.writer(held, delimiter=separator, lineterminator=newline).writerows(records)
    return held.getvalue().encode()


def _cells(row: Row, columns: Sequence[str]) -> list[str]:
    return [_plain(row.get(column)) or "" for column in columns]


def _as_json_lines(data: bytes, name: str, rows: Sequence[Row]) -> bytes:
    text = _text(data, name)
    names = _names(_keys(text), name) if data.strip() else {}
    mine = {column: found for found, column in names.items()}
    # Every key in every row; ASCII alone, so that nothing in a note can be obeyed.
    added = "".join(
        json.dumps({mine.get(column, column): _plain(row[column]) for column in COLUMNS}) + "\n"
        for row in rows
    ).encode()
    # Readers take the keys of the first lines for those of the file.
    if data.strip() and len(mine) < len(COLUMNS):
        return added + text.encode()
    end = b"" if not data or data.endswith(b"\n") else b"\n"
    return data + end + added


def _keys(text: str) -> list[str]:
    keys: dict[str, None] = {}
    for line in text.split("\n", _HEAD_LINES)[:_HEAD_LINES]:
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(record, dict):
            keys.update(dict.fromkeys(record))
    return list(keys)


def _as_parquet(data: bytes, name: str, rows: Sequence[Row]) -> bytes:
    try:
        held = pq.read_table(pa.BufferReader(data)) if data else _empty()
        names = _names(held.column_names, name)
        for column in COLUMNS:
            if column not in names.values():
                kind = _empty().schema.field(column).type
                held = held.append_column(column, pa.nulls(held.num_rows, kind))
        added = [
            pa.array([_typed(row.get(names.get(field.name, field.name)), field.type)
                      for row in rows], type=field.type)
            for field in held.schema
        ]  # fmt: skip
        plain = held.replace_schema_metadata(None)
        whole = pa.concat_tables([plain, pa.Table.from_arrays(added, schema=plain.schema)])
    except (pa.ArrowException, TypeError, OverflowError) as error:
        raise DataError(f"{name} cannot be added to as Parquet: {error}; {_MEND}") from error
    written = pa.BufferOutputStream()
    pq.write_table(whole, written, compression="zstd")
    return bytes(written.getvalue())


def _empty() -> Any:
    times = pa.timestamp("us", tz="UTC")
    return pa.schema(
        [(name, times if name in _TIMES else pa.string()) for name in COLUMNS]
    ).empty_table()


def _typed(value: str | datetime | None, kind: Any) -> Any:
    return value if pa.types.is_timestamp(kind) else _plain(value)


def _plain(value: str | datetime | None) -> str | None:
    return f"{value:%Y-%m-%dT%H:%M:%SZ}" if isinstance(value, datetime) else value


def _text(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{name} is not UTF-8, and rows are added to UTF-8 alone; {_MEND}"
        ) from error


def _names(found: Sequence[str], name: str) -> Mapping[str, str]:
    """The table's name of each column of the file that it reads."""
    return Layout(LABELS.name, name).select(found)


_KINDS: Final[Mapping[str, Callable[[bytes, str, Sequence[Row]], bytes]]] = {
    "csv": _as_csv, "jsonl": _as_json_lines, "ndjson": _as_json_lines, "parquet": _as_parquet,
}  # fmt: skip
KINDS: Final = tuple(_KINDS)
