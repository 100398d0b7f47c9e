"""Beneficial ownership statements (BODS 0.2 to 0.4) as rows of entity_owners."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from detector.sources import read_logs
from detector.sources.onefile import OneFile, read_one

Record = dict[str, Any]
CANARY = "Canaria"


def entity(id_: str, name: str | None = None, **more: Any) -> Record:
    return {
        "statementID": id_, "statementType": "entityStatement", "entityType": "registeredEntity",
        "name": name, "incorporatedInJurisdiction": {"name": "Elsewhere", "code": "ZZ-AB"},
        **more,
    }  # fmt: skip


def person(id_: str, name: str) -> Record:
    return {
        "statementID": id_, "statementType": "personStatement", "personType": "knownPerson",
        "names": [{"type": "individual", "fullName": name}],
        "nationalities": [{"name": CANARY, "code": "QQ"}], "birthDate": "1970-01-01",
        "placeOfBirth": {"address": CANARY}, "addresses": [{"address": CANARY}],
    }  # fmt: skip


def ownership(id_: str, subject: str, party: Record, *interests: Record, **more: Any) -> Record:
    return {
        "statementID": id_, "statementType": "ownershipOrControlStatement",
        "subject": {"describedByEntityStatement": subject}, "interestedParty": party,
        "interests": list(interests), **more,
    }  # fmt: skip


def by_entity(id_: str) -> Record:
    return {"describedByEntityStatement": id_}


def holding(**share: Any) -> Record:
    return {"type": "shareholding", "interestLevel": "direct", "share": share}


def record(kind: str, id_: str, date: str = "", status: str = "new", **details: Any) -> Record:
    """A statement of version 0.4."""
    return {
        "statementId": f"s-{id_}-{date}", "recordId": id_, "recordType": kind,
        "recordStatus": status, "statementDate": date, "recordDetails": details,
    }  # fmt: skip


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., OneFile]:
    def written(*records: Record) -> OneFile:
        path = tmp_path / "owners.json"
        path.write_text(json.dumps(records))
        return read_one(path, "entity_owners")

    return written


Read = Callable[..., OneFile]


def shares(one: OneFile) -> list[tuple[Decimal | None, Decimal | None, bool | None, bool | None]]:
    names = ("share_min", "share_max", "share_min_open", "share_max_open")
    return one.rows.select(names).rows()


def test_an_ownership_has_the_names_of_its_parties_wherever_they_stand(read: Read) -> None:
    one = read(
        ownership("o1", "e1", by_entity("e2"), holding(exact=50)),
        ownership("o2", "e1", {"describedByPersonStatement": "p1"}, holding(exact=12.5)),
        entity("e1", "Alpha Ltd"), entity("e2", "Beta Holding"), person("p1", "Ann Other"),
    )  # fmt: skip
    told = one.rows.select(
        "owned_name", "owned_id", "owner_name", "owner_id", "owner_kind", "owner_country",
        "share_min",
    ).rows()  # fmt: skip
    assert told == [
        ("Alpha Ltd", "e1", "Beta Holding", "e2", "entity", "ZZ", Decimal("0.5")),
        ("Alpha Ltd", "e1", "Ann Other", "p1", "person", None, Decimal("0.125")),
    ]
    # Where people come from is not asked for.
    assert CANARY not in str(one.rows.to_dicts())
    assert "QQ" not in str(one.rows.to_dicts())


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        ({"exact": 50}, ("0.5", "0.5", False, False)),
        ({"exact": 50, "minimum": 50, "maximum": 50}, ("0.5", "0.5", False, False)),
        ({"minimum": 25, "maximum": 50}, ("0.25", "0.5", False, False)),
        (
            {"minimum": 25, "exclusiveMinimum": True, "maximum": 50, "exclusiveMaximum": False},
            ("0.25", "0.5", True, False),
        ),
        ({"exclusiveMinimum": 25, "exclusiveMaximum": 50}, ("0.25", "0.5", True, True)),
        ({"minimum": 75}, ("0.75", None, False, False)),
        ({"minimum": 0.5, "maximum": 1}, ("0.005", "0.01", False, False)),
        ({}, (None, None, False, False)),
    ],
)
def test_shares_are_percentages_with_bounds_that_may_be_excluded(
    read: Read, share: Record, expected: tuple[Any, ...]
) -> None:
    one = read(
        entity("e1", "A"),
        entity("e2", "B"),
        ownership("o", "e1", by_entity("e2"), holding(**share)),
    )
    least, most, *opens = expected
    bounds = tuple(None if b is None else Decimal(b) for b in (least, most))
    assert shares(one) == [(*bounds, *opens)]


def test_other_rights_are_owners_with_an_unknown_share(read: Read) -> None:
    votes = {"type": "voting-rights", "share": {"exact": 60}}
    office = {"type": "senior-managing-official"}
    parties = (entity("e1", "A"), entity("e2", "B"))
    alone = read(*parties, ownership("o", "e1", by_entity("e2"), votes, office))
    assert shares(alone) == [(None, None, None, None)]
    beside = read(*parties, ownership("o", "e1", by_entity("e2"), votes, holding(exact=10)))
    assert shares(beside) == [(Decimal("0.1"), Decimal("0.1"), False, False)]
    assert shares(read(*parties, ownership("o", "e1", by_entity("e2"), office))) == []
    assert shares(read(*parties, ownership("o", "e1", by_entity("e2")))) == [(None,) * 4]


def test_an_indirect_interest_is_told_by_its_links_or_unknown(read: Read) -> None:
    indirect = {**holding(exact=60), "interestLevel": "indirect"}
    parties = (entity("e1", "A"), entity("e2", "B"))
    lone = read(*parties, ownership("o", "e1", by_entity("e2"), indirect))
    assert shares(lone) == [(None,) * 4]
    linked = ownership("o", "e1", by_entity("e2"), indirect, componentStatementIDs=["x"])
    one = read(*parties, linked)
    assert shares(one) == []
    assert list(one.record.told) == [
        "an indirect interest whose links are told is not counted (BODS statements)"
    ]


def test_a_statement_holds_until_another_replaces_it(read: Read) -> None:
    one = read(
        entity("e1", "A"), entity("e2", "B"), entity("e3", "A now", replacesStatements=["e1"]),
        ownership("o1", "e1", by_entity("e2"), holding(exact=10), statementDate="2025-01-01"),
        ownership(
            "o2", "e3", by_entity("e2"), holding(exact=60), statementDate="2026-01-01",
            replacesStatements=["o1"],
        ),
    )  # fmt: skip
    # A company that is described again is the same one.
    assert one.rows["owned_id"].unique().to_list() == ["e1"]
    assert one.rows["owned_name"].unique().to_list() == ["A now"]
    new_year = datetime(2026, 1, 1, tzinfo=UTC)
    assert one.rows.select("share_min", "since", "until").rows() == [
        (Decimal("0.1"), None, new_year), (Decimal("0.6"), new_year, None),
    ]  # fmt: skip


def test_records_of_version_0_4_are_read(read: Read) -> None:
    interest = {"type": "shareholding", "directOrIndirect": "direct", "share": {"exact": 40}}
    more = {**interest, "share": {"exact": 55}, "startDate": "2025-06-01"}
    one = read(
        record("entity", "a", name="Alpha", jurisdiction={"code": "ZZ"}),
        record("entity", "b", name="Beta", jurisdiction={"code": "YY"}),
        record("relationship", "r", "2025-01-01", subject="a", interestedParty="b",
               interests=[interest]),
        record("relationship", "r", "2026-01-01", "updated", subject="a", interestedParty="b",
               interests=[more]),
        record("relationship", "q", "2026-02-01", "closed", subject="b", interestedParty="a",
               interests=[interest]),
        record("relationship", "n", subject="b", interestedParty={"reason": "noBeneficialOwners"}),
    )  # fmt: skip
    told = one.rows.select("owned_name", "owner_name", "owner_country", "share_min").rows()
    assert told == [
        ("Alpha", "Beta", "YY", Decimal("0.4")), ("Alpha", "Beta", "YY", Decimal("0.55")),
        ("Beta", "Alpha", "ZZ", Decimal("0.4")),
    ]  # fmt: skip
    days = [
        [d and d.date().isoformat() for d in r] for r in one.rows.select("since", "until").rows()
    ]
    assert days == [[None, "2026-01-01"], ["2026-01-01", None], [None, "2026-02-01"]]
    assert "an owner that is not specified is not counted (BODS statements)" in one.record.told


def test_a_party_that_is_not_described_goes_by_its_id(read: Read) -> None:
    one = read(ownership("o", "e1", by_entity("e2"), holding(exact=50)))
    assert one.rows.select("owned_name", "owner_name", "owner_kind").rows() == [("e1", "e2", None)]


@pytest.mark.parametrize(
    "odd",
    [
        {"statementType": "ownershipOrControlStatement"},
        {"statementType": "ownershipOrControlStatement", "subject": 5, "interestedParty": []},
        {"statementType": "ownershipOrControlStatement", "subject": {}, "interests": "x"},
        {"recordType": "relationship", "recordId": "r", "recordDetails": [1]},
        {"recordType": "relationship", "recordId": "r"},
        {"statementType": ["entityStatement"]},
        {"statementType": "entityStatement", "statementID": {"a": 1}, "replacesStatements": "e1"},
        {"statementType": "personStatement", "statementID": "p", "names": {"fullName": 5}},
        {"recordType": "entity", "recordId": "e", "recordDetails": {"name": ["x"]}},
        {},
    ],
)
def test_an_odd_statement_costs_itself_alone(read: Read, odd: Record) -> None:
    good = (entity("e1", "A"), entity("e2", "B"),
            ownership("o", "e1", by_entity("e2"), holding(exact=50)))  # fmt: skip
    for one in (read(*good, odd), read(good[0], odd, *good[1:])):
        assert one.rows["owner_name"].to_list() == ["B"]
        assert one.record.counts.quarantined <= 1


@pytest.mark.parametrize(
    "share",
    [
        {"exact": "x"},
        {"exact": -1},
        {"exact": 101},
        {"exact": [5]},
        {"exact": 1e300},
        {"minimum": True},
    ],
)
def test_an_odd_share_is_unknown_or_set_aside(read: Read, share: Record) -> None:
    one = read(
        entity("e1", "A"),
        entity("e2", "B"),
        ownership("o", "e1", by_entity("e2"), holding(**share)),
    )
    known = [row for row in shares(one) if row[0] is not None]
    assert known == []
    assert one.rows.height + one.record.counts.quarantined == 1


def test_statements_that_replace_each_other_in_a_ring_end(read: Read) -> None:
    ring = [
        ownership(f"o{n}", "e1", by_entity("e2"), holding(exact=50), statementDate="2026-01-01",
                  replacesStatements=[f"o{(n + 1) % 3}"])
        for n in range(3)
    ]  # fmt: skip
    one = read(entity("e1", "A"), entity("e2", "B"), *ring)
    assert one.rows.filter(one.rows["until"].is_null()).height == 1


def test_a_statement_of_another_kind_is_not_replaced(read: Read) -> None:
    one = read(
        entity("e1", "A"), entity("e2", "B"),
        ownership("a0", "e1", by_entity("e2"), holding(exact=50), replacesStatements=["e1"]),
    )  # fmt: skip
    assert one.rows.select("owned_name", "owned_id").rows() == [("A", "e1")]


def test_statements_are_a_native_log_of_a_folder(folder: Path) -> None:
    statements = [
        entity("e1", "A"), entity("e2", "B"),
        ownership("o", "e1", by_entity("e2"), holding(exact=50)),
    ]  # fmt: skip
    lines = "".join(json.dumps(s) + "\n" for s in statements)
    (folder / "entity_owners").mkdir()
    (folder / "entity_owners/one.json").write_text(json.dumps(statements, indent=1))
    (folder / "entity_owners/two.jsonl").write_text(lines.replace('"e1"', '"e9"'))
    logs = read_logs(folder)
    assert logs["entity_owners"].collect()["owned_id"].to_list() == ["e1", "e9"]


def test_a_file_cut_off_keeps_what_stands_before(tmp_path: Path) -> None:
    path = tmp_path / "owners.json"
    whole = json.dumps(
        [entity("e1", "A"), entity("e2", "B"),
         ownership("o", "e1", by_entity("e2"), holding(exact=50)), entity("e3", "C")]
    )  # fmt: skip
    path.write_text(whole[:-30])
    one = read_one(path, "entity_owners")
    assert one.rows["owner_name"].to_list() == ["B"]
    assert one.record.counts.quarantined == 1
