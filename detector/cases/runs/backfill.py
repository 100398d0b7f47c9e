"""Runs that come late: what was seen then is added, and what holds now stays.

A case that nobody touched ends as if runs had come in their order: its accounts, their first and
last runs and its own are made anew from all it was seen in. One that somebody worked on gets the
row of the run and no more. A run that comes late never closes, reopens or asks for anything.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from detector.cases.record.snapshots import opened, thawed
from detector.cases.record.store import SYSTEM, Writing
from detector.cases.record.tables import Put
from detector.cases.runs.entries import change_of, open_case, run_row, same_day
from detector.cases.runs.known import known_of
from detector.cases.runs.matching import pair
from detector.cases.runs.merging import join
from detector.cases.runs.planning import Accounts, Candidate, Known
from detector.cases.runs.seen import Member, Seen, members_of, seen
from detector.cases.runs.taking import Taking, pieces
from detector.dossier import Case

_ROWS = """
SELECT case_runs.*, as_of, model_id FROM case_runs JOIN runs USING (run) WHERE case_id = ?
ORDER BY as_of, run
"""


@dataclass(frozen=True)
class _Then:
    """A case as it was around the time of the run.

    ``before`` says that an earlier run had it, ``later`` are its accounts in the runs after.
    """

    accounts: Accounts
    before: bool
    runs: frozenset[int]
    last: str
    later: tuple[Accounts, ...]


def take_older(taking: Taking) -> None:
    """Take a run older than the last one taken."""
    tx, this = taking.tx, taking.this
    known = known_of(tx, (a for one in taking.candidates for a in one.accounts), ever=True)
    then = {name: _then(tx, case, this.as_of) for name, case in known.items()}
    pairing = pair(
        {name: one.accounts for name, one in then.items() if one.accounts},
        {one.name: one.accounts for one in taking.candidates},
    )
    late = _Late(taking, known, then)
    for piece in pieces(taking.candidates):
        shown = taking.shown({one.name for one in piece})
        for one in piece:
            if one.name in pairing.of:
                name = late.joined(pairing.of[one.name], pairing.beside.get(one.name, ()))
                late.add(name, shown[one.name])
            elif one.name not in pairing.parts:
                late.meet(one, shown[one.name])
            elif then[pairing.parts[one.name]].before:
                late.open(one, shown[one.name], pairing.parts[one.name])
            else:
                late.known_since(one, pairing.parts[one.name])
    _absent(tx, this.number, this.as_of)


def _then(tx: Writing, case: Known, as_of: str) -> _Then:
    """The accounts of a case in the last run before a time, else in the first after it."""
    rows = tx.all(_ROWS, case.case_id)
    earlier = [row for row in rows if row["as_of"] <= as_of]
    row = earlier[-1] if earlier else rows[0] if rows else None
    accounts = case.accounts if row is None else frozenset(_told_of(tx, dict(row)))
    runs = frozenset(row["run"] for row in rows)
    later = tuple(frozenset(_told_of(tx, row)) for row in rows[len(earlier) :])
    return _Then(accounts, bool(earlier), runs, rows[-1]["as_of"] if rows else "", later)


class _Late:
    """Steps of a run that comes late."""

    def __init__(
        self, taking: Taking, known: Mapping[str, Known], then: Mapping[str, _Then]
    ) -> None:
        self.taking, self.known, self.then = taking, known, then
        self.tx, self.this = taking.tx, taking.this
        self.room = taking.room()

    def open(self, one: Candidate, case: Case, link: str | None) -> None:
        """Open a case that has left the queue since."""
        if self.taking.suppressed(one):
            self.taking.counts["suppressed"] += 1
        elif link is None and self.room.get(one.queue, 0) <= 0:
            self.taking.counts["below"] += 1
        else:
            self.room[one.queue] = self.room.get(one.queue, 0) - 1
            taking = self.taking
            told = seen(self.tx, case, taking.results.run)
            name = open_case(self.tx, self.this, told, one.accounts, taking.settings, taking.key,
                             link=link)  # fmt: skip
            taking.counts["split" if link else "opened"] += 1
            taking.opened[told.columns["queue"]] += 1
            _left_since(self.tx, name, self.this.as_of)

    def meet(self, one: Candidate, case: Case) -> None:
        """A candidate that no case was then: a later run may have found it to be part of one."""
        for name, then in sorted(self.then.items()):
            halves = (min(len(one.accounts), len(held)) for held in then.later)
            if not self.known[name].touched and any(
                2 * len(one.accounts & held) >= half
                for held, half in zip(then.later, halves, strict=True)
            ):
                self.known_since(one, name)
                return
        self.open(one, case, None)

    def known_since(self, one: Candidate, name: str) -> None:
        """Accounts that a later run found in a case were seen before, in a part of it."""
        if self.known[name].touched:
            return
        day = _days(self.tx)
        rows = self.tx.all("SELECT * FROM case_accounts WHERE case_id = ? ORDER BY 2", name)
        puts: list[Put] = [
            ("case_accounts", {"case_id": name, "account_id": row["account_id"],
                               "since_run": self.this.number})
            for row in rows if row["account_id"] in one.accounts
            and day.get(row["since_run"], "") > self.this.as_of
        ]  # fmt: skip
        if puts:
            self.tx.record("case.retold", SYSTEM, "system", name,
                           {"run": self.this.number}, puts)  # fmt: skip

    def joined(self, name: str, beside: tuple[str, ...]) -> str:
        """The case that a candidate belongs to, once it has taken in those that were the same."""
        for other in beside:
            if not self._one(name, other):
                continue
            first, second = self.then[name], self.then[other]
            name, gone = (name, other) if first.last >= second.last else (other, name)
            rows = [] if first.runs & second.runs else self.tx.all(_ROWS, gone)
            join(self.tx, SYSTEM, "system", name, gone)
            if rows:
                self._copy(name, rows)
            self.taking.counts["merged"] += 1
        return name

    def _one(self, name: str, other: str) -> bool:
        """Whether two cases are one: both untouched, and not seen beside each other since."""
        if self.known[name].touched or self.known[other].touched:
            return False
        first, second = self.then[name], self.then[other]
        over = min(first.last, second.last) < self.this.as_of
        return over or not first.runs & second.runs

    def _copy(self, name: str, rows: list[sqlite3.Row]) -> None:
        columns = ("run", "snapshot", "sealed", "rank", "score", "change")
        puts: list[Put] = [
            ("case_runs", {"case_id": name, **{column: row[column] for column in columns}})
            for row in rows
        ]  # fmt: skip
        self.tx.record("case.seen_before", SYSTEM, "system", name,
                       {"run": self.this.number}, puts)  # fmt: skip

    def add(self, name: str, case: Case) -> None:
        """Add the run to a case."""
        day = same_day(self.tx, name, self.this)
        if any(row["as_of"] > self.this.as_of for row in day):
            return
        self.taking.counts["seen_before"] += 1
        told = seen(self.tx, case, self.taking.results.run)
        gone: list[Put] = [("case_runs", {"case_id": name, "run": row["run"]}) for row in day]
        facts = {"run": self.this.number}
        puts = [run_row(self.tx, name, self.this, told)]
        self.tx.record("case.seen_before", SYSTEM, "system", name, facts, puts, gone)
        if not self.known[name].touched:
            self._retell(name, told, puts[0][1])

    def _retell(self, name: str, told: Seen, row_of_run: Mapping[str, Any]) -> None:
        """Make a case anew from all the runs that it was seen in; this one is not in `runs` yet."""
        case = self.tx.one("SELECT * FROM cases WHERE case_id = ?", name)
        mine = {**row_of_run, "as_of": self.this.as_of, "model_id": self.this.model_id}
        rows = sorted([*map(dict, self.tx.all(_ROWS, name)), mine],
                      key=lambda row: (row["as_of"], row["run"]))  # fmt: skip
        if case is None:
            return
        puts = [*_accounts(self.tx, name, rows), *_changes(name, rows)]
        row: dict[str, Any] = {"case_id": name, "first_run": rows[0]["run"]}
        if rows[-1]["run"] == self.this.number:
            row |= {**told.columns, "snapshot": told.snapshot, "sealed": told.sealed}
        row["size"] = len(_told_of(self.tx, rows[-1]))
        row["kind"] = case["kind"] if case["kind"] == "sample" else (
            "ring" if row["size"] > 1 else "account")  # fmt: skip
        row = {k: v for k, v in row.items() if k == "case_id" or v != case[k]}
        if len(row) > 1:
            row["version"] = case["version"] + 1
            puts.append(("cases", row))
        if puts:
            self.tx.record("case.retold", SYSTEM, "system", name, {"run": self.this.number}, puts)
        if not case["in_queue"]:
            _left_since(self.tx, name, rows[-1]["as_of"])


def _told_of(tx: Writing, row: Mapping[str, Any] | sqlite3.Row) -> Mapping[str, Member]:
    return members_of(thawed(opened(tx.connection, row["snapshot"])))


def _days(tx: Writing) -> dict[int, str]:
    """The as-of of each run."""
    return {row["run"]: row["as_of"] for row in tx.all("SELECT run, as_of FROM runs")}


def _accounts(tx: Writing, name: str, rows: list[dict[str, Any]]) -> list[Put]:
    """Rows of accounts that are not as the runs of a case say."""
    since: dict[str, int] = {}
    last: dict[str, tuple[int, Member]] = {}
    for place, row in enumerate(rows):
        for account, member in _told_of(tx, row).items():
            since.setdefault(account, row["run"])
            last[account] = place, member
    have = {row["account_id"]: dict(row) for row in tx.all(
        "SELECT * FROM case_accounts WHERE case_id = ?", name)}  # fmt: skip
    day = _days(tx) | {row["run"]: row["as_of"] for row in rows}
    puts: list[Put] = []
    for account, (place, member) in sorted(last.items()):
        # An account that a merge brought was seen before it, in the other case.
        was = have[account]["since_run"] if account in have else since[account]
        since[account] = min(was, since[account], key=lambda run: (day[run], run))
        made = {
            "case_id": name, "account_id": account, "since_run": since[account],
            "left_run": rows[place + 1]["run"] if place + 1 < len(rows) else None,
            "own_queue": member.own_queue, "tie_kinds": member.tie_kinds,
        }  # fmt: skip
        if have.get(account) != made:
            puts.append(("case_accounts", made))
    return puts


def _changes(name: str, rows: list[dict[str, Any]]) -> list[Put]:
    """Rows of runs whose score is now beside another one's."""
    puts: list[Put] = []
    before: dict[str, Any] | None = None
    for row in rows:
        change = change_of(before, row["score"], row["model_id"])
        if row["change"] != change:
            puts.append(("case_runs", {"case_id": name, "run": row["run"], "change": change}))
        before = row
    return puts


