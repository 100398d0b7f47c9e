"""Which hits there are, on which day, and how much each weighs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import polars as pl
from polars.testing import assert_frame_equal

from detector.policy.names.against import name_hits, prepare
from detector.policy.names.screen import HITS, screen

Make = Callable[..., pl.DataFrame]
DAY = date(2026, 6, 1)
YUNDA = {"name": "Chengdu Yunda Technology Co., Ltd.", "countries": ["CN"]}


def test_a_hit_tells_the_list_the_alias_and_the_parts(entries: Make, parties: Make) -> None:
    listed = entries(
        {**YUNDA, "aliases": ["CD Yunda"], "citation": "90 FR 1", "file_sha256": "ab" * 32}
    )
    (hit,) = screen(parties("成都運達科技", country="CN"), listed, as_of=DAY).to_dicts()
    assert (hit["score"], hit["band"], hit["strength"]) == (1000, "same", "strong")
    assert (hit["source"], hit["citation"], hit["alias"]) == ("EL", "90 FR 1", YUNDA["name"])
    assert sum(part["points"] for part in hit["parts"]) == 1000


def test_a_name_alone_is_never_strong(entries: Make, parties: Make) -> None:
    asked = parties("Chengdu Yunda Technology", "Chengdu Yunda Technology", country=[None, "FR"])
    hits = screen(asked, entries(YUNDA), as_of=DAY)
    assert hits["strength"].to_list() == ["medium", "weak"]
    assert hits["country_agrees"].to_list() == [None, False]


def test_an_address_agrees_by_number_and_street(entries: Make, parties: Make) -> None:
    listed = entries({**YUNDA, "addresses": ["9 Tongyun Road, Gaoxin District, Chengdu"]})
    asked = parties(
        "Yunda Technology", "Yunda Technology", address=["9 Tongyun Rd, Chengdu", "9 Elm St, Paris"]
    )
    hits = screen(asked, listed, as_of=DAY)
    assert hits["address_agrees"].to_list() == [True, False]
    assert hits["strength"].to_list() == ["medium", "medium"]


def test_a_person_or_a_ship_is_weak_whatever_agrees(entries: Make, parties: Make) -> None:
    for kind in ("person", "vessel", "aircraft"):
        listed = entries({"name": "Olena Bexima", "kind": kind, "countries": ["UA"]})
        hits = screen(parties("Olena Bexima", country="UA"), listed, as_of=DAY)
        assert hits["strength"].to_list() == ["weak"]


def test_only_entries_in_force_on_the_day_are_hits(entries: Make, parties: Make) -> None:
    listed = entries({**YUNDA, "from": date(2025, 1, 1), "until": date(2026, 6, 1)})
    asked = parties("Chengdu Yunda Technology")
    days = [date(2024, 12, 31), date(2025, 1, 1), date(2026, 6, 1), date(2026, 6, 2)]
    assert [screen(asked, listed, as_of=day).height for day in days] == [0, 1, 1, 0]


def test_a_weak_alias_needs_its_country_and_another_role(entries: Make, parties: Make) -> None:
    listed = entries({**YUNDA, "weak_aliases": ["Kestrel"]}, {"name": "Bexima Holding"})

    def hit(country: str | None, second: str, role: str = "owner") -> bool:
        asked = parties("Kestrel", second, party_id="p", role=["account", role], country=country)
        return "weak" in screen(asked, listed, as_of=DAY)["alias_kind"].to_list()

    assert hit("CN", "Bexima Holding")
    assert not hit("FR", "Bexima Holding")
    assert not hit(None, "Bexima Holding")
    assert not hit("CN", "Somebody Else")
    assert not hit("CN", "Bexima Holding", role="account")


def test_a_short_alias_is_weak_and_a_short_name_is_not(entries: Make, parties: Make) -> None:
    listed = entries({"name": "Cimex", "aliases": ["Quvo"], "countries": ["CU"]})
    hits = screen(parties("Cimex", "Quvo", country="CU"), listed, as_of=DAY)
    assert hits["name"].to_list() == ["Cimex"]


def test_an_entry_is_hit_once_by_its_best_name(entries: Make, parties: Make) -> None:
    listed = entries({**YUNDA, "aliases": ["Chengdu Yunda Technology", "Yunda Science"]})
    (hit,) = screen(parties("Chengdu Yunda Technology"), listed, as_of=DAY).to_dicts()
    assert hit["score"] == 1000


def test_nothing_asked_or_nothing_listed_is_no_hit_in_the_same_columns(
    entries: Make, parties: Make
) -> None:
    for asked, listed in ((parties(), entries(YUNDA)), (parties("Yunda", None), entries())):
        hits = screen(asked, listed, as_of=DAY)
        assert hits.height == 0
        assert hits.schema == HITS


def test_an_acronym_in_brackets_is_an_alias_and_no_word_of_the_name(
    entries: Make, parties: Make
) -> None:
    listed = entries("Academy of Aerospace Solid Propulsion Mechanics (AASPM)", "Ora Nemi Vu (ONV)")
    asked = parties("Academy of Aerospace Solid Propulsion Mechanics", "Nemi Ora Vu Ltd", "ONV")
    hits = screen(asked, listed, as_of=DAY)
    assert hits["score"].to_list() == [1000, 1000]
    assert hits["name"].to_list() == asked["name"].to_list()[:2]


def test_what_a_name_hits_depends_on_no_other_name_and_no_other_entry(entries: Make) -> None:
    listed = entries(
        {**YUNDA, "aliases": ["CD Yunda", "Chengdu Yunda Tech (CYT)"]},
        {"name": "Yunda Kestrel", "weak_aliases": ["Yundo"]},
        {"name": "Bexima Holding; formerly Yunda Group"},
    )
    names = ["Chengdu Yunda Technology", "Yunda", "成都運達科技有限公司", "Bexima Yundaa Holdings"]
    whole = name_hits(names, prepare(listed, as_of=DAY))
    alone = pl.concat(
        name_hits([name], prepare(listed[place : place + 1], as_of=DAY))
        for name in names
        for place in reversed(range(listed.height))
    )
    assert whole.height > len(names)
    assert_frame_equal(whole, alone, check_row_order=False)


def test_no_name_is_level_with_another_of_the_same_entry(entries: Make) -> None:
    row = {"name": "Quvo Bexima", "aliases": ["Yunda Bexima", "Bexima Yunda", "Yunda Bexima LLC"]}
    other = {**row, "aliases": row["aliases"][::-1]}
    (first, second) = (
        name_hits(["Bexima Yunda Ltd"], prepare(entries("Zarnitsa", told), as_of=DAY))
        for told in (row, other)
    )
    assert first.height == 1
    assert first.equals(second)
