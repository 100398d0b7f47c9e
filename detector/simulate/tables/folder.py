"""The log folder under construction: weekly Parquet parts, or one small file a table."""

from __future__ import annotations

import gzip
import io
import shutil
from pathlib import Path
from typing import Final

import polars as pl
import pyarrow as pa

from detector.errors import OutputError
from detector.simulate.frame import START
from detector.simulate.tables.dirt import Dirt

# In the mixed layout every reader of the contract has a table to read.
_FORMATS: Final = {
    "usage/aws": "parquet", "usage/azure": "csv.gz", "usage/gcp": "csv.zst",
    "usage/neocloud": "jsonl.gz", "accounts": "csv", "account_links": "csv.gz",
    "account_owners": "jsonl.zst", "payments": "jsonl.gz", "events": "parquet",
    "model_usage": "parquet", "gpu_telemetry": "parquet", "inventory": "csv",
    "labels": "jsonl", "fx": "csv", "tenders": "ndjson", "entity_owners": "csv.zst",
    "partners": "csv", "partner_customers": "jsonl.gz", "exceptions": "csv.gz",
    "abuse_reports": "jsonl.zst", "indicators": "csv.zst",
}  # fmt: skip
_ROW_GROUP: Final = 131_072


class Folder:
    """Writes tables of one world; the same frames give the same bytes."""

    def __init__(self, path: Path, layout: str, dirt: Dirt | None = None) -> None:
        self.path = path
        self.layout = layout
        self._dirt = dirt
        self._kept: dict[str, list[pl.DataFrame]] = {}
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise OutputError(f"{path} is not an empty folder; choose another name for --out.")
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"{path} cannot be made: {error.strerror}.") from error

    def part(self, table: str, day: int, frame: pl.DataFrame, source: str | None = None) -> None:
        """Write or keep the rows of one week."""
        if frame.is_empty():
            return
        frame = self._dirt.spoil(table, frame) if self._dirt else frame
        name = f"{table}/{source}" if source else table
        if self.layout == "mixed":
            self._kept.setdefault(name, []).append(frame)
            return
        date = START.date().fromordinal(START.toordinal() + day)
        if source:
            file = self.path / table / f"source={source}" / f"period={date}" / "part-0.parquet"
        else:
            file = self.path / table / f"{date}.parquet"
        write_parquet(frame, file)

    def whole(self, table: str, frame: pl.DataFrame, more: pl.DataFrame | None = None) -> None:
        """Write a table that comes in one piece; ``more`` are rows that stay as they are."""
        if frame.is_empty():
            return
        frame = self._dirt.spoil(table, frame) if self._dirt else frame
        frame = frame if more is None else pl.concat([frame, more])
        if self.layout == "mixed":
            self._kept.setdefault(table, []).append(frame)
        else:
            write_parquet(frame, self.path / f"{table}.parquet")

    def beside(self, name: str, text: str) -> None:
        """Write a file that is no table.

        Raises
        ------
        OutputError
            If there is no space or no permission.
        """
        _put(self.path / name, text.encode())

    def finish(self) -> None:
        """Write what was kept; a dirty folder also gets one file twice."""
        events = sorted((self.path / "events").glob("*.parquet")) if self._dirt else []
        for file in events[:1]:
            shutil.copyfile(file, file.with_name(f"copy-of-{file.name}"))
        for name, frames in self._kept.items():
            form = _FORMATS[name]
            file = self.path / f"{name}.{form}"
            frame = pl.concat(frames)
            if form == "parquet":
                write_parquet(frame, file, level=19)
            else:
                write_text(frame, file, form)
        self._kept.clear()


def write_parquet(frame: pl.DataFrame, file: Path, level: int = 3) -> None:
    """Write one Parquet file with fixed settings.

    Raises
    ------
    OutputError
        If there is no space or no permission.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        frame.write_parquet(
            file, compression="zstd", compression_level=level, row_group_size=_ROW_GROUP
        )
    except OSError as error:
        raise OutputError(f"{file} cannot be written: {error}.") from error


def write_text(frame: pl.DataFrame, file: Path, form: str) -> None:
    """Write CSV or JSON lines, compressed as the name says and without a time stamp."""
    plain = _csv(frame) if form.startswith("csv") else _json(frame)
    if form.endswith(".gz"):
        buffer = io.BytesIO()
        with gzip.GzipFile(fileobj=buffer, mode="wb", compresslevel=9, mtime=0) as packed:
            packed.write(plain)
        plain = buffer.getvalue()
    elif form.endswith(".zst"):
        plain = pa.Codec("zstd", compression_level=15).compress(plain, asbytes=True)
    _put(file, plain)


def _put(file: Path, data: bytes) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    except OSError as error:
        raise OutputError(f"{file} cannot be written: {error.strerror}.") from error


def _plain(frame: pl.DataFrame) -> pl.DataFrame:
    times = [name for name, kind in frame.schema.items() if isinstance(kind, pl.Datetime)]
    lists = [name for name, kind in frame.schema.items() if isinstance(kind, pl.List)]
    exact = [name for name, kind in frame.schema.items() if isinstance(kind, pl.Decimal)]
    return frame.with_columns(
        [pl.col(name).dt.strftime("%Y-%m-%dT%H:%M:%SZ") for name in times]
        + [pl.col(name).cast(pl.List(pl.String)).list.join(";") for name in lists]
        + [pl.col(name).cast(pl.String) for name in exact]
    )


def _csv(frame: pl.DataFrame) -> bytes:
    return _plain(frame).write_csv().encode()


def _json(frame: pl.DataFrame) -> bytes:
    return _plain(frame).write_ndjson().encode()
