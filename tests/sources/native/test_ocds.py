"""Releases and records of the Open Contracting Data Standard (OCDS 1.1) as rows of tenders."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from detector.sources import read_logs
from detector.sources.onefile import OneFile, read_one

Record = dict[str, Any]
DAY = "2026-03-11T00:00:00Z"
BUYER = {"id": "b1", "name": "Quillmere University"}


def release(ocid: str = "ocds-x-1", *tags: str, date: str = DAY, **more: Any) -> Record:
    told: Record = {
        "ocid": ocid,
        "id": f"{ocid}-{date}",
        "date": date,
        "tag": list(tags or ["tender"]),
    }
    return {**told, "buyer": BUYER, **more}


def award(id_: str, *suppliers: str, status: str = "active", **more: Any) -> Record:
    return {
        "id": id_,
        "status": status,
        "suppliers": [{"name": name} for name in suppliers],
        **more,
    }


def worth(amount: Any, currency: str = "CNY") -> Record:
    return {"value": {"amount": amount, "currency": currency}}


def package(*releases: Any) -> Record:
    return {"uri": "x", "version": "1.1", "publisher": {"name": "p"}, "releases": list(releases)}


def records(*held: Record) -> Record:
    return {"uri": "x", "version": "1.1", "records": list(held)}


Read = Callable[[Any], OneFile]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def written(document: Any) -> OneFile:
        path = tmp_path / "notices.json"
        path.write_text(document if isinstance(document, str) else json.dumps(document))
        return read_one(path, "tenders")

    return written


WHOLE = release(
    "ocds-x-1", "award", language="en",
    parties=[
        {"id": "b1", "name": "Quillmere University", "roles": ["buyer"],
         "address": {"countryName": "China"}},
        {"id": "s1", "name": "Vantorre Brightline Trading", "roles": ["supplier"]},
    ],
    tender={
        "title": "Server rental", "description": "for the computing centre", "status": "complete",
        "value": {"amount": 250000, "currency": "CNY"},
        "items": [{"id": "1", "description": "each with eight A100", "quantity": 500,
                   "unit": {"name": "servers"}}],
        "documents": [{"documentType": "tenderNotice", "url": "https://notices.example/1"}],
    },
    awards=[{"id": "a1", "status": "active", "title": "Award", **worth(200000),
             "suppliers": [{"id": "s1"}, {"id": "s2", "name": "Orrin; Vale"}]}],
)  # fmt: skip


def test_a_release_is_a_row_of_its_notice(read: Read) -> None:
    (row,) = read(package(WHOLE)).rows.to_dicts()
    assert row["notice_id"] == "ocds-x-1"
    assert row["published_at"].isoformat() == "2026-03-11T00:00:00+00:00"
    assert (row["buyer_name"], row["buyer_country"]) == ("Quillmere University", "China")
    # A semicolon stands between two names, never in one.
    assert row["supplier_names"] == "Vantorre Brightline Trading; Orrin, Vale"
    assert row["supplier_name"] == "Vantorre Brightline Trading"
    assert (row["amount"], row["currency"]) == (Decimal(200000), "CNY")
    assert row["title"] == "Server rental"
    assert row["text"] == (
        "Server rental\nfor the computing centre\n500 servers each with eight A100\nAward"
    )
    assert row["notice_type"] == "award"
    assert row["url"] == "https://notices.example/1"


@pytest.mark.parametrize(
    "document",
    [
        package(WHOLE),
        [package(WHOLE)],
        WHOLE,
        [WHOLE],
        records({"ocid": "ocds-x-1", "releases": [WHOLE]}),
        records({"ocid": "ocds-x-1", "compiledRelease": WHOLE}),
        {"ocid": "ocds-x-1", "releases": [WHOLE]},
        {"ocid": "ocds-x-1", "releases": [{"url": "https://x", "date": DAY, "tag": ["award"]}],
         "compiledRelease": WHOLE},
        json.dumps(WHOLE) + "\n",
        json.dumps(package(WHOLE)) + "\n" + json.dumps(package()) + "\n",
        json.dumps(package(WHOLE), indent=2),
        json.dumps(records({"ocid": "ocds-x-1", "compiledRelease": WHOLE})) + "\n",
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["notices.json", "notices.jsonl"])
def test_every_packing_gives_the_same_rows(
    read: Read, tmp_path: Path, document: Any, name: str
) -> None:
    path = tmp_path / name
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    one = read_one(path, "tenders")
    assert one.rows.equals(read(package(WHOLE)).rows)
    assert one.record.counts.quarantined == 0


def test_a_release_that_is_only_linked_to_is_told(read: Read) -> None:
    link = {"url": "https://x", "date": DAY, "tag": ["award"]}
    one = read(records({"ocid": "ocds-x-1", "releases": [link], "compiledRelease": WHOLE}))
    assert one.rows.height == 1
    assert "a release that is only linked to is not counted (OCDS releases)" in one.record.told


def test_releases_of_a_process_are_rows_of_one_notice(read: Read) -> None:
    one = read(
        package(
            release(tender={"title": "Cloud", **worth(100)}),
            release("ocds-x-1", "tenderUpdate", date="2026-03-12T00:00:00Z", tender=worth(90)),
            release("ocds-x-1", "award", date="2026-03-20T00:00:00Z", awards=[award("1", "A")]),
            release("ocds-x-1", "contract", date="2026-03-25T00:00:00Z"),
        )
    )
    assert one.rows["notice_id"].unique().to_list() == ["ocds-x-1"]
    kinds = one.rows.sort("published_at")["notice_type"].cast(pl.String).to_list()
    assert kinds == ["tender", "correction", "award", "contract"]


@pytest.mark.parametrize(
    ("told", "over"),
    [
        (release("o", "tenderCancellation"), True),
        (release("o", "tender", tender={"status": "cancelled"}), True),
        (release("o", "tender", tender={"status": "unsuccessful"}), True),
        (release("o", "tender", tender={"status": "withdrawn"}), True),
        (release("o", "compiled", tender={"status": "cancelled"}), True),
        (release("o", "award", awards=[award("1", "A", status="cancelled")]), True),
        (release("o", "award", awards=[award("1", "A", status="unsuccessful")]), True),
        (release("o", "awardCancellation"), True),
        (release("o", "contract", contracts=[{"awardID": "1", "status": "cancelled"}]), True),
        (release("o", "award", awards=[award("1", "A", status="cancelled"), award("2", "B")]),
         False),
        (release("o", "compiled", tender={"status": "complete"}, awards=[award("1", "A")]), False),
        # A contract that ends was fulfilled, for all that is known.
        (release("o", "contractTermination", contracts=[{"awardID": "1", "status": "terminated"}]),
         False),
        (release("o", "award", awards=[award("1", "A", status="pending")]), False),
    ],
)  # fmt: skip
def test_what_is_over_for_good_is_cancelled(read: Read, told: Record, over: bool) -> None:
    (kind,) = read(package(told)).rows["notice_type"].cast(pl.String).to_list()
    assert (kind == "cancelled") is over


def test_a_process_stands_while_one_of_its_awards_does(read: Read) -> None:
    one = read(
        package(
            release("o", "award", date="2026-03-01T00:00:00Z",
                    awards=[award("1", "A"), award("2", "B")]),
            release("o", "awardCancellation", date="2026-03-02T00:00:00Z",
                    awards=[award("1", "A", status="cancelled")]),
            release("o", "awardCancellation", date="2026-03-03T00:00:00Z",
                    awards=[award("2", "B", status="cancelled")]),
        )
    )  # fmt: skip
    over = (one.rows.sort("published_at")["notice_type"].cast(pl.String) == "cancelled").to_list()
    assert over == [False, False, True]


def test_suppliers_and_money_are_those_of_awards_that_stand(read: Read) -> None:
    told = release(
        "o", "award",
        tender=worth(9),
        awards=[
            award("1", "Gone", status="cancelled", **worth(1)),
            award("2", "B", **worth(20)), award("3", "C", "B", **worth("3.5")),
        ],
    )  # fmt: skip
    (row,) = read(package(told)).rows.to_dicts()
    assert row["supplier_names"] == "B; C"
    assert row["amount"] == Decimal("23.5")
    mixed = release(
        "o", "award", awards=[award("1", "A", **worth(1)), award("2", "B", **worth(2, "USD"))]
    )
    (row,) = read(package(mixed)).rows.to_dicts()
    assert (row["amount"], row["currency"]) == (None, None)
    (row,) = read(package(release(tender=worth(9)))).rows.to_dicts()
    assert (row["amount"], row["currency"]) == (Decimal(9), "CNY")


def test_a_release_without_a_buyer_has_that_of_its_process(read: Read) -> None:
    """A feed of changes alone names the buyer once, before or after."""
    silent = {"ocid": "o", "date": "2026-03-12T00:00:00Z", "tag": ["tenderCancellation"]}
    for told in ([release("o"), silent], [silent, release("o")]):
        one = read(package(*told))
        assert one.rows["buyer_name"].to_list() == [BUYER["name"]] * 2
        assert one.record.counts.quarantined == 0
    alone = read(package(silent, release("other")))
    assert alone.rows.height == 1
    assert alone.record.counts.quarantined == 1


@pytest.mark.parametrize(
    "more",
    [
        {"buyer": {"id": "b"}, "parties": [{"id": "b", "name": "Named"}]},
        {"buyer": None, "parties": [{"name": "Named", "roles": ["buyer"]}]},
        {"buyer": {}, "tender": {"procuringEntity": {"name": "Named"}}},
        {"buyer": 5, "parties": [{"name": "Named", "roles": ["procuringEntity"]}]},
    ],
)
def test_the_buyer_is_named_in_several_places(read: Read, more: Record) -> None:
    assert read(package(release(**more))).rows["buyer_name"].to_list() == ["Named"]


ODD: list[Any] = [
    {}, [], 5, None, "x", {"ocid": 5}, {"ocid": None, "tag": ["tender"]}, {"ocid": ["x"]},
    release(date="no day"), {"ocid": "q", "tag": ["tender"], "buyer": BUYER},
    release(buyer=["x"]), {**release(), "ocid": {"a": 1}},
]  # fmt: skip
BENT: list[Record] = [
    release(tag=None), release(tag="tender"), release(tag=[["tender"], 5, {}]),
    release(tender=[1, 2]), release(tender={"items": {"description": 5}, "lots": "x"}),
    release(awards="x"), release(awards=[1, None, {"suppliers": 5, "value": []}]),
    release(awards={"suppliers": {"name": {"a": "b"}}}), release(parties=5),
    release(parties=[5, {"roles": 5, "name": []}]), release(contracts=[[]]),
    release(tender=worth("1e400")), release(tender=worth("NaN")), release(tender=worth([])),
    release(tender=worth(-1)), release(tender=worth(True)),
    release(awards=[award("1", "A", **worth("x")), award("2", "B", **worth(3))]),
    release(tender={"title": {"en": "x"}, "description": ["x"]}),
    release(tender={"items": [{"quantity": [], "unit": "server"}]}),
]  # fmt: skip


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_release_costs_itself_alone(read: Read, odd: Any) -> None:
    for told in ([WHOLE, odd], [odd, WHOLE], [odd, odd, WHOLE]):
        one = read(package(*told))
        assert "ocds-x-1" in one.rows["notice_id"].to_list()
        assert one.rows.height + one.record.counts.quarantined == len(told)


@pytest.mark.parametrize("bent", BENT)
def test_a_bent_part_costs_itself_alone(read: Read, bent: Record) -> None:
    one = read(package(WHOLE, bent))
    assert one.rows["buyer_name"].to_list() == [BUYER["name"]] * 2
    assert one.record.counts.quarantined == 0


def test_amounts_that_are_no_numbers_are_null_and_told(read: Read) -> None:
    document = json.dumps(package(WHOLE, release(tender=worth(0)))).replace(
        '"amount": 0', '"amount": 1e400'
    )
    one = read(document)
    assert one.rows["amount"].to_list() == [Decimal(200000), None]
    assert one.record.counts.quarantined == 0


def test_a_document_nested_too_deep_or_cut_off_keeps_what_stands_before(read: Read) -> None:
    whole = json.dumps(package(WHOLE, release("late")))
    deep = whole.replace('"tag": ["tender"]', '"x": ' + "[" * 5000 + "]" * 5000)
    for document in (whole[:-40], deep, whole + "{[", whole + "\x00"):
        one = read(document)
        assert one.rows["notice_id"].to_list()[0] == "ocds-x-1"
        assert one.rows.height + one.record.counts.quarantined >= 2


def test_a_long_text_and_many_suppliers_are_read(read: Read) -> None:
    told = release(
        awards=[award(str(n), f"Supplier {n}") for n in range(300)],
        tender={"title": "T" * 200_000, "description": "A100 " * 100_000},
    )
    one = read(package(told, WHOLE))
    assert one.rows.height + one.record.counts.quarantined == 2
    assert "ocds-x-1" in one.rows["notice_id"].to_list()


def test_releases_are_a_native_log_of_a_folder(folder: Path) -> None:
    (folder / "tenders").mkdir()
    early = {**WHOLE, "date": "2025-03-11T00:00:00Z"}
    (folder / "tenders/one.json").write_text(json.dumps(package(early)))
    (folder / "tenders/two.jsonl").write_text(json.dumps({**early, "ocid": "ocds-x-2"}) + "\n")
    logs = read_logs(folder)
    assert logs["tenders"].collect()["notice_id"].to_list() == ["ocds-x-1", "ocds-x-2"]


def test_rows_in_the_contract_s_layout_are_read_as_such(read: Read) -> None:
    row = {"published_at": DAY, "buyer_name": "B", "notice_id": "n", "ocid": "x", "tag": "y"}
    assert read(json.dumps(row) + "\n").rows["notice_id"].to_list() == ["n"]
