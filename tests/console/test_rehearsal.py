"""Pages of a rehearsal say that it is one, and tell what is true of a case once it is judged."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from detector.cases.record.store import SYSTEM, Store
from detector.cases.showing.rehearsing import Truth, begin, leave_to_learn
from detector.cases.team import people
from tests.console.conftest import NOW, WORDS, Browser, case_row, put_cases

TRUE = "What is true"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A rehearsal with a case to learn on and one that is none."""
    with Store.create(tmp_path / "rehearsal") as held:
        with held.writing(NOW) as tx:
            begin(tx, {"preset": "standard"})
            people.add(tx, SYSTEM, "ann", ["reviewer"], WORDS)
        members = [("case_accounts", {"case_id": f"C-00000{n}", "account_id": f"acct-{n}",
                                      "own_queue": "proxy", "tie_kinds": "[]"})
                   for n in (1, 2)]  # fmt: skip
        put_cases(held, *(case_row(n, snapshot="00" * 32) for n in (1, 2)))
        with held.writing(NOW) as tx:
            for put in members:
                tx.record("case.seen", SYSTEM, "system", put[1]["case_id"], put=[put])
            truth = Truth("confirmed_proxy", {"acct-1": "confirmed_proxy"})
            leave_to_learn(tx, "C-000001", truth)
        yield held


def _judge(browser: Browser, case: str) -> str:
    page = browser.get(f"/cases/{case}")
    version = page.text.split('name="version" value="')[1].split('"')[0]
    key = page.text.split('name="key" value="')[1].split('"')[0]
    fields = {"form_token": page.token(), "version": version, "key": key, "tab": "proxy",
              "outcome": "cleared", "note": "a shop", "step": "none"}  # fmt: skip
    reply = browser.post(f"/cases/{case}/judge", fields)
    assert reply.status == 303, reply.text
    return reply.headers["Location"]


def test_every_page_says_that_it_is_a_rehearsal(browser: Browser) -> None:
    assert 'class="rehearsal"' in browser.get("/login").text
    browser.login()
    for place in ("/queue", "/cases/C-000001", "/me", "/no/such/page"):
        assert 'class="rehearsal"' in browser.get(place).text, place


def test_a_case_to_learn_on_says_so_and_tells_its_truth_once_judged(browser: Browser) -> None:
    browser.login()
    assert "to learn on" in browser.get("/queue").text
    before = browser.get("/cases/C-000001").text
    assert "to learn on" in before
    assert TRUE not in before
    place = _judge(browser, "C-000001")
    assert place.startswith("/cases/C-000001"), "the truth is what is shown next"
    after = browser.get(place).text
    assert TRUE in after
    assert "confirmed proxy" in after.split(TRUE)[1][:200]


def test_of_other_cases_of_a_rehearsal_no_truth_is_told(browser: Browser) -> None:
    browser.login()
    assert not _judge(browser, "C-000002").startswith("/cases/C-000002")
    assert TRUE not in browser.get("/cases/C-000002").text
