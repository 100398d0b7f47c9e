"""Whom a reason names: linked accounts by id, what they share, and never more than two."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import polars as pl
import pytest

from detector.findings.company import company_of, linked_to
from detector.findings.finding import Linked
from features.catalogue import Catalogue
from features.population import Population
from features.rollups import complete, merge, rollup
from features.tables import SCHEMAS

AS_OF = datetime(2026, 4, 1, tzinfo=UTC)
MADE = datetime(2026, 3, 1, tzinfo=UTC)
BIDI = "evil\u202eid"


@pytest.fixture(scope="module")
def population() -> Population:
    """Forty accounts; ``a`` shares a card with ``b``, and with ``b``, ``c`` and ``d`` more."""
    ids = ["a", "b", "c", "d", BIDI, *(f"x{k:02}" for k in range(40))]
    held = [
        ("payment", "card", ["a", "b"]), ("phone", "p1", ["a", "b"]), ("email", "m1", ["a", "c"]),
        ("phone", "p2", ["a", "c"]), ("tax_id", "t", ["c", BIDI]), ("ssh_key", "s", ["a", "d"]),
    ]  # fmt: skip
    links = [
        {"account_id": account, "kind": kind, "value_hash": value, "first_seen": MADE,
         "last_seen": MADE}
        for kind, value, accounts in held for account in accounts
    ]  # fmt: skip
    made = [
        {"account_id": one, "created_at": MADE + timedelta(days=k)} for k, one in enumerate(ids)
    ]
    label = {"account_id": BIDI, "decision": "confirmed_proxy", "decided_at": MADE}
    paid = [
        {"account_id": account, "time": MADE, "kind": "top_up", "amount": Decimal(amount),
         "currency": "EUR"}
        for account, amount in (("a", "647.07"), ("b", "647.07"), ("c", "12.34"), ("x00", "647.07"))
    ]  # fmt: skip
    rows = {
        "account_links": links, "accounts": made, "labels": [label], "usage": [], "payments": paid
    }  # fmt: skip
    catalogue = Catalogue.load()
    frames = merge(
        rollup(name, _typed(name, some), AS_OF, catalogue) for name, some in rows.items()
    )
    return Population.of(complete(frames, rows, AS_OF, catalogue))


def _typed(table: str, rows: list[dict[str, object]]) -> pl.DataFrame:
    empty = SCHEMAS[table].create_empty()
    return pl.concat([empty, pl.DataFrame(rows, schema=empty.schema)]) if rows else empty


def named(population: Population, feature: str, account: str = "a") -> Linked:
    asked = pl.DataFrame({"account_id": [account], "feature": [feature], "value": [1.0]})
    return company_of(population, asked)[account, feature]


def test_the_strongest_tie_is_named_with_what_is_shared(population: Population) -> None:
    one = named(population, "f11_shared_bits")
    assert one.whom == "account b (by a shared means of payment and phone number)"


def test_two_are_named_and_the_others_counted(population: Population) -> None:
    many = named(population, "f11_shared_kinds")
    assert many.whom.startswith("accounts b, ")
    assert many.whom.endswith(" and 1 other")
    assert set(many.kinds.strip(" ()").replace(" and ", ", ").split(", ")) == {
        "means of payment", "phone number", "e-mail address", "SSH key",
    }  # fmt: skip


def test_all_are_known_to_whoever_asks_for_rows(population: Population) -> None:
    assert sorted(linked_to(population, "a", "f11_shared_kinds", 4.0)) == ["b", "c", "d"]
    assert linked_to(population, "a", "f11_shared_kinds", 0.0) == []


def test_the_way_to_a_confirmed_account_is_told_and_its_id_is_harmless(
    population: Population,
) -> None:
    far, near = (named(population, "f11_near_confirmed", one).those for one in "ac")
    assert far == (
        ": account evil\\u202eid, through account c (by a shared phone number and e-mail address)"
    )
    assert near == ": account evil\\u202eid (by a shared tax id)"


def test_the_account_that_signed_up_nearest_is_meant(population: Population) -> None:
    assert named(population, "f11_signed_up_together", "d").whom.startswith("account a ")
    assert named(population, "f11_signed_up_together").whom.startswith("account b ")


def test_nobody_is_named_where_nothing_is_shared(population: Population) -> None:
    asked = pl.DataFrame(
        {"account_id": ["x01", "a"], "feature": ["f11_shared_bits", "f11_partners"],
         "value": [1.0, 0.0]}
    )  # fmt: skip
    assert company_of(population, asked) == {}


def test_who_paid_the_same_odd_amount_is_named_where_it_is_linked(population: Population) -> None:
    one = named(population, "f14_siblings_pay_alike")
    assert one.whom == "account b (by a shared means of payment and phone number)"
    assert linked_to(population, "a", "f14_siblings_pay_alike", 1.0) == ["b"]
    assert linked_to(population, "x00", "f14_siblings_pay_alike", 1.0) == []
