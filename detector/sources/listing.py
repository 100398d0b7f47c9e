"""Listing the files of the tables of a log folder: the one lister of every door.

A table is one file ``NAME.EXT`` or a folder ``NAME/`` of files. Files are taken in the order
of their relative path (as text), which is also the *order of ingest* inside one folder: of
two deliveries of one source and period under different parents, the one whose parent sorts
last replaces the other as a whole. Links are never followed and special files never opened;
names that begin with a dot or an underscore are left alone (a file that is still being copied
belongs under such a name).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final

from detector.errors import DataError
from detector.sources.foreign import why_not
from detector.sources.lists import FOLDER as LISTS
from detector.sources.lists import ListsPlace, lists_among
from detector.sources.place import Entry, Kind, Mark, Place
from detector.sources.text import printable
from features.tables import SCHEMAS

CONTRACT_EXTENSIONS: Final = (
    "parquet", "csv", "csv.gz", "csv.zst", "jsonl", "jsonl.gz", "jsonl.zst", "ndjson",
)  # fmt: skip
NATIVE_EXTENSIONS: Final = (
    "ndjson.gz", "ndjson.zst", "json", "json.gz", "json.zst",
    "prom", "prom.gz", "txt", "txt.gz", "log", "log.gz",
)  # fmt: skip
_KNOWN: Final = tuple(sorted((*CONTRACT_EXTENSIONS, *NATIVE_EXTENSIONS), key=len, reverse=True))
_DELIVERY: Final = re.compile(
    r"(?:^|(?P<parent>.*)/)source=(?P<source>[^/]+)/period=(?P<period>[^/]+)/(?P<below>.*)$"
)
_ALIKE: Final = 0.8
_FOUND: Final = "lost+found"
MAX_FOLDERS: Final = 64
"""Folders in each other that are looked into (a trail of CloudTrail has ten)."""
MOST_UNREAD: Final = 1_000
"""Files passed over that are named one by one; the others are counted."""


@dataclass(frozen=True)
class InputFile:
    """One file that was taken into a run.

    ``path`` is relative to the log folder, ``bytes`` its size on disk, ``sha256`` the hash of
    its bytes, ``rows`` the records in it (None until it was read to its end).
    """

    path: str
    table: str
    bytes: int
    sha256: str
    source: str | None = None
    period: str | None = None
    rows: int | None = None


@dataclass(frozen=True)
class Unread:
    """A file that was found and not read, and why, as a part of a sentence.

    ``aside``: it should have been read and could not be; the others are passed over.
    """

    path: str
    reason: str
    table: str | None = None
    aside: bool = False


@dataclass(frozen=True)
class Listed:
    """A file of a table; ``mark`` (inode, size, time of change) tells its contents apart.

    ``below`` is what follows ``source=…/period=…/`` in its path, ``parent`` what precedes it.
    """

    path: str
    table: str
    mark: Mark
    source: str | None = None
    period: str | None = None
    parent: str = ""
    below: str = ""

    @property
    def delivery(self) -> tuple[str, str, str] | None:
        """Table, source and period, where the file is part of a delivery."""
        if self.source is None or self.period is None:
            return None
        return self.table, self.source, self.period

    @property
    def is_version(self) -> bool:
        """Whether other files of its delivery may hold the same charges."""
        return self.table == "usage" and self.delivery is not None

    def as_input(self, sha256: str) -> InputFile:
        """The file as an input of a run."""
        return InputFile(
            self.path, self.table, self.mark[1], sha256, self.source, self.period
        )  # fmt: skip


@dataclass
class Listing:
    """The files of each table in the order of ingest, and what was passed over.

    ``replaced`` are paths of which rows must not count, even if a state holds them. ``lists``
    are no table: where they lie, if they are there.
    """

    files: list[Listed] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    replaced: set[str] = field(default_factory=set)
    lists: ListsPlace | None = None

    def skip(
        self, path: str, reason: str, table: str | None = None, *, aside: bool = False
    ) -> None:
        """Pass a file over; ``reason`` follows its name in a sentence."""
        self.unread.append(Unread(printable(path), reason, table, aside))

    def replace(self, path: str, reason: str, table: str) -> None:
        """Pass a file over whose rows another file brings, also where it was read before."""
        self.skip(path, reason, table)
        self.replaced.add(path)


def extension(name: str) -> str | None:
    """Return the contract's extension of a file name, or None.

    >>> extension("usage.csv.gz"), extension("2024.01.parquet"), extension("README.md")
    ('csv.gz', 'parquet', None)
    """
    return next((e for e in _KNOWN if name.lower().endswith("." + e)), None)


def list_files(place: Place, tables: Iterable[str] | None = None) -> Listing:
    """List the files of each table, newest deliveries alone; nothing is opened.

    Raises
    ------
    DataError
        If the folder is missing, or a table is there more than once.
    """
    instead = place.exists()
    if instead is not None:
        raise DataError(
            f"log folder {printable(place.name)} not found: there is {instead} at this path; "
            "give a folder that holds usage.* and accounts.*"
        )
    listing, wanted = Listing(), tuple(SCHEMAS if tables is None else tables)
    try:
        top = place.entries("")
    except OSError as error:
        raise DataError(
            f"log folder {printable(place.name)} cannot be listed ({error.strerror}): give this "
            "user the right to read and to search it"
        ) from error
    listing.lists = lists_among(place, top, [e.name for e in top if _are_lists(e)])
    for table in wanted:
        listing.files += _newest(_of_table(place, top, table, listing), listing)
    if tables is None:
        _name_strangers(top, listing)
    return listing


def _are_lists(entry: Entry) -> bool:
    stem = _stem(entry.name) if entry.kind is not Kind.FOLDER else None
    # Bodies of entities end in two extensions.
    names = {entry.name.casefold(), (stem or "").removesuffix(".ftm")}
    return entry.kind is not Kind.KEY and LISTS in names


def _of_table(place: Place, top: list[Entry], table: str, listing: Listing) -> list[Listed]:
    singles = [e for e in top if _stem(e.name) == table and e.kind is not Kind.FOLDER]
    folders = [e for e in top if e.name.casefold() == table and e.kind is Kind.FOLDER]
    links = [e for e in top if e.name.casefold() == table and e.kind is Kind.LINK]
    for link in links:
        listing.skip(link.name, "is a symbolic link; copy the folder instead", table)
    if len(singles) + len(folders) > 1:
        forms = [e.name for e in singles] + [f"{e.name}/" for e in folders]
        raise DataError(
            f"table {table} is there {len(forms)} times ({', '.join(map(printable, forms))}); "
            "keep one file or one folder, or its rows would count twice"
        )
    for entry in (*singles, *folders):
        if not entry.name.startswith(table):
            listing.warnings.append(
                f"{printable(entry.name)} was read as {table}: names of tables are written in "
                "small letters"
            )
    found = [_listed(e, e.name, table) for e in singles if _regular(e, e.name, table, listing)]
    for folder in folders:
        found += _walk(place, folder.name, table, listing)
    return sorted(found, key=lambda f: f.path)


def _stem(name: str) -> str | None:
    """The name of a single file without a known extension, in small letters."""
    known = extension(name)
    return name[: -len(known) - 1].casefold() if known else None


def _walk(place: Place, folder: str, table: str, listing: Listing) -> Iterator[Listed]:
    pending = [folder]
    while pending:
        here = pending.pop()
        for entry in _entries(place, here, table, listing):
            relative = f"{here}/{entry.name}"
            if entry.name.startswith((".", "_")) and entry.kind is not Kind.KEY:
                continue
            if entry.kind is Kind.FOLDER:
                pending += _entered(entry, relative, table, listing)
            elif _regular(entry, relative, table, listing):
                if extension(entry.name):
                    yield _listed(entry, relative, table)
                else:
                    listing.skip(relative, _foreign(entry.name) or "has no known extension", table)


def _entries(place: Place, folder: str, table: str, listing: Listing) -> list[Entry]:
    """What stands in a folder; one that cannot be listed is named, and the others are read."""
    try:
        return place.entries(folder)
    except FileNotFoundError:
        return []
    except OSError as error:
        why = f"cannot be listed ({error.strerror}): nothing below it is read"
        listing.skip(folder, why, table, aside=True)
        return []


def _entered(entry: Entry, relative: str, table: str, listing: Listing) -> list[str]:
    """The folder, where it is one to look into."""
    if entry.name == _FOUND:
        listing.skip(relative, "is the file system's own: what a repair has found", table)
    elif not _is_utf8(entry.name):
        listing.skip(relative, "has a name that is not UTF-8", table, aside=True)
    elif relative.count("/") >= MAX_FOLDERS:
        listing.skip(relative, f"lies more than {MAX_FOLDERS} folders deep", table, aside=True)
    else:
        return [relative]
    return []


def _regular(entry: Entry, relative: str, table: str, listing: Listing) -> bool:
    if not _is_utf8(entry.name):
        listing.skip(relative, "has a name that is not UTF-8", table, aside=True)
    elif entry.kind is Kind.SEALED:
        listing.skip(relative, f"is {entry.kind.value}", table, aside=True)
    elif entry.kind is not Kind.FILE:
        listing.skip(relative, f"is {entry.kind.value}", table)
    else:
        return True
    return False


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _listed(entry: Entry, relative: str, table: str) -> Listed:
    match = _DELIVERY.match(relative)
    if match is None:
        return Listed(relative, table, entry.mark)
    return Listed(
        relative, table, entry.mark, match["source"], match["period"], match["parent"] or "",
        match["below"],
    )  # fmt: skip


def _newest(found: list[Listed], listing: Listing) -> Iterator[Listed]:
    """Of two deliveries of one period under different parents, keep the one that sorts last."""
    last: dict[tuple[str, str, str], str] = {}
    for file in found:
        if file.delivery:
            last[file.delivery] = max(last.get(file.delivery, ""), file.parent)
    for file in found:
        if file.delivery and file.parent != last[file.delivery]:
            listing.replace(file.path, "is replaced by a later delivery of its period", file.table)
        else:
            yield file


def _foreign(name: str) -> str | None:
    """What follows a file's name where its kind cannot be read: what it is, and what to do."""
    why = why_not(name)
    return None if why is None else why.removeprefix(printable(name)).strip()


def _name_strangers(top: list[Entry], listing: Listing) -> None:
    """Name what lies beside the tables and is none: a misspelt table should not go unseen."""
    known = (*SCHEMAS, LISTS)
    for entry in top:
        name = entry.name
        if entry.kind is Kind.KEY:
            listing.skip(name, f"is {entry.kind.value}")
            continue
        stem = (_stem(name) if entry.kind is not Kind.FOLDER else None) or name.casefold()
        if name.startswith((".", "_")) or stem in SCHEMAS or _are_lists(entry):
            continue
        if entry.kind is Kind.FOLDER and (table := _stem(name)) in SCHEMAS:
            listing.skip(name, f"is a folder with the name of a file; name it {table}", aside=True)
            continue
        foreign = None if entry.kind is Kind.FOLDER else _foreign(name)
        if foreign and name.casefold().partition(".")[0] in known:
            listing.skip(name, foreign)
        elif meant := get_close_matches(stem, known, n=1, cutoff=_ALIKE):
            listing.skip(name, f"is the name of no table; did you mean {meant[0]}?")
        elif entry.kind is Kind.FILE and extension(name) and not name.endswith((".txt", ".log")):
            listing.skip(name, "is the name of no table")
