"""Parquet: only the needed columns, a bounded number of rows at a time."""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from detector.errors import DataError, Unreadable
from detector.sources import arrow, pages
from detector.sources.csvfile import Select
from detector.sources.limits import (
    FREE_ROWS,
    MAX_CHUNK_BYTES,
    MAX_COLUMNS,
    MAX_DEPTH,
    MAX_GROUP_BYTES,
    MAX_PART_BYTES,
    MAX_RATIO,
    MAX_RECORD_BYTES,
    MAX_ROWS_PER_BYTE,
    PART_ROWS,
)
from detector.sources.raw import RawPart, numbered
from detector.sources.text import printable


def read_parquet(path: Path, name: str, select: Select) -> Iterator[RawPart]:
    """Yield the wanted columns of a Parquet file in slices of at most ``PART_ROWS`` rows.

    Raises
    ------
    DataError
        If the file is cut off or damaged, or looks like a compression bomb.
    """
    metadata, found = _metadata(path, name)
    wanted = select(found)
    if not metadata.num_rows:
        return
    _refuse_bombs(path, metadata, set(wanted), name)
    first = 1
    try:
        for frame in _frames(path, metadata, wanted):
            yield numbered(frame, first)
            first += frame.height
    except (pl.exceptions.PolarsError, pa.ArrowException, OSError, OverflowError) as error:
        raise _damaged(name) from error


def columns(path: Path, name: str) -> list[str]:
    """Return the names of the columns of a file.

    Raises
    ------
    DataError
        If the file is cut off or damaged.
    """
    return _metadata(path, name)[1]


def scannable(path: Path, name: str) -> bool:
    """Whether Polars may scan the file by itself.

    Raises
    ------
    DataError
        If the file is cut off or damaged.
    """
    _metadata(path, name)
    return _polars_reads(pq.read_schema(path))


def _frames(
    path: Path, metadata: pq.FileMetaData, wanted: Mapping[str, str]
) -> Iterator[pl.DataFrame]:
    """Yield the wanted columns, under their contract names, in order."""
    with pq.ParquetFile(path) as file:
        schema = file.schema_arrow
    if not _polars_reads(schema):
        yield from _by_arrow(path, metadata, schema, wanted)
        return
    columns = [pl.col(key).alias(target) for key, target in wanted.items()]
    for start, length in _spans(metadata, len(wanted)):
        scan = pl.scan_parquet(path, hive_partitioning=False, glob=False)
        yield scan.slice(start, length).select(columns).collect()


def _polars_reads(schema: pa.Schema) -> bool:
    """Whether Polars reads the file: it looks at all columns, wanted or not.

    Categories are left to Arrow: Polars would hash the text of each row anew, which a long
    text makes endless.
    """
    distinct = len(set(schema.names)) == len(schema.names)
    return distinct and all(arrow.polars_reads(kind) for kind in schema.types)


def _by_arrow(
    path: Path, metadata: pq.FileMetaData, schema: pa.Schema, wanted: Mapping[str, str]
) -> Iterator[pl.DataFrame]:
    """Read each distinct text once, and rows that point at it."""
    places = {key: schema.names.index(key) for key in wanted}
    texts = [key for key, place in places.items() if _is_text(schema.types[place])]
    nested = [key for key, place in places.items() if pa.types.is_nested(schema.types[place])]
    rows = _rows_of(metadata, set(nested))
    held: list[pl.DataFrame] = []
    with pq.ParquetFile(path, read_dictionary=texts) as file:
        # A batch ends at the end of a row group too; the next ones fill it up.
        for batch in file.iter_batches(batch_size=rows, columns=list(wanted)):
            names = batch.schema.names
            held.append(pl.DataFrame([
                arrow.column(batch.column(names.index(key))).alias(target)
                for key, target in wanted.items()
            ]))  # fmt: skip
            if sum(frame.height for frame in held) >= rows:
                yield pl.concat(held, rechunk=True)
                held = []
    if held:
        yield pl.concat(held, rechunk=True)


def _is_text(kind: pa.DataType) -> bool:
    tests = (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary)
    return any(test(kind) for test in tests)


