"""``owners check``: what a file of owners holds, and who is restricted by whom."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Enduse = Callable[..., Any]
HEAD = "owned_name,owner_name,share_min,share_max,owner_kind,until\n"


@pytest.fixture
def owners(tmp_path: Path) -> Path:
    path = tmp_path / "owners.csv"
    path.write_text(
        HEAD + "A,X,0.5,0.5,,\nB,A,0.6,0.6,,\nC,X,,,,\nD,P,0.6,0.6,,\nD,Q,0.6,0.6,,\n"
        "E,F,0.1,0.1,,\nF,E,0.1,0.1,,\nG,X,1,1,,2026-01-01\nH,Anna,0.2,0.2,person,\n"
    )
    return path


def test_bounds_loops_contradictions_and_unknown_shares_are_told(
    enduse: Enduse, owners: Path
) -> None:
    done = enduse("owners", "check", owners, "--as-of", "2026-06-01", "--json")
    assert done.code == 0
    told = json.loads(done.out)
    assert told["rows"] == {"read": 9, "ok": 9, "quarantined": 0}
    assert told["current_rows"] == 8
    bounds = {c["name"]: (c["owners"], c["least"], c["most"]) for c in told["companies"]}
    assert bounds["A"] == (1, "50", "50")
    assert bounds["C"] == (1, "0", "100")
    assert bounds["D"] == (2, "120", "100")
    assert told["contradicting"] == ["D"]
    assert told["loops"] == [["E", "F"]]
    assert told["unknown_shares"] == [{"owned_name": "C", "owner_name": "X"}]
    assert "outcomes" not in told


def test_who_is_restricted_by_whom_is_told_with_the_chain(enduse: Enduse, owners: Path) -> None:
    words = ("owners", "check", owners, "--as-of", "2026-06-01", "--listed", "x")
    told = json.loads(enduse(*words, "--json").out)
    outcomes = {row["name"]: row["outcome"] for row in told["outcomes"]}
    assert outcomes == {
        "A": "met", "B": "met", "C": "possible", "D": "unknown", "E": "not met", "F": "not met",
        "H": "not met",
    }  # fmt: skip
    page = enduse(*words).out
    assert "rule >= 50 %, cascade; listed among owners and owned, by name alone: X (named)" in page
    assert "X 50 % -> A; A 60 % -> B; 60.0 % of >= 50 %" in page
    assert "a loop of 2: E, F" in page


def test_the_rule_can_be_changed(enduse: Enduse, owners: Path) -> None:
    def met(*words: str) -> list[str]:
        told = json.loads(enduse("owners", "check", owners, "--listed", "X", "--json", *words).out)
        return [row["name"] for row in told["outcomes"] if row["outcome"] == "met"]

    assert met() == ["A", "B"]
    assert met("--more-than") == []
    assert met("--threshold", "0.25", "--method", "product") == ["A", "B"]
    assert met("--method", "product") == ["A"]


@pytest.mark.parametrize(
    "words",
    [
        ("--threshold", "0"), ("--threshold", "50"), ("--threshold", "NaN"),
        ("--threshold", "half"), ("--method", "guess"), ("--as-of", "soon"),
        ("--lists", "/no/such/folder"),
    ],
)  # fmt: skip
def test_words_that_do_not_fit_are_refused(
    enduse: Enduse, owners: Path, words: tuple[str, str]
) -> None:
    done = enduse("owners", "check", owners, *words)
    assert done.code == 2
    assert words[1] in done.sentence


def test_a_file_that_is_not_there_or_no_table_is_said(enduse: Enduse, tmp_path: Path) -> None:
    assert enduse("owners", "check", tmp_path / "none.csv").code == 2
    odd = tmp_path / "owners.pdf"
    odd.write_text("%PDF")
    assert enduse("owners", "check", odd).code == 2
    empty = tmp_path / "owners.csv"
    empty.write_text("a,b\n1,2\n")
    done = enduse("owners", "check", empty)
    assert done.code == 3
    assert "owned_name" in done.sentence


def test_rows_set_aside_are_told_and_nothing_hostile_is_obeyed(
    enduse: Enduse, tmp_path: Path
) -> None:
    path = tmp_path / "owners.csv"
    path.write_text(f"{HEAD}\x1b[2JA\u202e,X,0.5,0.5,,\nB,X,5,5,,\n", "utf-8")
    done = enduse("owners", "check", path, "--listed", "X", "--listed", "\x1b]0;Y\x07")
    assert "1 rows were set aside" in done.out
    assert "\x1b" not in done.out + done.err
    assert "\u202e" not in done.out + done.err
    assert "nobody in the file is called" in done.err


def test_lists_say_who_is_listed(enduse: Enduse, owners: Path, tmp_path: Path) -> None:
    pytest.importorskip("detector.policy.lists")
    lists = tmp_path / "lists"
    lists.mkdir()
    (lists / "restricted.csv").write_text("name,list,country\nX,EL,\nAnna,EL,\n")
    told = json.loads(enduse("owners", "check", owners, "--lists", lists, "--json").out)
    outcomes = {row["name"]: row["outcome"] for row in told["outcomes"]}
    assert outcomes["A"] == outcomes["B"] == "met"
    # A person who is called like an organisation is not taken for it.
    assert outcomes["H"] == "possible"
    assert {row["source"] for row in told["listed"]} == {"EL"}


def test_a_refused_list_clears_nobody(enduse: Enduse, owners: Path, tmp_path: Path) -> None:
    pytest.importorskip("detector.policy.lists")
    lists = tmp_path / "lists"
    lists.mkdir()
    (lists / "restricted.csv").write_text("<html>login</html>")
    told = json.loads(enduse("owners", "check", owners, "--lists", lists, "--json").out)
    assert told["refused_lists"]
    assert {row["outcome"] for row in told["outcomes"]} == {"unknown"}


def test_a_folder_without_a_list_clears_nobody(
    enduse: Enduse, owners: Path, tmp_path: Path
) -> None:
    pytest.importorskip("detector.policy.lists")
    lists = tmp_path / "lists"
    lists.mkdir()
    told = json.loads(enduse("owners", "check", owners, "--lists", lists, "--json").out)
    assert "no entry of a list was read" in told["refused_lists"][0]
    assert {row["outcome"] for row in told["outcomes"]} == {"unknown"}
