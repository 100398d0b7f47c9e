"""Appeals: who decides, what follows at once, and that it is all or nothing."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from detector.cases.contact import appeals, letters
from detector.cases.contact.appeals import Decision
from detector.cases.contact.suppressors import revoke
from detector.cases.deciding import claiming, judging
from detector.cases.deciding.judgement import Judgement
from detector.cases.errors import Conflict, DamagedCases, Refused
from detector.cases.leaving import labels
from detector.cases.record.moments import time_of
from detector.cases.record.store import Actor, Store, Writing
from detector.cases.record.verify import verify
from detector.cases.runs.suppressed import standing
from detector.cases.showing import reading
from tests.cases.planted import ANN, BOB, CEM, DIA, EVE, FAY, GUS, HAL, IDA, NOW, Clock, plant
from tests.cases.writing import decided, filed, planted, ruled, version_of

UPHELD = Decision("upheld", "You showed us your projects, and they fit what we saw.")


@pytest.fixture(autouse=True)
def case(store: Store, clock: Clock) -> None:
    planted(store, clock)
    decided(store, clock)


def state_of(store: Store) -> str:
    with store.reading() as connection:
        return str(reading.case_of(connection, "C-1")["state"])


def leaving(store: Store) -> dict[str, tuple[str, str]]:
    with store.reading() as connection:
        rows = labels.labels_of(connection, lambda _c, _p: None)
    return {a: (d, b) for a, d, b in rows.select("account_id", "decision", "basis").iter_rows()}


def away(store: Store, at: str) -> set[str]:
    with store.reading() as connection:
        return set(standing(connection, at).accounts())


def test_an_upheld_appeal_clears_keeps_away_and_answers_at_once(store: Store, clock: Clock) -> None:
    number = filed(store, clock, "r1", "r2")
    assert state_of(store) == "appealed"
    done = ruled(store, clock, CEM, number, UPHELD)
    assert state_of(store) == "closed"
    assert leaving(store) == {
        "r1": ("cleared", "appeal"), "r2": ("cleared", "appeal"), "r3": ("unresolved", "review"),
    }  # fmt: skip
    with store.reading() as connection:
        rows = labels.labels_of(connection, lambda _c, _p: None)
        letter = letters.letter_of(connection, FAY, done.letter_id)
        appeal = appeals.appeals_of(connection, CEM)[0]
    ends = set(rows.filter(pl.col("basis") == "appeal")["expires_at"])
    assert ends == {time_of(appeal["decided_at"]) + timedelta(days=180)}
    assert letter["state"] == "draft"
    assert "we take our decision back" in letter["text"]
    assert UPHELD.reasons in letter["text"]
    assert (appeal["state"], appeal["granted"]) == ("upheld", ["r1", "r2"])
    assert away(store, appeal["decided_at"]) == {"r1", "r2"}
    assert verify(store).findings == ()


def test_what_is_kept_away_comes_back_when_it_ends(store: Store, clock: Clock) -> None:
    until = NOW + timedelta(days=90)
    number = filed(store, clock)
    ruled(store, clock, CEM, number, Decision("upheld", "You are right.", until=until))
    assert away(store, "2026-05-30T00:00:00.000000Z") == {"r1"}
    assert away(store, "2026-06-01T00:00:00.000000Z") == set()
    late = Decision("upheld", "You are right.", until=clock.now + timedelta(days=402))
    again = filed(store, clock, "r2")
    with pytest.raises(Refused, match="within 400 days"):
        ruled(store, clock, EVE, again, late)


def test_partly_right_clears_some_and_leaves_what_was_said_of_others(
    store: Store, clock: Clock
) -> None:
    number = filed(store, clock, "r1", "r2")
    with pytest.raises(Refused, match="say for which of these he is right: r1, r2"):
        ruled(store, clock, CEM, number, Decision("partly", "In part.", ("r3",)))
    done = ruled(store, clock, CEM, number, Decision("partly", "In part.", ("r2",)))
    said = leaving(store)
    assert said["r1"] == ("confirmed_proxy", "review")
    assert said["r2"] == ("cleared", "appeal")
    with store.reading() as connection:
        text = letters.letter_of(connection, FAY, done.letter_id)["text"]
    assert "It concerns: r2\n" in text


def test_a_rejected_appeal_closes_and_answers(store: Store, clock: Clock) -> None:
    before = leaving(store)
    number = filed(store, clock)
    done = ruled(store, clock, CEM, number, Decision("rejected", "Nothing new was shown."))
    assert (state_of(store), done.settlement_id, done.suppressors) == ("closed", None, ())
    assert leaving(store) == before
    with store.reading() as connection:
        assert "We keep our decision." in letters.letter_of(connection, FAY, done.letter_id)["text"]


@pytest.mark.parametrize("by", [ANN, BOB, FAY, GUS, HAL, IDA])
def test_nobody_decides_on_himself_or_without_a_role(store: Store, clock: Clock, by: Actor) -> None:
    number = filed(store, clock)
    with pytest.raises(Refused):
        ruled(store, clock, by, number, UPHELD)
    assert state_of(store) == "appealed"


def test_whoever_judged_in_another_opening_or_took_it_back_decides_nothing(
    store: Store, clock: Clock
) -> None:
    with store.writing(clock()) as tx:
        claiming.reopen(tx, DIA, "C-1", "new facts")
    cleared = Judgement("cleared", "a known lab")
    for by in (CEM, DIA):
        version = version_of(store)
        with store.writing(clock()) as tx:
            claiming.claim(tx, by, "C-1")
            version = tx.all("SELECT version FROM cases")[0][0]
            stored = judging.judge(tx, by, "C-1", version, cleared)
        if by is CEM:
            with store.writing(clock()) as tx:
                judging.undo(tx, CEM, stored.judgement_id)
                claiming.release(tx, CEM, "C-1")
    number = filed(store, clock)
    for by in (ANN, CEM, DIA):
        with pytest.raises(Refused, match=f"{by.person} judged case C-1"):
            ruled(store, clock, by, number, UPHELD)
    assert ruled(store, clock, EVE, number, UPHELD).settlement_id


def test_whoever_took_an_appeal_in_does_not_decide_it(store: Store, clock: Clock) -> None:
    both = Actor("fay", frozenset({"letters", "lead"}), 6)
    number = filed(store, clock)
    with store.writing(clock()) as tx:
        appeals.acknowledge(tx, FAY, number)
    with pytest.raises(Refused, match="fay took in an appeal of case C-1"):
        ruled(store, clock, both, number, UPHELD)


def test_a_merged_case_counts_as_the_same(store: Store, clock: Clock) -> None:
    with store.writing(clock()) as tx:
        plant(tx, "C-2", {"r9": ("proxy", ())}, state="merged", merged_into="C-1")
        row = {"judgement_id": 9_000, "case_id": "C-2", "case_version": 1, "snapshot": "",
               "person": "cem", "round": "1", "outcome": "cleared", "step": "none",
               "codes": "[]", "note": "x", "revealed": 0, "reopened": 0, "undone": 0,
               "at": tx.at}  # fmt: skip
        tx.record("judgement.stored", CEM, "reviewer", "C-2", put=[("judgements", row)])
    number = filed(store, clock)
    with pytest.raises(Refused, match="cem judged case C-1"):
        ruled(store, clock, CEM, number, UPHELD)


def test_an_appeal_is_decided_once_and_on_what_was_looked_at(store: Store, clock: Clock) -> None:
    number = filed(store, clock)
    with store.writing(clock()) as tx, pytest.raises(Conflict):
        appeals.decide(tx, CEM, number, version_of(store) - 1, UPHELD)
    ruled(store, clock, CEM, number, UPHELD)
    with pytest.raises(Refused, match="is upheld already"):
        ruled(store, clock, EVE, number, UPHELD)
    with store.writing(clock()) as tx, pytest.raises(Refused, match="is not taken back"):
        judging.undo(tx, CEM, tx.all("SELECT max(judgement_id) FROM judgements")[0][0])


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ({"text": " "}, "say what the holder objects to"),
        ({"received": NOW + timedelta(days=9)}, "which is not yet"),
        ({"accounts": ("zz",)}, "account zz is not in case"),
        ({"accounts": ()}, "account none is not in case"),
        ({"by": ANN}, "takes the role letters"),
    ],
)
def test_what_is_no_appeal_is_refused(
    store: Store, clock: Clock, given: dict[str, Any], what: str
) -> None:
    asked: dict[str, Any] = {"by": FAY, "case_id": "C-1", "accounts": ("r1",), "text": "no",
                             "received": NOW, **given}  # fmt: skip
    with store.writing(clock()) as tx, pytest.raises(Refused, match=what):
        appeals.file(tx, **asked)


def test_a_case_that_is_open_takes_no_appeal(store: Store, clock: Clock) -> None:
    with store.writing(clock()) as tx:
        plant(tx, "C-3")
        with pytest.raises(Refused, match="appeal is not possible now"):
            appeals.file(tx, FAY, "C-3", ("C-3-a",), "no", NOW)


def test_a_revoked_suppressor_ends_the_clearing_that_came_with_it(
    store: Store, clock: Clock
) -> None:
    done = ruled(store, clock, CEM, filed(store, clock), UPHELD)
    with store.writing(clock()) as tx:
        revoke(tx, DIA, done.suppressors[0], "what he showed was of another company")
        at = tx.at
    assert away(store, at) == set()
    with store.reading() as connection:
        rows = labels.labels_of(connection, lambda _c, _p: None)
    assert rows.filter(pl.col("account_id") == "r1")["expires_at"].to_list() == [time_of(at)]
    assert verify(store).findings == ()


def test_a_later_settlement_takes_an_appeal_s_place(store: Store, clock: Clock) -> None:
    ruled(store, clock, CEM, filed(store, clock), UPHELD)
    with store.writing(clock()) as tx:
        claiming.reopen(tx, DIA, "C-1", "the payer changed")
    decided(store, clock)
    assert leaving(store)["r1"] == ("confirmed_proxy", "review")
    with store.reading() as connection:
        held = connection.execute("SELECT count(*) FROM settlements WHERE superseded_by IS NULL")
        assert held.fetchone()[0] == 1


def test_a_month_that_left_is_written_again_when_an_appeal_changes_it(
    store: Store, clock: Clock, tmp_path: Path
) -> None:
    def out() -> list[str]:
        with store.reading() as connection:
            rows = labels.labels_of(connection, lambda _c, _p: None, for_learning=True)
        return labels.write_labels(tmp_path, "labels", rows, DIA)

    assert out() == ["2026-03"]
    clock.on(days=40)
    ruled(store, clock, CEM, filed(store, clock), UPHELD)
    assert out() == ["2026-03", "2026-04"]


class Stops:
    """Has SQLite break off once, after so many of its own instructions."""

    def __init__(self, tx: Writing, after: int) -> None:
        self.left, self.connection = after, tx.connection
        self.connection.set_progress_handler(self._tick, 20)

    def _tick(self) -> int:
        self.left -= 1
        return int(self.left == 0)


def _whole(store: Store) -> str:
    """Everything that a decision may change."""
    names = ("cases", "judgements", "settlements", "settlement_accounts", "suppressors",
             "letters", "appeals", "events")  # fmt: skip
    with store.reading() as connection:
        held = [
            [tuple(row) for row in connection.execute(f"SELECT * FROM {name} ORDER BY 1")]
            for name in names
        ]
    return json.dumps(held)


@pytest.mark.parametrize("step", range(1, 7))
def test_a_decision_that_breaks_off_leaves_nothing(
    store: Store, clock: Clock, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Upheld for one account: five events; the machine stops at each, and after the last."""
    number = filed(store, clock)
    before, record, seen = _whole(store), Writing.record, []

    def stops(self: Writing, action: str, *rest: Any, **named: Any) -> int:
        seen.append(action)
        if len(seen) == step:
            raise KeyboardInterrupt
        return record(self, action, *rest, **named)

    monkeypatch.setattr(Writing, "record", stops)
    if step <= 5:
        with pytest.raises(KeyboardInterrupt):
            ruled(store, clock, CEM, number, UPHELD)
        assert _whole(store) == before
    else:
        ruled(store, clock, CEM, number, UPHELD)
        assert seen == ["judgement.stored", "case.settled", "suppressor.confirmed",
                        "letter.drafted", "appeal.decided"]  # fmt: skip
    monkeypatch.undo()
    assert verify(store).findings == ()
    if step <= 5:
        assert ruled(store, clock, CEM, number, UPHELD).suppressors


def test_a_decision_that_sqlite_breaks_off_anywhere_is_whole_or_nothing(
    store: Store, clock: Clock
) -> None:
    number = filed(store, clock)
    before, version, broken, after = _whole(store), version_of(store), 0, 1
    while after:
        try:
            with store.writing(clock()) as tx:
                Stops(tx, after)
                appeals.decide(tx, CEM, number, version, UPHELD)
        except DamagedCases:
            broken, after = broken + 1, after + 1 + after // 12
            assert _whole(store) == before
        else:
            after = 0
        finally:
            tx.connection.set_progress_handler(None, 0)
    assert broken > 15
    assert state_of(store) == "closed"
    assert verify(store).findings == ()
