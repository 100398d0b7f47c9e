"""Opening one file: its format by extension, a native layout by content."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from detector.errors import DataError
from detector.sources.csvfile import read_csv
from detector.sources.discover import InputFile, extension
from detector.sources.jsonlines import read_jsonl
from detector.sources.layout import Layout, schema_of
from detector.sources.parquetfile import read_parquet
from detector.sources.raw import RawPart
from detector.sources.streams import chunks
from detector.sources.text import printable


def open_parts(root: Path, file: InputFile, hash_key: bytes) -> Iterator[RawPart]:
    """Yield the raw parts of a file, with the contract's column names."""
    path = root / file.path
    layout = Layout(file.table, file.path)
    form = (extension(file.path) or "").split(".")[0]
    match form:
        case "parquet":
            yield from read_parquet(path, file.path, layout.select)
        case "csv":
            yield from read_csv(chunks(path, file.path), file.path, layout.select)
        case "jsonl" | "ndjson":
            exact = _decimals(file.table)
            yield from read_jsonl(chunks(path, file.path), file.path, layout.select, exact)
        case _:
            raise DataError(
                f"{printable(file.path)} is none of the known native exports; expected "
                "Parquet, CSV or JSON lines"
            )


def _decimals(table: str) -> frozenset[str]:
    schema = schema_of(table)
    return frozenset(c for c, dtype in schema.items() if isinstance(dtype, pl.Decimal))
