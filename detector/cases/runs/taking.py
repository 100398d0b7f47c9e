"""A run on its way into the cases: what it says of which case, step by step."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from detector.cases.record.moments import text_of, time_of
from detector.cases.record.store import SYSTEM, Writing, as_json
from detector.cases.runs.draws import key_of
from detector.cases.runs.entries import This, go_on, leave, open_case
from detector.cases.runs.golden import Serving
from detector.cases.runs.known import asked_of, candidates_of, known_of
from detector.cases.runs.merging import join, propose
from detector.cases.runs.planning import Candidate, Known, Plan, Step, Terms, plan
from detector.cases.runs.returning import why_back
from detector.cases.runs.sampling import Draw, week_of
from detector.cases.runs.seen import columns_of, seen
from detector.cases.runs.suppressed import standing
from detector.cases.settings import Settings, read_settings
from detector.dossier import Case, open_cases
from detector.dossier import key_of as key_of_account
from detector.results import Results
from detector.results.words import QUEUES

#: Cases that are looked up at once: what bounds the memory that a run takes.
PIECE: Final = 200
T = TypeVar("T")


@dataclass(frozen=True)
class Taken:
    """What a run brought.

    Attributes
    ----------
    run
        Its number.
    already, older
        Whether it was taken before, and whether a later one was.
    counts
        ``opened``, ``seen``, ``ranked``, ``grown``, ``shrunk``, ``left``, ``returned``,
        ``reopened``, ``split``, ``merged``, ``proposed``, ``samples``; and of candidates that led
        to nothing ``below`` (the line), ``suppressed``, ``unchanged_OUTCOME``.
    opened
        Cases opened by queue; they count against the week's room.
    """

    run: int
    already: bool = False
    older: bool = False
    counts: Mapping[str, int] = field(default_factory=dict)
    opened: Mapping[str, int] = field(default_factory=dict)


def of_week(tx: Writing, as_of: datetime) -> list[dict[str, Any]]:
    """What runs of the same week brought."""
    week = week_of(as_of)
    rows = tx.all("SELECT as_of, counts FROM runs WHERE as_of >= ?", _days_before(as_of))
    return [json.loads(row["counts"]) for row in rows if week_of(time_of(row["as_of"])) == week]


def _days_before(as_of: datetime) -> str:
    return text_of(as_of - timedelta(days=7))


def pieces(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Items in pieces of which the details are looked up at once."""
    for start in range(0, len(items), PIECE):
        yield items[start : start + PIECE]


