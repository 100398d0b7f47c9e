"""Steps of a plan as events: the rows of a case that a run opens, changes or leaves.

Of a case and a day there is one row of ``case_runs``, that of the day's last run; so a service
that publishes by the hour costs no more than a run a day. A case of which figures alone moved has
a ``case.ranked`` of that row and those figures, no more.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from detector.cases.deciding.opened import moved
from detector.cases.errors import DamagedCases
from detector.cases.record.moments import later
from detector.cases.record.snapshots import opened, thawed
from detector.cases.record.store import SYSTEM, Writing
from detector.cases.record.tables import Put
from detector.cases.runs.draws import drawn
from detector.cases.runs.planning import Step
from detector.cases.runs.seen import Member, Seen, gist
from detector.cases.settings import Settings

#: A score moved where it changed by more than this, as a run's own ``change`` says it.
MOVED: Final = 0.02
_DAY: Final = 10


@dataclass(frozen=True)
class This:
    """The run that is taken: its number, as-of, model, whether a later one was taken before."""

    number: int
    as_of: str
    model_id: str
    older: bool = False


def new_number(tx: Writing) -> int:
    """The number of the next case."""
    row = tx.one("SELECT max(CAST(substr(case_id, 3) AS INTEGER)) AS last FROM cases "
                 "WHERE case_id LIKE 'C-%'")  # fmt: skip
    return 1 + int((row["last"] if row else None) or 0)


def open_case(
    tx: Writing, this: This, seen: Seen, accounts: Collection[str], settings: Settings, key: bytes,
    *, link: str | None = None, **columns: Any,
) -> str:  # fmt: skip
    """Open a case on accounts of a run; its id.

    Parameters
    ----------
    link
        The case that its accounts were part of.
    columns
        What a sample has beside: its kind, queue, stratum and weight.
    """
    case_id = f"C-{new_number(tx):06d}"
    queue = columns.get("queue", seen.columns["queue"])
    row = {
        "case_id": case_id, "kind": _kind(accounts), **seen.columns, "state": "new",
        "version": 1, "size": len(accounts), "snapshot": seen.snapshot, "sealed": seen.sealed,
        "first_run": this.number, "last_run": this.number, "in_queue": int(not this.older),
        "due_at": later(tx.at, timedelta(days=settings.due(queue))), "opened_at": tx.at,
        "reopened": 0, "split_from": link,
        "qa_drawn": int(drawn(key, "qa", case_id) < settings.second_share), **columns,
    }  # fmt: skip
    members = [_member(case_id, name, seen.members[name], this) for name in sorted(accounts)]
    tx.record(
        "case.opened", SYSTEM, "system", case_id, {"run": this.number, "of": link},
        [("cases", row), *members, run_row(tx, case_id, this, seen)],
    )  # fmt: skip
    return case_id


def _kind(accounts: Collection[str]) -> str:
    return "ring" if len(accounts) > 1 else "account"


def _member(case_id: str, account: str, told: Member, this: This) -> Put:
    return ("case_accounts", {
        "case_id": case_id, "account_id": account, "since_run": this.number, "left_run": None,
        "own_queue": told.own_queue, "tie_kinds": told.tie_kinds,
    })  # fmt: skip


def run_row(tx: Writing, case_id: str, this: This, seen: Seen) -> Put:
    """The row of ``case_runs``: what this run says of a case, beside the run before."""
    before = tx.one(
        "SELECT case_runs.score, model_id FROM case_runs JOIN runs USING (run) WHERE case_id = ? "
        "AND as_of < ? ORDER BY as_of DESC, run DESC LIMIT 1", case_id, this.as_of,
    )  # fmt: skip
    score = seen.columns["score"]
    return ("case_runs", {
        "case_id": case_id, "run": this.number, "snapshot": seen.snapshot, "sealed": seen.sealed,
        "rank": seen.columns["rank"], "score": score,
        "change": change_of(before, score, this.model_id),
    })  # fmt: skip


def change_of(before: Mapping[str, Any] | sqlite3.Row | None, score: float | None,
              model_id: str) -> str | None:  # fmt: skip
    """How a score moved; None where another model gave the one before: they do not compare."""
    if before is None:
        return "new"
    if before["model_id"] != model_id or before["score"] is None or score is None:
        return None
    step = score - before["score"]
    return "risen" if step > MOVED else "fallen" if step < -MOVED else "same"


def same_day(tx: Writing, case_id: str, this: This) -> list[sqlite3.Row]:
    """Rows of ``case_runs`` of the same day."""
    return tx.all(
        "SELECT case_runs.*, as_of FROM case_runs JOIN runs USING (run) WHERE case_id = ? "
        "AND substr(as_of, 1, ?) = ?", case_id, _DAY, this.as_of[:_DAY],
    )  # fmt: skip


def go_on(tx: Writing, this: This, step: Step, seen: Seen, settings: Settings) -> set[str]:
    """A case goes on, or comes back; what of it changed: members, kinds, place in a queue."""
    case = tx.one("SELECT * FROM cases WHERE case_id = ?", step.case_id)
    if case is None:
        raise DamagedCases(f"case {step.case_id} is gone; see: enduse cases verify")
    case_id = case["case_id"]
    puts, changed = _members(tx, this, case_id, step.accounts, seen)
    columns = _columns(case, this, step.accounts, seen)
    if not case["in_queue"]:
        changed.add("returned")
    if step.kind == "go_on" and gist_of(tx, case) != seen.gist:
        changed.add("seen")
    day = same_day(tx, case_id, this)
    if day and not changed and step.kind == "go_on":
        return changed
    facts = {"run": this.number, "changed": sorted(changed)}
    if step.kind == "come_back":
        due = later(tx.at, timedelta(days=settings.due(columns["queue"])))
        row = moved(case, "reopen", "new", reopened=case["reopened"] + 1, reopened_for=step.why,
                    closed_at=None, assignee=None, due_at=due, **columns)  # fmt: skip
        action, facts["reason"] = "case.reopened", step.why
    else:
        changes = {name: value for name, value in columns.items() if value != case[name]}
        # Figures alone do not make it another case: who is judging it goes on.
        version = case["version"] + bool(changed)
        row = ("cases", {"case_id": case_id, "version": version, **changes})
        action = "case.seen" if changed else "case.ranked"
    gone = [("case_runs", {"case_id": case_id, "run": old["run"]}) for old in day]
    puts = [row, *puts, run_row(tx, case_id, this, seen)]
    tx.record(action, SYSTEM, "system", case_id, facts, puts, gone)
    return changed


def _columns(
    case: sqlite3.Row, this: This, accounts: Collection[str], seen: Seen
) -> dict[str, Any]:
    kind = case["kind"] if case["kind"] in ("sample", "golden") else _kind(accounts)
    return {
        **seen.columns, "kind": kind, "size": len(accounts), "snapshot": seen.snapshot,
        "sealed": seen.sealed, "last_run": this.number, "in_queue": 1,
    }  # fmt: skip


def _members(
    tx: Writing, this: This, case_id: str, accounts: Collection[str], seen: Seen
) -> tuple[list[Put], set[str]]:
    """Rows of the accounts that changed, and whether some joined or left."""
    rows = {row["account_id"]: row for row in tx.all(
        "SELECT * FROM case_accounts WHERE case_id = ?", case_id)}  # fmt: skip
    puts: list[Put] = []
    changed: set[str] = set()
    for name in sorted(accounts):
        put = _member(case_id, name, seen.members[name], this)
        old = rows.get(name)
        if old is not None:
            put = (put[0], {**put[1], "since_run": old["since_run"]})
        if old is None or old["left_run"] is not None:
            changed.add("grown")
        if old is None or any(old[column] != value for column, value in put[1].items()):
            puts.append(put)
    for name in sorted(rows.keys() - set(accounts)):
        if rows[name]["left_run"] is None:
            changed.add("shrunk")
            puts.append(("case_accounts", {
                "case_id": case_id, "account_id": name, "left_run": this.number,
            }))  # fmt: skip
    return puts, changed


def gist_of(tx: Writing, case: sqlite3.Row) -> tuple[Any, ...] | None:
    """The gist of what is kept of a case; None where nothing of it can be read."""
    try:
        sealed = None if case["sealed"] is None else opened(tx.connection, case["sealed"])
        return gist(thawed(opened(tx.connection, case["snapshot"] or ""), sealed))
    except DamagedCases:
        return None


def leave(tx: Writing, this: This, gone: Iterable[sqlite3.Row]) -> int:
    """Note of cases that no candidate of the run is theirs: nobody closes them; how many."""
    count = 0
    for case in gone:
        row = {
            "case_id": case["case_id"], "version": case["version"] + 1, "in_queue": 0,
            "last_run": this.number,
        }  # fmt: skip
        tx.record(
            "case.seen", SYSTEM, "system", case["case_id"],
            {"run": this.number, "changed": ["left"]}, [("cases", row)],
        )  # fmt: skip
        count += 1
    return count
