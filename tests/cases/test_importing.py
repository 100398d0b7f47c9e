"""Decisions from elsewhere: first judgements that settle nothing, or refused row by row."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from detector.cases.deciding import judging
from detector.cases.deciding.importfile import MOST_BYTES, Given, decisions_of, read_decisions
from detector.cases.deciding.importing import Line, import_decisions, take_over
from detector.cases.deciding.judgement import Judgement
from detector.cases.errors import Refused
from detector.cases.leaving import labels
from detector.cases.record.store import Actor, Store
from detector.cases.record.verify import verify
from detector.cases.showing import reading
from tests.cases.planted import ANN, BOB, CEM, DIA, EVE, GUS, RING, Clock, plant

DATA = Path(__file__).parent / "data"
HEAD = "account_id,decision,decided_at,reviewer\n"


@pytest.fixture(autouse=True)
def cases(store: Store, clock: Clock) -> None:
    with store.writing(clock()) as tx:
        plant(tx, "C-1", RING)
        plant(tx, "C-2", {"s1": ("proxy", ())})
        plant(tx, "C-3", {"l1": ("policy", ())}, queue="policy")


def came(store: Store, clock: Clock, rows: Sequence[Given], by: Actor = CEM) -> list[Line]:
    with store.writing(clock()) as tx:
        return import_decisions(tx, by, rows, source="00" * 32)


def rows_of(text: str) -> list[Given]:
    return decisions_of((HEAD + text).encode(), "decisions.csv")


def judge(store: Store, clock: Clock, by: Actor, case: str, said: Judgement) -> judging.Stored:
    with store.writing(clock()) as tx:
        version = tx.all("SELECT version FROM cases WHERE case_id = ?", case)[0]["version"]
        return judging.judge(tx, by, case, version, said)


def state_of(store: Store, case: str) -> str:
    with store.reading() as connection:
        return str(reading.case_of(connection, case)["state"])


def leaves(store: Store) -> dict[str, str]:
    with store.reading() as connection:
        found = labels.labels_of(connection, lambda _c, _p: None)
    return dict(found.select("account_id", "decision").iter_rows())


def test_unsigned_rows_are_refused_each_with_its_number(store: Store, clock: Clock) -> None:
    lines = came(store, clock, read_decisions(DATA / "one_row_clears.csv"))
    assert [(line.row, line.what) for line in lines] == [(n, "refused") for n in (1, 2, 3)]
    assert "no reviewer" in lines[0].sentence
    assert state_of(store, "C-1") == "new"
    assert leaves(store) == {}


def test_two_people_who_contradict_each_other_are_in_dispute(store: Store, clock: Clock) -> None:
    lines = came(store, clock, read_decisions(DATA / "contradict.csv"))
    assert [line.what for line in lines] == ["judgement"] * 4
    assert state_of(store, "C-1") == state_of(store, "C-2") == "disputed"
    with store.reading() as connection:
        rows = connection.execute(
            "SELECT j.person, round, action FROM judgements j JOIN events ON seq = judgement_id"
        ).fetchall()
    assert [tuple(row) for row in rows] == [
        (who, "1", "judgement.imported") for who in ("ann", "bob", "ann", "bob")
    ]
    assert leaves(store) == {}
    assert verify(store).findings == ()


def test_what_two_files_say_alike_is_no_second_voice(store: Store, clock: Clock) -> None:
    came(store, clock, rows_of("s1,confirmed_proxy,,ann\n"))
    came(store, clock, rows_of("s1,confirmed_proxy,,bob\n"))
    assert state_of(store, "C-2") == "second"
    assert leaves(store) == {}


def test_another_person_settles_what_was_imported(store: Store, clock: Clock) -> None:
    came(store, clock, rows_of("s1,confirmed_proxy,,ann\n"))
    with pytest.raises(Refused, match="ann has judged"):
        judge(store, clock, ANN, "C-2", Judgement("confirmed_proxy", "I said so"))
    assert judge(store, clock, BOB, "C-2", Judgement("confirmed_proxy", "so it is")).settlement_id
    assert leaves(store) == {"s1": "confirmed_proxy"}


def test_a_second_person_alone_confirms_nobody_else_of_a_ring(store: Store, clock: Clock) -> None:
    came(store, clock, rows_of("r2,confirmed_proxy,,ann\n"))
    stored = judge(store, clock, BOB, "C-1", Judgement("confirmed_proxy", "all of them"))
    assert stored.state == "disputed"
    assert leaves(store) == {}


def test_a_second_person_agrees_about_some_and_leaves_the_rest_open(
    store: Store, clock: Clock
) -> None:
    came(store, clock, rows_of("r2,confirmed_proxy,,ann\n"))
    said = Judgement("confirmed_proxy", "this one", members={"r1": ("unresolved", "")})
    assert judge(store, clock, BOB, "C-1", said).state == "closed"
    assert leaves(store) == {"r1": "unresolved", "r2": "confirmed_proxy", "r3": "unresolved"}


def test_a_lead_hears_both_who_were_imported(store: Store, clock: Clock) -> None:
    came(store, clock, read_decisions(DATA / "contradict.csv"))
    judge(store, clock, DIA, "C-2", Judgement("confirmed_proxy", "ann is right"))
    assert leaves(store) == {"s1": "confirmed_proxy"}


def test_who_was_imported_takes_nothing_back_and_amends_nothing_beside_another(
    store: Store, clock: Clock
) -> None:
    came(store, clock, rows_of("s1,cleared,,bob\ns1,cleared,,ann\n"))
    with store.writing(clock()) as tx:
        last = tx.all("SELECT max(judgement_id) AS id FROM judgements")[0]["id"]
        with pytest.raises(Refused):
            judging.undo(tx, ANN, last)
        with pytest.raises(Refused, match="nobody else has judged"):
            judging.amend(tx, ANN, last, Judgement("cleared", "alone"))


def test_a_clearing_that_was_imported_waits_for_somebody_too(store: Store, clock: Clock) -> None:
    came(store, clock, rows_of("s1,cleared,,ann\n"))
    assert state_of(store, "C-2") == "second"
    assert leaves(store) == {}


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("nobody,cleared,,ann", "in no case"),
        ("s1,cleared,,zoe", "no person"),
        ("s1,cleared,,gus", "judges no case"),
        ("s1,guilty,,ann", "no decision"),
        ("s1,cleared,yesterday,ann", "a time"),
        (",cleared,,ann", "empty"),
        ("l1,cleared,,ann", "counsel"),
        ("s1,cleared,,ann,and,more", "more cells"),
    ],
)
def test_a_row_that_does_not_fit_is_refused_and_the_others_come(
    store: Store, clock: Clock, text: str, word: str
) -> None:
    first, second = came(store, clock, rows_of(f"{text}\nr1,cleared,,bob\n"))
    assert (first.row, first.what) == (1, "refused")
    assert word in first.sentence
    assert second.what == "judgement"


def test_the_same_file_twice_changes_nothing(store: Store, clock: Clock) -> None:
    came(store, clock, read_decisions(DATA / "contradict.csv"))
    head = store.head()
    lines = came(store, clock, read_decisions(DATA / "contradict.csv"))
    assert {line.what for line in lines} == {"held"}
    assert store.head() == head


def test_cases_are_judged_whole_by_their_ids(store: Store, clock: Clock) -> None:
    rows = decisions_of(
        b"case_id,outcome,reviewer\nC-1,confirmed_proxy,ann\nC-9,cleared,ann\n", "f"
    )
    first, second = came(store, clock, rows)
    assert first.state == "second"
    assert second.what == "refused"
    with store.reading() as connection:
        found = dict(connection.execute("SELECT account_id, outcome FROM judgement_accounts"))
    assert found == {"r1": "confirmed_proxy", "r2": "confirmed_proxy", "r3": "unresolved"}


def test_only_a_lead_or_counsel_imports(store: Store, clock: Clock) -> None:
    for by in (ANN, GUS):
        with pytest.raises(Refused):
            came(store, clock, [], by)


def test_a_lead_and_counsel_take_over_what_was_settled_elsewhere(
    store: Store, clock: Clock
) -> None:
    rows = rows_of("s1,confirmed_proxy,,ann\nr1,cleared,,bob\nr1,unresolved,,ann\n")
    with store.writing(clock()) as tx:
        with pytest.raises(Refused, match="counsel"):
            take_over(tx, CEM, DIA, rows, reason="the old system", source="")
        with pytest.raises(Refused, match="why"):
            take_over(tx, CEM, EVE, rows, reason=" ", source="")
        lines = take_over(tx, CEM, EVE, rows, reason="the old system", source="")
    assert [line.what for line in lines] == ["settled", "refused", "refused"]
    assert leaves(store) == {"s1": "confirmed_proxy"}
    with store.reading() as connection:
        row = labels.labels_of(connection, lambda _c, _p: None).row(0, named=True)
    assert (row["basis"], row["people"]) == ("import", 2)
    assert verify(store).findings == ()


def test_a_file_without_the_columns_or_too_large_is_refused_whole() -> None:
    with pytest.raises(Refused, match="expected account_id"):
        decisions_of(b"account,verdict\n1,2\n", "f.csv")
    with pytest.raises(Refused, match="larger"):
        decisions_of(b"x" * (MOST_BYTES + 1), "f.csv")
    with pytest.raises(Refused, match="UTF-8"):
        decisions_of(b"account_id,decision\n\xff,cleared\n", "f.csv")
