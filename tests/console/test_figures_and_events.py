"""Quality and audit: figures with what they are worth, events by whom they may be seen."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from detector.cases.deciding import judging
from detector.cases.deciding.judgement import Judgement
from detector.cases.measuring.quality import ALARMS, First, Said, quality
from detector.cases.record.store import SYSTEM, Store
from detector.console import searching, verifying
from detector.console.app import Console
from detector.console.pages.quality import TO_DO, _row
from detector.console.searching import Sought, search
from detector.console.trends import Trend, trend
from detector.console.verifying import Verifier, run_apart
from tests.cases.planted import ANN, CEM, HAL, NOW, Clock, plant
from tests.console.direct import Someone, someone
from tests.console.filled import CASE, OPEN, fill, with_people

pytest.importorskip("werkzeug")

As = Callable[[str], Someone]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Clock]]:
    """A filled folder that tests only read, but for what they add."""
    clock = Clock()
    with Store.create(tmp_path_factory.mktemp("filled") / "cases") as made:
        with_people(made)
        fill(made, clock, "It is in order.")
        yield made, clock


@pytest.fixture
def at(filled: tuple[Store, Clock]) -> As:
    console = Console(*filled)
    return lambda name: someone(filled[0], filled[1], console, name)


def actions(store: Store, by: Any, **sought: Any) -> list[str]:
    with store.reading() as connection:
        return [row["action"] for row in search(connection, by, Sought(**sought), 100).rows]


def test_figures_of_few_say_so_and_trends_are_drawn_without_a_script(
    at: As, filled: tuple[Store, Clock]
) -> None:
    filled[1].on(days=8)
    page = at("cem").get("/quality")
    assert "too few" in page.words
    assert "inconclusive" in page.words
    assert "1 of 1, 100% (21% to 100%)" in page.words
    assert page.text.count("<svg") == 3
    assert "<circle" in page.text
    assert "<script" not in (page.text.split("</head>")[1])
    mine = at("ann").get("/quality")
    assert "bob" not in mine.words
    assert "What the queues miss" not in mine.words
    assert at("ann").get("/quality?person=bob").status == 403
    assert at("cem").get("/quality?person=ann").status == 200


def test_an_alarm_says_what_it_is_and_what_to_do() -> None:
    assert TO_DO.keys() == ALARMS.keys()
    at = "2026-03-01T09:00:00.000000Z"
    firsts = [First(at, "proxy", "confirmed_proxy", 5.0)] * 40
    row = _row(quality(Said(firsts), "2026-03-02T09:00:00.000000Z", "ann"))
    assert [what for what, _ in row["alarms"]] == [ALARMS["agreement_high"], ALARMS["fast"]]
    assert [few for _, few in row["cells"]][:4] == [False, False, False, False]


def test_a_trend_has_a_dot_a_week_and_a_line_only_where_weeks_follow() -> None:
    weeks = ["2026-01-05", "2026-01-12", "2026-01-19", "2026-01-26"]
    values = [0.2, None, 0.5, 2.0]
    drawn = trend(Trend("t", "T", weeks, values, (0.0, "0"), (1.0, "1"), ["a", "–", "b", "c"],
                        [True, True, False, False]))  # fmt: skip
    assert (drawn.count("<circle"), drawn.count('class="tie"')) == (3, 1)
    assert drawn.count('class="total"') == 1
    assert "week of 2026-01-12: –" in drawn
    assert 'cy="10"' in drawn


def test_events_are_found_by_case_person_action_and_day(filled: tuple[Store, Clock]) -> None:
    store, _ = filled
    assert set(actions(store, HAL, person="fay")) == {"appeal.filed"}
    assert set(actions(store, HAL, action="letter.")) == {"letter.drafted", "letter.withdrawn"}
    assert set(actions(store, HAL, case=CASE, action="judgement.")) == {"judgement.stored"}
    assert actions(store, HAL, until="2026-03-01") == []
    first = actions(store, HAL, since="2026-03-02", until="2026-03-02")
    assert "person.added" in first
    assert actions(store, HAL, since="2027-01-01") == []
    assert actions(store, HAL, action="letter.*") == []


@pytest.mark.parametrize(("span", "looked"), [(7, 2_000), (100_000, 3), (4, 3), (100_000, 2_000)])
def test_pages_of_a_search_hold_each_event_once_however_little_one_looks_through(
    filled: tuple[Store, Clock], monkeypatch: pytest.MonkeyPatch, span: int, looked: int
) -> None:
    store, _ = filled
    monkeypatch.setattr(searching, "SPAN", span)
    monkeypatch.setattr(searching, "LOOKED", looked)
    found, before, asked = [], None, 0
    with store.reading() as connection:
        top = connection.execute("SELECT max(seq) FROM events").fetchone()[0]
        while asked < 100:
            one = search(connection, HAL, Sought(before=before), 5)
            found += [row["seq"] for row in one.rows]
            before, asked = one.more, asked + 1
            if before is None:
                break
    assert found == list(range(top, 0, -1))


def test_a_lead_finds_nothing_that_tells_of_golden_cases_or_of_a_first_judgement(
    tmp_path: Path,
) -> None:
    clock = Clock()
    with Store.create(tmp_path / "cases") as store:
        with_people(store)
        with store.writing(clock()) as tx:
            plant(tx, "C-1", {"a": ("proxy", ())})
            plant(tx, "C-2", {"b": ("proxy", ())}, queue="policy")
            judging.judge(tx, ANN, "C-1", 1, Judgement("confirmed_proxy", "one operator", "limit"))
            tx.record("golden.drawn", SYSTEM, "system")
        seen, whole = actions(store, CEM), actions(store, HAL)
        assert {"golden.drawn", "judgement.stored"} <= set(whole)
        assert not {"golden.drawn", "judgement.stored"} & set(seen)
        assert actions(store, CEM, case="C-2") == [] != actions(store, HAL, case="C-2")
        lead = someone(store, clock, Console(store, clock), "cem")
        assert lead.get("/audit/cases/C-1/events.jsonl").status == 403
        assert lead.get("/audit/cases/C-2/events.jsonl").status == 403


def test_one_verification_goes_on_at_a_time_and_no_page_waits_for_it(
    at: As, filled: tuple[Store, Clock], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, clock = filled
    goes_on, runs = threading.Event(), []

    def slowly(folder: Path) -> Mapping[str, Any]:
        runs.append(folder)
        assert goes_on.wait(10)
        return {"events": 3, "head": "ab" * 32, "anchors": 1, "findings": []}

    verifier = Verifier(store, clock, slowly)
    monkeypatch.setattr("detector.console.app.Verifier", lambda *_: verifier)
    hal = someone(store, clock, Console(store, clock), "hal")
    assert "None was asked for" in hal.get("/audit/verification").words
    assert hal.post("/audit/verification").place == "/audit/verification"
    assert hal.post("/audit/verification").status == 303
    assert "It goes on since" in hal.get("/audit/verification").words
    assert "A verification goes on" in hal.get("/audit").words
    goes_on.set()
    verifier.wait(10)
    assert len(runs) == 1
    assert "Whole: 3 events" in hal.get("/audit/verification").words


def test_what_a_verification_finds_is_told(
    filled: tuple[Store, Clock], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, clock = filled
    finding = {"kind": "table", "where": "cases", "sentence": "<b>the row</b> is missing"}
    told = {"events": 9, "head": "ab" * 32, "anchors": 0, "findings": [finding]}
    for run in (lambda _: told, _fails):
        verifier = Verifier(store, clock, run)
        monkeypatch.setattr("detector.console.app.Verifier", lambda *_, v=verifier: v)
        verifier.start("hal")
        verifier.wait(10)
        page = someone(store, clock, Console(store, clock), "dia").get("/audit/verification")
        assert "<b>the row</b> is missing" in page.words or "it ended with 2" in page.words


def _fails(_folder: Path) -> Mapping[str, Any]:
    raise verifying.CasesError("it ended with 2")


def test_the_command_verifies_in_a_process_of_its_own_and_notes_it(
    at: As, filled: tuple[Store, Clock]
) -> None:
    store, hal = filled[0], at("hal")
    told = run_apart(store.folder)
    assert told["findings"] == []
    assert told["events"] == store.head().seq - 1
    assert f"up to #{told['events']}" in hal.get("/audit").words
    assert actions(store, HAL, action="cases.verified") == ["cases.verified"]
    assert run_apart(store.folder / "nothing")["findings"][0]["kind"] == "file"


def test_an_auditor_reads_what_an_event_holds_and_which_cases_are_golden(
    at: As, filled: tuple[Store, Clock]
) -> None:
    hal = at("hal")
    page = hal.get("/audit/events/1")
    assert '"table"' in page.words or '"put"' in page.words
    assert hal.get("/audit/events/999999").status == 404
    with filled[0].writing(filled[1]()) as tx:
        tx.record("golden.drawn", SYSTEM, "system", put=[("golden", {
            "served_as": OPEN, "truth": "cleared", "of_case": CASE, "of_settlement": 1, "weeks": 4,
        })])  # fmt: skip
    assert f"{OPEN} {CASE} cleared 4" in hal.get("/audit/golden").words
    assert "cleared" not in at("cem").get(f"/audit?case={OPEN}").words


def test_days_and_numbers_of_a_search_are_a_closed_form(at: As) -> None:
    hal = at("hal")
    for query in ("since=yesterday", "before=x", "until=2026-3-1", "before=-1"):
        assert hal.get(f"/audit?{query}").status == 400
    assert hal.get("/audit?since=9999-99-99&until=0000-00-00").status == 200
    assert hal.get(f"/audit?case={'x' * 5000}").status == 200
    assert NOW.date().isoformat() in hal.get("/audit?since=2026-03-02&until=2026-03-02").words
