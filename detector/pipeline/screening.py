"""How the parties of a source are screened: in full, or from what a state has kept.

A state keeps what was screened in a folder of its own. Whatever is wrong with it (missing,
damaged, of another version, not to be written) costs a full screening and nothing else.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Final

import polars as pl
from polars.exceptions import PolarsError

from detector.errors import StateError
from detector.pipeline.stored import StoredLogs
from detector.policy.names.against import NAME_HITS, current
from detector.policy.names.kept import ENTRIES, NAMES, Kept, nothing_kept, rescreened
from detector.policy.names.screen import of_parties
from detector.sources import Source
from detector.state import Disk
from detector.state.lock import exclusive_now, shared
from detector.state.manifest import Stored, canonical, stored
from detector.state.store import SCREENED, read_whole

_LOCK: Final = ".lock"
_LISTED: Final = "screened.json"
_TABLES: Final = {"names": NAMES, "entries": ENTRIES, "hits": NAME_HITS}


class Screener:
    """Screens the parties of one run; a name that it was asked for before is not read again.

    Parameters
    ----------
    entries
        Entries of lists.
    as_of
        Only those in force on this day are compared.
    folder
        Where what was screened is kept; None where it is not.
    disk
        The file system.
    """

    def __init__(
        self, entries: pl.DataFrame, as_of: date, folder: Path | None, disk: Disk | None = None
    ) -> None:
        self._entries, self._as_of, self._folder = entries, as_of, folder
        self._rows = current(entries, as_of)
        self._disk = disk or Disk()
        self._asked = pl.Series("name", [], pl.String)
        self._before: Kept | None = None
        self._kept: Kept | None = None

    def __call__(self, parties: pl.DataFrame) -> pl.DataFrame:
        """Hits of parties: ``detector.policy.names.screen.HITS``, those of a full screening."""
        if self._kept is None:
            self._before = None if self._folder is None else read_kept(self._folder)
            self._kept = self._before or nothing_kept()
        names = parties["name"].drop_nulls().unique().alias("name")
        self._asked = pl.concat([self._asked, names]).unique()
        # What another caller of this run may ask for is not dropped yet.
        self._kept = self._screened(pl.concat([self._kept.names["name"], names]))
        return of_parties(parties, self._kept.hits, self._rows)

    def keep(self) -> None:
        """Write what this run has asked for, for the next one, and drop all else.

        Nothing is written where the folder cannot be, or another run reads or writes there.
        """
        if self._kept is None or self._folder is None:
            return
        kept = self._screened(self._asked)
        if self._before is None or not _same(kept, self._before):
            try:
                write_kept(self._folder, kept, self._disk)
            except OSError:
                return

    def _screened(self, names: pl.Series) -> Kept:
        return rescreened(self._kept, names, self._entries, as_of=self._as_of)


def screener(source: Source, entries: pl.DataFrame, as_of: date) -> Screener:
    """Give what screens parties of a source against entries in force on a day.

    The hits are those of a full screening, bit for bit. After the last call, ``keep()`` leaves
    them for the next run.
    """
    folder = source.root / SCREENED if isinstance(source, StoredLogs) else None
    return Screener(entries, as_of, folder)


def read_kept(folder: Path) -> Kept | None:
    """What an earlier run has kept; None where it is not whole."""
    with shared(folder / _LOCK):
        try:
            told = json.loads((folder / _LISTED).read_bytes())
            version, files = str(told["version"]), dict(told["files"])
            frames = {name: _read(folder, name, Stored(**files[name])) for name in _TABLES}
        except (OSError, StateError, ValueError, KeyError, TypeError, PolarsError):
            return None
    if any(frames[name].schema != schema for name, schema in _TABLES.items()):
        return None
    return Kept(version, **frames)


def _read(folder: Path, name: str, measure: Stored) -> pl.DataFrame:
    return pl.read_parquet(BytesIO(read_whole(folder / _file(name, measure), measure)))


def _file(name: str, measure: Stored) -> str:
    """A file's name holds its content's hash: an older one stands until no list names it."""
    return f"{name}-{measure.sha256[:16]}.parquet"


def write_kept(folder: Path, kept: Kept, disk: Disk) -> bool:
    """Write what was screened; False where somebody else reads or writes there.

    Raises
    ------
    OSError
        Where nothing can be written there.
    """
    disk.make_folder(folder)
    with exclusive_now(folder / _LOCK) as free:
        if free:
            files = {name: _write(folder, name, getattr(kept, name), disk) for name in _TABLES}
            told = {"version": kept.version, "files": {n: asdict(m) for n, m in files.items()}}
            _replace(folder / _LISTED, canonical(told), disk)
            named = {_LOCK, _LISTED, *(_file(name, measure) for name, measure in files.items())}
            for left in folder.iterdir():
                if left.name not in named:
                    disk.remove(left)
        return free


def _write(folder: Path, name: str, frame: pl.DataFrame, disk: Disk) -> Stored:
    buffer = BytesIO()
    frame.write_parquet(buffer, compression="zstd", compression_level=1)
    data = buffer.getvalue()
    measure = stored(data)
    _replace(folder / _file(name, measure), data, disk)
    return measure


def _replace(path: Path, data: bytes, disk: Disk) -> None:
    beside = path.with_name(f".{path.name}.new")
    disk.write(beside, data)
    disk.replace(beside, path)


def _same(kept: Kept, before: Kept) -> bool:
    return kept.version == before.version and all(
        getattr(kept, name).equals(getattr(before, name)) for name in _TABLES
    )
