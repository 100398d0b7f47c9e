"""The files of a log folder as they arrive: found, told apart and hashed once."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from detector.errors import DataError
from detector.sources.discover import extension
from detector.sources.text import printable
from features.tables import SCHEMAS

_DELIVERY: Final = re.compile(
    r"(?:^|(?P<parent>.*)/)source=(?P<source>[^/]+)/period=(?P<period>[^/]+)/"
)

Mark = tuple[int, int, int]


@dataclass(frozen=True)
class Arrival:
    """A file of a log folder; ``mark`` (inode, size, time of change) tells its contents apart."""

    path: str
    table: str
    mark: Mark
    source: str | None
    period: str | None
    parent: str

    @property
    def delivery(self) -> tuple[str, str, str] | None:
        """Table, source and period, where the file is part of a delivery."""
        if self.source is None or self.period is None:
            return None
        return self.table, self.source, self.period


def arrivals(root: Path, warnings: list[str]) -> list[Arrival]:
    """List the files of every table below a folder, in the order of tables and paths.

    Links are not followed, special files not opened, and names that begin with a dot or an
    underscore are left alone: a file that is still being copied belongs under such a name.

    Raises
    ------
    DataError
        If the folder is missing.
    """
    if not root.is_dir():
        raise DataError(
            f"the folder {printable(str(root))} was not found; give a folder that holds log "
            "files such as usage/ and accounts.csv"
        )
    return [found for table in SCHEMAS for found in _of_table(root, table, warnings)]


def _of_table(root: Path, table: str, warnings: list[str]) -> Iterator[Arrival]:
    for entry in sorted(os.scandir(root), key=lambda e: e.name):
        ext = extension(entry.name)
        if ext and entry.name.lower() == f"{table}.{ext}":
            yield from _arrival(entry, entry.name, table, warnings)
    if (root / table).is_dir() and not (root / table).is_symlink():
        yield from sorted(_walk(root, table, warnings), key=lambda a: a.path)


def _walk(root: Path, table: str, warnings: list[str]) -> Iterator[Arrival]:
    pending = [table]
    while pending:
        here = pending.pop()
        for entry in os.scandir(root / here):
            if entry.name.startswith((".", "_")):
                continue
            relative = f"{here}/{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                pending.append(relative)
            elif extension(entry.name):
                yield from _arrival(entry, relative, table, warnings)
            else:
                warnings.append(f"{printable(relative)} has no known extension; skipped")


def _arrival(
    entry: os.DirEntry[str], relative: str, table: str, warnings: list[str]
) -> Iterator[Arrival]:
    try:
        status = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return
    if not stat.S_ISREG(status.st_mode):
        warnings.append(f"{printable(relative)} is a link or no regular file and was skipped")
        return
    match = _DELIVERY.match(relative)
    yield Arrival(
        path=relative,
        table=table,
        mark=(status.st_ino, status.st_size, status.st_mtime_ns),
        source=match["source"] if match else None,
        period=match["period"] if match else None,
        parent=(match["parent"] or "") if match else "",
    )


def newest_deliveries(found: list[Arrival], warnings: list[str]) -> list[Arrival]:
    """Of two deliveries of one period under different parents, keep the one that sorts last."""
    last: dict[tuple[str, str, str], str] = {}
    for arrival in found:
        if arrival.delivery:
            last[arrival.delivery] = max(last.get(arrival.delivery, ""), arrival.parent)
    kept = []
    for arrival in found:
        if arrival.delivery and arrival.parent != last[arrival.delivery]:
            warnings.append(f"{printable(arrival.path)} is replaced by a later delivery")
        else:
            kept.append(arrival)
    return kept


class Hashes:
    """SHA-256 of files, each hashed once as long as it does not change."""

    def __init__(self) -> None:
        self._known: MutableMapping[tuple[str, Mark], str] = {}

    def of(self, root: Path, arrival: Arrival) -> str:
        """Hash a file, or remember its hash."""
        key = (arrival.path, arrival.mark)
        if key not in self._known:
            with (root / arrival.path).open("rb") as stream:
                self._known[key] = hashlib.file_digest(stream, "sha256").hexdigest()
        return self._known[key]

    def forget_others(self, found: list[Arrival]) -> None:
        """Keep what is still in the folder alone: the memory does not grow with the years."""
        live = {(arrival.path, arrival.mark) for arrival in found}
        self._known = {key: value for key, value in self._known.items() if key in live}


def unchanged(root: Path, arrival: Arrival) -> bool:
    """Whether the file is still what was listed."""
    try:
        status = os.stat(root / arrival.path, follow_symlinks=False)
    except OSError:
        return False
    return (status.st_ino, status.st_size, status.st_mtime_ns) == arrival.mark