def _rows_of(metadata: pq.FileMetaData, nested: set[str]) -> int:
    """Return how many rows may be held at once, if each names the longest text of its column.

    Arrow copies a text in a nested column for each row that names it.
    """
    longest = max((chunk.total_uncompressed_size for chunk in _chunks(metadata, nested)), default=0)
    return max(1, min(PART_ROWS, MAX_PART_BYTES // max(longest, 1))) if nested else PART_ROWS


def _chunks(metadata: pq.FileMetaData, wanted: set[str]) -> Iterator[pq.ColumnChunkMetaData]:
    for index in range(metadata.num_row_groups):
        group = metadata.row_group(index)
        for column in range(group.num_columns):
            chunk = group.column(column)
            if chunk.path_in_schema.split(".", 1)[0] in wanted:
                yield chunk


def _spans(metadata: pq.FileMetaData, columns: int) -> Iterator[tuple[int, int]]:
    """Yield (first row, rows): small row groups together, one too large in slices."""
    start = length = 0
    for index in range(metadata.num_row_groups):
        group = metadata.row_group(index)
        rows = group.num_rows
        if length and length + rows > PART_ROWS:
            yield start, length
            start, length = start + length, 0
        if _decoded(group, columns) > MAX_GROUP_BYTES:
            for at in range(0, rows, PART_ROWS):
                yield start + at, min(PART_ROWS, rows - at)
            start += rows
        else:
            length += rows
    if length:
        yield start, length


def _decoded(group: pq.RowGroupMetaData, columns: int) -> int:
    """Estimate the bytes of a row group in memory (a view of a text takes 16)."""
    return max(int(group.num_rows) * columns * 16, int(group.total_byte_size))


def _metadata(path: Path, name: str) -> tuple[pq.FileMetaData, list[str]]:
    try:
        with pq.ParquetFile(path) as file:
            metadata, schema, depth = file.metadata, file.schema_arrow, _depth(file.schema)
        if len(schema.names) <= MAX_COLUMNS and depth <= MAX_DEPTH and _polars_reads(schema):
            # It refuses types that cannot be, at which Arrow would end the process.
            pl.scan_parquet(path, hive_partitioning=False, glob=False).collect_schema()
    except (pl.exceptions.PolarsError, pa.ArrowException, OSError, ValueError) as error:
        raise _damaged(name) from error
    if len(schema.names) > MAX_COLUMNS or depth > MAX_DEPTH:
        raise Unreadable(
            f"{printable(name)} has {len(schema.names)} columns, nested {depth} deep; at most "
            f"{MAX_COLUMNS} columns and {MAX_DEPTH} levels are read"
        )
    return metadata, list(schema.names)


def _depth(schema: pq.ParquetSchema) -> int:
    levels = (schema.column(i).max_definition_level for i in range(len(schema)))
    return max(levels, default=0)


def _damaged(name: str) -> DataError:
    return Unreadable(
        f"{printable(name)} is not a whole Parquet file: it is cut off or damaged; "
        "export or copy the file again"
    )


def _refuse_bombs(path: Path, metadata: pq.FileMetaData, wanted: set[str], name: str) -> None:
    """Refuse a file that is small on disk and huge in memory or time."""
    rows, size = metadata.num_rows, path.stat().st_size
    if rows > FREE_ROWS and rows > MAX_ROWS_PER_BYTE * size:
        raise _bomb(name, f"{rows} rows in {size} bytes")
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for index in range(metadata.num_row_groups):
            group = metadata.row_group(index)
            for column in range(group.num_columns):
                chunk = group.column(column)
                if chunk.path_in_schema.split(".", 1)[0] in wanted:
                    _refuse_bomb(data, chunk, group.num_rows, name)


def _refuse_bomb(data: mmap.mmap, chunk: pq.ColumnChunkMetaData, rows: int, name: str) -> None:
    stored = max(chunk.total_compressed_size, 1)
    start = chunk.dictionary_page_offset or chunk.data_page_offset
    real = pages.grown(data, start, min(start + stored, len(data)))
    if real is None:
        raise _bomb(name, f"a column of more than {pages.MAX_PAGES} pages")
    grown = max(chunk.total_uncompressed_size, real)
    wide = grown > MAX_RECORD_BYTES * max(rows, 1)
    if wide or (grown > MAX_CHUNK_BYTES and grown > MAX_RATIO * stored):
        raise _bomb(name, f"a column of {grown >> 20} MiB in {stored} bytes")


def _bomb(name: str, found: str) -> DataError:
    return Unreadable(
        f"{printable(name)} holds {found}; it looks like a compression bomb and was not read"
    )
