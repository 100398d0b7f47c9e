"""The page of a case and its forms: what it shows to whom, and what becomes of what is sent."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from detector.cases.errors import CasesBusy
from detector.cases.record.store import Store
from detector.cases.record.verify import verify
from tests.console.casework import (
    RING,
    SMALL,
    act,
    fields_of,
    in_as,
    judge,
    make,
    rows,
)
from tests.console.conftest import Browser

Another = Callable[..., Browser]


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory, cheap_passwords: None) -> Path:
    return make(tmp_path_factory.mktemp("worked") / "cases")


@pytest.fixture
def store(worked: Path, tmp_path: Path) -> Iterator[Store]:
    shutil.copytree(worked, tmp_path / "cases")
    with Store(tmp_path / "cases") as held:
        yield held
        assert verify(held).findings == ()


@pytest.fixture
def ann(another: Another) -> Browser:
    return in_as(another, "ann")


@pytest.fixture
def bob(another: Another) -> Browser:
    return in_as(another, "bob")


def test_a_case_shows_both_readings_its_ties_and_every_account(ann: Browser) -> None:
    page = ann.get(f"/cases/{RING}")
    assert page.status == 200
    for words in (
        "Why it is here", "What speaks for an innocent reading", "What ties the accounts",
        "Use by day", "Facts of record", "Accounts (5)", "From base to raw score",
        "Sealed until you have judged", "The chain was not verified yet",
    ):  # fmt: skip
        assert words in page.text, words
    assert page.text.count('aria-label="Outcome of ') == 5
    assert "style=" not in page.text
    assert ann.get("/cases/C-999999").status == 404
    assert ann.get(f"/cases/{RING}?run=x").status == 400


def test_names_and_lists_are_in_no_page_before_the_first_judgement_and_there_after_it(
    ann: Browser, bob: Browser
) -> None:
    places = (f"/cases/{RING}", f"/cases/{RING}?run=1", "/queue", "/second", "/help/keys")
    for place in places:
        got = ann.get(place)
        assert "CANARY" not in got.text
        assert "Qorvel" not in got.text
    assert "CANARY" not in act(ann, RING, "judge", outcome="cleared", note="").text
    judge(ann, RING, "confirmed_proxy")
    opened = ann.get(f"/cases/{RING}").text
    assert opened.count("CANARY-org_name-") == 5
    assert "Qorvel" in opened
    assert "CANARY" not in bob.get(f"/cases/{RING}").text


def test_a_judgement_is_stored_and_leads_to_the_next_case_of_the_list(
    ann: Browser, store: Store
) -> None:
    got = judge(ann, RING, "confirmed_proxy", "One card.", step="limit", counter="1",
                typology="yes", **{"code.one_operator": "1"})  # fmt: skip
    assert got.status == 303
    assert got.headers["Location"].startswith(f"/cases/{SMALL}?tab=proxy&stored=")
    [held] = rows(store, "SELECT * FROM judgements")
    assert (held["outcome"], held["step"], held["note"]) == (
        "confirmed_proxy",
        "limit",
        "One card.",
    )
    assert (held["codes"], held["typology_agreed"], held["counter_weighed"]) == (
        '["one_operator"]', 1, 1)  # fmt: skip
    after = ann.get(got.headers["Location"])
    assert f'Stored: <a href="/cases/{RING}">' in after.text
    judge(ann, SMALL, "cleared")
    assert ann.last is not None
    assert ann.last.headers["Location"].startswith("/queue?tab=proxy&stored=")
    assert ", cleared." in ann.get(ann.last.headers["Location"]).text


def test_accounts_have_outcomes_of_their_own_and_one_that_shows_nothing_needs_a_reason(
    ann: Browser, store: Store
) -> None:
    page = ann.get(f"/cases/{RING}")
    alone, *_ = re.findall(r'name="o\.([0-9a-f]{16})"[^>]*data-alone', page.text)
    refused = act(ann, RING, "judge", page, outcome="confirmed_proxy", note="kept text",
                  **{f"o.{alone}": "confirmed_proxy"})  # fmt: skip
    assert refused.status == 403
    assert "needs a reason of its own" in refused.text
    assert ">kept text</textarea>" in refused.text
    assert rows(store, "SELECT * FROM judgements") == []
    done = act(ann, RING, "judge", refused, outcome="confirmed_proxy", note="kept text",
               **{f"o.{alone}": "confirmed_proxy", f"w.{alone}": "seen with others"})  # fmt: skip
    assert done.status == 303
    held = rows(store, "SELECT outcome, why FROM judgement_accounts WHERE why IS NOT NULL")
    assert held == [{"outcome": "confirmed_proxy", "why": "seen with others"}]


def test_whoever_comes_second_is_told_what_changed_and_keeps_what_he_typed(
    ann: Browser, bob: Browser, store: Store
) -> None:
    page = bob.get(f"/cases/{RING}")
    judge(ann, RING, "confirmed_proxy", "ann's own words")
    got = act(bob, RING, "judge", page, outcome="unresolved", note="bob's own words")
    assert got.status == 409
    assert "is at version" in got.text
    assert "ann took the case" in got.text
    assert ">bob&#39;s own words</textarea>" in got.text
    assert "ann&#39;s own words" not in got.text
    [version] = rows(store, "SELECT version FROM cases WHERE case_id = ?", RING)
    fields = fields_of(got, f"/cases/{RING}/judge")
    assert fields["version"] == str(version["version"]) != "1"
    again = act(bob, RING, "judge", got, outcome="unresolved", note="bob's own words")
    assert again.status == 303
    assert [row["round"] for row in rows(store, "SELECT round FROM judgements")] == ["1", "2"]


def test_of_fifty_forms_of_one_version_one_is_stored(
    ann: Browser, bob: Browser, store: Store, port: int
) -> None:
    forms = {
        who.cookie: fields_of(who.get(f"/cases/{RING}"), f"/cases/{RING}/judge")
        for who in (ann, bob)
    }
    got: list[int] = []

    def send(number: int) -> None:
        cookie, fields = list(forms.items())[number % 2]
        fields = {**fields, "key": f"key-{number}", "outcome": "cleared", "note": f"n{number}"}
        sender = Browser(port, cookie=cookie)
        got.append(sender.post(f"/cases/{RING}/judge", fields).status)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got.count(303) == 1
    assert set(got) <= {303, 403, 409}
    assert len(rows(store, "SELECT * FROM judgements")) == 1


def test_one_form_sent_twice_is_stored_once_and_answered_alike(ann: Browser, store: Store) -> None:
    page = ann.get(f"/cases/{RING}")
    first = act(ann, RING, "judge", page, outcome="cleared", note="once")
    second = act(ann, RING, "judge", page, outcome="cleared", note="once")
    assert (second.status, second.headers["Location"]) == (303, first.headers["Location"])
    assert len(rows(store, "SELECT * FROM judgements")) == 1
    other = act(ann, RING, "judge", page, outcome="cleared", note="changed")
    assert other.status == 403
    assert "another form was sent with this key" in other.text
    comment = ann.get(f"/cases/{RING}")
    for _ in range(2):
        assert act(ann, RING, "comment", comment, comment="said once").status == 303
    assert len(rows(store, "SELECT * FROM comments")) == 1


def test_a_judgement_is_taken_back_within_ten_minutes_and_what_was_typed_is_there_again(
    ann: Browser, store: Store, clock: Any
) -> None:
    judge(ann, RING, "confirmed_proxy", "typed in haste")
    stored = rows(store, "SELECT judgement_id FROM judgements")[0]["judgement_id"]
    page = ann.get(f"/queue?tab=second&stored={stored}")
    undone = act(ann, RING, "undo", page)
    assert (undone.status, undone.headers["Location"]) == (303, f"/cases/{RING}?tab=second")
    back = ann.get(f"/cases/{RING}").text
    assert ">typed in haste</textarea>" in back
    assert 'value="confirmed_proxy" required checked' in back
    judge(ann, RING, "confirmed_proxy", "typed with care")
    late = ann.get(f"/cases/{RING}")
    clock.go(11)
    assert act(ann, RING, "undo", late).status == 403
    assert 'id="do-undo"' not in ann.get(f"/cases/{RING}").text
    assert [row["undone"] for row in rows(store, "SELECT undone FROM judgements")] == [1, 0]


def test_a_first_judgement_is_amended_when_what_was_sealed_has_opened(
    ann: Browser, store: Store
) -> None:
    judge(ann, RING, "confirmed_proxy", "before")
    page = ann.get(f"/cases/{RING}")
    assert "Amend your judgement" in page.text
    assert act(ann, RING, "amend", page, outcome="cleared", note="a known school").status == 303
    held = rows(store, "SELECT outcome, revealed, amends IS NULL AS first FROM judgements")
    assert [tuple(row.values()) for row in held] == [
        ("confirmed_proxy", 0, 1), ("cleared", 1, 0)]  # fmt: skip
    words = rows(store, "SELECT DISTINCT outcome FROM judgement_accounts WHERE judgement_id = "
                 "(SELECT max(judgement_id) FROM judgements)")  # fmt: skip
    assert words == [{"outcome": "cleared"}]


def test_a_case_is_taken_asked_about_answered_put_off_and_given_back(
    ann: Browser, bob: Browser, store: Store, clock: Any
) -> None:
    assert act(ann, RING, "claim").status == 303
    page = ann.get(f"/cases/{RING}")
    assert "you have it, 29 minutes left" in page.text or "you have it, 30 minutes" in page.text
    seen = bob.get(f"/cases/{RING}").text
    assert "ann has this case" in seen
    assert 'id="judge"' not in seen
    assert act(ann, RING, "release").status == 303
    assert act(ann, SMALL, "ask", question="Who pays?").status == 303
    assert act(ann, SMALL, "answer", answer="A school.").status == 303
    assert act(ann, SMALL, "snooze", days="3", reason="they send papers").status == 303
    states = rows(store, "SELECT state FROM cases WHERE case_id IN (?, ?)", RING, SMALL)
    assert [row["state"] for row in states] == ["new", "waiting"]
    assert act(bob, RING, "snooze", days="31", reason="x").status == 403


def test_what_others_did_since_one_looked_is_told_and_who_is_here(
    ann: Browser, bob: Browser, clock: Any
) -> None:
    assert "Changed since you looked" not in ann.get(f"/cases/{RING}").text
    act(bob, RING, "comment", comment="is this the school?")
    page = ann.get(f"/cases/{RING}")
    assert "bob said something" in page.text
    assert "bob is here" in page.text
    assert "bob is here" in ann.get("/queue").text
    clock.go(3)
    later = ann.get(f"/cases/{RING}").text
    assert "Changed since you looked" not in later
    assert "bob is here" not in later


def test_drafts_and_beats_are_kept_of_the_one_who_sends_them(
    ann: Browser, bob: Browser, store: Store, clock: Any
) -> None:
    token = ann.get(f"/cases/{RING}").token()
    clock.go(0.2)
    beat = {"form_token": token, "seconds": "10"}
    assert ann.post(f"/cases/{RING}/beat", beat).status == 204
    draft = {"form_token": token, "outcome": "unresolved", "note": "half a tho", "quiet": "1",
             "strange": "x"}  # fmt: skip
    assert ann.post(f"/cases/{RING}/draft", draft).status == 204
    assert ">half a tho</textarea>" in ann.get(f"/cases/{RING}").text
    assert "half a tho" not in bob.get(f"/cases/{RING}").text
    assert rows(store, "SELECT body FROM drafts")[0]["body"].count(":") == 2
    assert ann.post(f"/cases/{RING}/beat", {**beat, "seconds": "1e9"}).status == 400
    clock.go(0.1)
    judge(ann, RING, "cleared")
    [held] = rows(store, "SELECT active_seconds, open_seconds FROM judgements")
    assert held["active_seconds"] == 10
    assert held["open_seconds"] > 10


def test_a_page_is_shown_while_nobody_can_write(
    ann: Browser, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(_now: Any) -> Any:
        raise CasesBusy("another process writes")

    monkeypatch.setattr(store, "writing", busy)
    assert ann.get(f"/cases/{RING}").status == 200
    assert act(ann, RING, "claim").status == 503


def test_who_only_reads_finds_no_form_and_is_refused(another: Another) -> None:
    ida = in_as(another, "ida")
    page = ida.get(f"/cases/{RING}")
    assert page.status == 200
    for name in ("judge", "claim", "comment", "snooze", "ask"):
        assert f'action="/cases/{RING}/{name}"' not in page.text
        fields = {"form_token": page.token(), "key": "k", "version": "1"}
        assert ida.post(f"/cases/{RING}/{name}", fields).status == 403
    assert ida.get("/second").status == 403


def test_several_cases_are_put_off_or_assigned_each_with_an_event_of_its_own(
    another: Another, bob: Browser, store: Store
) -> None:
    dia = in_as(another, "dia")
    fields = fields_of(dia.get("/queue"), "/queue/snooze")
    both = {f"c.{RING}": "1", f"c.{SMALL}": "1"}
    got = dia.post("/queue/assign", {**fields, **both, "person": "bob"})
    assert got.headers["Location"] == "/queue?tab=proxy&done=2"
    assert [row["assignee"] for row in rows(store, "SELECT assignee FROM cases WHERE case_id IN "
            "(?, ?)", RING, SMALL)] == ["bob", "bob"]  # fmt: skip
    act(bob, RING, "claim")
    fields = fields_of(dia.get("/queue"), "/queue/snooze")
    got = dia.post("/queue/snooze", {**fields, **both, "days": "2", "reason": "papers"})
    assert got.headers["Location"] == "/queue?tab=proxy&done=1&left=1"
    assert "1 case left as found" in dia.get(got.headers["Location"]).text
    actions = rows(store, "SELECT action, case_id FROM events WHERE action LIKE 'case.s%' "
                   "OR action = 'case.assigned' ORDER BY seq")  # fmt: skip
    assert [tuple(row.values()) for row in actions] == [
        ("case.assigned", RING), ("case.assigned", SMALL), ("case.snoozed", SMALL)]  # fmt: skip
    page = bob.get("/queue?tab=mine")
    refused = bob.post("/queue/assign", {"form_token": page.token(), "key": "k", **both})
    assert refused.status == 403


def test_filters_are_kept_under_a_name_by_closed_words_and_shared_by_a_lead(
    another: Another, bob: Browser
) -> None:
    dia = in_as(another, "dia")
    page = dia.get("/queue?tab=proxy&typology=T03")
    fields = fields_of(page, "/views/save")
    assert "typology=T03" in fields["query"]
    fields["query"] += "&evil=//example.org"
    got = dia.post("/views/save", {**fields, "name": "<b>farms</b>", "shared": "1"})
    assert got.headers["Location"] == "/queue?tab=proxy&typology=T03"
    shown = bob.get("/queue").text
    assert '<a href="/queue?tab=proxy&amp;typology=T03">&lt;b&gt;farms&lt;/b&gt;</a>' in shown
    assert "example.org" not in shown
    own = bob.get("/queue")
    saved = fields_of(own, "/views/save")
    assert bob.post("/views/save", {**saved, "name": "x", "shared": "1"}).status == 403
    token = {"form_token": own.token(), "key": "k", "view": "1"}
    assert bob.post("/views/drop", token).status == 403
    drop = fields_of(dia.get("/queue"), "/views/drop")
    assert dia.post("/views/drop", drop).status == 303
    assert "farms" not in bob.get("/queue").text
