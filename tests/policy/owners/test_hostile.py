"""Owner files that are cut, odd or made to harm: nothing breaks, nothing is lost unsaid."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from detector.errors import DataError
from detector.policy.owners.outcomes import outcomes
from detector.policy.owners.parties import with_parties
from detector.policy.owners.shares import current
from detector.policy.ownership import restricted
from detector.sources.onefile import read_one

HEAD = "owned_name,owner_name,share_min,share_max,owner_kind,until\n"
AS_OF = datetime(2026, 6, 1, tzinfo=UTC)


def judged(path: Path) -> tuple[dict[str, str], int]:
    """Outcomes by name, and how many rows were set aside."""
    read = read_one(path, "entity_owners")
    rows = with_parties(current(read.rows, AS_OF))
    told = outcomes(restricted(rows, ["name:x"]), rows)
    return dict(told.select("name", "outcome").iter_rows()), read.record.counts.quarantined


@pytest.mark.parametrize(
    "row",
    [
        "A,X,-0.1,0.5,,",
        "A,X,1e300,1e300,,",
        "A,X,99999999999999999999999999,1,,",
        "A,X,2,3,,",
        ",X,0.5,0.5,,",
        "A,,0.5,0.5,,",
    ],
)
def test_a_row_that_cannot_be_is_set_aside_and_counted(tmp_path: Path, row: str) -> None:
    path = tmp_path / "owners.csv"
    path.write_text(f"{HEAD}{row}\nB,X,0.5,0.5,,\n")
    assert judged(path) == ({"B": "met"}, 1)


@pytest.mark.parametrize("share", ["NaN", "nan", "Infinity", "-inf", "half", "50%", "0x10"])
def test_a_share_that_is_no_number_never_clears_or_matches(tmp_path: Path, share: str) -> None:
    path = tmp_path / "owners.csv"
    path.write_text(f"{HEAD}A,X,{share},{share},,\nB,X,0.5,0.5,,\n")
    told, aside = judged(path)
    assert told["B"] == "met"
    assert (told.get("A"), aside) in {("possible", 0), (None, 1)}


def test_a_company_that_owns_itself_is_not_restricted_by_it(tmp_path: Path) -> None:
    path = tmp_path / "owners.csv"
    path.write_text(f"{HEAD}A,A,1,1,,\nX,X,1,1,,\nB,X,0.2,0.2,,\nB,B,0.8,0.8,,\n")
    assert judged(path)[0] == {"A": "not met", "X": "not met", "B": "possible"}


def test_a_name_that_turns_the_reading_direction_is_the_same_party(tmp_path: Path) -> None:
    path = tmp_path / "owners.csv"
    path.write_text(f"{HEAD}A,\u202eX\u202c,0.5,0.5,,\nB,A\u200b,0.5,0.5,,\n", "utf-8")
    assert judged(path)[0] == {"A": "met", "B": "met"}


def test_a_file_cut_in_a_row_keeps_what_stands_before(tmp_path: Path) -> None:
    path = tmp_path / "owners.csv"
    path.write_text(f'{HEAD}A,X,0.5,0.5,,\nB,X,0.5,0.5,,\nC,"X')
    told, aside = judged(path)
    assert told == {"A": "met", "B": "met"}
    assert aside == 1


def test_a_parquet_file_cut_short_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "owners.parquet"
    path.write_bytes(b"PAR1" + b"\0" * 50)
    with pytest.raises(DataError):
        read_one(path, "entity_owners")


@pytest.mark.parametrize("content", ["<html>login</html>", '{"error": "denied"}'])
def test_what_is_no_file_of_owners_is_an_error_that_names_it(tmp_path: Path, content: str) -> None:
    path = tmp_path / "owners.json"
    path.write_text(content)
    with pytest.raises(DataError, match=r"owners\.json"):
        judged(path)


@pytest.mark.parametrize("content", ["[]", ""])
def test_an_empty_file_of_owners_has_no_rows(tmp_path: Path, content: str) -> None:
    path = tmp_path / "owners.json"
    path.write_text(content)
    assert judged(path) == ({}, 0)


def test_many_owners_of_one_company_sum_exactly(tmp_path: Path) -> None:
    size = 10_000
    path = tmp_path / "owners.jsonl"
    row = {"owned_name": "A", "share_min": "0.0001", "share_max": "0.0001"}
    names = [f"X{n}" for n in range(size)]
    path.write_text("".join(json.dumps(row | {"owner_name": n}) + "\n" for n in names))
    rows = with_parties(current(read_one(path, "entity_owners").rows, AS_OF))
    half = restricted(rows, [f"name:x{n}" for n in range(size // 2)])
    less = restricted(rows, [f"name:x{n}" for n in range(size // 2 - 1)])
    assert "name:a" in half.lower
    assert "name:a" not in less.upper
