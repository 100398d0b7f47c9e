"""The page of a graph: tables that say everything, in parts; and the files that draw."""

from __future__ import annotations

import hashlib
import tomllib
from importlib.resources import files
from urllib.parse import quote

import pytest

from detector.cases.errors import Unknown
from detector.cases.showing.graphing import graph_json, graph_of
from detector.console.pages.graph import PAGE, graph_page
from tests.cases.rings import case_of, edge, large, link, member
from tests.console.graphs import page_of

VENDOR = files("detector.console").joinpath("static/vendor")
HOSTILE = '"><img src=x onerror=window.pwned=1>\u202e'


def test_vendored_files_are_those_whose_hashes_are_told() -> None:
    told = tomllib.loads(VENDOR.joinpath("VENDORED.toml").read_text("utf-8"))["file"]
    named = {"VENDORED.toml"}
    for one in told:
        for name, digest in (("file", "sha256"), ("licence_file", "licence_sha256")):
            body = VENDOR.joinpath(one[name]).read_bytes()
            assert hashlib.sha256(body).hexdigest() == one[digest], one[name]
            named.add(one[name])
        assert one["licence"] in ("MIT", "ISC")
        assert one["version"] in one["source"]
    assert {path.name for path in VENDOR.iterdir()} == named


def test_a_small_ring_is_on_one_page() -> None:
    case = case_of([member("a", 1, "proxy"), member("b", 2)],
                   [link("a", "device", "d1", 2), link("b", "device", "d1", 2)],
                   [edge("a", "b", "device", 9.5)])  # fmt: skip
    page = page_of(case, {})
    for words in ("device 9.5 (d1)", "a and b", "2026-02-01", "core", "fringe"):
        assert words in page, words
    assert "Squares" not in page


def test_tables_come_in_parts_and_every_row_is_on_one_of_them() -> None:
    case = large(PAGE + 30, 2 * PAGE + 40)
    seen: dict[str, set[int]] = {"ties": set(), "lines": set(), "accounts": set()}
    totals = {}
    for name, found in seen.items():
        for first in range(0, 10 * PAGE, PAGE):
            section = graph_page(case, "C-1", {name: str(first)})[name]
            found |= {row["number"] for row in section.rows}
            totals[name] = section.total
            if section.on is None:
                break
            assert f"{name}={first + PAGE}" in section.on
    assert {name: len(found) for name, found in seen.items()} == totals
    assert totals["accounts"] == PAGE + 30


def test_an_account_or_a_tie_narrows_every_table() -> None:
    case = large(60, 80)
    page = graph_page(case, "C-1", {"account": "acct-00007"})
    assert page["accounts"].total == 1
    assert all("acct-00007" in row["ends"] for row in page["lines"].rows)
    page = graph_page(case, "C-1", {"tie": "3"})
    assert (page["ties"].total, page["accounts"].total) == (1, 2)
    many = large(450, 500)
    square = graph_page(many, "C-1", {"square": "2"})
    assert square["squares"].rows[0]["size"] == square["accounts"].total
    assert all(row["square"] == 3 for row in square["accounts"].rows)


@pytest.mark.parametrize("asked", [
    {"account": "nobody"}, {"tie": "-1"}, {"tie": "99999"}, {"tie": "x"}, {"tie": "1" * 90},
    {"tie": "²"}, {"square": "0"},
])  # fmt: skip
def test_what_is_not_there_is_told_in_a_sentence(asked: dict[str, str]) -> None:
    with pytest.raises(Unknown, match="there is no"):
        graph_page(large(10, 10), "C-1", asked)


@pytest.mark.parametrize("first", ["-5", "x", "1e9", "99999999999", "²", "5000"])
def test_a_strange_place_in_a_table_is_its_beginning(first: str) -> None:
    assert graph_page(large(10, 10), "C-1", {"ties": first})["ties"].first == 1


def test_texts_of_data_cannot_leave_their_place() -> None:
    case = case_of(
        [member(HOSTILE, 1, "proxy"), member("b", 2)],
        [link(HOSTILE, "device", HOSTILE, 2), link("b", "device", HOSTILE, 2)],
        [edge(HOSTILE, "b", HOSTILE)],
    )  # fmt: skip
    page = page_of(case, {"account": HOSTILE}, case_id="C-1")
    assert "<img" not in page
    assert "\u202e" not in page
    assert quote(HOSTILE[:2]) in page


def test_the_drawing_reads_the_very_rows_of_the_tables() -> None:
    case = large(50, 70)
    told, page = graph_json(graph_of(case)), graph_page(case, "C-1", {})
    assert len(told["ties"]) == page["ties"].total
    assert len(told["lines"]) == page["lines"].total
    assert [node["account"] for node in told["nodes"]][:3] == [
        row["account"] for row in page["accounts"].rows[:3]
    ]
