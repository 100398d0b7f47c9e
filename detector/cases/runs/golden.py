"""Golden cases: settled long ago by others, served again under other ids and dates.

A golden case is opened beside the cases that a run opens, in their order and in their transaction,
goes on with each run, and is judged and settled as they are; what is settled of it stands apart
and becomes no label. Its truth is the settlement that it was made of: an auditor may read it, and
whoever judged it, from the week after. Where a queue has no room for it (no rank between those of
the cases before and after it, no case old enough, another set of tables or lanes), none is served.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

import polars as pl

from detector.cases.deciding.opened import members_of as members_in
from detector.cases.deciding.states import DONE
from detector.cases.record.chain import canonical
from detector.cases.record.moments import later, text_of, time_of
from detector.cases.record.snapshots import keep, opened, thawed, told_of
from detector.cases.record.store import SYSTEM, Writing
from detector.cases.runs.draws import drawn
from detector.cases.runs.entries import This, go_on, open_case
from detector.cases.runs.planning import Step
from detector.cases.runs.rekeying import rekeyed, renaming
from detector.cases.runs.seen import Seen, columns_of, gist, members_of
from detector.cases.settings import Settings
from detector.dossier import QUEUE_ORDER
from detector.results import Results

AGE: Final = timedelta(days=90)
_WEEK: Final = timedelta(weeks=1)
_TRIES: Final = 20
_SOURCES: Final = """
SELECT s.settlement_id, s.case_id, s.outcome, s.at, c.queue, j.snapshot, (
    SELECT r.sealed FROM case_runs r WHERE r.case_id = c.case_id AND r.snapshot = j.snapshot
    ORDER BY r.run LIMIT 1) AS sealed
FROM settlements s JOIN cases c ON c.case_id = s.case_id
JOIN judgements j ON j.judgement_id = (SELECT max(value) FROM json_each(s.judgements))
WHERE s.superseded_by IS NULL AND s.basis = 'review' AND s.at < ? AND c.state = 'closed'
  AND c.queue IN ('proxy', 'victim', 'other') AND c.kind IN ('ring', 'account')
  AND s.outcome <> 'unresolved' AND sealed IS NOT NULL
  AND c.case_id NOT IN (SELECT of_case FROM golden)
