"""One file of a table of facts, wherever it lies and whatever it is called."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from detector.errors import UsageError
from detector.sources.layout import schema_of
from detector.sources.ledger import FileRecord
from detector.sources.listing import CONTRACT_EXTENSIONS, NATIVE_EXTENSIONS, InputFile, extension
from detector.sources.logs import FAR
from detector.sources.native.adapter import Hasher
from detector.sources.place import LocalPlace
from detector.sources.reading import Reading, now, read_file
from detector.sources.text import printable


@dataclass(frozen=True)
class OneFile:
    """The rows of a file that count, normalised, and what became of the others."""

    rows: pl.DataFrame
    record: FileRecord


def read_one(path: Path, table: str) -> OneFile:
    """Read a file as one of a table, in the contract's layout or a native one.

    Raises
    ------
    UsageError
        If there is no such file, or its name ends like none that is read.
    DataError
        If it has the wrong shape, is no data or cannot be read to its end.
    """
    if not path.is_file():
        raise UsageError(f"there is no file at {printable(str(path))}; name a file of {table}")
    if extension(path.name) is None:
        endings = ", ".join((*CONTRACT_EXTENSIONS, *NATIVE_EXTENSIONS))
        raise UsageError(
            f"{printable(path.name)} ends like no file that is read; expected one of {endings}"
        )
    place = LocalPlace(path.parent)
    size, sha256 = path.stat().st_size, place.sha256(path.name)
    file, record = InputFile(path.name, table, size, sha256), FileRecord()
    reading = Reading(place, Hasher(bytes.fromhex(sha256)), now(), FAR)
    parts = [part.frame for part in read_file(reading, file, record)]
    return OneFile(pl.concat([pl.DataFrame(schema=schema_of(table)), *parts]), record)
