"""People, their roles and their passwords.

Only ``admin`` changes people, and whoever holds the folder: the command line on the machine itself
acts as the program there, in the role ``system``, and the event says which login did it. So the
first person can be made, and a small site of two reviewers needs no administrator at all.
"""

from __future__ import annotations

import binascii
import hmac
import json
import re
import sqlite3
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from detector.cases.errors import Refused, Unknown
from detector.cases.record.chain import sha256
from detector.cases.record.store import SYSTEM, Actor, Writing, as_json
from detector.http.web import password_line, scrypt

#: Every role, and what it may do.
ROLES: Final = {
    "viewer": "reads cases, sealed",
    "reviewer": "reads, claims, judges, comments and drafts",
    "lead": "what a reviewer does, and assigns, judges third, merges, sees quality by person",
    "letters": "approves letters, marks them sent, files appeals",
    "counsel": "has the policy queue, lanes L and E, packs, holds and templates",
    "identifier": "re-identifies accounts, for a purpose that is noted",
    "auditor": "reads everything, golden cases too, and verifies; writes nothing",
    "admin": "changes people, tokens and settings; neither judges nor exports",
}
#: Roles that one person cannot have together: who makes people does not decide or let anything
#: out, and who knows which cases are golden does not judge.
APART: Final = {
    "admin": frozenset({"reviewer", "lead", "letters", "counsel", "identifier"}),
    "auditor": frozenset({"reviewer", "lead", "letters", "counsel", "identifier"}),
}
_NAME: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,63})")
_SHORTEST: Final = 12
_LONGEST: Final = 1000
#: Nobody's line: a name that is unknown costs as much as one that is known.
_NOBODY: Final = f"{'00' * 16}:00"


@dataclass(frozen=True)
class Person:
    """A person as the folder holds him; ``number`` leaves it in place of the name."""

    name: str
    number: int
    roles: frozenset[str]
    active: bool
    has_password: bool


def everybody(connection: sqlite3.Connection) -> list[Person]:
    """All people there ever were, in the order in which they came."""
    return [_person(row) for row in connection.execute("SELECT * FROM people ORDER BY number")]


def person_of(connection: sqlite3.Connection, name: str) -> Person:
    """One person.

    Raises
    ------
    Unknown
        Where there is none of that name.
    """
    row = connection.execute("SELECT * FROM people WHERE person = ?", (name,)).fetchone()
    if row is None:
        raise Unknown(f"there is no person {name!r}; see: enduse cases people list")
    return _person(row)


def actor_of(connection: sqlite3.Connection, name: str) -> Actor:
    """A person as somebody who acts now, in all of his roles.

    Raises
    ------
    Unknown
        Where there is none of that name.
    Refused
        Where he left.
    """
    held = person_of(connection, name)
    if not held.active:
        raise Refused(f"{name} was deactivated and may do nothing; see: enduse cases people list")
    return Actor(held.name, held.roles, held.number)


def add(
    tx: Writing, by: Actor, name: str, roles: Collection[str],
    password: str | None = None, *, login: str = "",
) -> Person:  # fmt: skip
    """Make a person, or bring one back who left; a former name keeps its number.

    Parameters
    ----------
    login
        Who the machine says that it is, where the command line acts as the program.

    Raises
    ------
    Refused
        Where the name is taken or not a name, or the roles do not go together.
    """
    role = _may_change(by)
    given = checked_roles(roles)
    before = _alike(tx, checked_name(name))
    if before is not None and (before.active or before.name != name):
        raise Refused(f"there is a person {before.name!r} already; choose another name")
    number = before.number if before else _next_number(tx)
    row = {"person": name, "number": number, "roles": as_json(sorted(given)), "active": 1,
           "password_sha256": None}  # fmt: skip
    tx.record("person.added", by, role, facts=_facts(login), put=[("people", row)])
    tx.connection.execute("DELETE FROM passwords WHERE person = ?", (name,))
    if password is not None:
        set_password(tx, by, name, password, login=login)
    return person_of(tx.connection, name)


def change_roles(
    tx: Writing, by: Actor, name: str, roles: Collection[str], *, login: str = ""
) -> None:
    """Give a person these roles in place of those he had.

    Raises
    ------
    Refused
        Where they do not go together, or he left.
    """
    role = _may_change(by)
    held = actor_of(tx.connection, name)
    given = checked_roles(roles)
    facts = {**_facts(login), "before": sorted(held.roles)}
    row = {"person": name, "roles": as_json(sorted(given))}
    tx.record("person.roles_changed", by, role, facts=facts, put=[("people", row)])


def deactivate(tx: Writing, by: Actor, name: str, *, login: str = "") -> None:
    """Take a person out: cases freed, tokens revoked, sessions ended; judgements stay.

    Raises
    ------
    Refused
        Where he left already.
    """
    role = _may_change(by)
    actor_of(tx.connection, name)
    tokens = tx.all("SELECT token_sha256 FROM tokens WHERE person = ? AND revoked = 0", name)
    gone = [("tokens", {"token_sha256": row["token_sha256"], "revoked": 1}) for row in tokens]
    row = {"person": name, "active": 0, "password_sha256": None}
    tx.record("person.deactivated", by, role, facts=_facts(login), put=[("people", row), *gone])
    tx.connection.execute("DELETE FROM passwords WHERE person = ?", (name,))
    end_sessions(tx, name)
    _free(tx, by, role, name)


