"""Sessions, tokens and the pace at which anybody may try."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from detector.cases.errors import Refused, Unknown
from detector.cases.record.store import SYSTEM, Store
from detector.cases.team import people, sessions, tokens
from detector.cases.team.entering import Entrance, Pace, TooFast

WORDS = "a horse in a battery"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def ann(bare: Store, now: datetime) -> Store:
    with bare.writing(now) as tx:
        people.add(tx, SYSTEM, "ann", ["reviewer", "lead"], WORDS)
    return bare


def _passes(pace: Pace, name: str, address: str, at: datetime) -> bool:
    try:
        pace.take(name, address, at)
    except TooFast:
        return False
    return True


def _alive(bare: Store, session: sessions.Session, at: datetime) -> bool:
    with bare.reading() as connection:
        return sessions.session_of(connection, session.id, at) is not None


def test_a_session_ends_half_an_hour_after_the_last_sign_and_after_twelve_hours(
    ann: Store, now: datetime
) -> None:
    with ann.writing(now) as tx:
        session = sessions.begin(tx, "ann", "127.0.0.1")
    assert _alive(ann, session, now + 29 * MINUTE)
    assert not _alive(ann, session, now + 30.1 * MINUTE)
    at = now
    while at < now + sessions.LONGEST - 20 * MINUTE:
        at += 20 * MINUTE
        with ann.writing(at) as tx:
            sessions.touch(tx, session)
    assert _alive(ann, session, at + 19 * MINUTE)
    assert not _alive(ann, session, now + sessions.LONGEST + timedelta(seconds=1))


def test_neither_cookie_nor_token_stands_in_the_folder(ann: Store, now: datetime) -> None:
    with ann.writing(now) as tx:
        session = sessions.begin(tx, "ann", "127.0.0.1")
        token = tokens.issue(tx, SYSTEM, "ann", ["lead"], now + MINUTE)
    ann.fold()
    held = b"".join(path.read_bytes() for path in ann.folder.iterdir() if path.is_file())
    assert session.id.encode() not in held
    assert token.encode() not in held
    assert WORDS.encode() not in held


def test_a_session_that_was_ended_stays_ended(ann: Store, now: datetime) -> None:
    with ann.writing(now) as tx:
        first, second = (sessions.begin(tx, "ann", "127.0.0.1") for _ in range(2))
        sessions.end(tx, first)
        sessions.touch(tx, first)
    assert not _alive(ann, first, now)
    assert _alive(ann, second, now)
    with ann.writing(now) as tx:
        people.set_password(tx, people.actor_of(tx.connection, "ann"), "ann", WORDS[::-1])
    assert not _alive(ann, second, now)


def test_a_role_that_is_taken_is_gone_from_sessions_and_tokens_at_once(
    ann: Store, now: datetime
) -> None:
    with ann.writing(now) as tx:
        session = sessions.begin(tx, "ann", "127.0.0.1")
        token = tokens.issue(tx, SYSTEM, "ann", ["lead"], now + MINUTE)
        people.change_roles(tx, SYSTEM, "ann", ["reviewer"])
    with ann.reading() as connection:
        found = sessions.session_of(connection, session.id, now)
        assert found is not None
        assert found.actor.roles == {"reviewer"}
        assert tokens.actor_of_token(connection, token, now) is None


def test_a_token_has_some_of_the_persons_roles_until_its_end(ann: Store, now: datetime) -> None:
    with ann.writing(now) as tx:
        token = tokens.issue(tx, SYSTEM, "ann", ["lead"], now + MINUTE, "sync")
        held = tokens.every_token(tx.connection)[0]
    with ann.reading() as connection:
        actor = tokens.actor_of_token(connection, token, now)
        assert actor is not None
        assert (actor.person, actor.roles) == ("ann", {"lead"})
        assert tokens.actor_of_token(connection, token, now + MINUTE) is None
        assert tokens.actor_of_token(connection, token + "x", now) is None
    with ann.writing(now) as tx:
        tokens.revoke(tx, people.actor_of(tx.connection, "ann"), held.token_id)
    with ann.reading() as connection:
        assert tokens.actor_of_token(connection, token, now) is None


@pytest.mark.parametrize(
    ("roles", "days", "label", "sentence"),
    [
        (["admin"], 1, "", "and not admin"),
        (["lead"], 0, "", "within 400 days"),
        (["lead"], 401, "", "within 400 days"),
        (["lead"], 1, "a\nb", "a line of at most"),
    ],
)
def test_a_token_is_never_more_than_its_person_nor_without_an_end(
    ann: Store, now: datetime, roles: list[str], days: int, label: str, sentence: str
) -> None:
    with pytest.raises(Refused, match=sentence), ann.writing(now) as tx:
        tokens.issue(tx, SYSTEM, "ann", roles, now + timedelta(days=days), label)
    with pytest.raises(Unknown), ann.writing(now) as tx:
        tokens.revoke(tx, SYSTEM, "")


def test_a_thousand_tries_are_five_a_minute_for_a_name_and_for_an_address(now: datetime) -> None:
    pace = Pace()
    tries = [("Ann" if number % 2 else "ann", f"192.0.2.{number % 250}") for number in range(1000)]
    assert sum(_passes(pace, *one, now) for one in tries) == 5
    tries = [(f"name-{number}", "198.51.100.1") for number in range(1000)]
    assert sum(_passes(pace, *one, now) for one in tries) == 5
    with pytest.raises(TooFast) as refused:
        pace.take("ann", "203.0.113.1", now + MINUTE / 2)
    assert 30 <= refused.value.seconds <= 31
    pace.take("ann", "198.51.100.1", now + MINUTE)


def test_no_password_is_looked_at_for_who_is_too_fast(ann: Store, now: datetime) -> None:
    entrance = Entrance(ann)
    for _ in range(5):
        assert entrance.enter("ann", "wrong", "192.0.2.1", now) is None
    with pytest.raises(TooFast):
        entrance.enter("ann", WORDS, "192.0.2.2", now)
    session = entrance.enter("ann", WORDS, "192.0.2.2", now + MINUTE)
    assert session is not None
    assert session.actor.person == "ann"


def test_an_unknown_name_costs_as_much_as_a_known_one(
    ann: Store, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ann.writing(now) as tx:
        people.add(tx, SYSTEM, "bob", ["viewer"], WORDS)
        people.deactivate(tx, SYSTEM, "bob")
    made = []
    real = people.scrypt
    monkeypatch.setattr(people, "scrypt", lambda *given: made.append(given) or real(*given))
    with ann.reading() as connection:
        for name in ("ann", "bob", "eve"):
            people.password_fits(connection, name, "wrong words here")
    assert len(made) == 3
