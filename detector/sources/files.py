"""Reading one file: its format by extension, a native layout by its content."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import polars as pl
import pyarrow as pa

from detector.errors import NotData, Unreadable
from detector.sources import ocsffile, parquetfile
from detector.sources.bounds import pieces
from detector.sources.csvfile import read_csv
from detector.sources.listing import InputFile, extension
from detector.sources.native.adapter import Hasher
from detector.sources.raw import RawPart
from detector.sources.streams import chunks
from detector.sources.text import printable
from detector.sources.textfile import ChosenColumns, opened, read_text, refuse_no_data

_CHECKPOINT: Final = frozenset({"add", "remove", "metaData", "protocol"})


def read_parts(path: Path, file: InputFile, hashed: Hasher) -> Iterator[RawPart]:
    """Yield the raw parts of the file at ``path``: contract's names, bounded values.

    A file without rows yields no part with rows.

    Raises
    ------
    NotData
        If the content is known to be no data: a manifest, a digest, an error page.
    UnknownShape
        If it is text, and neither the contract's nor a known native log.
    Unreadable
        If it is cut off, damaged, or grows beyond measure.
    DataError
        If it is a table without the columns it must have.
    """
    try:
        for part in _open_parts(path, file, hashed):
            yield from pieces(part, file.table)
    except (pl.exceptions.PolarsError, pa.ArrowException, OverflowError, OSError) as error:
        raise Unreadable(
            f"{printable(file.path)} cannot be read to its end ({type(error).__name__}); "
            "export or copy the file again"
        ) from error


def _open_parts(path: Path, file: InputFile, hashed: Hasher) -> Iterator[RawPart]:
    """Yield the parts of a file as they come, without bounds."""
    form = (extension(file.path) or "").split(".")[0]
    if not path.stat().st_size:
        return
    if form == "parquet":
        yield from _parquet(path, file, hashed)
        return
    text = opened(chunks(path, file.path))
    if text.is_blank:
        return
    if form == "csv":
        refuse_no_data(file, text)
        select = ChosenColumns(file)
        for part in read_csv(text.source, file.path, select):
            yield select.finished(part)
    else:
        yield from read_text(file, form, text, hashed)


def _parquet(path: Path, file: InputFile, hashed: Hasher) -> Iterator[RawPart]:
    found = parquetfile.columns(path, file.path)
    if not found:
        return
    if set(found) >= _CHECKPOINT:
        raise NotData(f"{printable(file.path)} is the log of a Delta table, not {file.table}")
    if file.table == "events" and ocsffile.recognises(found):
        yield from ocsffile.read_ocsf(path, file.path, hashed)
        return
    select = ChosenColumns(file)
    for part in parquetfile.read_parquet(path, file.path, select):
        yield select.finished(part)
