"""How the parties of a source are screened: in full, or from what a state has kept.

A state keeps what was screened in a folder of its own. Whatever is wrong with it (missing,
damaged, of another version, not to be written) costs a full screening and nothing else. A state
under pseudonyms has no names to screen: it was screened where they came in.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from detector.pipeline.states import as_stored
from detector.policy.names.against import current
from detector.policy.names.kept import Kept, contents, nothing_kept, rescreened, those
from detector.policy.names.screen import of_parties, screen
from detector.sources import Source

if TYPE_CHECKING:
    from detector.state import Disk


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
        self._disk = disk
        self._asked = pl.Series("name", [], pl.String)
        self._before: Kept | None = None
        self._kept: Kept | None = None

    def __call__(self, parties: pl.DataFrame) -> pl.DataFrame:
        """Hits of parties: ``detector.policy.names.screen.HITS``, those of a full screening."""
        first = self._kept is None
        if self._kept is None:
            self._before = None if self._folder is None else _kept_in(self._folder)
            self._kept = self._before or nothing_kept()
        names = parties["name"].drop_nulls().unique().alias("name")
        self._asked = pl.concat([self._asked, names]).unique()
        known = self._kept.names["name"]
        if first or not names.is_in(known.implode()).all():
            # What another caller of this run may ask for is not dropped yet.
            self._kept = self._screened(pl.concat([known, names]))
        return of_parties(parties, self._kept.hits, self._rows)

    def compare(self, parties: pl.DataFrame, entries: pl.DataFrame) -> pl.DataFrame:
        """Hits of parties on entries of one's own; names that were read before find them."""
        names = parties["name"].drop_nulls().unique()
        known = self._kept or nothing_kept()
        alone = Kept(known.version, known.names, known.entries.clear(), known.hits.clear())
        every = pl.concat([known.names["name"], names])
        found = rescreened(alone, every, entries, as_of=None)
        return of_parties(parties, those(found.hits, names.to_frame("name"), ["name"]), entries)

    def keep(self) -> None:
        """Write what this run has asked for, for the next one, and drop all else.

        Nothing is written where the folder cannot be, or another run reads or writes there.
        """
        if self._kept is None or self._folder is None:
            return
        from detector.pipeline.screened_files import write_screened
        from detector.state import Disk

        kept = self._screened(self._asked)
        if self._before is None or not _same(kept, self._before):
            try:
                write_screened(self._folder, kept, self._disk or Disk())
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
        from detector.pipeline.screened_files import read_screened
        from detector.policy.names.hidden import Hidden, nothing_hidden

        found = read_screened(folder, Hidden) or nothing_hidden()
        self._rows, self._as_of = current(entries, as_of), as_of
        seen = those(contents(self._rows), found.entries, ["entry_key", "content"])
        self.unseen = self._rows.height - seen.height
        self._hits, self._places = those(found.hits, seen, ["entry_key"]), found.places

    def __call__(self, parties: pl.DataFrame) -> pl.DataFrame:
        """Hits of parties; those of the band ``again`` are for the source to compare."""
        return of_parties(parties, self._hits, self._rows, self._places)

    def compare(self, parties: pl.DataFrame, entries: pl.DataFrame) -> pl.DataFrame:
        """Hits of parties on entries that are hidden alike: a pseudonym is the same, or none."""
        same = parties.filter(pl.col("name").is_in(entries["name"].implode()))
        return screen(same, entries, as_of=self._as_of)

    def keep(self) -> None:
        """Leave what was found as it is: only ingest sees names."""


def screener(source: Source, entries: pl.DataFrame, as_of: date) -> Screener | HiddenScreener:
    """Give what screens parties of a source against entries in force on a day.

    The hits are those of a full screening, bit for bit. After the last call, ``keep()`` leaves
    them for the next run.
    """
    stored = as_stored(source)
    if stored is None:
        return Screener(entries, as_of, None)
    from detector.state.contents import SCREENED

    folder = stored.root / SCREENED
    if stored.pseudonymised:
        return HiddenScreener(entries, as_of, folder)
    return Screener(entries, as_of, folder)


def _kept_in(folder: Path) -> Kept | None:
    from detector.pipeline.screened_files import read_screened

    return read_screened(folder, Kept)


def _same(kept: Kept, before: Kept) -> bool:
    return (
        kept.version == before.version
        and kept.names.equals(before.names)
        and kept.entries.equals(before.entries)
        and kept.hits.equals(before.hits)
    )
