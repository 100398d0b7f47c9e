"""Cases whose time is over: everything of them goes, and a receipt is left.

Payloads of a case's events are emptied, its rows leave every table, snapshots that no other case
uses lose their bodies, and its packs and the copies that hold it leave the folder. Hashes stay, so
the chain still verifies, and the random bytes of each payload keep a short one from being guessed.
A hold wins; an open case is never erased; a golden case and one that was merged go with the case
that they come from.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from detector.cases.deciding.opened import the_case
from detector.cases.errors import Refused
from detector.cases.keeping.backup import Copy, copies
from detector.cases.keeping.holding import is_held
from detector.cases.record.moments import later, text_of
from detector.cases.record.store import Actor, Store, Writing
from detector.cases.record.tables import APART, Put, Tables
from detector.cases.record.verify import ERASED
from detector.cases.settings import Settings, read_settings

#: Files made of cases, beside the database: `pack` writes them there.
PACKS: Final = "packs"
_MONTH: Final = timedelta(days=365.25 / 12)
_KEPT: Final[Mapping[str, str]] = {
    "confirmed_proxy": "confirmed", "confirmed_victim": "confirmed", "true_match": "confirmed",
    "licensed": "confirmed", "cleared": "cleared", "false_match": "cleared",
}  # fmt: skip
#: What stays of a case: numbers that rates are made of, nothing of anybody.
_STAYS: Final = (
    "case_id", "kind", "queue", "first_run", "last_run", "opened_at", "closed_at", "reopened",
    "qa_drawn", "weight", "stratum",
)  # fmt: skip
_POINTERS: Final = ("snapshot", "sealed")
_ONCE_DAYS: Final = timedelta(days=30)


@dataclass(frozen=True)
class Due:
    """A case whose time is over, what it was kept as, since when, and whether it stays.

    It stays while counsel holds it, or while it keeps somebody out of the queue who appealed.
    """

    case_id: str
    kept_as: str
    until: str
    held: bool


@dataclass(frozen=True)
class Retained:
    """What a sweep of retention did, or would do.

    Attributes
    ----------
    due
        Cases whose time is over; those that are held stay.
    erased
        Ids of all that went.
    removed
        Files that went with them: packs and copies.
    holding
        Copies that still hold an erased case, until they are as old as the setting says.
    clean
        Whether the database file was rewritten: not while somebody reads an older state.
    """

    due: tuple[Due, ...]
    erased: tuple[str, ...]
    removed: tuple[Path, ...]
    holding: tuple[Copy, ...]
    clean: bool


def retain(
    store: Store, by: Actor, now: datetime, *, copies_now: bool = False, dry_run: bool = False
) -> Retained:
    """Erase what is due and not held, and what copies and packs hold of it.

    Parameters
    ----------
    copies_now
        Take copies away that hold an erased case, however young.
    dry_run
        Only say what would be done.
    """
    if dry_run:
        by.acting_as("counsel", "admin", "system")
        with store.reading() as connection:
            return Retained(tuple(due(connection, text_of(now))), (), (), (), clean=True)
    with store.writing(now) as tx:
        found = due(tx.connection, tx.at)
        gone = erase(tx, by, [one for one in found if not one.held])
        ever = {
            row["case_id"] for row in tx.all("SELECT case_id FROM cases WHERE state = 'erased'")
        }
        days = timedelta(days=read_settings(tx.connection).keep_backup_days)
        eldest = "~" if copies_now else later(tx.at, -days)
    holding = [copy for copy in copies(store.folder) if copy.holds(ever)]
    old = [copy for copy in holding if copy.at < eldest]
    removed = packs_of(store.folder, ever)
    for path in removed:
        path.unlink()
    for copy in old:
        copy.remove()
    clean = store.rewrite() if gone else True
    left = tuple(copy for copy in holding if copy not in old)
    return Retained(
        tuple(found), tuple(gone), (*removed, *(copy.path for copy in old)), left, clean
    )


def due(connection: sqlite3.Connection, at: str) -> list[Due]:
    """The closed cases whose time is over, in the order of their time."""
    settings = read_settings(connection)
    rows = connection.execute(
        "SELECT case_id, closed_at FROM cases WHERE state = 'closed' AND kind IS NOT 'golden' "
        "AND closed_at IS NOT NULL ORDER BY closed_at, case_id"
    ).fetchall()
    found = []
    for row in rows:
        kept_as = _class_of(connection, row["case_id"])
        until = later(row["closed_at"], _MONTH * _months(settings, kept_as))
        if until <= at:
            all_ = _together(connection, row["case_id"])
            held = any(is_held(connection, one) or _keeps_away(connection, one, at) for one in all_)
            found.append(Due(row["case_id"], kept_as, until, held))
    return found


def erase(tx: Writing, by: Actor, dues: Iterable[Due]) -> list[str]:
    """Erase cases, and those that go with them; the ids of all of them.

    Raises
    ------
    Refused
        Where one of them is held, or not decided.
    """
    role = by.acting_as("counsel", "admin", "system")
    tables = Tables(tx.connection)
    of_case = [name for name, table in tables.all.items() if "case_id" in table.columns]
    gone, snapshots = list[str](), set[str]()
    for one in dues:
        for case_id in _together(tx.connection, one.case_id):
            _refuse(tx, case_id)
            snapshots |= _pointed(tx.connection, of_case, case_id)
            _erase(tx, by, role, case_id, one, of_case)
            gone.append(case_id)
    for name in sorted(snapshots - _pointed(tx.connection, of_case)):
        tx.connection.execute("UPDATE snapshots SET body = NULL WHERE sha256 = ?", (name,))
    if gone:
        tx.connection.execute("DELETE FROM once WHERE at < ?", (later(tx.at, -_ONCE_DAYS),))
    return gone


def _refuse(tx: Writing, case_id: str) -> None:
    if is_held(tx.connection, case_id):
        raise Refused(f"case {case_id} is held by counsel; nothing was erased")
    if _keeps_away(tx.connection, case_id, tx.at):
        raise Refused(f"case {case_id} keeps accounts out of the queue that were in the right")
    case = the_case(tx, case_id)
    if case["state"] not in ("closed", "merged") and case["kind"] != "golden":
        raise Refused(f"case {case_id} is {case['state']}; only what is decided is erased")


def _erase(
    tx: Writing, by: Actor, role: str, case_id: str, one: Due, of_case: Iterable[str]
) -> None:
    case = the_case(tx, case_id)
    tx.connection.execute("UPDATE events SET payload = NULL WHERE case_id = ?", (case_id,))
    gone: list[Put] = [(name, {"case_id": case_id}) for name in of_case if name != "cases"]
    left = dict.fromkeys(case.keys())
    left |= {name: case[name] for name in _STAYS}
    left |= {"state": "erased", "version": case["version"] + 1, "in_queue": 0}
    facts = {"kept_as": one.kept_as, "until": one.until, "with": one.case_id}
    tx.record(ERASED, by, role, case_id, facts, [("cases", left)], gone)
    _forget_beside(tx, case_id)


def _forget_beside(tx: Writing, case_id: str) -> None:
    """Take away what is not made of events: drafts, looks, leases, and stale replies."""
    for name in sorted(APART):
        if "case_id" in _columns(tx.connection, name):
            tx.connection.execute(f"DELETE FROM {name} WHERE case_id = ?", (case_id,))  # noqa: S608


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]


def _together(connection: sqlite3.Connection, case_id: str) -> list[str]:
    """A case, those merged into it, and the golden ones that were made of it."""
    found, wanted = [], [case_id]
    while wanted:
        one = wanted.pop(0)
        found.append(one)
        rows = connection.execute(
            "SELECT case_id FROM cases WHERE (merged_into = ? AND state = 'merged') "
            "OR (state <> 'erased' AND case_id IN "
            "(SELECT served_as FROM golden WHERE of_case = ?)) ORDER BY case_id",
            (one, one),
        )
        wanted += [row["case_id"] for row in rows if row["case_id"] not in found]
    return found


def _keeps_away(connection: sqlite3.Connection, case_id: str, at: str) -> bool:
    row = connection.execute(
        "SELECT 1 FROM suppressors WHERE case_id = ? AND state = 'active' AND until > ?",
        (case_id, at),
    ).fetchone()
    return row is not None


def _class_of(connection: sqlite3.Connection, case_id: str) -> str:
    """What a case is kept as: by the worst that was ever settled of one of its accounts."""
    rows = connection.execute(
        "SELECT DISTINCT outcome FROM settlement_accounts WHERE case_id = ?", (case_id,)
    )
    classes = {_KEPT.get(row["outcome"], "unresolved") for row in rows}
    return next((one for one in ("confirmed", "unresolved") if one in classes), "cleared") if (
        classes
    ) else "unresolved"  # fmt: skip


def _months(settings: Settings, kept_as: str) -> int:
    return int(getattr(settings, f"keep_{kept_as}_months"))


def _pointed(
    connection: sqlite3.Connection, tables: Iterable[str], case_id: str | None = None
) -> set[str]:
    """The snapshots that rows of a case point at, or of any."""
    found: set[str] = set()
    for name in tables:
        for column in set(_POINTERS) & set(_columns(connection, name)):
            query = f"SELECT DISTINCT {column} FROM {name} WHERE {column} IS NOT NULL"  # noqa: S608
            if case_id is None:
                rows = connection.execute(query)
            else:
                rows = connection.execute(f"{query} AND case_id = ?", (case_id,))
            found |= {row[0] for row in rows}
    return found


def packs_of(folder: Path, case_ids: Iterable[str]) -> list[Path]:
    """The packs in the folder that are of these cases."""
    return sorted(
        path for case_id in case_ids for path in (folder / PACKS).glob(f"{case_id}.*.zip")
    )  # fmt: skip