def _left_since(tx: Writing, name: str, as_of: str) -> None:
    """Note since which run a case is in no queue: the first after it was seen last."""
    row = tx.one("SELECT run FROM runs WHERE as_of > ? ORDER BY as_of, run LIMIT 1", as_of)
    case = tx.one("SELECT last_run, version FROM cases WHERE case_id = ?", name)
    if row is not None and case is not None and case["last_run"] != row["run"]:
        put = {"case_id": name, "last_run": row["run"], "version": case["version"] + 1}
        tx.record("case.retold", SYSTEM, "system", name, {"left": row["run"]}, [("cases", put)])


def _absent(tx: Writing, run: int, as_of: str) -> None:
    """Cases that left a queue before a later run showed it: they left in this one."""
    rows = tx.all(
        "SELECT case_id, cases.version FROM cases JOIN runs ON runs.run = last_run "
        "WHERE in_queue = 0 AND queue <> 'sample' "
        "AND state NOT IN ('closed', 'merged', 'erased') "
        "AND as_of > ? AND (SELECT max(seen.as_of) FROM case_runs JOIN runs AS seen USING (run) "
        "WHERE case_runs.case_id = cases.case_id) < ? AND NOT EXISTS (SELECT 1 FROM case_runs "
        "WHERE case_runs.case_id = cases.case_id AND run = ?) ORDER BY case_id", as_of, as_of, run,
    )  # fmt: skip
    for case in rows:
        put = {"case_id": case["case_id"], "last_run": run, "version": case["version"] + 1}
        tx.record("case.retold", SYSTEM, "system", case["case_id"], {"left": run},
                  [("cases", put)])  # fmt: skip