ORDER BY s.settlement_id"""


@dataclass(frozen=True)
class _Next:
    """A golden case that is about to be served: its place in the queues, and what is shown."""

    place: tuple[int, int]
    shown: Seen
    accounts: frozenset[str]
    row: Mapping[str, Any]


class Serving:
    """Golden cases of a run that is being taken."""

    def __init__(
        self, tx: Writing, results: Results, this: This, settings: Settings, key: bytes,
        ranks: Collection[int],
    ) -> None:  # fmt: skip
        self.tx, self.results, self.this, self.settings, self.key = tx, results, this, settings, key
        self.told = told_of(results.run)
        self.taken = set(ranks)
        self.scores: list[tuple[int, float]] | None = None
        self.rows: list[Mapping[str, Any]] = []
        self.next: list[_Next] = []
        self.waiting: list[tuple[tuple[int, int], sqlite3.Row, Seen]] | None = None
        self.open: set[str] = set()
        self.order: pl.DataFrame | None = None

    def chosen(self, count: int) -> None:
        """Choose golden cases for a run that opens so many: a draw for each, by the run."""
        share, run = self.settings.golden_share, str(self.this.number)
        odds = min(1.0, share / max(1e-9, 1 - share))
        wanted = sum(drawn(self.key, "golden", run, str(n)) < odds for n in range(count))
        if not wanted:
            return
        rows = self.tx.all(_SOURCES, later(self.tx.at, -AGE))
        rows.sort(key=lambda row: drawn(self.key, "golden-of", run, row["case_id"]))
        for row in rows[: _TRIES * wanted]:
            found = self._made(row) if len(self.next) < wanted else None
            if found is not None:
                self.next.append(found)
        self.next.sort(key=lambda one: one.place)

    def serve(self, queue: str | None = None, rank: int | None = None) -> None:
        """Open those that stand before a place in the queues, or all that are left.

        Cases of a run are numbered in the order of its queues, golden ones among them.
        """
        end = None if queue is None or rank is None else (QUEUE_ORDER.index(queue), rank)
        while self.next and (end is None or self.next[0].place < end):
            one = self.next.pop(0)
            name = open_case(
                self.tx, self.this, one.shown, one.accounts, self.settings, self.key, kind="golden"
            )
            self.open.add(name)
            self.rows.append({**one.row, "served_as": name})

    def _made(self, row: sqlite3.Row) -> _Next | None:
        """A settled case as it would be served; None where it cannot be."""
        connection = self.tx.connection
        texts = [opened(connection, row["snapshot"]), opened(connection, row["sealed"])]
        weeks = self._weeks(texts[0])
        key = self.key + f"golden {self.this.number} {row['case_id']}".encode()
        names = renaming(texts, key)
        if weeks is None or not self._are_new(names):
            return None
        moved = [rekeyed(text, key, weeks, names) for text in texts]
        shown = self._shown(moved[0], moved[1])
        if shown is None:
            return None
        accounts = {
            names[one["account_id"]] for one in self.tx.all(
                "SELECT account_id FROM case_accounts WHERE case_id = ?", row["case_id"]
            ) if names.get(one["account_id"]) in shown.members
        } or set(shown.members)  # fmt: skip
        place = QUEUE_ORDER.index(shown.columns["queue"]), shown.columns["rank"]
        return _Next(place, shown, frozenset(accounts), {
            "truth": row["outcome"], "of_case": row["case_id"],
            "of_settlement": row["settlement_id"], "weeks": weeks,
        })  # fmt: skip

    def _weeks(self, text: str) -> int | None:
        """Whole weeks from a snapshot's run to this one; None where they are not comparable."""
        told = json.loads(text)["run"]
        apart = time_of(self.this.as_of) - _time_of(told["as_of"])
        same = all(told.get(name) == self.told.get(name) for name in ("missing_tables", "lanes"))
        return apart // _WEEK if same and apart > AGE and not apart % _WEEK else None

    def _are_new(self, names: Mapping[str, str]) -> bool:
        """Whether no account of the folder, or of the run, has one of the new ids."""
        new = list(names.values())
        if not new or self.results.scores["account_id"].is_in(new).any():
            return False
        return self.tx.one(
            "SELECT 1 FROM case_accounts WHERE account_id IN (SELECT value FROM json_each(?))",
            json.dumps(new),
        ) is None  # fmt: skip

    def _shown(self, text: str, sealed: str, rank: int | None = None) -> Seen | None:
        """A snapshot as this run would show it; None where its queue has no rank for it."""
        held = json.loads(text)
        place = self._rank(held["case"]["lead"]["score"]) if rank is None else rank
        if place is None:
            return None
        _on(held["case"], (time_of(self.this.as_of) - _time_of(held["run"]["as_of"])).days)
        held["run"] = self.told
        held["case"]["key"]["rank"] = place
        lead = held["case"]["lead"]
        for row in (lead, *held["case"]["members"]):
            same = row["account_id"] == lead["account_id"]
            row |= self._placed(row["score"], place if same else None)
        text = canonical(held)
        case = thawed(text, sealed)
        self.taken.add(place)
        return Seen(
            columns_of(case), members_of(case), keep(self.tx, text), keep(self.tx, sealed),
            gist(case),
        )  # fmt: skip

    def _placed(self, score: float | None, rank: int | None) -> dict[str, Any]:
        """Rank and p-value that a score has in this run: within a run, one follows the other."""
        if self.order is None:
            ranked = self.results.scores.filter(pl.col("score").is_not_null()).sort("rank")
            self.order = ranked.select("score", "p_value", "q_value")
        if score is None or self.order.is_empty():
            return {}
        at = int((self.order["score"] > score).sum()) if rank is None else rank - 1
        near = self.order.row(min(at, self.order.height - 1), named=True)
        return {"rank": at + 1, "p_value": near["p_value"], "q_value": near["q_value"]}

    def _rank(self, score: float | None) -> int | None:
        """A rank that no case has, between those of higher and of lower scores."""
        if score is None:
            return None
        if self.scores is None:
            ranked = self.results.scores.filter(pl.col("rank").is_in(sorted(self.taken)))
            self.scores = list(ranked.select("rank", "score").iter_rows())
        above = max((rank for rank, other in self.scores if other >= score), default=0)
        below = min((rank for rank, other in self.scores if other < score and rank > above),
                    default=self.results.scores.height + 1)  # fmt: skip
        free = (rank for rank in range(above + 1, below) if rank not in self.taken)
        return next(free, None)

    def go_on(self, queue: str | None = None, rank: int | None = None) -> set[str]:
        """Bring open golden cases to this run, as it brings others; the ids of all of them.

        Those that stand before a place in the queues, or all that are left: events of a run are
        in the order of its queues, and golden cases have theirs among them.
        """
        if self.waiting is None:
            self.waiting = sorted(self._open(), key=lambda one: one[0])
            self.open |= {row["case_id"] for _, row, _ in self.waiting}
        end = None if queue is None or rank is None else (QUEUE_ORDER.index(queue), rank)
        while self.waiting and (end is None or self.waiting[0][0] < end):
            _, row, shown = self.waiting.pop(0)
            step = Step("go_on", "", row["case_id"], frozenset(shown.members))
            go_on(self.tx, self.this, step, shown, self.settings)
        return self.open

    def _open(self) -> Iterator[tuple[tuple[int, int], sqlite3.Row, Seen]]:
        """Golden cases that wait for somebody, with their place in this run."""
        rows = self.tx.all(
            f"SELECT * FROM cases WHERE kind = 'golden' AND state NOT IN {DONE} "  # noqa: S608
            "ORDER BY case_id"
        )
        for row in rows:
            text = opened(self.tx.connection, row["snapshot"])
            sealed = opened(self.tx.connection, row["sealed"])
            shown = self._shown(text, sealed) or self._shown(text, sealed, row["rank"])
            if shown is not None:
                place = QUEUE_ORDER.index(row["queue"]), shown.columns["rank"]
                yield place, row, _of_accounts(self.tx, row["case_id"], shown)

    def done(self) -> None:
        """Write down what was served: an event of no case, in every run."""
        self.tx.record("golden.drawn", SYSTEM, "system", put=[("golden", row) for row in self.rows])


def _on(case: dict[str, Any], days: int) -> None:
    """Move the time line of a case on by days, each with the use of a week before it.

    A case that waits is shown with the days up to the last run; one whose line ended earlier, or
    was idle from then on, would be the golden one.
    """
    first = date.fromisoformat(case["first_day"]["$date"]) + timedelta(days=days)
    case["first_day"] = {"$date": first.isoformat()}
    for line in case["series"]:
        for name in ("tpp_hours", "tokens"):
            for _ in range(days):
                line[name] = [*line[name][1:], line[name][-7]]


def _of_accounts(tx: Writing, case_id: str, shown: Seen) -> Seen:
    """What is shown, of the accounts that are in the case."""
    now = members_in(tx, case_id)
    return replace(shown, members={name: shown.members[name] for name in sorted(now)})


def _time_of(told: Any) -> datetime:
    text = told["$time"] if isinstance(told, dict) else str(told)
    return time_of(text_of(datetime.fromisoformat(text)))
