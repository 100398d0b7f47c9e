"""The desk: one clock for everybody, and what somebody does in one transaction of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from detector.cases.contact.drafting import ask_with_letter
from detector.cases.deciding import claiming, looking
from detector.cases.deciding.judgement import Judgement
from detector.cases.deciding.judging import Stored, judge
from detector.cases.deciding.opened import members_of, the_case
from detector.cases.record.store import Store, Writing
from detector.rehearsal.team import Reviewer
from detector.rehearsal.truth import Truth

#: Between two people's turns.
_PAUSE: Final = timedelta(seconds=20)
_NOTES: Final[Mapping[str, str]] = {
    "confirmed_proxy": "rehearsal: ties and use fit access that is passed on to others",
    "confirmed_victim": "rehearsal: somebody else acts with this customer's credentials",
    "cleared": "rehearsal: what is shared and used fits a business of its own",
    "unresolved": "rehearsal: what is there does not decide it",
}
_WHY: Final = "rehearsal: its use is that of the others"


@dataclass
class Desk:
    """Where a team works on the cases of one folder; whoever has a turn moves the clock on.

    ``kept`` are cases that nobody of the team touches.
    """

    store: Store
    truth: Truth
    now: datetime
    kept: set[str]

    def until(self, moment: datetime) -> None:
        """Wait for a moment, if it is still to come."""
        self.now = max(self.now, moment)

    @contextmanager
    def turn(self, seconds: float = 0.0) -> Iterator[Writing]:
        """A transaction after so many seconds."""
        self.now += _PAUSE + timedelta(seconds=seconds)
        with self.store.writing(self.now) as tx:
            yield tx

    def rows(self, query: str, *given: Any) -> list[sqlite3.Row]:
        """What a query finds now."""
        with self.store.reading() as connection:
            return connection.execute(query, given).fetchall()

    def waiting(self, *states: str) -> list[str]:
        """The team's cases in these states, in the order of their queues; counsel's are not."""
        marks = ", ".join("?" * len(states))
        found = self.rows(
            f"SELECT case_id FROM cases WHERE state IN ({marks}) "  # noqa: S608
            "AND queue IS NOT 'policy' AND kind <> 'training' ORDER BY "
            "CASE queue WHEN 'victim' THEN 0 WHEN 'proxy' THEN 1 ELSE 2 END, rank, case_id",
            *states,
        )
        return [row["case_id"] for row in found if row["case_id"] not in self.kept]

    def judges(self, who: Reviewer, case_id: str) -> Stored:
        """Somebody takes a case, looks at it, and says what he thinks of it."""
        with self.turn() as tx:
            claiming.claim(tx, who.actor, case_id)
            looking.look(tx, who.actor.person, case_id)
            case = the_case(tx, case_id)
            said = self._said(who, case, tuple(members_of(tx, case_id)))
        seconds = who.seconds(sitting_of(case))
        with self.turn(seconds) as tx:
            return judge(tx, who.actor, case_id, case["version"], said)

    def _said(self, who: Reviewer, case: sqlite3.Row, members: Sequence[str]) -> Judgement:
        truth = self.truth.of_case(members)
        word = who.says(truth, sitting_of(case))
        told = {}
        if word == truth:  # whoever sees a case as it is sees each of its accounts so
            told = {account: (self.truth.of_account(account), _WHY) for account in members}
        return Judgement(
            word, _NOTES[word], members=told, counter_weighed=True,
            active_seconds=who.seconds(sitting_of(case)),
        )  # fmt: skip

    def asks(self, who: Reviewer, case_id: str) -> None:
        """Somebody has the holder asked: the case waits, and the letter is drafted."""
        with self.turn() as tx:
            claiming.claim(tx, who.actor, case_id)
            version = the_case(tx, case_id)["version"]
            ask_with_letter(tx, who.actor, case_id, version, "Please tell us who uses it.")


def sitting_of(case: sqlite3.Row) -> int:
    """A number for a round of an opening of a case: what is drawn for it is drawn once."""
    rounds = {"new": 0, "in_review": 0, "waiting": 0, "second": 1, "disputed": 2, "appealed": 3}
    number = int(case["case_id"].rsplit("-", 1)[1])
    return number * 16 + int(min(case["reopened"], 3)) * 4 + rounds[case["state"]]