class Taking:
    """A run on its way into the cases."""

    def __init__(self, tx: Writing, results: Results, this: This) -> None:
        self.tx, self.results, self.this = tx, results, this
        self.settings: Settings = read_settings(tx.connection)
        self.key = key_of(tx)
        self._standing = standing(tx.connection, tx.at)
        self.counts: Counter[str] = Counter()
        self.opened: Counter[str] = Counter()
        self.candidates, self.keys = candidates_of(results)
        self.known = known_of(tx, (a for one in self.candidates for a in one.accounts))
        self.golden = Serving(
            tx, results, this, self.settings, self.key, {key.rank for key in self.keys.values()}
        )

    def room(self) -> dict[str, int]:
        """How many cases of each queue the week may still open."""
        used: Counter[str] = Counter()
        for told in of_week(self.tx, self.results.run.as_of):
            used.update(told["opened"])
        return {queue: self.settings.promote - used[queue] for queue in QUEUES}

    def suppressed(self, one: Candidate) -> bool:
        """Whether suppressors cover everybody of a candidate who asks for a look."""
        return self._standing.covers(one.queued, one.accounts, one.typology, one.shared)

    def take(self, drawn: Sequence[Draw]) -> None:
        """Take the newest run."""
        tx = self.tx
        terms = Terms(self.room(), self.suppressed, asked_of(tx.connection))
        backs = self._backs()
        made = plan(
            self.candidates, self.known, lambda one, case: backs.get((one.name, case.case_id)),
            terms,
        )  # fmt: skip
        self.counts.update(made.counts)
        self.golden.chosen(sum(step.kind == "open" for step in made.steps))
        stay = self._do(made)
        self.golden.serve()
        stay |= self.golden.go_on()
        gone = [row for row in tx.all(
            "SELECT case_id, version FROM cases WHERE in_queue = 1 AND queue <> 'sample' "
            "AND state NOT IN ('closed', 'merged', 'erased') ORDER BY case_id"
        ) if row["case_id"] not in stay]  # fmt: skip
        self.counts["left"] += leave(tx, self.this, gone)
        self._sample(drawn)
        self.golden.done()

    def _backs(self) -> dict[tuple[str, str], str]:
        """Why closed cases come back, by candidate and case."""
        closed = [case for case in self.known.values() if case.state == "closed"]
        holding: dict[str, list[Known]] = {}
        for case in closed:
            for account in case.accounts:
                holding.setdefault(account, []).append(case)
        meeting = [
            (one, self.known[name]) for one in self.candidates
            for name in sorted({c.case_id for a in one.accounts for c in holding.get(a, ())})
        ]  # fmt: skip
        found: dict[tuple[str, str], str] = {}
        for piece in pieces(meeting):
            now = self.columns({one.name for one, _ in piece})
            for one, case in piece:
                why = self._why(one, case, now[one.name])
                if why is not None:
                    found[one.name, case.case_id] = why
        return found

    def columns(self, names: set[str]) -> dict[str, dict[str, Any]]:
        """Columns of candidates by name."""
        return {name: columns_of(case) for name, case in self.shown(names).items()}

    def shown(self, names: set[str]) -> dict[str, Case]:
        """What the run shows of candidates, by name."""
        cases = open_cases(self.results, [self.keys[name] for name in sorted(names)])
        return {case.key.lead_id: case for case in cases}

    def _why(self, one: Candidate, case: Known, now: Mapping[str, Any]) -> str | None:
        row = self.tx.one("SELECT * FROM cases WHERE case_id = ?", case.case_id)
        settled = self.tx.all(
            "SELECT account_id, settlement_accounts.outcome, expires_at FROM settlement_accounts "
            "JOIN settlements USING (settlement_id) WHERE settlements.case_id = ? "
            "AND superseded_by IS NULL ORDER BY settlement_id", case.case_id,
        )  # fmt: skip
        # An appeal settles some of the accounts anew.
        last = {one["account_id"]: dict(one) for one in settled}
        return None if row is None else why_back(
            dict(row), case.accounts, last.values(), now, one.accounts,
            self.tx.at,
        )  # fmt: skip

    def _do(self, made: Plan) -> set[str]:
        """Do the steps of a plan; the cases that are in a queue now."""
        stay: set[str] = set()
        for piece in pieces(made.steps):
            shown = self.shown({step.candidate for step in piece})
            for step in piece:
                stay |= self._step(step, shown)
        return stay

    def _step(self, step: Step, shown: Mapping[str, Case]) -> set[str]:
        tx, this = self.tx, self.this
        if step.kind == "merge":
            join(tx, SYSTEM, "system", str(step.case_id), str(step.other))
            self.counts["merged"] += 1
            return set()
        if step.kind == "propose":
            propose(tx, SYSTEM, "system", str(step.case_id), str(step.other), this.number)
            self.counts["proposed"] += 1
            return set()
        told = seen(tx, shown[step.candidate], self.results.run)
        if step.kind == "open":
            self.golden.go_on()
            self.golden.serve(self.keys[step.candidate].queue, self.keys[step.candidate].rank)
            queue = told.columns["queue"]
            name = open_case(tx, this, told, step.accounts, self.settings, self.key,
                             link=step.link)  # fmt: skip
            self.counts["split" if step.link else "opened"] += 1
            self.opened[queue] += 1
            return {name}
        self.golden.go_on(self.keys[step.candidate].queue, self.keys[step.candidate].rank)
        changed = go_on(tx, this, step, told, self.settings)
        self.counts.update(changed - {"seen"})
        self.counts["reopened" if step.kind == "come_back" else
                    "seen" if changed else "ranked"] += 1  # fmt: skip
        if step.kind == "come_back":
            self.opened[told.columns["queue"]] += 1
        return {str(step.case_id)}

    def _sample(self, drawn: Sequence[Draw]) -> None:
        keys = {one.account_id: key_of_account(self.results, one.account_id) for one in drawn}
        for case, one in zip(open_cases(self.results, keys.values()), drawn, strict=True):
            told = seen(self.tx, case, self.results.run)
            open_case(
                self.tx, self.this, told, {one.account_id}, self.settings, self.key,
                kind="sample", queue="sample", stratum=one.stratum, weight=one.weight,
            )  # fmt: skip
        self.counts["samples"] += len(drawn)

    def recorded(self, sha256: str) -> Taken:
        """Write down the run and what it brought."""
        run, this = self.results.run, self.this
        counts = {name: count for name, count in sorted(self.counts.items()) if count}
        opened = dict(sorted(self.opened.items()))
        inputs = [[one.path, one.sha256] for one in run.inputs]
        row = {
            "run": this.number, "sha256": sha256, "as_of": this.as_of, "model_id": this.model_id,
            "version": run.version, "alpha": run.alpha, "accounts": self.results.scores.height,
            "inputs": as_json({"files": len(inputs), "sha256": _digest(inputs)}),
            "counts": as_json({"counts": counts, "opened": opened}), "taken_at": self.tx.at,
        }  # fmt: skip
        self.tx.record("run.taken", SYSTEM, "system", put=[("runs", row)])
        return Taken(this.number, False, this.older, counts, opened)


def _digest(inputs: list[list[str]]) -> str:
    return hashlib.sha256(as_json(sorted(inputs)).encode()).hexdigest()
