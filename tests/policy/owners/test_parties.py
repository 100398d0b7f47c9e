"""What is one party: by id, else by name; people, companies and accounts apart."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from detector.policy.owners.listing import called, on_lists
from detector.policy.owners.parties import ambiguous, named, with_parties
from features.types import SHARE

WHOLE = pl.lit(1).cast(SHARE)


def entities(*rows: dict[str, Any]) -> pl.DataFrame:
    columns = ("owned_name", "owner_name", "owned_id", "owner_id", "owner_kind", "owner_country")
    schema = dict.fromkeys(columns, pl.String)
    return pl.DataFrame(list(rows), schema=schema).with_columns(share_min=WHOLE, share_max=WHOLE)


def ends(*rows: dict[str, Any]) -> list[tuple[str, str]]:
    return with_parties(entities(*rows)).select("owned", "owner").rows()


def test_names_are_compared_without_width_case_space_and_what_is_invisible() -> None:
    rows = ends(
        {"owned_name": "Ａcme  Ltd", "owner_name": "X"},
        {"owned_name": " acme\tLTD\u200b\u202e", "owner_name": "x "},
    )
    assert rows[0] == rows[1] == ("name:acme ltd", "name:x")


def test_names_of_nothing_visible_are_not_one_party() -> None:
    rows = ends(
        {"owned_name": "\u200b", "owner_name": "X"}, {"owned_name": "\u202e", "owner_name": "X"}
    )
    assert rows[0][0] != rows[1][0]


def test_an_id_goes_before_a_name() -> None:
    rows = ends(
        {"owned_name": "Same", "owned_id": "1", "owner_name": "X"},
        {"owned_name": "Same", "owned_id": "2", "owner_name": "X"},
        {"owned_name": "Other name", "owned_id": "1", "owner_name": "X"},
    )
    assert [owned for owned, _ in rows] == ["id:1", "id:2", "id:1"]


def test_a_name_that_stands_for_one_id_is_that_id_and_for_two_is_told() -> None:
    first = {"owned_name": "Same", "owned_id": "1", "owner_name": "X"}
    alone = {"owned_name": "C", "owner_name": "same"}
    second = {"owned_name": "Same", "owned_id": "2", "owner_name": "X"}
    assert ends(first, alone)[1][1] == "id:1"
    assert ambiguous(entities(first, alone)) == []
    assert ends(first, alone, second)[1][1] == "name:same"
    assert ambiguous(entities(first, alone, second)) == ["same"]
    assert ambiguous(entities(first, second)) == []


def test_a_person_and_a_company_of_one_name_are_two() -> None:
    rows = ends(
        {"owned_name": "Anna", "owner_name": "X", "owned_id": "7"},
        {"owned_name": "C", "owner_name": "Anna", "owner_kind": "person"},
    )
    assert rows[1] == ("name:c", "person:anna")


def test_an_account_is_no_company_of_its_name() -> None:
    accounts = pl.DataFrame({"account_id": ["c"], "owner_name": ["C"]}).with_columns(
        share_min=WHOLE, share_max=WHOLE
    )
    rows = with_parties(entities({"owned_name": "c", "owner_name": "X"}), accounts)
    assert rows.select("owned", "owner").rows() == [("name:c", "name:x"), ("account:c", "name:c")]


def test_parties_are_named_alike_in_every_order_of_rows() -> None:
    rows = with_parties(
        entities(
            {"owned_name": "B", "owned_id": "1", "owner_name": "X", "owner_country": "ZZ"},
            {"owned_name": "A", "owned_id": "1", "owner_name": "x"},
        )
    )
    told = named(rows)
    assert told.rows() == [("id:1", "A", "entity", None), ("name:x", "X", "entity", "ZZ")]
    assert told.equals(named(rows.reverse()))


def entries(**row: Any) -> pl.DataFrame:
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "name": pl.String, "aliases": pl.List(pl.String), "weak_aliases": pl.List(pl.String),
        "kind": pl.String, "source": pl.String, "from": pl.Date, "until": pl.Date,
    }  # fmt: skip
    whole = {"aliases": [], "weak_aliases": [], "kind": "organisation", "source": "EL", **row}
    return pl.DataFrame([whole], schema=schema)


def test_only_companies_that_bear_the_name_of_an_organisation_are_surely_listed() -> None:
    parties = named(
        with_parties(
            entities(
                {"owned_name": "A", "owner_name": "Orel Works"},
                {"owned_name": "A", "owner_name": "OREL WORKS", "owner_kind": "person"},
            )
        )
    )
    day = date(2026, 6, 1)
    strong = on_lists(parties, entries(name="Other", aliases=["orel works"]), day)
    assert set(strong.sure) == {"name:orel works"}
    assert set(strong.perhaps) == {"person:orel works"}
    for entry in (
        entries(name="Other", weak_aliases=["orel works"]),
        entries(name="Orel Works", kind="person"),
    ):
        weak = on_lists(parties, entry, day)
        assert weak.sure == frozenset()
        assert weak.perhaps == {"name:orel works", "person:orel works"}


def test_entries_that_ended_or_are_to_come_list_nobody() -> None:
    parties = named(with_parties(entities({"owned_name": "A", "owner_name": "X"})))
    day = date(2026, 6, 1)
    assert on_lists(parties, entries(name="X", until=day), day).sure
    assert on_lists(parties, entries(name="X", **{"from": day}), day).sure
    assert not on_lists(parties, entries(name="X", until=date(2026, 5, 31)), day).sure
    assert not on_lists(parties, entries(name="X", **{"from": date(2026, 6, 2)}), day).sure


def test_a_name_that_was_given_lists_whoever_bears_it() -> None:
    parties = named(
        with_parties(entities({"owned_name": "A", "owner_name": "Anna", "owner_kind": "person"}))
    )
    assert called(parties, ["ANNA", "nobody"]).sure == {"person:anna"}
