"""People: who may make them, what they may be together, and what is left of one who leaves."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from detector.cases.errors import Refused, Unknown
from detector.cases.record.replay import rebuilt
from detector.cases.record.store import SYSTEM, Store
from detector.cases.record.verify import verify
from detector.cases.team import people, sessions, tokens

WORDS = "a horse in a battery"
CASE = {
    "case_id": "C-000001", "state": "waiting", "version": 1, "in_queue": 1, "assignee": "ann",
    "opened_at": "2026-04-15T09:00:00.000000Z", "reopened": 0, "qa_drawn": 0,
}  # fmt: skip


@pytest.fixture
def ann(bare: Store, now: datetime) -> Store:
    with bare.writing(now) as tx:
        people.add(tx, SYSTEM, "ann", ["reviewer", "lead"], WORDS, login="root")
    return bare


def _actor(bare: Store, name: str):
    with bare.reading() as connection:
        return people.actor_of(connection, name)


def test_the_first_person_is_made_by_whoever_holds_the_folder_and_the_event_says_so(
    ann: Store,
) -> None:
    with ann.reading() as connection:
        event = connection.execute("SELECT * FROM events ORDER BY seq").fetchone()
    assert (event["person"], event["role"], event["action"]) == ("enduse", "system", "person.added")
    assert '"login":"root"' in event["payload"]
    assert _actor(ann, "ann").roles == {"reviewer", "lead"}


def test_only_an_admin_changes_people(ann: Store, now: datetime) -> None:
    with ann.writing(now) as tx:
        people.add(tx, SYSTEM, "root-ann", ["admin"])
    lead, admin = _actor(ann, "ann"), _actor(ann, "root-ann")
    for work in (
        lambda tx: people.add(tx, lead, "bob", ["reviewer"]),
        lambda tx: people.change_roles(tx, lead, "ann", ["counsel"]),
        lambda tx: people.deactivate(tx, lead, "root-ann"),
        lambda tx: people.set_password(tx, lead, "root-ann", WORDS),
        lambda tx: tokens.issue(tx, lead, "ann", ["lead"], now + timedelta(days=1)),
    ):
        with pytest.raises(Refused, match="takes the role admin"), ann.writing(now) as tx:
            work(tx)
    with ann.writing(now) as tx:
        assert people.add(tx, admin, "bob", ["reviewer"]).number == 3
        people.change_roles(tx, admin, "bob", ["counsel"])
    assert _actor(ann, "bob").roles == {"counsel"}


@pytest.mark.parametrize("other", ["reviewer", "lead", "letters", "counsel", "identifier"])
@pytest.mark.parametrize("apart", ["admin", "auditor"])
def test_who_makes_people_or_knows_golden_cases_decides_nothing(
    bare: Store, now: datetime, apart: str, other: str
) -> None:
    sentence = f"cannot have {apart} together with {other}"
    with pytest.raises(Refused, match=sentence), bare.writing(now) as tx:
        people.add(tx, SYSTEM, "ann", [apart, other, "viewer"])
    with bare.reading() as connection:
        assert people.everybody(connection) == []


@pytest.mark.parametrize(
    "name", ["", ".ann", "ann b", "a/b", "ann\n", "ä", "a" * 65, "Enduse", "system", "<b>", "a\0"]
)
def test_a_name_is_letters_and_digits_and_not_the_programs(
    bare: Store, now: datetime, name: str
) -> None:
    with pytest.raises(Refused, match="is no name for a person"), bare.writing(now) as tx:
        people.add(tx, SYSTEM, name, ["reviewer"])


def test_no_two_people_have_names_that_differ_in_case_only(ann: Store, now: datetime) -> None:
    with pytest.raises(Refused, match="a person 'ann' already"), ann.writing(now) as tx:
        people.add(tx, SYSTEM, "Ann", ["reviewer"])


def test_a_password_fits_its_person_only_and_the_folder_verifies(ann: Store, now: datetime) -> None:
    with ann.writing(now) as tx:
        people.add(tx, SYSTEM, "bob", ["reviewer"])
    with ann.reading() as connection:
        fits = [people.password_fits(connection, name, WORDS) for name in ("ann", "bob", "eve")]
        assert fits == [True, False, False]
        assert not people.password_fits(connection, "ann", WORDS + "x")
        assert not people.password_fits(connection, "ann", "\ud800" + WORDS)
    assert verify(ann).findings == ()


def test_a_password_is_the_same_however_a_keyboard_composes_it(ann: Store, now: datetime) -> None:
    with ann.writing(now) as tx:
        people.set_password(tx, SYSTEM, "ann", "scho\u0308ne lange Worte")
    with ann.reading() as connection:
        assert people.password_fits(connection, "ann", "sch\u00f6ne lange Worte")


def test_a_password_that_no_event_set_is_found_and_opens_nothing(ann: Store, now: datetime) -> None:
    with ann.writing(now) as tx:
        line = people.password_line("another horse or so")
        tx.connection.execute("UPDATE passwords SET line = ?", (line,))
    with ann.reading() as connection:
        assert not people.password_fits(connection, "ann", "another horse or so")
    assert [finding.kind for finding in verify(ann).findings] == ["password"]


@pytest.mark.parametrize("password", ["short", "x" * 1001, "line\nbreak in it", "ann-1234-ann"])
def test_a_password_is_long_and_more_than_the_name(
    ann: Store, now: datetime, password: str
) -> None:
    with pytest.raises(Refused, match="password"), ann.writing(now) as tx:
        people.set_password(tx, _actor(ann, "ann"), "ann", password)


def test_who_leaves_frees_cases_and_loses_tokens_sessions_and_the_password(
    ann: Store, now: datetime
) -> None:
    with ann.writing(now) as tx:
        tx.record("case.opened", SYSTEM, "system", "C-000001", put=[("cases", CASE)])
        tx.connection.execute(
            "INSERT INTO leases VALUES ('C-000001', 'ann', ?, ?)", (tx.at, "2026-05-01")
        )
        session = sessions.begin(tx, "ann", "127.0.0.1")
        token = tokens.issue(tx, SYSTEM, "ann", ["lead"], now + timedelta(days=1))
        people.deactivate(tx, SYSTEM, "ann")
    with ann.reading() as connection:
        assert connection.execute("SELECT count(*) FROM leases").fetchone()[0] == 0
        case = connection.execute("SELECT assignee, version FROM cases").fetchone()
        assert tuple(case) == (None, 2)
        assert sessions.session_of(connection, session.id, now) is None
        assert tokens.actor_of_token(connection, token, now) is None
        assert not people.password_fits(connection, "ann", WORDS)
        with pytest.raises(Refused, match="was deactivated"):
            people.actor_of(connection, "ann")
        with pytest.raises(Unknown, match="no person 'eve'"):
            people.actor_of(connection, "eve")
    assert verify(ann).findings == ()


def test_who_comes_back_has_the_number_of_before_and_no_password(ann: Store, now: datetime) -> None:
    with ann.writing(now) as tx:
        people.add(tx, SYSTEM, "bob", ["reviewer"])
        people.deactivate(tx, SYSTEM, "ann")
        back = people.add(tx, SYSTEM, "ann", ["viewer"])
    assert (back.number, back.roles, back.has_password) == (1, {"viewer"}, False)


def test_people_and_tokens_are_made_anew_from_the_events(ann: Store, now: datetime) -> None:
    with ann.writing(now) as tx:
        tokens.issue(tx, SYSTEM, "ann", [], now + timedelta(days=1), "for the sync")
    with ann.reading() as connection:
        before = people.everybody(connection), tokens.every_token(connection)
    rebuilt(ann, now)
    with ann.reading() as connection:
        assert (people.everybody(connection), tokens.every_token(connection)) == before
        assert people.password_fits(connection, "ann", WORDS)
