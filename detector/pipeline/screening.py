"""How the parties of a source are screened: in full, or from what a state has kept.

A state keeps what was screened in a folder of its own. Whatever is wrong with it (missing,
damaged, of another version, not to be written) costs a full screening and nothing else. A state
under pseudonyms has no names to screen: it was screened where they came in.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Final, TypeVar

import polars as pl
from polars.exceptions import PolarsError

from detector.errors import StateError
from detector.pipeline.stored import StoredLogs
from detector.policy.names.against import NAME_HITS, current
from detector.policy.names.hidden import (
    COMPARED,
    HIDDEN_NAMES,
    PLACES,
    Hidden,
    hidden,
    nothing_hidden,
    rejoined,
)  # fmt: skip
from detector.policy.names.kept import (
    ENTRIES,
    NAMES,
    Kept,
    contents,
    nothing_kept,
    rescreened,
    those,
)  # fmt: skip
from detector.policy.names.screen import of_parties
from detector.sources import Source
from detector.state import Disk, pseudonym
from detector.state.lock import exclusive, exclusive_now, shared
from detector.state.manifest import Stored, canonical, stored
from detector.state.store import SCREENED, read_whole

_LOCK: Final = ".lock"
_LISTED: Final = "screened.json"
_TABLES: Final[Mapping[type, Mapping[str, pl.Schema]]] = {
    Kept: {"names": NAMES, "entries": ENTRIES, "hits": NAME_HITS},
    Hidden: {
        "names": HIDDEN_NAMES, "places": PLACES, "entries": COMPARED, "hits": NAME_HITS
    },
}  # fmt: skip
_Screened = TypeVar("_Screened", Kept, Hidden)


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

    #: Entries that no name of the source was ever compared with.
    unseen = 0

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
        first = self._kept is None
        if self._kept is None:
            self._before = None if self._folder is None else read_screened(self._folder, Kept)
            self._kept = self._before or nothing_kept()
        names = parties["name"].drop_nulls().unique().alias("name")
        self._asked = pl.concat([self._asked, names]).unique()
        known = self._kept.names["name"]
        if first or not names.is_in(known.implode()).all():
            # What another caller of this run may ask for is not dropped yet.
            self._kept = self._screened(pl.concat([known, names]))
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
                write_screened(self._folder, kept, self._disk)
            except OSError:
                return

    def _screened(self, names: pl.Series) -> Kept:
        return rescreened(self._kept, names, self._entries, as_of=self._as_of)


class HiddenScreener:
    """Gives what was found where the names came in, under their pseudonyms.

    Parameters
    ----------
    entries, as_of
        As of :class:`Screener`.
    folder
        Where the state keeps what was found.

    Attributes
    ----------
    unseen : int
        Entries in force that no name was compared with: nobody is clear of them.
    """

    def __init__(self, entries: pl.DataFrame, as_of: date, folder: Path) -> None:
        found = read_screened(folder, Hidden) or nothing_hidden()
        self._rows = current(entries, as_of)
        seen = those(contents(self._rows), found.entries, ["entry_key", "content"])
        self.unseen = self._rows.height - seen.height
        self._hits, self._places = those(found.hits, seen, ["entry_key"]), found.places

    def __call__(self, parties: pl.DataFrame) -> pl.DataFrame:
        """Hits of parties; those of the band ``again`` are for the source to compare."""
        return of_parties(parties, self._hits, self._rows, self._places)

    def keep(self) -> None:
        """Leave what was found as it is: only ingest sees names."""


def screener(source: Source, entries: pl.DataFrame, as_of: date) -> Screener | HiddenScreener:
    """Give what screens parties of a source against entries in force on a day.

    The hits are those of a full screening, bit for bit. After the last call, ``keep()`` leaves
    them for the next run.
    """
    if not isinstance(source, StoredLogs):
        return Screener(entries, as_of, None)
    folder = source.root / SCREENED
    if source.manifest.pseudonyms is not None:
        return HiddenScreener(entries, as_of, folder)
    return Screener(entries, as_of, folder)


def screen_hidden(
    folder: Path, parties: pl.DataFrame, entries: pl.DataFrame, key: bytes,
    *, wait: float, disk: Disk | None = None,
) -> None:  # fmt: skip
    """Screen names before they are hidden, and leave what was found under pseudonyms.

    Parameters
    ----------
    folder
        Where a state under pseudonyms keeps it.
    parties
        ``name`` and ``address`` in the clear, of what comes in now.
    entries
        Entries of every day. Names of old are looked up by their marks.
    key
        Of the pseudonyms.
    wait
        Seconds to wait for who reads there.

    Raises
    ------
    OSError
        Where nothing can be written there.
    StateError
        Where somebody reads there for longer than ``wait`` seconds.
    """
    disk = disk or Disk()
    before = read_screened(folder, Hidden)
    kept = rescreened(None, parties["name"], entries, as_of=None)
    fresh = hidden(kept, parties, entries, key, partial(pseudonym, key=key))
    disk.make_folder(folder)
    with exclusive(folder / _LOCK, wait):
        _write_all(folder, rejoined(before, fresh, entries, key), disk)


def read_screened(folder: Path, kind: type[_Screened]) -> _Screened | None:
    """What was kept of a screening; None where it is not whole."""
    tables = _TABLES[kind]
    with shared(folder / _LOCK):
        try:
            told = json.loads((folder / _LISTED).read_bytes())
            version, files = str(told["version"]), dict(told["files"])
            frames = {name: _read(folder, name, Stored(**files[name])) for name in tables}
        except (OSError, StateError, ValueError, KeyError, TypeError, PolarsError):
            return None
    if any(frames[name].schema != schema for name, schema in tables.items()):
        return None
    return kind(version, **frames)


def _read(folder: Path, name: str, measure: Stored) -> pl.DataFrame:
    return pl.read_parquet(BytesIO(read_whole(folder / _file(name, measure), measure)))


def _file(name: str, measure: Stored) -> str:
    """A file's name holds its content's hash: an older one stands until no list names it."""
    return f"{name}-{measure.sha256[:16]}.parquet"


def write_screened(folder: Path, kept: Kept | Hidden, disk: Disk) -> bool:
    """Write what was screened; False where somebody else reads or writes there.

    Raises
    ------
    OSError
        Where nothing can be written there.
    """
    disk.make_folder(folder)
    with exclusive_now(folder / _LOCK) as free:
        if free:
            _write_all(folder, kept, disk)
        return free


def _write_all(folder: Path, kept: Kept | Hidden, disk: Disk) -> None:
    """The files first, then the list that names them; what it does not name goes."""
    tables = _TABLES[type(kept)]
    files = {name: _write(folder, name, getattr(kept, name), disk) for name in tables}
    told = {"version": kept.version, "files": {n: asdict(m) for n, m in files.items()}}
    _replace(folder / _LISTED, canonical(told), disk)
    named = {_LOCK, _LISTED, *(_file(name, measure) for name, measure in files.items())}
    for left in folder.iterdir():
        if left.name not in named:
            disk.remove(left)


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
        getattr(kept, name).equals(getattr(before, name)) for name in _TABLES[Kept]
    )
