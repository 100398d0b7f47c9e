"""Cases as programs read them: what a page would show the same person, and nothing more."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any, Final

from detector.cases.contact import letters
from detector.cases.contact.appeals import appeals_of
from detector.cases.deciding.judgement import shows_itself
from detector.cases.deciding.states import DONE, OPEN
from detector.cases.errors import Unknown
from detector.cases.measuring.figures import CASE_QUEUES
from detector.cases.record import snapshots
from detector.cases.record.moments import text_of
from detector.cases.showing import reading
from detector.cases.showing.differing import difference_json
from detector.cases.showing.graphing import graph_json, graph_of
from detector.console import allowed
from detector.console.api.schema import TIME, YES, Schema, number, one_of, text, time_in
from detector.console.api.table import Call, Told
from detector.console.kept import case_now, snapshots_of
from detector.console.pages.diff import compared
from detector.console.pages.queue import PAGE, after_in, text_after

MOST: Final = 200
#: What is told of a case; what is sealed of it, and how it was drawn, is not.
COLUMNS: Final = (
    "case_id", "kind", "queue", "state", "version", "lead_account", "ring_id", "rank", "score",
    "p_value", "typology", "size", "families", "coverage", "tpp_hours", "tokens", "brief",
    "tie_kinds", "snapshot", "first_run", "last_run", "in_queue", "assignee", "due_at",
    "snoozed_until", "opened_at", "closed_at", "reopened", "reopened_for", "merged_into",
    "split_from",
)  # fmt: skip
_LISTS: Final = ("families", "tie_kinds")
_WORD: Final = text(64)
#: The words of `reading.CONDITIONS`, and what each may be.
WORDS: Final[Mapping[str, Schema]] = {
    "queue": one_of(*CASE_QUEUES), "state": one_of(*OPEN, *DONE), "open": YES, "assignee": _WORD,
    "free": YES, "typology": _WORD, "family": _WORD, "size": number(), "due": TIME, "gone": YES,
    "new_in": number(), "account": text(256), "ring": _WORD, "case": _WORD,
}  # fmt: skip
LIMIT: Final = {"limit": number(1, MOST)}
AFTER: Final = {"after": text(100, description="`next` of the page before")}
EVENTS: Final[Mapping[str, Schema]] = {"after": number(), **LIMIT}
RUNS: Final[Mapping[str, Schema]] = {"from": number(), "to": number()}
_APPEALS: Final = frozenset({"letters", "reviewer", "lead", "counsel", "auditor"})

Row = dict[str, Any]


def told(row: Mapping[str, Any]) -> Row:
    """The row of a case as JSON."""
    found = {name: row[name] for name in COLUMNS}
    found |= {name: json.loads(row[name] or "[]") for name in _LISTS}
    return {**found, "in_queue": bool(row["in_queue"])}


def every_case(call: Call) -> Told:
    """A page of a list of cases."""
    limit = call.query.get("limit", PAGE)
    words = {name: call.query[name] for name in WORDS if name in call.query}
    if "due" in words:
        words["due"] = text_of(time_in(words["due"], "due"))
    asked = reading.Asked(words, call.actor, after_in(call.query.get("after")), limit + 1)
    with call.house.store.reading() as connection:
        found = reading.cases_of(connection, asked)
    rows = [told(reading.shown(row, call.actor)) for row in found[:limit]]
    more = len(found) > limit
    return Told({"items": rows, "next": text_after(reading.place_of(rows[-1])) if more else None})


def shown(connection: sqlite3.Connection, call: Call) -> Row:
    """The row of the case that is asked for, where this person may read it."""
    return reading.shown(reading.case_of(connection, call.case_id), call.actor)


def one_case(call: Call) -> Told:
    """A case: its row, accounts, runs, and what people said, as far as he may see it."""
    by = call.actor
    with call.house.store.reading() as connection:
        row = shown(connection, call)
        lease = allowed.lease_of(connection, call.case_id, text_of(call.now))
        value = {
            **told(row), "unsealed": reading.may_unseal(connection, row, by), "lease": lease,
            "may": sorted(
                name for name, yes in allowed.allowed(connection, row, by, lease).items() if yes
            ),
            "members": [_member(one) for one in reading.members(connection, call.case_id)],
            "runs": snapshots_of(connection, call.case_id, by),
            "judgements": reading.judgements(connection, row, by),
            "settlements": reading.settlements(connection, call.case_id),
            "comments": reading.comments(connection, row, by),
            "letters": letters.letters_of(connection, by, case_id=call.case_id),
            "appeals": (
                appeals_of(connection, by, case_id=call.case_id) if by.roles & _APPEALS else []
            ),
        }  # fmt: skip
    return Told(value, row["version"])


def _member(row: Row) -> Row:
    kinds = json.loads(row["tie_kinds"] or "[]")
    return {**row, "tie_kinds": kinds, "shows": shows_itself(row)}


def events(call: Call) -> Told:
    """What happened to a case, in order, with the hashes of the chain."""
    limit, after = call.query.get("limit", MOST), call.query.get("after", 0)
    with call.house.store.reading() as connection:
        rows = reading.history(connection, shown(connection, call), call.actor)
        found = list(islice((row for row in rows if row["seq"] > after), limit + 1))
    more = found[limit - 1]["seq"] if len(found) > limit else None
    return Told({"items": found[:limit], "next": more})


_OF_CASE: Final = """
SELECT sealed FROM cases WHERE case_id = ?1 AND snapshot = ?2
UNION ALL SELECT sealed FROM case_runs WHERE case_id = ?1 AND snapshot = ?2
UNION ALL SELECT NULL FROM judgements WHERE case_id = ?1 AND snapshot = ?2
"""


def snapshot(call: Call) -> Told:
    """What a case showed, under its SHA-256; what is sealed beside it, where it is open to him."""
    name = call.parts["sha256"]
    with call.house.store.reading() as connection:
        row = shown(connection, call)
        found = connection.execute(_OF_CASE, (call.case_id, name)).fetchone()
        if found is None or not snapshots.is_kept(connection, name):
            raise Unknown(f"no snapshot {name[:12]!r} of case {call.case_id} is kept")
        sealed = None
        if found["sealed"] is not None and reading.may_unseal(connection, row, call.actor):
            sealed = json.loads(snapshots.opened(connection, found["sealed"]))
        told = json.loads(snapshots.opened(connection, name))
    return Told({"sha256": name, "shown": told, "sealed": sealed})


def graph(call: Call) -> Told:
    """Accounts and the values that tie them."""
    with call.house.store.reading() as connection:
        case = case_now(connection, call.case_id, call.actor)
    return Told(graph_json(graph_of(case)))


def difference(call: Call) -> Told:
    """What changed between two runs: the last and the one before, where none is named."""
    asked = {name: str(run) for name, run in call.query.items()}
    with call.house.store.reading() as connection:
        rows = snapshots_of(connection, call.case_id, call.actor)
        before, after, found = compared(connection, rows, asked)
    return Told({"from": before["run"], "to": after["run"], **difference_json(found)})


Read = Callable[[Call], Told]
