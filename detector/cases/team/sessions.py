"""Sessions of people in the browser: made at login, held by their hash, ended by anybody's wish.

What is not made of events (see ``tables.APART``) may be lost: people log in again.
"""

from __future__ import annotations

import secrets
import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from detector.cases.errors import Refused, Unknown
from detector.cases.record.chain import sha256
from detector.cases.record.moments import later, text_of, time_of
from detector.cases.record.store import Actor, Writing
from detector.cases.team.people import actor_of

LONGEST: Final = timedelta(hours=12)
IDLE: Final = timedelta(minutes=30)
#: A sign of life is written at most so often: each is a durable write.
_BEAT: Final = timedelta(minutes=1)
_BYTES: Final = 32
_ADDRESS: Final = 64


@dataclass(frozen=True)
class Session:
    """Who is at the other end of a cookie, and the token that his forms carry."""

    id: str
    actor: Actor
    form_token: str
    seen: str

    def is_silent(self, now: datetime) -> bool:
        """Whether a sign of life is due to be written."""
        return text_of(now - _BEAT) > self.seen


def begin(tx: Writing, name: str, address: str) -> Session:
    """Make a session for a person who showed his password; its id is new.

    Raises
    ------
    Refused
        Where he left meanwhile.
    """
    actor = actor_of(tx.connection, name)
    _clear(tx)
    session = Session(secrets.token_urlsafe(_BYTES), actor, secrets.token_urlsafe(_BYTES), tx.at)
    tx.record("session.begun", actor, "self", facts={"address": address[:_ADDRESS]})
    tx.connection.execute(
        "INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?)",
        (sha256(session.id), name, session.form_token, tx.at, tx.at, later(tx.at, LONGEST),
         address[:_ADDRESS]),
    )  # fmt: skip
    return session


def session_of(connection: sqlite3.Connection, given: str, now: datetime) -> Session | None:
    """The session behind a cookie, or None where it is over or never was."""
    row = connection.execute(
        "SELECT * FROM sessions WHERE session_sha256 = ? AND until > ? AND seen > ?",
        (sha256(given), text_of(now), text_of(now - IDLE)),
    ).fetchone()
    if row is None:
        return None
    try:
        actor = actor_of(connection, row["person"])
    except (Refused, Unknown):
        return None
    return Session(given, actor, row["form_token"], row["seen"])


def touch(tx: Writing, session: Session) -> None:
    """Note a sign of life; a session that was ended meanwhile stays ended."""
    tx.connection.execute(
        "UPDATE sessions SET seen = ? WHERE session_sha256 = ?", (tx.at, sha256(session.id))
    )


def end(tx: Writing, session: Session) -> None:
    """End a session: its cookie is worth nothing from now on."""
    tx.record("session.ended", session.actor, "self")
    tx.connection.execute("DELETE FROM sessions WHERE session_sha256 = ?", (sha256(session.id),))


def _clear(tx: Writing) -> None:
    tx.connection.execute(
        "DELETE FROM sessions WHERE until <= ? OR seen <= ?",
        (tx.at, text_of(time_of(tx.at) - IDLE)),
    )