def set_password(tx: Writing, by: Actor, name: str, password: str, *, login: str = "") -> None:
    """Set a password, one's own or (admin) another's; sessions under the old one end.

    Raises
    ------
    Refused
        Where it is too short or too long, or is the name, or the person left.
    """
    role = "self" if by.person == name else _may_change(by)
    actor_of(tx.connection, name)
    line = password_line(checked_password(name, password))
    row = {"person": name, "password_sha256": sha256(line)}
    tx.record("person.password_set", by, role, facts=_facts(login), put=[("people", row)])
    tx.connection.execute("INSERT OR REPLACE INTO passwords VALUES (?, ?)", (name, line))
    end_sessions(tx, name)


def password_fits(connection: sqlite3.Connection, name: str, password: str) -> bool:
    """Whether this is the password of an active person; the answer costs the same for anybody.

    A line that no event set fits nobody: the database alone gives no access.
    """
    row = connection.execute(
        "SELECT line, password_sha256 FROM passwords JOIN people USING (person) "
        "WHERE person = ? AND active = 1", (name,),
    ).fetchone()  # fmt: skip
    known = row is not None and row["password_sha256"] == sha256(row["line"])
    salt, _, wanted = (row["line"] if known else _NOBODY).partition(":")
    try:
        made = scrypt(_form(password)[:_LONGEST], binascii.unhexlify(salt)).hex()
    except UnicodeEncodeError:
        return False
    return hmac.compare_digest(made, wanted)


def checked_name(name: str) -> str:
    """The name, if it is one.

    Raises
    ------
    Refused
        Where it is not.
    """
    if not _NAME.fullmatch(name) or name.lower() in (SYSTEM.person, "system", "imported"):
        raise Refused(
            f"{name!r} is no name for a person; expected up to 64 letters, digits, '.', '_' and "
            "'-', the first a letter or digit, and not the program's own"
        )
    return name


def checked_roles(roles: Iterable[str]) -> frozenset[str]:
    """The roles, if one person may have them together.

    Raises
    ------
    Refused
        Where there is none, one is no role, or two of them are kept apart.
    """
    given = frozenset(roles)
    strange = sorted(given - ROLES.keys())
    if strange or not given:
        found = ", ".join(repr(role) for role in strange) or "none"
        raise Refused(f"roles are {found}; expected some of {', '.join(ROLES)}")
    for role, others in APART.items():
        if role in given and given & others:
            raise Refused(
                f"one person cannot have {role} together with {', '.join(sorted(given & others))}: "
                f"{role} {ROLES[role].split(';')[-1].strip()}; use two names"
            )
    return given


def checked_password(name: str, password: str) -> str:
    """The password in the form that is hashed.

    Raises
    ------
    Refused
        Where it is too short or too long, or is the name.
    """
    form = _form(password)
    if not _SHORTEST <= len(form) <= _LONGEST or not form.isprintable():
        raise Refused(f"a password has {_SHORTEST} to {_LONGEST} characters, all of them printable")
    if name.casefold() in form.casefold() and len(form) < len(name) + _SHORTEST:
        raise Refused("this password is little more than the name; choose another")
    return form


def end_sessions(tx: Writing, name: str) -> None:
    """End all sessions of a person."""
    tx.connection.execute("DELETE FROM sessions WHERE person = ?", (name,))


def _may_change(by: Actor) -> str:
    return by.acting_as("admin", "system")


def _facts(login: str) -> dict[str, str]:
    return {"login": login} if login else {}


def _person(row: sqlite3.Row) -> Person:
    return Person(
        row["person"], row["number"], frozenset(json.loads(row["roles"])), bool(row["active"]),
        row["password_sha256"] is not None,
    )  # fmt: skip


def _alike(tx: Writing, name: str) -> Person | None:
    """Somebody of this name, whatever its case: two that look alike could be taken for one."""
    row = tx.one("SELECT * FROM people WHERE lower(person) = lower(?)", name)
    return None if row is None else _person(row)


def _next_number(tx: Writing) -> int:
    row = tx.one("SELECT coalesce(max(number), 0) + 1 AS number FROM people")
    return 1 if row is None else int(row["number"])


def _form(password: str) -> str:
    """One form of a text that keyboards may give in several."""
    return unicodedata.normalize("NFC", password)


def _free(tx: Writing, by: Actor, role: str, name: str) -> None:
    """Let go of a person's cases: those he looks at lose their lease, which a sweep then ends."""
    tx.connection.execute("DELETE FROM leases WHERE person = ?", (name,))
    tx.connection.execute("DELETE FROM drafts WHERE person = ?", (name,))
    rows = tx.all(
        "SELECT case_id, version FROM cases WHERE assignee = ? "
        "AND state IN ('new', 'waiting', 'appealed') ORDER BY case_id", name,
    )  # fmt: skip
    for case in rows:
        row = {"case_id": case["case_id"], "assignee": None, "version": case["version"] + 1}
        tx.record("case.unassigned", by, role, case["case_id"], {"held_by": name}, [("cases", row)])
