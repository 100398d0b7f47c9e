"""The queue: what is in which list, a page at a time, by filters that nobody can widen."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from detector.cases.record.store import SYSTEM, Store

Open = Callable[..., None]


def _shown(got: Any) -> list[str]:
    return re.findall(r'data-case="([^"]+)"', got.text)


def _count(got: Any, name: str) -> int | None:
    found = re.search(rf">{name} <b>([0-9,]+)</b>", got.text)
    return None if found is None else int(found[1].replace(",", ""))


def test_a_tab_holds_the_open_cases_of_its_queue_in_the_order_of_rank(
    browser: Any, open_cases: Open
) -> None:
    open_cases(
        {"rank": 3}, {"rank": 1}, {"queue": "victim"}, {"state": "closed"}, {"rank": None},
        {"state": "second"}, {"state": "waiting", "assignee": "ann"},
    )  # fmt: skip
    browser.login()
    got = browser.get("/queue")
    assert _shown(got) == ["C-000002", "C-000001", "C-000006", "C-000007", "C-000005"]
    assert [_count(got, name) for name in ("Proxy", "Victim", "Second", "Waiting", "Mine")] == [
        5, 1, 1, 1, 1,
    ]  # fmt: skip
    assert _shown(browser.get("/queue?tab=victim")) == ["C-000003"]
    assert _shown(browser.get("/queue?tab=second")) == ["C-000006"]
    assert _shown(browser.get("/queue?tab=mine")) == ["C-000007"]
    assert _shown(browser.get("/queue?tab=closed")) == ["C-000004"]
    assert browser.get("/queue?tab=everything").status == 400


def test_counts_follow_what_is_written(browser: Any, store: Store, open_cases: Open) -> None:
    open_cases({}, {})
    browser.login()
    assert _count(browser.get("/queue"), "Proxy") == 2
    with store.writing(browser_now()) as tx:
        row = {"case_id": "C-000001", "state": "closed"}
        tx.record("case.closed", SYSTEM, "system", "C-000001", put=[("cases", row)])
    assert _count(browser.get("/queue"), "Proxy") == 1


def browser_now() -> Any:
    from datetime import UTC, datetime

    return datetime(2026, 4, 16, 10, 0, tzinfo=UTC)


def test_pages_follow_each_other_and_hold_each_case_once(browser: Any, open_cases: Open) -> None:
    open_cases(*({"rank": None if n % 5 == 0 else n // 3} for n in range(120)))
    browser.login()
    place, seen = "/queue?family=F01", []
    for _ in range(3):
        got = browser.get(place)
        seen += _shown(got)
        more = re.search(r'href="([^"]+)" rel="next"', got.text)
        place = more[1].replace("&amp;", "&") if more else ""
    assert place == ""
    assert len(seen) == len(set(seen)) == 120
    assert "family=F01" in got.text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("typology=T04", ["C-000002"]),
        ("family=F11", ["C-000002"]),
        ("size=10", ["C-000002"]),
        ("account=acct-9", ["C-000003"]),
        ("assignee=bob", ["C-000003"]),
        ("free=1", ["C-000001", "C-000002"]),
        ("overdue=1", ["C-000001"]),
        ("gone=1", ["C-000002"]),
        ("typology=T04&size=99", []),
        ("unknown=1", ["C-000001", "C-000002", "C-000003"]),
    ],
)
def test_filters_are_a_closed_list(
    browser: Any, store: Store, open_cases: Open, query: str, found: list[str]
) -> None:
    open_cases(
        {"due_at": "2026-04-01T00:00:00.000000Z"},
        {"typology": "T04", "families": json.dumps(["F11"]), "size": 42, "in_queue": 0},
        {"assignee": "bob", "state": "in_review"},
    )
    with store.writing(browser_now()) as tx:
        member = {"case_id": "C-000003", "account_id": "acct-9", "since_run": 1}
        tx.record("case.grown", SYSTEM, "system", "C-000003", put=[("case_accounts", member)])
    browser.login()
    assert _shown(browser.get(f"/queue?{query}")) == found


def test_a_case_says_that_it_changed_since_one_looked(
    browser: Any, store: Store, open_cases: Open
) -> None:
    open_cases({"version": 2}, {}, {})
    with store.writing(browser_now()) as tx:
        for case, version in (("C-000001", 1), ("C-000002", 1)):
            tx.connection.execute(
                "INSERT INTO looks VALUES (?, 'ann', ?, 1, '', '', 0, 0)", (case, version)
            )
    browser.login()
    rows = re.findall(r"<tr data-case.*?</tr>", browser.get("/queue").text, re.DOTALL)
    assert ["changed" in row for row in rows] == [True, False, False]
    assert ["new to you" in row for row in rows] == [False, False, True]


def test_what_data_says_stands_there_as_text(browser: Any, open_cases: Open) -> None:
    hostile = "<script>alert(1)</script>\u202e"
    open_cases({"brief": hostile, "typology": hostile, "tie_kinds": json.dumps([hostile])})
    browser.login()
    text = browser.get("/queue").text
    assert "<script>alert" not in text
    assert "\u202e" not in text
    assert text.count("&lt;script&gt;alert(1)") == 3
