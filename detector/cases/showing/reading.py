"""What pages and commands show of cases, and to whom; it never writes.

What is sealed (names, addresses, countries, lanes L and E) opens to a person with his own first
judgement of the case; what another judged opens when he has judged himself, or the case is
closed.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from detector.cases.deciding.settling import home_of
from detector.cases.deciding.states import OPEN
from detector.cases.errors import Refused, Unknown
from detector.cases.record.store import Actor
from detector.cases.settings import read_settings

#: Roles that may read cases at all.
READERS: Final = ("reviewer", "lead", "counsel", "letters", "auditor", "viewer", "identifier")
#: Words that a case may be asked for by, and the condition that each is.
CONDITIONS: Final[Mapping[str, str]] = {
    "queue": "queue = :queue",
    "state": "state = :state",
    "open": "state NOT IN ('closed', 'merged', 'erased')",
    "assignee": "assignee = :assignee",
    "free": "assignee IS NULL",
    "typology": "typology = :typology",
    # Lists are written by `as_json`: a word stands in them as JSON has it, and nothing else does.
    "family": "instr(families, json_quote(:family)) > 0",
    "size": "size >= :size",
    "due": "due_at < :due",
    "gone": "in_queue = 0",
    "new_in": "first_run = :new_in",
    "account": "case_id IN (SELECT case_id FROM case_accounts WHERE account_id = :account)",
    "ring": "ring_id = :ring",
    "case": "case_id = :case",
}
_LAST: Final = 1 << 62
#: Where a case stands in its list; the very words of the indexes in the schema.
_PLACE: Final = f"ifnull(rank, {_LAST})"

Row = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """Which cases: words of ``CONDITIONS`` with their values, and after which place.

    Of queue policy there are none for ``whom`` unless he is counsel or auditor.
    """

    by: Mapping[str, Any]
    whom: Actor
    after: tuple[int, str] | None = None
    limit: int = 50


def may_read(by: Actor) -> str:
    """The role in which somebody reads cases.

    Raises
    ------
    Refused
        Where he has none that may.
    """
    return by.acting_as(*READERS)


def cases_of(connection: sqlite3.Connection, asked: Asked) -> list[Row]:
    """Cases in the order of their queue: rank, then id; a page after a place.

    Raises
    ------
    Refused
        Where cases cannot be asked for by that.
    """
    unknown = sorted(set(asked.by) - CONDITIONS.keys())
    if unknown:
        raise Refused(f"cases cannot be asked for by {unknown[0]!r}; by {', '.join(CONDITIONS)}")
    parts = [CONDITIONS[name] for name in asked.by] or ["1"]
    given = dict(asked.by)
    if not sees_policy(asked.whom):
        parts.append("queue IS NOT 'policy'")
    if asked.after is not None:
        # The first of the two is what an index is entered by.
        parts.append(
            f"{_PLACE} >= :after_rank AND ({_PLACE}, case_id) > (:after_rank, :after_case)"
        )
        given.update(after_rank=asked.after[0], after_case=asked.after[1])
    given.update(limit=asked.limit)
    # The conditions are those above: nothing that was asked becomes SQL.
    query = (
        f"SELECT * FROM cases WHERE {' AND '.join(parts)} "  # noqa: S608
        f"ORDER BY {_PLACE}, case_id LIMIT :limit"
    )
    return [_shown(row) for row in connection.execute(query, given)]


def _shown(row: sqlite3.Row) -> Row:
    """The row of a case as anybody may see it: which are golden is an auditor's to ask for."""
    if row["kind"] != "golden":
        return dict(row)
    return {**dict(row), "kind": "ring" if (row["size"] or 0) > 1 else "account"}


def is_golden(connection: sqlite3.Connection, case_id: str) -> bool:
    """Whether a case was settled before and is served again: nothing that pages may show."""
    row = connection.execute("SELECT kind FROM cases WHERE case_id = ?", (case_id,)).fetchone()
    return row is not None and row["kind"] == "golden"


def sees_policy(by: Actor) -> bool:
    """Whether cases of queue policy are shown to somebody at all."""
    return bool(by.roles & {"counsel", "auditor"})


def place_of(case: Mapping[str, Any]) -> tuple[int, str]:
    """Where the next page begins after this case."""
    return (_LAST if case["rank"] is None else case["rank"], case["case_id"])


def counts(connection: sqlite3.Connection) -> dict[tuple[str, str], int]:
    """How many cases there are by queue and state."""
    rows = connection.execute("SELECT queue, state, count(*) FROM cases GROUP BY queue, state")
    return {(row[0] or "", row[1]): row[2] for row in rows}


def case_of(connection: sqlite3.Connection, case_id: str) -> Row:
    """The row of a case.

    Raises
    ------
    Unknown
        Where there is none.
    """
    row = connection.execute("SELECT * FROM cases WHERE case_id = ?", (case_id,)).fetchone()
    if row is None:
        raise Unknown(f"there is no case {case_id!r}; see: enduse cases list")
    return _shown(row)


