"""Follow-up lists as a reviewer reads them."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from types import ModuleType
from typing import Any

import polars as pl
import pytest
from rich.console import Console

from detector.explain import explain, explain_json
from detector.report.followups import CASES_SHOWN, NOBODY, ROWS_SHOWN
from detector.report.render import LARGEST, render
from detector.results import FOLLOWUPS_SCHEMA, Results

SIGNS = [
    {"code": "F01-X", "family": "F01", "text": "Most spend goes to controlled GPUs.", "tail": 0.01},
    {"code": "F13-Y", "family": "F13", "text": "The record lacks what peers have.", "tail": 0.02},
]


def row(case: str, account: str, position: int = 1, **other: Any) -> dict[str, Any]:
    return {
        "case": case, "members": ["bad-1", "bad-2"], "account_id": account, "position": position,
        "likeness": 0.934, "chance": 0.801, "shared": SIGNS, "ties": ["ssh_key"],
        "queue": "none", "rank": 1234, **other,
    }  # fmt: skip


def listing(results: Results, rows: list[dict[str, Any]], **counts: int) -> Results:
    run = {**dict(results.run.items()), "followups": counts}
    return replace(results, run=run, followups=pl.DataFrame(rows, schema=FOLLOWUPS_SCHEMA))


@pytest.fixture
def queued(small: Results) -> str:
    return small.scores.filter(pl.col("queue") == "proxy")["account_id"][0]


def shown(results: Results, account: str) -> str:
    out = io.StringIO()
    Console(file=out, width=250, markup=False, emoji=False).print(explain(results, account))
    return out.getvalue()


def test_the_page_shows_each_list_and_who_has_nobody_alike(
    small: Results, maker: ModuleType
) -> None:
    rows = [row("case-9", "acct-a"), row("case-9", "acct-b", 2, ties=[])]
    page = render(listing(small, rows, **{"case-9": 2, "case-7": 0}), maker.UNITS)
    assert "2 accounts beside 2 confirmed cases" in page
    for words in ("case-9, 2 accounts", "acct-a", "acct-b", "0.934", "1,234",
                  "Most spend goes to controlled GPUs.", "Tied by SSH key.",
                  "Nobody is like case-7."):  # fmt: skip
        assert words in page


def test_a_run_without_a_confirmed_case_has_no_such_section(
    small: Results, maker: ModuleType
) -> None:
    assert "Follow-up lists" not in render(small, maker.UNITS)


def test_a_queued_account_says_which_confirmed_case_it_is_like(
    small: Results, maker: ModuleType, queued: str
) -> None:
    told = listing(small, [row("case-9", queued, 3)], **{"case-9": 3})
    words = "No. 3 on the follow-up list of the confirmed case case-9 (2 accounts): likeness 0.934"
    assert words in render(told, maker.UNITS)
    assert words in shown(told, queued)
    assert explain_json(told, queued)["like_confirmed"][0]["case"] == "case-9"
    assert not explain_json(told, queued)["follow_ups"]


def test_a_confirmed_account_shows_who_is_like_it(small: Results) -> None:
    one, other = small.scores.filter(pl.col("queue") == "none")["account_id"].head(2)
    told = listing(small, [row("case-9", other, members=[one])], **{"case-9": 1})
    assert "Follow-up list, most alike first" in shown(told, one)
    assert other in shown(told, one)
    assert [line["account_id"] for line in explain_json(told, one)["follow_ups"]] == [other]
    assert not explain_json(told, one)["like_confirmed"]
    assert NOBODY not in shown(told, one)
    assert NOBODY in shown(listing(small, [], **{one: 0}), one)


def test_long_lists_are_cut_and_the_page_stays_bounded(small: Results, maker: ModuleType) -> None:
    evil = "<&\u202e" * 3_000
    signs = [{**sign, "text": evil, "code": evil} for sign in SIGNS]
    rows = [
        row(f"{evil}{case}", f"{evil}{case}-{at}", at, shared=signs, ties=[evil] * 9)
        for case in range(40)
        for at in range(1, 21)
    ]
    page = render(listing(small, rows, **{f"{evil}{case}": 20 for case in range(40)}), maker.UNITS)
    assert len(page.encode()) <= LARGEST
    assert "\u202e" not in page
    left = 800 - CASES_SHOWN * ROWS_SHOWN
    assert f"{left} accounts left out (all are in followups.parquet)" in page


def test_what_explain_tells_is_strict_json(small: Results, queued: str) -> None:
    told = listing(small, [row("case-9", queued)], **{"case-9": 1})
    assert json.loads(json.dumps(explain_json(told, queued), allow_nan=False))
