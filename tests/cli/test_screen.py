"""``enduse screen``: names in, hits and their reasons out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

Enduse = Callable[..., Any]


@pytest.fixture(autouse=True)
def lists(tmp_path: Path) -> Path:
    """One list of one entry, where lists are looked for."""
    folder = tmp_path / "lists"
    folder.mkdir()
    (folder / "ours.csv").write_text(
        "list,name,kind,country,citation\n"
        'EL,"Chengdu Yunda Technology Co., Ltd.",organisation,CN,90 FR 1\n'
    )
    return folder


def test_a_hit_says_how_near_it_is_and_why(enduse: Enduse) -> None:
    done = enduse("screen", "Yunda Tech Group", "Somebody Else", "--country", "CN")
    assert done.code == 0
    assert "Somebody" not in done.out
    assert "1 of 2 names not found" in done.out
    for said in ("possible", "weak", "EL", "without chengdu, with group beside"):
        assert said in done.out


def test_no_hit_says_not_found_and_not_clear(enduse: Enduse) -> None:
    done = enduse("screen", "Somebody Else", "--as-of", "2026-06-01")
    assert done.out == (
        "1 name, none found in EL as in force on 2026-06-01; a name that is not found is not "
        "cleared\n"
    )


def test_a_list_of_long_ago_clears_nobody(enduse: Enduse, lists: Path) -> None:
    (lists / "manifest.toml").write_text("date = 2026-01-01\n")
    done = enduse("screen", "Somebody Else", "--as-of", "2026-06-01")
    assert "nobody is clear: ours.csv is of 2026-01-01, 151 days old" in done.err
    told = json.loads(enduse("screen", "Else", "--as-of", "2026-06-01", "--json").out)
    assert len(told["old_lists"]) == 1


def test_where_a_list_cannot_be_read_nobody_is_clear(enduse: Enduse, lists: Path) -> None:
    (lists / "sdn.csv").write_text("<html>login</html>")
    done = enduse("screen", "Somebody Else", "--as-of", "2026-06-01")
    assert done.out.strip().endswith("1 file could not be read, so nobody is clear")
    assert "not screened against: sdn.csv is a web page" in done.err
    told = json.loads(enduse("screen", "Somebody Else", "--json").out)
    assert len(told["refused_lists"]) == 1


@pytest.mark.parametrize("elsewhere", [True, False])
def test_without_a_list_nothing_is_said_of_anybody(
    enduse: Enduse, lists: Path, elsewhere: bool
) -> None:
    (lists / "ours.csv").write_text("name\n")
    done = enduse("screen", "Yunda", "--lists", "nowhere" if elsewhere else lists)
    assert (done.code, done.out) == (3, "")
    assert "there is no list in" in done.sentence


def test_json_holds_every_part(enduse: Enduse) -> None:
    told = json.loads(enduse("screen", "成都運達科技", "--json", "--as-of", "2026-06-01").out)
    (hit,) = told["hits"]
    assert (told["as_of"], hit["score"]) == ("2026-06-01", 1000)
    assert sum(part["points"] for part in hit["parts"]) == 1000


def test_a_file_of_parties_becomes_a_file_of_hits(enduse: Enduse, tmp_path: Path) -> None:
    asked, out = tmp_path / "parties.csv", tmp_path / "hits.parquet"
    asked.write_text("role,name,country\nowner,Chengdu Yunda Technology,cn\nowner,Else,FR\n")
    assert enduse("screen", "--file", asked, "--out", out).code == 0
    (hit,) = pl.read_parquet(out).to_dicts()
    assert (hit["party_id"], hit["role"], hit["strength"]) == ("0", "owner", "strong")


def test_what_cannot_be_screened_is_told_with_the_remedy(enduse: Enduse, tmp_path: Path) -> None:
    nameless = tmp_path / "parties.csv"
    nameless.write_text("title\nYunda\n")
    for words, said in (
        ((), "give names, or --file"),
        (("Yunda", "--file", nameless), "not both"),
        (("--file", nameless), "no column `name`; found title"),
        (("Yunda", "--as-of", "soon"), "found 'soon'"),
        (("Yunda", "--country", "China"), "expected two letters"),
    ):
        done = enduse("screen", *words)
        assert (done.code, said in done.sentence) == (2, True)
