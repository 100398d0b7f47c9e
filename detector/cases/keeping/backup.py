"""Copies of a folder of cases: made while others write, whole, and put back.

A copy is a folder of cases itself: the database as it was at one event, the head and the anchors
up to it, sums of its blocks. It opens as it is.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from detector.cases.errors import CasesError, DamagedCases, Refused
from detector.cases.record import sums
from detector.cases.record.anchors import ANCHORS, HEAD, Anchor, add_anchor, keep_head, read_anchors
from detector.cases.record.connections import FILE, to_read
from detector.cases.record.locking import alone_in, told
from detector.cases.record.moments import text_of
from detector.cases.record.store import Store, head_of
from detector.cases.record.sums import synced
from detector.cases.record.verify import verify_folder

BACKUPS: Final = "backup"
_STAMP: Final = "%Y-%m-%dT%H%M%S.%fZ"
_BESIDE: Final = (FILE, f"{FILE}-wal", f"{FILE}-shm", sums.SUMS)


@dataclass(frozen=True)
class Copy:
    """A copy that lies in a folder of cases, and when it was made."""

    path: Path
    at: str

    def holds(self, cases: Collection[str]) -> bool:
        """Whether it still holds what events of one of these cases said; a damaged one may."""
        try:
            with closing(_as_it_is(self.database)) as connection:
                rows = connection.execute(
                    "SELECT DISTINCT case_id FROM events WHERE payload IS NOT NULL "
                    "AND case_id IS NOT NULL AND action <> 'case.erased'"
                ).fetchall()
        except sqlite3.DatabaseError:
            return bool(cases)
        return any(row[0] in cases for row in rows)

    @property
    def database(self) -> Path:
        """The database file of the copy."""
        return self.path / FILE if self.path.is_dir() else self.path

    def remove(self) -> None:
        """Take the copy away."""
        if self.path.is_dir():
            shutil.rmtree(self.path)
        else:
            self.path.unlink()


def copies(folder: Path) -> Iterator[Copy]:
    """The copies that lie in a folder of cases: asked for, kept before a migration, or replaced."""
    for path in sorted((folder / BACKUPS).glob("*")):
        file = Copy(path, "").database
        if not file.is_file() or path.name.startswith("."):
            continue
        yield Copy(path, _made_at(path, file))


def _made_at(path: Path, file: Path) -> str:
    """When a copy was made, by its name; else its last event, else its file."""
    with suppress(ValueError):
        named = datetime.strptime(path.name.removeprefix("replaced-"), _STAMP)
        return text_of(named.replace(tzinfo=UTC))
    with suppress(sqlite3.DatabaseError), closing(_as_it_is(file)) as connection:
        return head_of(connection).at
    return text_of(datetime.fromtimestamp(file.stat().st_mtime, UTC))


def backup(store: Store, now: datetime, to: Path | None = None) -> tuple[Path, Anchor]:
    """Copy a folder of cases as it is now, while others read and write; the copy and its head.

    Raises
    ------
    Refused
        Where there is something at that place already.
    """
    place = to or store.folder / BACKUPS / now.strftime(_STAMP)
    if place.exists():
        raise Refused(f"'{place}' is there already; choose another place for the copy")
    beside = place.with_name(f".{place.name}")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True, mode=0o700)
    try:
        head = _copied(store.folder, beside)
        _told_beside(store.folder, beside, head)
        beside.rename(place)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    return place, head


def _copied(folder: Path, to: Path) -> Anchor:
    with told(folder), closing(to_read(folder)) as connection:
        connection.execute("PRAGMA query_only = OFF")
        connection.execute("VACUUM INTO ?", (str(to / FILE),))
    (to / FILE).chmod(0o600)
    with told(to), closing(sqlite3.connect(to / FILE)) as connection:
        # As a folder that is opened has it: else opening the copy would change its first block.
        connection.execute("PRAGMA journal_mode = WAL")
    synced(to / FILE)
    with closing(_as_it_is(to / FILE)) as connection:
        if connection.execute("PRAGMA quick_check").fetchone()[0] != "ok":
            raise DamagedCases(f"the copy of '{folder}' is not whole; see: enduse cases verify")
        return head_of(connection)


def _told_beside(folder: Path, to: Path, head: Anchor) -> None:
    """The anchors up to the head of the copy, its head, and the sums of its blocks."""
    for anchor in read_anchors(folder / ANCHORS):
        if anchor.seq <= head.seq:
            add_anchor(to, anchor)
    keep_head(to, head)
    sums.take(to, to / FILE)


@dataclass(frozen=True)
class Restored:
    """What was put back: its head, where the former file is, and an anchor that is ahead of it."""

    head: Anchor
    former: Path | None
    ahead: Anchor | None


def restore(copy: Path, folder: Path, now: datetime) -> Restored:
    """Put a copy back into a new folder, or in place of the database of one that is there.

    The anchors of a folder that is there stay: where they know of later events, the folder does
    not open until somebody says why the loss is accepted. The former database is kept in
    ``backup/``. Whatever serves the folder must be stopped before.

    Raises
    ------
    DamagedCases
        Where the copy is not as it was written.
    Refused
        Where the place is taken by something else.
    """
    _refuse_damaged(copy)
    with closing(_as_it_is(copy / FILE)) as connection:
        head = head_of(connection)
    if not folder.exists() or not any(folder.iterdir()):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _put(copy, folder, (FILE, sums.SUMS, HEAD, ANCHORS))
        return Restored(head, None, None)
    if not any((folder / name).is_file() for name in (FILE, ANCHORS, HEAD)):
        raise Refused(f"'{folder}' is no folder of cases and is not empty; choose a new one")
    with alone_in(folder):
        former = _set_aside(folder, now)
        _put(copy, folder, (FILE, sums.SUMS))
        if not (folder / ANCHORS).is_file():
            _put(copy, folder, (HEAD, ANCHORS))
        heads = [*read_anchors(folder / HEAD), *read_anchors(folder / ANCHORS)]
    ahead = max((one for one in heads if one.seq > head.seq), key=lambda one: one.seq, default=None)
    return Restored(head, former, ahead)


def _refuse_damaged(copy: Path) -> None:
    if not (copy / FILE).is_file():
        raise CasesError(f"'{copy}' is no copy of cases; see: enduse cases backup")
    verdict = verify_folder(copy)
    if verdict.findings:
        raise DamagedCases(
            f"the copy '{copy}' is not as it was written: {verdict.findings[0].sentence}; "
            "nothing was restored, choose another copy"
        )


def _set_aside(folder: Path, now: datetime) -> Path | None:
    held = [folder / name for name in _BESIDE if (folder / name).exists()]
    if not held:
        return None
    former = folder / BACKUPS / f"replaced-{now.strftime(_STAMP)}"
    former.mkdir(parents=True, mode=0o700)
    for path in held:
        path.rename(former / path.name)
    return former


def _put(copy: Path, folder: Path, names: tuple[str, ...]) -> None:
    for name in names:
        if (copy / name).is_file():
            beside = folder / f".{name}"
            shutil.copyfile(copy / name, beside)
            beside.chmod(0o600)
            synced(beside)
            beside.replace(folder / name)


def _as_it_is(path: Path) -> sqlite3.Connection:
    """A connection that leaves no file beside a copy, not even for reading."""
    log = path.with_name(f"{path.name}-wal")
    how = "mode=ro" if log.exists() else "mode=ro&immutable=1"
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True)
    connection.row_factory = sqlite3.Row
    return connection