def shown(case: Mapping[str, Any], by: Actor) -> Row:
    """The row of a case as somebody may see it.

    Raises
    ------
    Refused
        Where the case is counsel's.
    """
    may_read(by)
    if case["queue"] == "policy" and not sees_policy(by):
        raise Refused(
            f"case {case['case_id']} is of queue policy: it is counsel's, and {by.person} is none"
        )
    return dict(case)


def members(connection: sqlite3.Connection, case_id: str) -> list[Row]:
    """The accounts of a case, also those that left it, by id."""
    rows = connection.execute(
        "SELECT * FROM case_accounts WHERE case_id = ? ORDER BY account_id", (case_id,)
    )
    return [dict(row) for row in rows]


def may_unseal(connection: sqlite3.Connection, case: Mapping[str, Any], by: Actor) -> bool:
    """Whether somebody may see names, countries and lanes L and E of a case now."""
    may_read(by)
    if not read_settings(connection).blind:
        return True
    if case["queue"] == "policy":
        return "counsel" in by.roles or has_judged(connection, case, by)
    closed = case["state"] not in OPEN or case["state"] == "appealed"
    if "auditor" in by.roles or (closed and by.roles & {"lead", "counsel", "reviewer"}):
        return True
    return has_judged(connection, case, by)


def has_judged(connection: sqlite3.Connection, case: Mapping[str, Any], by: Actor) -> bool:
    """Whether somebody ever judged a case, also if he took it back: he has seen what it opened."""
    row = connection.execute(
        "SELECT 1 FROM judgements WHERE case_id = ? AND person = ?", (case["case_id"], by.person)
    ).fetchone()
    return row is not None


def hears(connection: sqlite3.Connection, case: Mapping[str, Any], by: Actor) -> bool:
    """Whether somebody may see what others judged since the case was opened."""
    # Whoever decides on an objection looks at what was judged, as everybody could before it.
    if case["state"] not in OPEN or case["state"] == "appealed" or "auditor" in by.roles:
        return True
    if case["state"] == "disputed" and "lead" in by.roles:
        return True
    row = connection.execute(
        "SELECT 1 FROM judgements WHERE case_id = ? AND person = ? AND reopened = ? "
        "AND undone = 0", (case["case_id"], by.person, case["reopened"]),
    ).fetchone()  # fmt: skip
    return row is not None and case["state"] != "in_review"


def judgements(connection: sqlite3.Connection, case: Mapping[str, Any], by: Actor) -> list[Row]:
    """The judgements of a case that somebody may see, each with its accounts, in order."""
    may_read(by)
    everything = hears(connection, case, by)
    rows = connection.execute(
        "SELECT * FROM judgements WHERE case_id = ? ORDER BY judgement_id", (case["case_id"],)
    ).fetchall()
    return [
        _whole(connection, row) for row in rows
        if everything or row["person"] == by.person or row["reopened"] < case["reopened"]
    ]  # fmt: skip


def _whole(connection: sqlite3.Connection, row: sqlite3.Row) -> Row:
    accounts = connection.execute(
        "SELECT account_id, outcome, why FROM judgement_accounts WHERE judgement_id = ? "
        "ORDER BY account_id", (row["judgement_id"],),
    )  # fmt: skip
    return {
        **dict(row), "codes": json.loads(row["codes"]),
        "accounts": [dict(one) for one in accounts],
    }  # fmt: skip


def settlements(connection: sqlite3.Connection, case_id: str) -> list[Row]:
    """The settlements of a case with their accounts, in order."""
    found, home = [], home_of(connection, case_id)
    for row in connection.execute(
        f"SELECT * FROM {home}settlements WHERE case_id = ? ORDER BY settlement_id",  # noqa: S608
        (case_id,),
    ).fetchall():
        accounts = connection.execute(
            f"SELECT account_id, outcome, expires_at FROM {home}settlement_accounts "  # noqa: S608
            "WHERE settlement_id = ? ORDER BY account_id", (row["settlement_id"],),
        )  # fmt: skip
        found.append({**dict(row), "accounts": [dict(one) for one in accounts]})
    return found


def history(connection: sqlite3.Connection, case: Mapping[str, Any], by: Actor) -> Iterator[Row]:
    """What happened to a case, in order: who did what when; nothing of what is hidden from him."""
    may_read(by)
    everything = hears(connection, case, by)
    rows = connection.execute(
        "SELECT seq, at, person, role, action, hash FROM events WHERE case_id = ? ORDER BY seq",
        (case["case_id"],),
    )
    for row in rows:
        # That a second person is asked already says what the first found.
        if everything or not row["action"].startswith(("judgement.", "letter.")) or (
            row["person"] == by.person
        ):  # fmt: skip
            yield dict(row)


def comments(connection: sqlite3.Connection, case: Mapping[str, Any], by: Actor) -> list[Row]:
    """What was said beside the judgements; a second person sees it with the first judgement."""
    may_read(by)
    everything = hears(connection, case, by) or case["state"] in ("new", "in_review", "waiting")
    rows = connection.execute(
        "SELECT * FROM comments WHERE case_id = ? ORDER BY comment_id", (case["case_id"],)
    )
    return [dict(row) for row in rows if everything or row["person"] == by.person]
