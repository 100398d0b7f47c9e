"""The same case on a terminal."""

from __future__ import annotations

import io
import json
import unicodedata
from types import ModuleType

import polars as pl
import pytest
from rich.console import Console, RenderableType

from detector.errors import UsageError
from detector.explain import explain, explain_json, sparkline
from detector.results import Results


def _shown(case: RenderableType, width: int = 120, *, colour: bool = False) -> str:
    out = io.StringIO()
    Console(file=out, width=width, force_terminal=colour, markup=False, emoji=False).print(case)
    return out.getvalue()


@pytest.fixture(scope="module")
def first(results: Results) -> str:
    """The account of rank 1, in a ring."""
    return results.scores.filter(pl.col("rank") == 1)["account_id"][0]


@pytest.mark.parametrize(
    "words",
    [
        "rank 1 of 2,000, score 0.990; about 5 in 10,000 ordinary accounts reach this",
        "Looks like T03 Account farm.",
        "The score only ranks; a person decides.",
        "What speaks for an innocent reading",
        "TPP-h by day from 2026-08-02",
        "ring-001, 12 accounts",
        "Its own ties, strongest first",
        " bits",
        "Coverage",
        "Not seen for lack of tables: F06 access shape.",
        "Lane L did not run.",
        "ask → verify → limit → suspend",
    ],
)
def test_the_case_on_a_terminal_says(results: Results, first: str, words: str) -> None:
    assert words in _shown(explain(results, first))


def test_every_reason_is_there_with_what_it_adds(results: Results, first: str) -> None:
    shown = _shown(explain(results, first), width=200)
    reasons = results.scores.filter(pl.col("account_id") == first)["reasons"][0].to_list()
    assert len(reasons) == 8
    for reason in reasons:
        assert reason["text"] in shown
        assert f"{reason['contribution']:+.3f}".replace("-", "−") in shown


@pytest.mark.parametrize("width", [40, 80, 120])
def test_no_line_is_wider_than_the_terminal(results: Results, first: str, width: int) -> None:
    lines = _shown(explain(results, first), width).splitlines()
    assert max(map(len, lines)) <= width


def test_an_account_in_no_queue_and_no_ring_is_explained(results: Results) -> None:
    quiet = results.scores.filter(pl.col("ring_id").is_null())["account_id"][-1]
    shown = _shown(explain(results, quiet))
    assert "In no queue" in shown
    assert "in no ring" in shown


def test_an_unknown_account_is_refused_and_ids_near_it_named(results: Results, first: str) -> None:
    with pytest.raises(UsageError, match=first):
        explain(results, first[:-1])
    with pytest.raises(UsageError, match=r"'a\\x1b\[2J' was not scored"):
        explain_json(results, "a\x1b[2J")


def test_nothing_from_data_reaches_the_terminal_raw(small: Results, maker: ModuleType) -> None:
    hostile = "\x1b]0;owned\x07\x1b[2J\r\n\u202e[bold]\x00\u200b\x9b31m"
    poisoned = maker.poisoned(small, lambda: hostile)
    for account in poisoned.scores["account_id"].head(12):
        shown = _shown(explain(poisoned, account))
        raw = {c for c in shown if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp")}
        assert raw <= {"\n"}
        assert "[bold]" in shown


def test_the_case_as_json_is_strict_and_whole(results: Results, first: str) -> None:
    found = json.loads(json.dumps(explain_json(results, first), allow_nan=False))
    assert found["account"]["account_id"] == first
    assert found["account"]["rank"] == 1
    assert found["ring"]["size"] == 12
    assert len(found["daily"][0]["tpp_hours"]) == 90
    assert all(first in (edge["a"], edge["b"]) for edge in found["evidence_path"])
    assert found["questions"]


def test_the_json_of_a_hostile_id_is_plain_ascii_and_keeps_the_id(
    small: Results, maker: ModuleType
) -> None:
    poisoned = maker.poisoned(small, lambda: "\x1b\u202e")
    account = poisoned.scores["account_id"][0]
    text = json.dumps(explain_json(poisoned, account))
    assert text.isascii()
    assert text.isprintable()
    assert json.loads(text)["account"]["account_id"] == account


def test_a_sparkline_has_one_character_a_day() -> None:
    assert sparkline([0.0, 0.001, 100.0]) == "·▁█"
    assert sparkline([]) == ""
