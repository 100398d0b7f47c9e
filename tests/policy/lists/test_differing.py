"""What changed between versions: entries are told by what they say, not by their ids."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from detector.policy.lists import read_files
from detector.policy.lists.differing import changes, tally

HEAD = "list,name,id,aliases,until\n"
OLD = HEAD + "EL,Orlan,1,,\nEL,Kessandra,2,,\nUVL,Ulvane,3,,\n"


def differ(tmp_path: Path, new: str) -> pl.DataFrame:
    frames = []
    for name, text in (("old.csv", OLD), ("new.csv", new)):
        (tmp_path / name).write_text(text)
        frames.append(read_files({name: tmp_path / name}).entries)
    return changes(*frames)


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (OLD, []),
        (HEAD + "UVL,ULVANE,9,,\nEL,Kessandra,8,,\nEL,Orlan.,7,,\n", []),
        (OLD + "EL,Tolmere,4,,\n", [("added", "EL", "Tolmere", "")]),
        (HEAD + "EL,Orlan,1,,\nEL,Kessandra,2,,\n", [("removed", "UVL", "Ulvane", "")]),
        (OLD.replace("Ulvane,3,", "Ulvane,9,U Works"), [("changed", "UVL", "Ulvane", "aliases")]),
        (OLD.replace("Ulvane,3", "Ulvane Works,3"), [("changed", "UVL", "Ulvane Works", "name")]),
        (OLD.replace("Ulvane,3,,", "Ulvane,3,,2027-01-01"),
         [("changed", "UVL", "Ulvane", "until")]),
        (OLD.replace("UVL", "EL"),
         [("added", "EL", "Ulvane", ""), ("removed", "UVL", "Ulvane", "")]),
    ],
)  # fmt: skip
def test_what_changed(tmp_path: Path, new: str, expected: list[tuple[str, ...]]) -> None:
    found = differ(tmp_path, new)
    assert found.select("change", "source", "name", "what").rows() == expected


def test_changes_are_counted_by_list(tmp_path: Path) -> None:
    found = differ(tmp_path, HEAD + "EL,Orlan,1,,\nEL,Tolmere,4,,\n")
    assert tally(found) == {
        "EL": {"added": 1, "removed": 1, "changed": 0},
        "UVL": {"added": 0, "removed": 1, "changed": 0},
    }
