"""Restricted-party lists are no table: the discovery of a log folder knows where they lie."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from detector.errors import DataError
from detector.sources import read_logs
from detector.sources.logs import Logs

Put = Callable[[str, str | bytes], Path]


def names(logs: Logs) -> list[str]:
    assert logs.lists is not None
    return [entry.name for entry in logs.lists.entries("")]


def test_a_folder_of_lists_is_no_table_and_not_unread(put: Put, folder: Path) -> None:
    put("lists/consolidated.csv", "whatever")
    put("lists/manifest.toml", "date = 2026-03-01\n")
    logs = read_logs(folder)
    logs.validate()
    assert names(logs) == ["consolidated.csv", "manifest.toml"]
    assert "lists" not in logs
    assert (logs.unread, logs.warnings) == ([], [])
    assert all(not file.path.startswith("lists") for file in logs.inputs)


@pytest.mark.parametrize("name", ["lists.csv", "lists.json", "Lists.CSV", "lists.ftm.json"])
def test_a_single_file_is_a_folder_that_holds_it_alone(put: Put, folder: Path, name: str) -> None:
    path = put(name, "name\nOrlan\n")
    logs = read_logs(folder)
    assert names(logs) == [name]
    assert logs.lists is not None
    with logs.lists.local(name) as here:
        assert here == path
    assert (logs.unread, logs.warnings) == ([], [])


def test_a_link_in_their_place_is_found_and_not_followed(put: Put, folder: Path) -> None:
    put("elsewhere/secret.csv", "name\nOrlan\n")
    (folder / "lists").symlink_to(folder / "elsewhere")
    assert names(read_logs(folder)) == ["lists"]


def test_a_log_folder_without_lists_has_none(folder: Path) -> None:
    assert read_logs(folder).lists is None


def test_lists_that_are_there_twice_are_asked_into_one_folder(put: Put, folder: Path) -> None:
    put("lists.csv", "name\nOrlan\n")
    put("lists/ours.csv", "name\nOrlan\n")
    with pytest.raises(DataError, match=r"lists is there 2 times .*into one folder lists/"):
        read_logs(folder)


def test_a_misspelt_folder_of_lists_is_told(put: Put, folder: Path) -> None:
    put("list/ours.csv", "name\nOrlan\n")
    assert [u.reason for u in read_logs(folder).unread] == [
        "is the name of no table; did you mean lists?"
    ]
