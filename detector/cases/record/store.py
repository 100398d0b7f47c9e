"""The folder of cases: one writer at a time, readers beside it, every change an event.

========================= =====================================================================
``cases.db``              SQLite in WAL mode
``head, anchors.jsonl``   heads of the chain: see ``anchors``
``cases.sums``            sums over the blocks of the database file: see ``sums``
``.writer``               held (flock) by whoever writes
``backup/``               copies, each whole: before a migration, and when asked for
========================= =====================================================================

All writing goes through `Store.writing`: a lock in the process, then one between processes, then
``BEGIN IMMEDIATE``. So no two connections ever write or checkpoint at once, which SQLite before
3.51.3 could lose data over (its "WAL-reset" bug), and the command line may write while the
service runs.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from detector.cases.errors import (
    CasesBusy,
    CasesError,
    DamagedCases,
    LossRefused,
    Refused,
)
from detector.cases.record import sums
from detector.cases.record.anchors import Anchor, add_anchor, is_due, keep_head, last_heads
from detector.cases.record.chain import START, Link, canonical, salted, sha256
from detector.cases.record.connections import FILE, migrate, opened, to_read, to_write
from detector.cases.record.locking import BUSY, LOCK, WAIT_SECONDS, take_lock, told
from detector.cases.record.moments import text_of, time_of
from detector.cases.record.tables import Put, Tables

#: A log this long is folded in: seldom enough that few who write wait for it.
_LOG_BYTES: Final = 16 << 20
_IDLE: Final = 16
_TICK: Final = timedelta(microseconds=1)


@dataclass(frozen=True)
class Actor:
    """Who does something, and in which role: a person's name, ``enduse`` for the program.

    ``number`` is what leaves the folder in place of the name.
    """

    person: str
    roles: frozenset[str]
    number: int = 0

    def acting_as(self, *roles: str) -> str:
        """The first of these roles that the person has.

        Raises
        ------
        Refused
            Where the person has none of them.
        """
        for role in roles:
            if role in self.roles:
                return role
        raise Refused(
            f"{self.person} may not do this: it takes the role {' or '.join(_held(roles))}, and "
            f"{self.person} has {', '.join(sorted(self.roles)) or 'none'}"
        )


def _held(roles: Sequence[str]) -> list[str]:
    """Those roles that a person can have."""
    return [role for role in roles if role != "system"] or list(roles)


#: The program itself: it takes runs in, ends leases and clears up; it never judges.
SYSTEM: Final = Actor("enduse", frozenset({"system"}))


@dataclass
class Writing:
    """One transaction: what is read in it is what it changes."""

    connection: sqlite3.Connection
    at: str
    head: Anchor
    _tables: Tables = field(repr=False)

    def record(
        self,
        action: str,
        by: Actor,
        role: str,
        case_id: str | None = None,
        facts: Mapping[str, Any] | None = None,
        put: Iterable[Put] = (),
        gone: Iterable[Put] = (),
    ) -> int:
        """Write an event and put its rows; its number.

        Parameters
        ----------
        action
            What happened, as ``subject.verb``.
        by, role
            Who did it, in which of his roles.
        case_id
            Of which case; the rows of an event of a case are that case's own.
        facts
            What else is to be known of it years later.
        put
            Rows by table; a column ``@seq`` stands for the event's own number.
        gone
            Rows that go: by table, the columns that name them.
        """
        seq = self.head.seq + 1
        rows = [(name, {k: seq if v == SEQ else v for k, v in row.items()}) for name, row in put]
        away = [(name, dict(row)) for name, row in gone]
        payload = salted({"facts": dict(facts or {}), "put": rows, "gone": away})
        link = Link(
            seq, self.at, by.person, role, action, case_id, sha256(payload), self.head.hash,
            self._last_of(case_id),
        )  # fmt: skip
        self.connection.execute(
            "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (seq, link.at, link.person, link.role, action, case_id, payload, link.payload_sha256,
             link.prev, link.case_prev, link.hash),
        )  # fmt: skip
        self._tables.take(self.connection, away, case_id)
        self._tables.put(self.connection, rows, case_id)
        self.head = Anchor(seq, link.hash, self.at)
        return seq

    def _last_of(self, case_id: str | None) -> str:
        if case_id is None:
            return START
        row = self.connection.execute(
            "SELECT hash FROM events WHERE case_id = ? ORDER BY seq DESC LIMIT 1", (case_id,)
        ).fetchone()
        return START if row is None else str(row["hash"])

    def one(self, query: str, *given: Any) -> sqlite3.Row | None:
        """The first row of a query, or None."""
        found: sqlite3.Row | None = self.connection.execute(query, given).fetchone()
        return found

    def all(self, query: str, *given: Any) -> list[sqlite3.Row]:
        """All rows of a query."""
        return self.connection.execute(query, given).fetchall()


#: In a row that an event puts: the event's own number.
SEQ: Final = "@seq"


class Store:
    """An open folder of cases.

    Parameters
    ----------
    folder
        As `create` made it.
    accept_loss
        Why a folder older than its anchors is used all the same; it becomes an event.

    Raises
    ------
    CasesError
        Where there are no cases, or a later version wrote them.
    LossRefused
        Where the anchors know of events that the database lacks.
    """

    def __init__(self, folder: Path | str, *, accept_loss: str | None = None) -> None:
        self.folder = Path(folder)
        if not (self.folder / FILE).is_file():
            raise CasesError(
                f"'{self.folder}' holds no cases; make the folder with: enduse cases init "
                f"--cases {self.folder}"
            )
        self._log, self._fold_at = self.folder / f"{FILE}-wal", _LOG_BYTES
        self._turn = threading.Lock()
        self._idle: list[sqlite3.Connection] = []
        self._lock = os.open(self.folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            with self._alone():
                self._writer = opened(self.folder)
                self._tables = Tables(self._writer)
                missing = self._missing()
            if missing is not None:
                self._take_loss(missing, accept_loss)
        except BaseException:
            self.close()
            raise

    @classmethod
    def create(cls, folder: Path | str) -> Store:
        """Make a folder of cases without any.

        Raises
        ------
        CasesError
            Where the folder is there and not empty.
        """
        path = Path(folder)
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise CasesError(f"'{path}' is not an empty folder; choose a new one for --cases")
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        with told(path):
            connection = to_write(path)
            migrate(connection)
            connection.close()
        (path / FILE).chmod(0o600)
        return cls(path)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection whose statements all see the same state, whoever writes meanwhile."""
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = to_read(self.folder)
        try:
            with told(self.folder):
                connection.execute("BEGIN")
                try:
                    yield connection
                finally:
                    connection.execute("ROLLBACK")
        finally:
            if len(self._idle) < _IDLE:
                self._idle.append(connection)
            else:
                connection.close()

    @contextmanager
    def writing(self, now: datetime) -> Iterator[Writing]:
        """One transaction; what it records is durable when this ends, or nothing of it is.

        Raises
        ------
        CasesBusy
            Where another process writes for longer than five seconds.
        CasesFull
            Where the disk takes no more.
        """
        with self._alone(), told(self.folder):
            head = self._head()
            self._writer.execute("BEGIN IMMEDIATE")
            done = False
            try:
                tx = Writing(self._writer, _not_before(now, head), head, self._tables)
                yield tx
                self._writer.execute("COMMIT")
                done = True
            finally:
                if not done:
                    with suppress(sqlite3.Error):
                        self._writer.execute("ROLLBACK")
            if tx.head != head:
                self._committed(tx.head)

    def _committed(self, head: Anchor) -> None:
        """The commit is durable: what follows may fail without anything being lost."""
        with suppress(OSError, ValueError):
            keep_head(self.folder, head)
            if is_due(self.folder, head):
                add_anchor(self.folder, head)
        with suppress(OSError, sqlite3.Error):
            if self._log.stat().st_size > self._fold_at:
                # Whoever reads an older state is not waited for: what he needs stays in the log.
                self._fold(wait=False)
                self._fold_at = self._log.stat().st_size + _LOG_BYTES

    def head(self) -> Anchor:
        """The head of the chain as it is now."""
        with self.reading() as connection:
            return head_of(connection)

    def anchor(self) -> Anchor:
        """Add the head to the anchors, to be kept elsewhere."""
        with self._alone():
            head = self._head()
            add_anchor(self.folder, head)
        return head

    def fold(self) -> None:
        """Fold the log into the database file and take its sums."""
        with self._alone(), told(self.folder):
            self._fold()

    def _fold(self, *, wait: bool = True) -> None:
        with sums.folding(self.folder, self.folder / FILE, self._log):
            self._writer.execute(f"PRAGMA busy_timeout = {int(wait) * int(1e3 * WAIT_SECONDS)}")
            try:
                self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                self._writer.execute(f"PRAGMA busy_timeout = {int(1e3 * WAIT_SECONDS)}")

    def rewrite(self) -> bool:
        """Write the database file anew, so that it holds nothing of what was erased.

        Returns
        -------
        bool
            Whether nothing of it is left: not while somebody reads an older state.
        """
        with self._alone(), told(self.folder):
            self._fold()
            self._writer.execute("VACUUM")
            self._fold()
            return not self._log.exists() or self._log.stat().st_size == 0

    def _head(self) -> Anchor:
        return head_of(self._writer)

    def _missing(self) -> Anchor | None:
        """The anchor of an event that the database lacks, if there is one."""
        try:
            heads = list(last_heads(self.folder))
        except ValueError as error:
            raise DamagedCases(f"{error}; see: enduse cases verify") from error
        return next((head for head in heads if not _holds(self._writer, head)), None)

    def _take_loss(self, missing: Anchor, reason: str | None) -> None:
        head = self._head()
        if not reason:
            raise LossRefused(
                f"the cases end with event {head.seq}, and event {missing.seq} of {missing.at} was "
                "acknowledged: this is an older or another copy. Restore a later one, or go on "
                "with: enduse cases anchor --accept-loss REASON, which is noted for good"
            )
        with self.writing(time_of(missing.at)) as tx:
            lost = {"reason": reason, "event": missing.seq, "hash": missing.hash}
            tx.record("cases.loss_accepted", SYSTEM, "system", facts=lost)
        self.anchor()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if not self._turn.acquire(timeout=WAIT_SECONDS):
            raise CasesBusy(BUSY)
        try:
            take_lock(self._lock)
            try:
                yield
            finally:
                fcntl.flock(self._lock, fcntl.LOCK_UN)
        finally:
            self._turn.release()

    def close(self) -> None:
        """Fold the log in and let go; a folder that is closed is one whole file."""
        while self._idle:
            self._idle.pop().close()
        writer = getattr(self, "_writer", None)
        if writer is not None:
            with suppress(CasesError, OSError, sqlite3.Error), self._alone():
                self._fold()
                writer.close()
        with suppress(OSError):
            os.close(self._lock)

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def head_of(connection: sqlite3.Connection) -> Anchor:
    """The last event of a database."""
    row = connection.execute(
        "SELECT seq, hash, at FROM events ORDER BY seq DESC LIMIT 1"
    ).fetchone()
    return Anchor(0, START, "") if row is None else Anchor(*row)


def _holds(connection: sqlite3.Connection, head: Anchor) -> bool:
    row = connection.execute("SELECT hash FROM events WHERE seq = ?", (head.seq,)).fetchone()
    return head.seq == 0 or (row is not None and row["hash"] == head.hash)


def _not_before(now: datetime, head: Anchor) -> str:
    """The time of an event: order is by number, and no event is earlier than the one before."""
    at = text_of(now)
    return at if at > head.at else text_of(time_of(head.at) + _TICK)


def as_json(held: Any) -> str:
    """A list or map as a column holds it."""
    return canonical(held)
