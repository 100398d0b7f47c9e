"""``enduse screen``: names in, hits and their reasons out."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import polars as pl
import pytest

Enduse = Callable[..., Any]


@pytest.fixture(autouse=True)
def lists(monkeypatch: pytest.MonkeyPatch) -> None:
    """One list of one entry, wherever lists are looked for."""
    entry: dict[str, Any] = {
        "entry_key": "00ff", "source": "EL", "source_name": "Entity List", "entry_id": None,
        "kind": "organisation", "name": "Chengdu Yunda Technology Co., Ltd.", "aliases": [],
        "weak_aliases": [], "addresses": [], "countries": ["CN"], "from": None, "until": None,
        "citation": "90 FR 1", "file_sha256": None,
    }  # fmt: skip
    schema = {
        **dict.fromkeys(entry, pl.String),
        **dict.fromkeys(("aliases", "weak_aliases", "addresses", "countries"), pl.List(pl.String)),
        **dict.fromkeys(("from", "until"), pl.Date),
    }
    module = ModuleType("detector.policy.lists")
    found = SimpleNamespace(entries=pl.DataFrame([entry], schema=schema))
    module.read_lists = lambda folder: found  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "detector.policy.lists", module)


def test_a_hit_says_how_near_it_is_and_why(enduse: Enduse) -> None:
    done = enduse("screen", "Yunda Tech Group", "Somebody Else", "--country", "CN")
    assert done.code == 0
    assert "Somebody" not in done.out
    for said in ("possible", "medium", "EL", "without chengdu, with group beside"):
        assert said in done.out


def test_no_hit_says_not_found_and_not_clear(enduse: Enduse) -> None:
    done = enduse("screen", "Somebody Else", "--as-of", "2026-06-01")
    assert done.out == "1 names, none found in the lists in force on 2026-06-01\n"


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
    ):
        done = enduse("screen", *words)
        assert (done.code, said in done.sentence) == (2, True)
