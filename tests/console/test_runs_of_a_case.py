"""Graph and difference of a case that runs opened, as who logged in sees them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from detector.cases.deciding import looking
from detector.cases.record.store import Actor, Store
from tests.cases import runs
from tests.console.conftest import NOW

ANN = Actor("ann", frozenset({"reviewer"}), 1)
GRAPH, DIFF = "/cases/C-000001/graph", "/cases/C-000001/diff"


@pytest.fixture
def three_runs(store: Store) -> Store:
    runs.take(store, NOW, runs.run(0, "abc"))
    runs.take(store, NOW, runs.run(1, "abcd", scores={"a": 0.95}))
    runs.take(store, NOW, runs.run(2, "abcd", model="m2", scores={"a": 0.41}))
    return store


def test_the_graph_is_of_the_last_run(three_runs: Store, browser: Any) -> None:
    browser.login()
    page = browser.get(GRAPH)
    assert page.status == 200
    assert "c and d" in page.text.replace("</a>", "").replace('<a href="/cases/C-000001/graph'
                                                              '?account=d">', "")  # fmt: skip
    told = json.loads(browser.get(f"/api/v1{GRAPH}").text)
    assert [node["account"] for node in told["nodes"]] == ["b", "c", "d", "a"]
    assert told["lines"][0]["weights"] == {"device": 9.5, "payment": 9.5}


def test_two_runs_are_compared_and_the_last_two_where_none_is_named(
    three_runs: Store, browser: Any
) -> None:
    browser.login()
    page = browser.get(f"{DIFF}?from=1&to=2").text
    assert "d joined." in page
    assert "Score 0.950, before 0.900." in page
    last = browser.get(DIFF).text
    assert "Scores of another model" in last
    assert "0.41" not in last
    told = json.loads(browser.get(f"/api/v1{DIFF}?from=1&to=3").text)
    assert (told["from"], told["to"], told["comparable"]) == (1, 3, False)
    assert told["changes"]["members"][0]["subject"] == "d"


@pytest.mark.parametrize("path", [
    GRAPH.replace("1/", "9/"), DIFF.replace("1/", "9/"), f"{GRAPH}?account=x", f"{DIFF}?from=77",
])  # fmt: skip
def test_what_is_not_there_is_a_404_with_a_sentence(
    three_runs: Store, browser: Any, path: str
) -> None:
    browser.login()
    page = browser.get(path)
    assert page.status == 404
    assert "there is no" in page.text or "kept: 1, 2, 3" in page.text


@pytest.mark.parametrize("path", [GRAPH, DIFF, f"/api/v1{GRAPH}", f"/api/v1{DIFF}"])
def test_only_readers_see_them(three_runs: Store, browser: Any, path: str) -> None:
    assert browser.get(path).status == (401 if path.startswith("/api/") else 303)
    browser.login("cora")
    assert browser.get(path).status == 403


def test_what_changed_since_somebody_looked(three_runs: Store) -> None:
    from detector.console.pages.diff import since

    with three_runs.reading() as connection:
        assert since(connection, "C-000001", ANN) is None
    with three_runs.writing(NOW) as tx:
        looking.look(tx, "ann", "C-000001")
    with three_runs.reading() as connection:
        assert since(connection, "C-000001", ANN) is None
    runs.take(three_runs, NOW, runs.run(3, "abcde", model="m2", scores={"a": 0.41}))
    with three_runs.reading() as connection:
        found = since(connection, "C-000001", ANN)
    assert found is not None
    assert found.sentences[0] == "e joined."
    assert (found.seen, found.last) == (3, 4)


def test_the_page_of_the_case_says_it_once(three_runs: Store, browser: Any) -> None:
    browser.login()
    assert "since you looked" not in browser.get("/cases/C-000001").text
    runs.take(three_runs, NOW, runs.run(3, "abcde", model="m2", scores={"a": 0.41}))
    page = browser.get("/cases/C-000001").text
    assert "New in the runs since you looked" in page
    assert "<li>e joined.</li>" in page
    assert "diff?from=3&amp;to=4" in page
    assert "since you looked" not in browser.get("/cases/C-000001").text


def test_what_is_no_longer_kept_is_said(three_runs: Store, browser: Any) -> None:
    browser.login()
    with three_runs.writing(NOW) as tx:
        tx.connection.execute("UPDATE snapshots SET body = NULL")
    for path, words in ((GRAPH, "nothing is kept"), (DIFF, "no run is kept")):
        page = browser.get(path)
        assert (page.status, words in page.text) == (404, True)
