"""Suppressors: two people, a scope, an end; what they keep away, and how they leave."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from detector.cases.contact import suppressors
from detector.cases.contact.suppressors import Suppressor
from detector.cases.errors import Refused, Unknown
from detector.cases.leaving import labels
from detector.cases.record.moments import time_of
from detector.cases.record.store import Actor, Store
from detector.cases.record.verify import verify
from detector.cases.runs.suppressed import Standing, standing
from tests.cases.planted import ANN, BOB, CEM, DIA, EVE, FAY, GUS, HAL, NOW, Clock
from tests.cases.writing import planted

LAB = Suppressor("account", ("r1",), NOW + timedelta(days=100), "a lab that we know")


@pytest.fixture(autouse=True)
def case(store: Store, clock: Clock) -> None:
    planted(store, clock)


def proposed(store: Store, clock: Clock, said: Suppressor = LAB, by: Actor = ANN) -> int:
    with store.writing(clock()) as tx:
        return suppressors.propose(tx, by, said)


def confirmed(store: Store, clock: Clock, number: int, by: Actor = DIA) -> str:
    with store.writing(clock()) as tx:
        suppressors.confirm(tx, by, number)
        return tx.at


def leaving(store: Store) -> list[tuple[Any, ...]]:
    with store.reading() as connection:
        rows = labels.labels_of(connection, lambda _c, _p: None)
    return rows.select("account_id", "decision", "basis", "people", "reviewer").rows()


def away(store: Store, at: str) -> set[str]:
    with store.reading() as connection:
        return set(standing(connection, at).accounts())


def test_a_suppressor_holds_from_the_second_person_to_its_end(store: Store, clock: Clock) -> None:
    number = proposed(store, clock)
    assert away(store, "2026-03-03T00:00:00.000000Z") == set()
    assert leaving(store) == []
    confirmed(store, clock, number)
    assert away(store, "2026-03-03T00:00:00.000000Z") == {"r1"}
    assert away(store, "2026-06-11T00:00:00.000000Z") == set()
    assert leaving(store) == [("r1", "cleared", "appeal", 2, "reviewer-1+reviewer-4")]
    with store.reading() as connection:
        rows = labels.labels_of(connection, lambda _c, _p: None, for_learning=True)
    assert rows["expires_at"].to_list() == [LAB.until]
    assert verify(store).findings == ()


def test_nobody_confirms_his_own(store: Store, clock: Clock) -> None:
    number = proposed(store, clock, by=DIA)
    with pytest.raises(Refused, match="dia proposed suppressor"):
        confirmed(store, clock, number)
    confirmed(store, clock, number, CEM)
    with pytest.raises(Refused, match="is active; this takes one that is proposed"):
        confirmed(store, clock, number, EVE)


@pytest.mark.parametrize("by", [ANN, BOB, FAY, GUS, HAL])
def test_only_a_lead_or_counsel_confirms_and_revokes(store: Store, clock: Clock, by: Actor) -> None:
    number = proposed(store, clock, by=CEM)
    with pytest.raises(Refused, match="takes the role lead or counsel"):
        confirmed(store, clock, number, by)
    confirmed(store, clock, number)
    with store.writing(clock()) as tx, pytest.raises(Refused, match="takes the role"):
        suppressors.revoke(tx, by, number, "no")


def test_revoking_needs_a_reason_and_takes_the_label_back(store: Store, clock: Clock) -> None:
    number = proposed(store, clock)
    at = confirmed(store, clock, number)
    with store.writing(clock()) as tx, pytest.raises(Refused, match="say why"):
        suppressors.revoke(tx, DIA, number, " ")
    with store.writing(clock()) as tx:
        suppressors.revoke(tx, DIA, number, "its owner changed")
    assert away(store, at) == set()
    assert leaving(store) == []
    with store.writing(clock()) as tx, pytest.raises(Refused, match="is revoked"):
        suppressors.revoke(tx, DIA, number, "again")
    with store.reading() as connection:
        assert [row["state"] for row in suppressors.suppressors_of(connection, HAL)] == ["revoked"]
    assert verify(store).findings == ()


def test_one_of_a_typology_alone_clears_nobody(store: Store, clock: Clock) -> None:
    number = proposed(store, clock, replace(LAB, typology="T16"))
    at = confirmed(store, clock, number)
    assert leaving(store) == []
    with store.reading() as connection:
        held = standing(connection, at)
    assert held.covers({"r1"}, {"r1"}, "T16")
    assert not held.covers({"r1"}, {"r1"}, "T04")


def test_what_covers_a_candidate() -> None:
    held = Standing((
        ("account", ("a",), None), ("members", ("b", "c", "d"), None),
        ("identifier", ("device", "k1"), None),
    ))  # fmt: skip
    assert held.covers({"a"}, {"a", "x"}, None)  # no other account of it is in a queue
    assert not held.covers({"a", "x"}, {"a", "x"}, None)
    assert held.covers({"b"}, {"b", "c"}, "T03")
    assert not held.covers({"b"}, {"b", "c", "e"}, "T03")  # whoever joins is news
    assert held.covers({"p"}, {"p", "q"}, None, [("device", "k1")])
    assert not held.covers({"p"}, {"p", "q"}, None, [("device", "k1"), ("payment", "k2")])
    assert not held.covers({"p"}, {"p"}, None, [("device", "k1")])
    assert not held.covers(set(), {"z"}, None)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"scope": "country"}, "is no scope"),
        ({"subject": ()}, "takes one account"),
        ({"subject": ("r1", "r2")}, "takes one account"),
        ({"scope": "members"}, "takes two accounts or more"),
        ({"scope": "identifier"}, "takes a kind and a value"),
        ({"typology": "T99"}, "is no typology"),
        ({"reason": " "}, "say why"),
        ({"until": NOW - timedelta(days=1)}, "within 400 days"),
        ({"until": NOW + timedelta(days=401)}, "within 400 days"),
    ],
)
def test_what_is_no_suppressor_is_refused(
    store: Store, clock: Clock, changes: dict[str, Any], what: str
) -> None:
    with pytest.raises(Refused, match=what):
        proposed(store, clock, replace(LAB, **changes))


def test_an_account_that_no_case_has_is_unknown(store: Store, clock: Clock) -> None:
    with pytest.raises(Unknown, match="zz is in no case"):
        proposed(store, clock, replace(LAB, subject=("zz",)))


def test_one_whose_time_is_over_is_not_put_in_force(store: Store, clock: Clock) -> None:
    number = proposed(store, clock)
    clock.on(days=101)
    with pytest.raises(Refused, match="would have ended on 2026-06-10"):
        confirmed(store, clock, number)
    assert time_of("2026-06-10T09:00:00.000000Z") == LAB.until
