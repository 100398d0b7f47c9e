"""Parquet: only the needed columns, a bounded number of rows at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from detector.errors import DataError
from detector.sources.csvfile import Select
from detector.sources.limits import (
    FREE_ROWS,
    MAX_CHUNK_BYTES,
    MAX_COLUMNS,
    MAX_GROUP_BYTES,
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
    _refuse_bombs(metadata, set(wanted), path.stat().st_size, name)
    first = 1
    try:
        for frame in _frames(path, metadata, wanted):
            yield numbered(frame, first)
            first += frame.height
    except (pl.exceptions.PolarsError, pa.ArrowException, OSError) as error:
        raise _damaged(name) from error


def _frames(
    path: Path, metadata: pq.FileMetaData, wanted: Mapping[str, str]
) -> Iterator[pl.DataFrame]:
    """Yield the wanted columns, under their contract names, in order."""
    with pq.ParquetFile(path) as file:
        types = {f.name: f.type for f in file.schema_arrow if f.name in wanted}
    if any(pa.types.is_dictionary(kind) for kind in types.values()):
        yield from _by_dictionary(path, types, wanted)
        return
    columns = [pl.col(key).alias(target) for key, target in wanted.items()]
    for start, length in _spans(metadata, len(wanted)):
        scan = pl.scan_parquet(path, hive_partitioning=False, glob=False)
        yield scan.slice(start, length).select(columns).collect()


def _by_dictionary(
    path: Path, types: Mapping[str, pa.DataType], wanted: Mapping[str, str]
) -> Iterator[pl.DataFrame]:
    """Read a file with categories: each distinct text once, and rows that point at it.

    Polars would hash the text of each row anew, which a long text makes endless.
    """
    is_text = (pa.types.is_string, pa.types.is_large_string)
    texts = [name for name, kind in types.items() if any(test(kind) for test in is_text)]
    held: list[pl.DataFrame] = []
    with pq.ParquetFile(path, read_dictionary=texts) as file:
        # A batch ends at the end of a row group too; the next ones fill it up.
        for batch in file.iter_batches(batch_size=PART_ROWS, columns=list(wanted)):
            columns = [_column(batch.column(key)).alias(target) for key, target in wanted.items()]
            held.append(pl.DataFrame(columns))
            if sum(frame.height for frame in held) >= PART_ROWS:
                yield pl.concat(held, rechunk=True)
                held = []
    if held:
        yield pl.concat(held, rechunk=True)


def _column(array: pa.Array) -> pl.Series:
    if not pa.types.is_dictionary(array.type):
        return pl.Series(pl.from_arrow(array))
    return pl.Series(pl.from_arrow(array.dictionary)).gather(
        pl.Series(pl.from_arrow(array.indices))
    )


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
            metadata, found = file.metadata, list(file.schema_arrow.names)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _damaged(name) from error
    if len(found) > MAX_COLUMNS:
        raise DataError(
            f"{printable(name)} has {len(found)} columns; at most {MAX_COLUMNS} are read"
        )
    return metadata, found


def _damaged(name: str) -> DataError:
    return DataError(
        f"{printable(name)} is not a whole Parquet file: it is cut off or damaged; "
        "export or copy the file again"
    )


def _refuse_bombs(metadata: pq.FileMetaData, wanted: set[str], size: int, name: str) -> None:
    """Refuse a file that is small on disk and huge in memory or time."""
    rows = metadata.num_rows
    if rows > FREE_ROWS and rows > MAX_ROWS_PER_BYTE * size:
        raise _bomb(name, f"{rows} rows in {size} bytes")
    for index in range(metadata.num_row_groups):
        group = metadata.row_group(index)
        for column in range(group.num_columns):
            chunk = group.column(column)
            if chunk.path_in_schema.split(".", 1)[0] not in wanted:
                continue
            grown, stored = chunk.total_uncompressed_size, max(chunk.total_compressed_size, 1)
            wide = grown > MAX_RECORD_BYTES * max(group.num_rows, 1)
            if wide or (grown > MAX_CHUNK_BYTES and grown > MAX_RATIO * stored):
                raise _bomb(name, f"a column of {grown >> 20} MiB in {stored} bytes")


def _bomb(name: str, found: str) -> DataError:
    return DataError(
        f"{printable(name)} holds {found}; it looks like a compression bomb and was not read"
    )
