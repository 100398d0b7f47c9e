"""Connections to the database of cases, and its schema, step by step."""

from __future__ import annotations

import sqlite3
from importlib.resources import files
from pathlib import Path
from typing import Final

from detector.cases.errors import CasesError
from detector.cases.record.locking import told

FILE: Final = "cases.db"
_APPLICATION: Final = 0x656E6475  # "endu"
_WAIT_SECONDS: Final = 5.0


def steps() -> list[str]:
    """The steps of the schema in order; step N brings a database from N - 1 to N."""
    found = sorted(
        (part for part in files("detector.cases").joinpath("schema").iterdir()
         if part.name.endswith(".sql")),
        key=lambda part: part.name,
    )  # fmt: skip
    return [part.read_text(encoding="utf-8") for part in found]


def to_read(folder: Path) -> sqlite3.Connection:
    """A connection that cannot write."""
    connection = sqlite3.connect(
        f"{(folder / FILE).absolute().as_uri()}?mode=ro", uri=True, timeout=_WAIT_SECONDS,
        isolation_level=None, check_same_thread=False,
    )  # fmt: skip
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA query_only = ON")
    return connection


def to_write(folder: Path) -> sqlite3.Connection:
    """A connection that writes durably, and never checkpoints by itself."""
    connection = sqlite3.connect(
        folder / FILE, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False
    )
    connection.row_factory = sqlite3.Row
    for setting in (
        "journal_mode = WAL", "synchronous = FULL", "wal_autocheckpoint = 0", "mmap_size = 0",
        "secure_delete = ON", "foreign_keys = ON", "trusted_schema = OFF", "cell_size_check = ON",
    ):  # fmt: skip
        connection.execute(f"PRAGMA {setting}")
    return connection


def version_of(connection: sqlite3.Connection) -> int:
    """The step of the schema that a database stands at."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(connection: sqlite3.Connection) -> bool:
    """Bring a database to this version's schema, all steps in one transaction.

    Returns
    -------
    bool
        Whether anything was to be done.

    Raises
    ------
    CasesError
        Where the database is of a later version.
    """
    wanted = steps()
    have = version_of(connection)
    if have > len(wanted):
        raise CasesError(
            f"the cases have schema {have}, and this version knows {len(wanted)}; use the version "
            "that wrote them, or a later one"
        )
    if have == len(wanted):
        return False
    connection.execute("BEGIN IMMEDIATE")
    try:
        for text in wanted[version_of(connection) :]:
            for statement in _statements(text):
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {_APPLICATION}")
        connection.execute(f"PRAGMA user_version = {len(wanted)}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    return True


def _statements(text: str) -> list[str]:
    """The statements of a step: `executescript` would commit between them."""
    found, held = [], ""
    for line in text.splitlines(keepends=True):
        held += line
        if sqlite3.complete_statement(held):
            found.append(held)
            held = ""
    return found


def opened(folder: Path) -> sqlite3.Connection:
    """The writing connection, at this version's schema; a copy is kept of what was before."""
    with told(folder):
        connection = to_write(folder)
        have = version_of(connection)
        if 0 < have < len(steps()):
            _copy(connection, folder / "backup" / f"schema-{have}.db")
        migrate(connection)
    return connection


def _copy(connection: sqlite3.Connection, to: Path) -> None:
    to.parent.mkdir(exist_ok=True, mode=0o700)
    beside = to.with_name(f".{to.name}")
    beside.unlink(missing_ok=True)
    connection.execute("VACUUM INTO ?", (str(beside),))
    beside.chmod(0o600)
    beside.replace(to)
