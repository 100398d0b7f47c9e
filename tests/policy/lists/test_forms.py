"""Each form in which lists come is read by its own names into the same columns."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import polars as pl
import pytest

from detector.policy.lists import ENTRIES, Lists, standing

Read = Callable[..., Lists]
EL = "Entity List (EL) - Bureau of Industry and Security"
ISN = "Nonproliferation Sanctions (ISN) - State Department"
SCREENING = {
    "source": EL, "name": "Orlan Institute; and any successor, sub-unit, or subsidiary thereof",
    "addresses": "Marrow Road 4, Wuhu, CN; and Quay 9, Tbilisi, GE", "start_date": "2019-05-21",
    "alt_names": "Orlan Space Works; OIAS; and Orlan Space", "federal_register_notice": "84 FR 1",
    "type": "Entity", "programs": "", "_id": "e1", "end_date": "",
}  # fmt: skip


def as_csv(*rows: dict[str, str]) -> str:
    return pl.DataFrame(list(rows)).write_csv()


def only(found: Lists) -> dict[str, Any]:
    assert not found.refused, found.refused
    assert found.entries.height == 1
    return found.entries.row(0, named=True)


def test_an_entry_of_the_screening_list(read: Read) -> None:
    found = read({"consolidated.csv": as_csv(SCREENING)})
    entry = only(found)
    assert entry == {
        "entry_key": entry["entry_key"], "source": "EL", "source_name": EL, "mapped": True,
        "entry_id": "e1", "kind": "organisation", "name": "Orlan Institute",
        "aliases": ["Orlan Space Works", "Orlan Space"], "weak_aliases": ["OIAS"],
        "addresses": ["Marrow Road 4, Wuhu, CN", "Quay 9, Tbilisi, GE"], "countries": ["CN", "GE"],
        "programs": [], "from": date(2019, 5, 21), "until": None, "citation": "84 FR 1",
        "file": "consolidated.csv", "file_sha256": found.files[0].sha256,
    }  # fmt: skip
    assert found.entries.schema == pl.Schema(ENTRIES)


def test_the_screening_list_says_the_same_as_json(read: Read) -> None:
    table = only(read({"consolidated.csv": as_csv(SCREENING)}))
    entry = {
        "id": "e1", "source": EL, "name": SCREENING["name"], "type": "Entity",
        "alt_names": ["Orlan Space Works", "OIAS", "Orlan Space"], "start_date": "2019-05-21",
        "addresses": [
            {"address": "Marrow Road 4", "city": "Wuhu", "state": None, "country": "CN"},
            {"address": "Quay 9", "city": "Tbilisi", "country": "GE"},
        ],
        "federal_register_notice": "84 FR 1", "end_date": None, "programs": [],
    }  # fmt: skip
    both = read({"consolidated.json": json.dumps({"results": [entry]})})
    # One entry under two files is one entry.
    assert only(both)["entry_key"] == table["entry_key"]
    assert "more than once" in both.warnings[0]


def test_one_page_of_an_answer_is_not_the_list(read: Read) -> None:
    page = {"total": 26144, "results": [{"name": "Orlan", "source": EL}]}
    found = read({"consolidated.json": json.dumps(page)})
    assert found.entries.is_empty()
    assert "a page of 1 of 26144 entries" in found.refused[0].sentence


def test_commas_are_between_aliases_where_the_publisher_puts_them(read: Read) -> None:
    row = SCREENING | {"source": ISN, "alt_names": "Orlan Optik Co., Ltd., Orlan Works"}
    assert only(read({"a.csv": as_csv(row)}))["aliases"] == ["Orlan Optik Co., Ltd.", "Orlan Works"]


def test_a_list_of_ones_own_needs_names_alone(read: Read) -> None:
    found = read({"internal.csv": "Name\nOrlan Works\n"})
    entry = only(found)
    assert (entry["source"], entry["mapped"], entry["kind"]) == ("internal", False, "unknown")
    assert found.unmapped == 1


def test_a_list_of_ones_own_may_say_all(read: Read) -> None:
    text = (
        "list,name,aliases,address,country,id,from,until\n"
        "el,Orlan Works,Orlan Space;OSA,Road 4,china,7,2020-01-01,2027-01-01\n"
    )
    entry = only(read({"internal.csv": text}))
    assert (entry["source"], entry["mapped"], entry["countries"]) == ("EL", True, ["CN"])
    assert (entry["aliases"], entry["weak_aliases"]) == (["Orlan Space"], ["OSA"])
    assert (entry["from"], entry["until"]) == (date(2020, 1, 1), date(2027, 1, 1))


def test_simple_targets_are_told_by_their_data_set(read: Read) -> None:
    text = (
        "id,schema,name,aliases,birth_date,countries,addresses,identifiers,sanctions,dataset\n"
        "Q1,Company,Orlan Works,Orlan Space;OSA,,cn,,,,"
        "US OFAC Specially Designated Nationals (SDN) List\n"
        "Q2,Person,Petrus Halloway,,1950,cn,,,,EU Financial Sanctions Files\n"
    )
    rows = read({"targets.simple.csv": text}).entries.select("source", "kind", "countries").rows()
    assert rows == [("SDN", "organisation", ["CN"]), ("unknown", "person", [])]


def entity(**properties: list[str]) -> str:
    given = {"id": "NK-1", "schema": "Company", "datasets": ["us_ofac_sdn", "eu_fsf"]}
    return json.dumps(given | {"properties": {"name": ["Orlan Works"], **properties}})


def test_an_entity_stands_on_each_of_its_data_sets(read: Read) -> None:
    text = entity(topics=["sanction"], weakAlias=["Orlan Old Works"], country=["cn"])
    found = read({"all.ftm.json": text + "\n"})
    assert found.entries.select("source", "source_name").rows() == [
        ("SDN", "us_ofac_sdn"), ("unknown", "eu_fsf"),
    ]  # fmt: skip
    assert found.entries["weak_aliases"].to_list() == [["Orlan Old Works"]] * 2


def test_whoever_holds_an_office_is_on_no_list(read: Read) -> None:
    held = [entity(topics=["role.pep"]), entity(topics=["crime"]), entity(topics=["sanction"])]
    assert read({"all.ftm.json": "\n".join(held)}).entries.height == 2


SDN = '36,"ORLAN AIR",-0- ,"CUBA] [SDGT",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"a.k.a. \'OAS\'."\r\n'
ALT = '36,12,"aka","ORLAN CARGO",-0- \r\n'
ADD = '36,25,-0- ,"Havana","Cuba",-0- \r\n'


def test_the_three_files_are_told_by_what_is_in_them(read: Read) -> None:
    entry = only(read({"a.csv": SDN + "\x1a", "b.csv": ALT + "\x1a", "c.csv": ADD}))
    assert (entry["aliases"], entry["weak_aliases"]) == (["ORLAN CARGO"], ["OAS"])
    assert (entry["addresses"], entry["countries"]) == (["Havana, Cuba"], ["CU"])
    assert entry["programs"] == ["CUBA", "SDGT"]


def test_what_misses_of_the_three_files_is_told(read: Read) -> None:
    assert read({"sdn.csv": SDN}).warnings == (
        "sdn.csv is read without OFAC's alt.csv: no aliases",
        "sdn.csv is read without OFAC's add.csv: no addresses",
    )


def test_aliases_without_names_are_refused(read: Read) -> None:
    assert "without sdn; put sdn.csv beside it" in read({"alt.csv": ALT}).refused[0].sentence


@pytest.mark.parametrize(
    ("day", "expected"),
    [((2019, 5, 20), "future"), ((2019, 5, 21), "current"), ((2027, 1, 1), "current"),
     ((2027, 1, 2), "expired")],
)  # fmt: skip
def test_an_entry_holds_from_its_first_day_to_its_last(
    read: Read, day: tuple[int, int, int], expected: str
) -> None:
    found = read({"a.csv": as_csv(SCREENING | {"end_date": "2027-01-01"})})
    assert found.entries.select(standing(date(*day))).item() == expected


def test_a_date_that_cannot_be_read_ends_no_entry(read: Read) -> None:
    found = read({"a.csv": as_csv(SCREENING | {"end_date": "soon"})})
    assert only(found)["until"] is None
    assert found.quarantine.select("column", "reason").rows() == [
        ("until", "'soon' is no date; expected one such as 2026-03-01")
    ]


def test_an_order_that_was_made_anew_stands_beside_the_old_one(read: Read) -> None:
    old, new = SCREENING | {"end_date": "2020-01-01"}, SCREENING | {"end_date": "2030-01-01"}
    found = read({"a.csv": as_csv(old, new, new)})
    assert found.entries["until"].to_list() == [date(2020, 1, 1), date(2030, 1, 1)]
    assert found.entries["entry_key"].n_unique() == 1


@pytest.mark.parametrize(
    ("column", "value", "same"),
    [("_id", "other", True), ("alt_names", "Orlan Space; OIAS; ORLAN SPACE works", True),
     ("name", "Orlan, Institute", True), ("name", "Orlan Works", False),
     ("alt_names", "Orlan Space Works", False), ("addresses", "Quay 9", False),
     ("source", ISN, False)],
)  # fmt: skip
def test_the_key_of_an_entry_is_what_it_says(
    read: Read, column: str, value: str, same: bool
) -> None:
    found = read(
        {"a.csv": as_csv(SCREENING, SCREENING | {column: value, "end_date": "2031-01-01"})}
    )
    assert (found.entries["entry_key"].n_unique() == 1) is same
