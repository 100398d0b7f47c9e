"""Cases whose time is over leave no byte behind but a receipt; a hold wins."""

from __future__ import annotations

from pathlib import Path

import pytest

from detector.cases.deciding import claiming, judging, looking
from detector.cases.deciding.judgement import Judgement
from detector.cases.errors import Refused
from detector.cases.keeping import holding
from detector.cases.keeping.backup import backup
from detector.cases.keeping.retention import retain
from detector.cases.record.replay import rebuilt
from detector.cases.record.store import SYSTEM, Actor, Store
from detector.cases.record.verify import verify
from detector.cases.settings import change_setting
from tests.cases.planted import ANN, BOB, CEM, EVE, FAY, GUS, RING, Clock, plant

CANARY = "kanarienvogel-7731"


def judge(store: Store, clock: Clock, by: Actor, case: str, outcome: str) -> None:
    with store.writing(clock()) as tx:
        version = tx.all("SELECT version FROM cases WHERE case_id = ?", case)[0]["version"]
        judging.judge(tx, by, case, version, Judgement(outcome, CANARY if case == "C-1" else "so"))


@pytest.fixture(autouse=True)
def cases(store: Store, clock: Clock) -> None:
    with store.writing(clock()) as tx:
        plant(tx, "C-1", {f"{CANARY}-{n}": ("proxy", ()) for n in range(3)}, brief=CANARY)
        plant(tx, "C-2", {"other": ("proxy", ())})
        plant(tx, "C-3", RING)
        for case in ("C-1", "C-2"):
            judging.comment(tx, ANN, case, CANARY if case == "C-1" else "nothing")
        looking.keep_draft(tx, "bob", "C-1", {"note": CANARY})
    judge(store, clock, ANN, "C-1", "cleared")
    judge(store, clock, ANN, "C-2", "confirmed_proxy")
    judge(store, clock, BOB, "C-2", "confirmed_proxy")


def bytes_with_canary(folder: Path) -> list[str]:
    return [
        path.name for path in sorted(folder.rglob("*"))
        if path.is_file() and CANARY.encode() in path.read_bytes()
    ]  # fmt: skip


def test_nothing_is_erased_before_its_time(store: Store, clock: Clock) -> None:
    clock.on(days=500)
    assert retain(store, SYSTEM, clock()).due == ()
    assert bytes_with_canary(store.folder)


def test_what_is_over_leaves_no_byte_and_a_receipt(store: Store, clock: Clock) -> None:
    (store.folder / "packs").mkdir()
    (store.folder / "packs" / "C-1.12.zip").write_bytes(CANARY.encode())
    clock.on(days=560)
    backup(store, clock())
    done = retain(store, SYSTEM, clock(), copies_now=True)
    assert done.erased == ("C-1",)
    assert done.clean
    assert bytes_with_canary(store.folder) == []
    with store.reading() as connection:
        row = connection.execute("SELECT * FROM cases WHERE case_id = 'C-1'").fetchone()
        last = connection.execute("SELECT action FROM events ORDER BY seq DESC").fetchone()
    assert (row["state"], row["brief"], row["lead_account"]) == ("erased", None, None)
    assert last["action"] == "case.erased"
    assert verify(store).findings == ()
    assert rebuilt(store, clock()) == store.head().seq - 1
    assert verify(store).findings == ()


def test_a_snapshot_that_another_case_uses_stays(store: Store, clock: Clock) -> None:
    clock.on(days=560)
    retain(store, SYSTEM, clock())
    with store.reading() as connection:
        assert connection.execute("SELECT body FROM snapshots").fetchone()["body"] is not None
    clock.on(days=1500)
    assert retain(store, SYSTEM, clock()).erased == ("C-2",)
    with store.writing(clock()) as tx:
        judging.comment(tx, ANN, "C-3", "still here")
    assert verify(store).findings == ()


def test_what_is_confirmed_is_kept_for_five_years(store: Store, clock: Clock) -> None:
    clock.on(days=1800)
    assert retain(store, SYSTEM, clock()).erased == ("C-1",)
    clock.on(days=60)
    assert retain(store, SYSTEM, clock()).erased == ("C-2",)


