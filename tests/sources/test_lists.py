"""Restricted-party lists are a table like others: under their publisher's names or plain ones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from detector.sources import read_logs

Put = Callable[[str, str | bytes], Path]
SCREENING = (
    "_id,source,entity_number,type,programs,name,title,addresses,start_date,end_date,alt_names,ids\n"
    'e1,Entity List (EL),,,,"Orlavane Institute","",'
    '"Marrow Road 4, Velde, XX",2019-05-21,2031-01-01,Orlavane IAS; OIAS,\n'
)


@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_the_consolidated_screening_list_is_read_by_its_own_names(
    put: Put, folder: Path, start: str
) -> None:
    put("lists/consolidated.csv", start + SCREENING)
    row = read_logs(folder)["lists"].collect().row(0, named=True)
    assert row == {
        "name": "Orlavane Institute", "list": "Entity List (EL)", "id": "e1", "country": None,
        "aliases": "Orlavane IAS; OIAS", "address": "Marrow Road 4, Velde, XX",
        "from": datetime(2019, 5, 21, tzinfo=UTC), "until": datetime(2031, 1, 1, tzinfo=UTC),
    }  # fmt: skip


def test_a_plain_list_needs_names_alone(put: Put, folder: Path) -> None:
    put("lists/ours.csv", "name\nX\n")
    put("lists/theirs.csv", "country,from,Name,id\nVX,2025-01-01,Y,7\n")
    logs = read_logs(folder)
    assert logs["lists"].collect()["name"].to_list() == ["X", "Y"]
    assert logs.validate()["lists"].ok == 2


def test_a_plain_name_goes_before_the_publishers(put: Put, folder: Path) -> None:
    put("lists/ours.csv", "name,source,list\nX,someone,EL\n")
    assert read_logs(folder)["lists"].collect()["list"].to_list() == ["EL"]


def test_an_entry_that_is_listed_later_is_not_known(put: Put, folder: Path) -> None:
    put("lists/ours.csv", "name,from\nX,2025-01-01\nY,2026-06-01\n")
    assert read_logs(folder)["lists"].collect()["name"].to_list() == ["X"]


def test_a_list_in_another_form_is_passed_over_with_a_word(put: Put, folder: Path) -> None:
    put("lists/other.csv", "title,address\nX,Y\n")
    logs = read_logs(folder)
    assert logs["lists"].collect().height == 0
    assert "it lacks the column name" in " ".join(logs.warnings)
