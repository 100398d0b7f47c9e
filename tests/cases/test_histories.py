"""Random histories by nine people: no forbidden edge, nobody twice, nothing unsettled leaves."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.cases.deciding import claiming, judging
from detector.cases.deciding.judgement import Judgement
from detector.cases.deciding.states import EDGES, OUTCOMES, STEPS
from detector.cases.errors import Refused
from detector.cases.leaving import labels
from detector.cases.record.store import Actor, Store, Writing
from detector.cases.record.verify import verify
from tests.cases.planted import PEOPLE, RING, Clock, opened, plant

CASES = ("C-1", "C-2", "C-3")
Step = tuple[str, str, str, str, str, int]

steps = st.tuples(
    st.sampled_from(["claim", "judge", "judge", "judge", "release", "ask", "answer", "reopen",
                     "undo", "amend", "snooze", "send_back", "sweep"]),
    st.sampled_from(sorted(PEOPLE)),
    st.sampled_from(CASES),
    st.sampled_from(OUTCOMES),
    st.sampled_from([step for step in STEPS if step != "ask"]),
    st.integers(0, 40),
)  # fmt: skip


def _last(tx: Writing, case: str, by: Actor) -> int:
    row = tx.one(
        "SELECT max(judgement_id) AS last FROM judgements WHERE case_id = ? AND person = ?",
        case, by.person,
    )  # fmt: skip
    return 0 if row is None or row["last"] is None else int(row["last"])


def _act(tx: Writing, step: Step) -> None:
    what, person, case, outcome, recommended, _ = step
    by = PEOPLE[person]
    version = tx.all("SELECT version FROM cases WHERE case_id = ?", case)[0]["version"]
    why = "as planted"
    said = Judgement(outcome, why, recommended)
    acts: dict[str, Callable[[], Any]] = {
        "claim": lambda: claiming.claim(tx, by, case),
        "judge": lambda: judging.judge(tx, by, case, version, said),
        "release": lambda: claiming.release(tx, by, case),
        "ask": lambda: judging.ask(tx, by, case, version, why),
        "answer": lambda: claiming.answer(tx, by, case, why),
        "reopen": lambda: claiming.reopen(tx, by, case, why),
        "undo": lambda: judging.undo(tx, by, _last(tx, case, by)),
        "amend": lambda: judging.amend(tx, by, _last(tx, case, by), said),
        "snooze": lambda: claiming.snooze(tx, by, case, _soon(tx), why),
        "send_back": lambda: claiming.send_back(tx, by, case, why),
        "sweep": lambda: claiming.sweep(tx),
    }
    acts[what]()


def _soon(tx: Writing) -> Any:
    from detector.cases.record.moments import time_of

    return time_of(tx.at) + timedelta(days=2)


def _states(tx: Writing) -> dict[str, tuple[str, int]]:
    rows = tx.all("SELECT case_id, state, version FROM cases")
    return {row["case_id"]: (row["state"], row["version"]) for row in rows}


def play(folder: Path, history: list[Step]) -> int:
    """Play a history and look at what must hold after every step; the steps that were done."""
    clock, done = Clock(), 0
    edges = {(start, to) for (start, _), (ends, _) in EDGES.items() for to in ends}
    with opened(folder) as store:
        with store.writing(clock()) as tx:
            for number, case in enumerate(CASES):
                plant(tx, case, {f"{case}-{k}": v for k, v in RING.items()}, qa_drawn=number % 2)
        for step in history:
            clock.on(minutes=step[-1])
            try:
                with store.writing(clock()) as tx:
                    before = _states(tx)
                    _act(tx, step)
                    after = _states(tx)
            except Refused:
                continue
            done += 1
            for case, (state, version) in after.items():
                assert before[case] == (state, version) or (
                    version > before[case][1]
                    and ((before[case][0], state) in edges or before[case][0] == state
                         or step[0] in ("judge", "sweep"))
                )  # fmt: skip
        _holds(store)
    return done


def _holds(store: Store) -> None:
    with store.reading() as connection:
        twice = connection.execute(
            "SELECT case_id, person FROM judgements WHERE undone = 0 AND amends IS NULL "
            "GROUP BY case_id, person, reopened, "
            "CASE round WHEN '1' THEN 1 ELSE 2 END HAVING count(DISTINCT round) > 1"
        ).fetchall()
        both = connection.execute(
            "SELECT 1 FROM judgements a JOIN judgements b USING (case_id, person, reopened) "
            "WHERE a.undone = 0 AND b.undone = 0 AND a.round < b.round"
        ).fetchall()
        assert not twice
        assert not both
        admins = connection.execute("SELECT 1 FROM judgements WHERE person = 'gus'").fetchall()
        assert not admins
        found = labels.labels_of(connection, lambda _c, _p: None)
        for row in found.iter_rows(named=True):
            assert row["decision"] != "confirmed_proxy" or row["people"] >= 2
            assert (row["expires_at"] is not None) == (row["decision"] == "cleared")
            assert row["reviewer"]
    assert verify(store).findings == ()


@given(st.lists(steps, min_size=5, max_size=40))
def test_no_history_breaks_the_rules(history: list[Step]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        play(Path(folder) / "cases", history)


@pytest.mark.long
@settings(max_examples=120)
@given(st.lists(steps, min_size=40, max_size=60))
def test_no_long_history_breaks_the_rules(history: list[Step]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        play(Path(folder) / "cases", history)
