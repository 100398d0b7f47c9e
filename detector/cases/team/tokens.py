"""Tokens of programs that ask in a person's name: shown once, a part of his roles, with an end."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from detector.cases.errors import Refused, Unknown
from detector.cases.record.chain import sha256
from detector.cases.record.moments import text_of, time_of
from detector.cases.record.store import Actor, Writing, as_json
from detector.cases.team.people import actor_of, person_of

#: Seen in a file or a log, the start says what it is.
PREFIX: Final = "enduse_"
_BYTES: Final = 32
_LONGEST: Final = timedelta(days=400)
_LABEL: Final = 80
_ID_DIGITS: Final = 12


@dataclass(frozen=True)
class Token:
    """What is known of a token: everything but the token itself."""

    token_id: str
    person: str
    label: str
    roles: frozenset[str]
    until: str
    revoked: bool


def every_token(connection: sqlite3.Connection) -> list[Token]:
    """All tokens there ever were, by person and end."""
    rows = connection.execute("SELECT * FROM tokens ORDER BY person, until, token_sha256")
    return [_token(row) for row in rows]


def issue(
    tx: Writing, by: Actor, name: str, roles: Collection[str], until: datetime, label: str = "",
    *, login: str = "",
) -> str:  # fmt: skip
    """Make a token of a person; what is returned is shown now and never again.

    Raises
    ------
    Refused
        Where it would be more than the person, or has no end within 400 days.
    """
    role = by.acting_as("admin", "system")
    held = actor_of(tx.connection, name)
    given = frozenset(roles) or held.roles
    if not given <= held.roles:
        raise Refused(
            f"a token of {name} can have {', '.join(sorted(held.roles))}, and not "
            f"{', '.join(sorted(given - held.roles))}"
        )
    end, now = text_of(until), time_of(tx.at)
    if not tx.at < end <= text_of(now + _LONGEST):
        raise Refused(f"a token ends within {_LONGEST.days} days from now; choose another end")
    if len(label) > _LABEL or not label.isprintable():
        raise Refused(f"the label of a token is a line of at most {_LABEL} characters")
    token = PREFIX + secrets.token_urlsafe(_BYTES)
    row = {"token_sha256": sha256(token), "person": name, "label": label,
           "roles": as_json(sorted(given)), "until": end, "revoked": 0}  # fmt: skip
    facts = {"login": login} if login else {}
    tx.record("token.issued", by, role, facts=facts, put=[("tokens", row)])
    return token


def revoke(tx: Writing, by: Actor, token_id: str, *, login: str = "") -> Token:
    """End a token for good; a person may end his own.

    Raises
    ------
    Unknown
        Where no token has this id.
    Refused
        Where it is another's, and he is no admin.
    """
    row = _by_id(tx, token_id)
    role = "self" if row["person"] == by.person else by.acting_as("admin", "system")
    gone = {"token_sha256": row["token_sha256"], "revoked": 1}
    facts = {"login": login} if login else {}
    if not row["revoked"]:
        tx.record("token.revoked", by, role, facts=facts, put=[("tokens", gone)])
    return _token(row)


def actor_of_token(connection: sqlite3.Connection, token: str, now: datetime) -> Actor | None:
    """Who asks with a token, in the roles that he and it both have; None where it is void."""
    row = connection.execute(
        "SELECT * FROM tokens WHERE token_sha256 = ? AND revoked = 0 AND until > ?",
        (sha256(token), text_of(now)),
    ).fetchone()
    if row is None:
        return None
    held = person_of(connection, row["person"])
    roles = held.roles & frozenset(json.loads(row["roles"]))
    return Actor(held.name, roles, held.number) if held.active and roles else None


def _by_id(tx: Writing, token_id: str) -> sqlite3.Row:
    rows = [
        row for row in tx.all("SELECT * FROM tokens ORDER BY token_sha256")
        if len(token_id) >= _ID_DIGITS and row["token_sha256"].startswith(token_id)
    ]  # fmt: skip
    if len(rows) != 1:
        raise Unknown(f"there is no token {token_id!r}; see: enduse cases token list")
    return rows[0]


def _token(row: sqlite3.Row) -> Token:
    return Token(
        row["token_sha256"][:_ID_DIGITS], row["person"], row["label"],
        frozenset(json.loads(row["roles"])), row["until"], bool(row["revoked"]),
    )  # fmt: skip
