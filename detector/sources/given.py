"""What a caller has, as a source: what ``read_logs`` gave, a path, or tables in memory."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import polars as pl

from detector.errors import DataError, UsageError
from detector.sources.discover import Found
from detector.sources.frames import Frames
from detector.sources.labelled import LABELS, Labelled
from detector.sources.layout import Layout, schema_of
from detector.sources.ledger import TableCounts, gate
from detector.sources.listing import InputFile, extension
from detector.sources.logs import Logs, read_logs
from detector.sources.normalise import normalise
from detector.sources.place import LocalPlace
from detector.sources.raw import numbered
from detector.sources.source import Source
from detector.sources.text import printable
from features.frames import eager
from features.tables import SCHEMAS

# Reviewers decide after the logs end: what was known when is asked where the rows are read.
_ANY_TIME: Final = datetime(9999, 1, 1, tzinfo=UTC)
_MAX_BAD: Final = 0.05


def as_source(logs: object, as_of: datetime | None = None, labels: object = None) -> Source:
    """What a caller has, as a source.

    Parameters
    ----------
    logs
        What ``read_logs`` and its kin gave, the path or address of a log folder, or a mapping
        of table names to Polars, pandas or Arrow frames; what is not in the contract's types
        is read as the columns of a file are.
    labels
        Decisions in the place of the table ``labels``: a frame, or the path of a file.

    Raises
    ------
    DataError
        Where there is no such folder or table, or a frame has the wrong shape.
    UsageError
        Where it is none of these.
    """
    source = _source(logs, as_of)
    return source if labels is None else Labelled(source, _decisions(labels, source.as_of))


def labels_alone(path: Path, max_bad: float = _MAX_BAD) -> Logs:
    """A log folder, or a single file as if it were a folder of labels alone.

    Raises
    ------
    UsageError
        Where there is no such file or it is of no known kind.
    """
    if path.is_dir():
        return read_logs(path, _ANY_TIME, max_bad=max_bad)
    if not path.is_file() or extension(path.name) is None:
        what = "is of no known kind" if path.is_file() else "does not exist"
        raise UsageError(f"'{path}' {what}; expected CSV, JSON lines or Parquet of labels")
    place = LocalPlace(path.parent)
    file = InputFile(path.name, LABELS, path.stat().st_size, place.sha256(path.name))
    return Logs(Found(place, {LABELS: [file]}), _ANY_TIME, max_bad=max_bad)


def _source(logs: object, as_of: datetime | None) -> Source:
    if isinstance(logs, Source):
        return logs
    if isinstance(logs, str | Path):
        return read_logs(logs, as_of)
    if isinstance(logs, Mapping):
        return _frames(logs, as_of)
    raise UsageError(
        f"logs is a {type(logs).__name__}; expected what read_logs(path) gives, the path of a log "
        "folder, or a mapping of table names to frames, such as {'usage': frame}"
    )


def _decisions(labels: object, as_of: datetime) -> Source:
    if not isinstance(labels, str | Path):
        return _frames({LABELS: labels}, as_of)
    read = labels_alone(Path(labels))
    if LABELS not in read:
        raise UsageError(f"'{labels}' holds no table of labels; name the file with decisions")
    return _frames({LABELS: pl.concat(list(read.parts(LABELS)))}, as_of)


def _frames(tables: Mapping[Any, Any], as_of: datetime | None) -> Frames:
    """Tables by name; those that are not in the contract's types are read and checked."""
    strangers = [printable(str(name), 60) for name in tables if name not in SCHEMAS]
    if strangers:
        raise DataError(f"there is no table '{strangers[0]}'; known are {', '.join(SCHEMAS)}")
    frames: dict[str, pl.LazyFrame] = {}
    counts: dict[str, TableCounts] = {}
    aside: list[pl.DataFrame] = []
    for name, given in tables.items():
        if isinstance(given, pl.LazyFrame) and given.collect_schema() == schema_of(name):
            frames[name] = given
            continue
        frames[name], counts[name], bad = _read(name, given)
        aside.append(bad)
    if not aside:
        return Frames(frames, as_of)
    return Frames(frames, as_of, counts=counts, quarantine=pl.concat(aside))


def _read(table: str, given: object) -> tuple[pl.LazyFrame, TableCounts, pl.DataFrame]:
    """The rows of a frame in the contract's types, how many there were, and the bad ones."""
    file = f"frame '{table}'"
    try:
        frame = eager(given)
    except ValueError as error:
        raise UsageError(f"the table '{table}': {printable(str(error), 300)}") from error
    if frame is None:
        raise UsageError(
            f"the table '{table}' is a {type(given).__name__}; expected a Polars, pandas or Arrow "
            "frame"
        )
    chosen = Layout(table, file).select(frame.columns)
    picked = frame.select(pl.col(key).alias(name) for key, name in chosen.items())
    part = normalise(numbered(picked, 1), table, file)
    counts = TableCounts(part.read, part.frame.height, part.quarantined, part.unmapped)
    gate(table, counts, part.quarantine, _MAX_BAD)
    return part.frame.lazy(), counts, part.quarantine