def test_a_hold_wins_until_counsel_lifts_it(store: Store, clock: Clock) -> None:
    with store.writing(clock()) as tx:
        for by in (ANN, CEM, FAY, GUS):
            with pytest.raises(Refused):
                holding.hold(tx, by, "C-1", "court")
        holding.hold(tx, EVE, "C-1", "court")
        with pytest.raises(Refused, match="already"):
            holding.hold(tx, EVE, "C-1", "court")
    clock.on(days=900)
    done = retain(store, SYSTEM, clock())
    assert [(one.case_id, one.held) for one in done.due] == [("C-1", True)]
    assert done.erased == ()
    with store.writing(clock()) as tx:
        holding.lift(tx, EVE, "C-1", "the court decided")
    assert retain(store, SYSTEM, clock()).erased == ("C-1",)
    assert verify(store).findings == ()


def test_a_case_that_was_opened_again_is_not_erased(store: Store, clock: Clock) -> None:
    with store.writing(clock()) as tx:
        claiming.reopen(tx, CEM, "C-1", "something new")
    clock.on(days=9000)
    assert "C-1" not in retain(store, SYSTEM, clock()).erased


def test_what_was_merged_goes_with_its_case(store: Store, clock: Clock) -> None:
    with store.writing(clock()) as tx:
        plant(tx, "C-4", {f"{CANARY}-m": ("proxy", ())}, state="merged", merged_into="C-1")
    clock.on(days=560)
    assert retain(store, SYSTEM, clock()).erased == ("C-1", "C-4")
    assert bytes_with_canary(store.folder) == []
    assert verify(store).findings == ()


def test_a_golden_case_goes_with_its_source_and_not_before(store: Store, clock: Clock) -> None:
    with store.writing(clock()) as tx:
        plant(tx, "C-4", {f"{CANARY}-g": ("proxy", ())}, kind="golden")
        row = {"served_as": "C-4", "truth": "cleared", "of_case": "C-1", "of_settlement": 1,
               "weeks": 4}  # fmt: skip
        tx.record("golden.served", SYSTEM, "system", put=[("golden", row)])
    clock.on(days=560)
    assert retain(store, SYSTEM, clock()).erased == ("C-1", "C-4")
    assert bytes_with_canary(store.folder) == []
    assert verify(store).findings == ()


def test_a_case_that_keeps_somebody_out_of_the_queue_stays(store: Store, clock: Clock) -> None:
    until = "2027-12-01T00:00:00.000000Z"
    with store.writing(clock()) as tx:
        tx.record("suppressor.confirmed", SYSTEM, "system", "C-1", put=[("suppressors", {
            "suppressor_id": 9, "case_id": "C-1", "scope": "account", "subject": "[]",
            "since": tx.at, "until": until, "reason": "an appeal", "state": "active",
            "proposed_by": "ann", "proposed_at": tx.at,
        })])  # fmt: skip
    clock.on(days=560)
    assert retain(store, SYSTEM, clock()).erased == ()
    clock.on(days=100)
    assert retain(store, SYSTEM, clock()).erased == ("C-1",)


def test_a_copy_that_holds_it_still_goes_when_it_is_old(store: Store, clock: Clock) -> None:
    clock.on(days=560)
    place, _ = backup(store, clock())
    first = retain(store, SYSTEM, clock())
    assert [copy.path for copy in first.holding] == [place]
    assert place.exists()
    with store.writing(clock()) as tx:
        change_setting(tx, GUS, "keep_backup_days", "0")
    retain(store, SYSTEM, clock())
    assert not place.exists()
    young, _ = backup(store, clock())
    assert retain(store, SYSTEM, clock()).holding == ()
    assert young.exists()


def test_a_dry_run_changes_nothing(store: Store, clock: Clock) -> None:
    clock.on(days=560)
    head = store.head()
    assert [one.case_id for one in retain(store, SYSTEM, clock(), dry_run=True).due] == ["C-1"]
    assert store.head() == head


def test_only_counsel_an_admin_and_the_program_erase(store: Store, clock: Clock) -> None:
    for by in (ANN, CEM, FAY):
        for dry_run in (True, False):
            with pytest.raises(Refused):
                retain(store, by, clock(), dry_run=dry_run)


def test_an_emptied_event_without_its_receipt_is_found(store: Store, clock: Clock) -> None:
    with store.writing(clock()) as tx:
        tx.connection.execute("UPDATE events SET payload = NULL WHERE case_id = 'C-1'")
    assert any("is empty" in one.sentence for one in verify(store).findings)
