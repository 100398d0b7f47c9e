"""Pseudonyms are matched for a purpose that is noted, by whoever has the role."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from detector.cases.errors import Refused
from detector.cases.leaving.identifying import identify, ids_in
from detector.cases.record.store import Actor, Store
from detector.exporter.labels import pseudonym as in_metrics
from detector.state import pseudonym
from tests.cases.planted import PEOPLE, Clock, plant

KEY = b"0123456789abcdef"
IVY = Actor("ivy", frozenset({"identifier"}), 10)
WAYS = (lambda one: pseudonym(one, KEY), lambda one: in_metrics(one, KEY))
IDS = [f"acct-{n}" for n in range(50)]


@pytest.fixture(autouse=True)
def case(store: Store, clock: Clock) -> None:
    with store.writing(clock()) as tx:
        plant(tx, "C-1")


def test_a_pseudonym_of_the_state_or_of_metrics_is_found_and_noted(
    store: Store, clock: Clock
) -> None:
    asked = [pseudonym("acct-7", KEY), in_metrics("acct-9", KEY).upper(), "ff" * 16]
    with store.writing(clock()) as tx:
        found = identify(tx, IVY, "C-1", asked, IDS, WAYS, purpose="a court's order 3/26")
        row = tx.all("SELECT * FROM events ORDER BY seq DESC LIMIT 1")[0]
    assert sorted(found.values()) == ["acct-7", "acct-9"]
    assert (row["action"], row["person"], row["case_id"]) == ("account.identified", "ivy", "C-1")
    facts = json.loads(row["payload"])["facts"]
    assert facts["purpose"] == "a court's order 3/26"
    assert len(facts["pseudonyms"]) == 3
    assert "acct-7" not in row["payload"]


def test_asking_in_vain_is_noted_too(store: Store, clock: Clock) -> None:
    head = store.head().seq
    with store.writing(clock()) as tx:
        assert identify(tx, IVY, "C-1", ["ff" * 16], IDS, WAYS, purpose="curious") == {}
    assert store.head().seq == head + 1


def test_nobody_else_asks_and_nobody_without_a_purpose(store: Store, clock: Clock) -> None:
    with store.writing(clock()) as tx:
        for by in PEOPLE.values():
            with pytest.raises(Refused):
                identify(tx, by, "C-1", ["ff" * 16], IDS, WAYS, purpose="court")
        for asked, purpose in (
            (["ff"], " "),
            ([], "court"),
            ([f"{n:x}" for n in range(1001)], "c"),
        ):
            with pytest.raises(Refused):
                identify(tx, IVY, "C-1", asked, IDS, WAYS, purpose=purpose)


def test_ids_are_read_from_accounts_or_from_lines(tmp_path: Path) -> None:
    accounts, lines = tmp_path / "accounts.csv", tmp_path / "ids.txt"
    accounts.write_text('name,account_id\n"Erdachte, Werke",007\nx,8\n', encoding="utf-8")
    lines.write_text("007\n\n8\n", encoding="utf-8")
    assert list(ids_in(accounts)) == list(ids_in(lines)) == ["007", "8"]
