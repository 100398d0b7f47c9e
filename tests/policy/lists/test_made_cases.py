"""Every made case says what is to come of it in its expected.json."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from detector.errors import DataError
from detector.policy.lists import Lists, read_files, standing
from detector.policy.lists.accepting import accept

WHOLE = "29_columns.csv"


def one(path: Path) -> Lists:
    return read_files({path.name: path})


def test_the_whole_list_is_read_as_expected(cases: Path) -> None:
    expected = json.loads((cases / "expected.json").read_text())[f"lists/{WHOLE}"]
    found = one(cases / WHOLE)
    entries = found.entries.with_columns(standing(date(2026, 11, 28)))
    assert entries.height == expected["names"]
    assert entries["standing"].value_counts().sort("standing").rows() == [
        ("current", expected["current"]), ("expired", expected["expired"]),
    ]  # fmt: skip
    assert found.counts == expected["by_source"]
    assert found.unmapped == expected["by_source"]["unknown"]
    both = entries.select(pl.col("aliases").list.len() + pl.col("weak_aliases").list.len())
    assert both.sum().item() == expected["aliases"]
    assert [a for row in entries["weak_aliases"] for a in row] == expected["weak_aliases"]
    first = entries.filter(pl.col("entry_id") == "e1")
    assert first["name"].to_list() == [expected["searchable_name_of_e1"]]


@pytest.mark.parametrize(
    "name", ["29_columns_bom.csv", "28_columns_no_id.csv", "columns_reversed.csv"]
)
def test_order_marks_and_ids_do_not_change_what_is_read(cases: Path, name: str) -> None:
    apart = ["entry_id", "file", "file_sha256"]
    whole, other = one(cases / WHOLE).entries, one(cases / name).entries
    assert other.drop(apart).equals(whole.drop(apart))
    assert other["entry_key"].n_unique() == 7


def test_what_is_no_list_is_refused_with_a_sentence(cases: Path) -> None:
    expected = json.loads((cases / "expected.json").read_text())
    for name in expected["refused"]:
        found = one(cases / name)
        assert found.entries.is_empty()
        assert [r.name for r in found.refused] == [name]
        assert found.refused[0].sentence.startswith(name)
        assert "again" in found.refused[0].sentence


def test_a_list_that_lost_rows_is_refused_against_the_last(cases: Path, tmp_path: Path) -> None:
    accept(cases / WHOLE, tmp_path)
    with pytest.raises(DataError, match=r"EL fell from 3 to 1.*old list is kept"):
        accept(cases / "truncated_between_rows.csv", tmp_path)
    assert (tmp_path / "consolidated.csv").read_bytes() == (cases / WHOLE).read_bytes()


def test_a_list_that_lost_rows_is_refused_where_it_was_put_by_hand(
    cases: Path, tmp_path: Path
) -> None:
    accept(cases / WHOLE, tmp_path)
    shutil.copy(cases / "truncated_between_rows.csv", tmp_path / "consolidated.csv")
    from detector.policy.lists import read_lists

    found = read_lists(tmp_path)
    assert found.entries.is_empty()
    assert "ISN vanished (1 before)" in found.refused[0].sentence


def test_bytes_that_are_no_text_are_quarantined(cases: Path) -> None:
    found = one(cases / "latin1.csv")
    assert found.entries.is_empty()
    assert found.quarantine.select("row", "column", "reason").rows() == [
        (2, None, "the name holds bytes that are not UTF-8")
    ]


def test_a_row_that_lacks_fields_is_quarantined_and_the_others_kept(cases: Path) -> None:
    found = one(cases / "ragged.csv")
    assert found.entries.height == 6
    assert not found.refused
    assert found.quarantine.select("row", "column", "reason").rows() == [
        (2, None, "has 27 fields; the header has 29")
    ]
