"""The second judgement: nothing of the first is seen before it, and both stand beside after."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from detector.cases.record.store import Store
from tests.console.casework import RING, SMALL, act, in_as, judge, make, rows
from tests.console.conftest import Browser

Another = Callable[..., Browser]
CANARY = "first-canary-note"


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory, cheap_passwords: None) -> Path:
    return make(tmp_path_factory.mktemp("second") / "cases")


@pytest.fixture
def store(worked: Path, tmp_path: Path) -> Iterator[Store]:
    shutil.copytree(worked, tmp_path / "cases")
    with Store(tmp_path / "cases") as held:
        yield held


@pytest.fixture
def ann(another: Another) -> Browser:
    """She has judged the ring, and said something beside it."""
    ann = in_as(another, "ann")
    act(ann, RING, "claim")
    judge(ann, RING, "confirmed_proxy", CANARY, step="suspend", **{"code.resale": "1"})
    act(ann, RING, "comment", comment=f"{CANARY} said again")
    return ann


def test_nothing_of_the_first_judgement_is_in_the_second_reviewers_pages(
    ann: Browser, another: Another
) -> None:
    bob = in_as(another, "bob")
    assert f'data-case="{RING}"' in bob.get("/second").text
    places = ("/queue", "/queue?tab=second", "/second", f"/cases/{RING}",
              f"/cases/{RING}?tab=second&run=1&since=0", "/help/keys")  # fmt: skip
    for place in places:
        text = bob.get(place).text
        assert CANARY not in text
        assert "adverse" not in text
        assert "ann judged" not in text
    page = bob.get(f"/cases/{RING}").text
    assert " checked" not in page.split('class="outcomes"')[1].split("</fieldset>")[0]
    assert 'value="suspend" selected' not in page
    assert f'data-case="{RING}"' not in ann.get("/second").text
    assert 'id="judge"' in page
    assert "Not yours to judge" not in page


def test_both_stand_side_by_side_after_the_second_and_a_lead_decides_where_they_differ(
    ann: Browser, another: Another, store: Store
) -> None:
    bob, dia = in_as(another, "bob"), in_as(another, "dia")
    got = judge(bob, RING, "unresolved", "second-canary-note")
    assert got.status == 303
    assert 'id="do-undo"' not in ann.get(f"/cases/{RING}").text  # another has judged since
    beside = bob.get(f"/cases/{RING}").text
    for words in ("Judgements side by side", CANARY, "second-canary-note", "judged differently"):
        assert words in beside
    assert bob.get("/disputed").status == 403
    disputed = dia.get("/disputed").text
    assert CANARY in disputed
    assert "second-canary-note" in disputed
    assert (
        act(dia, RING, "judge", outcome="confirmed_proxy", note="both have a point").status == 303
    )
    [case] = rows(store, "SELECT state FROM cases WHERE case_id = ?", RING)
    assert case["state"] == "closed"
    assert "Settled on" in ann.get(f"/cases/{RING}").text
    assert "Nothing is disputed" in dia.get("/disputed").text


def test_a_lead_sends_a_disputed_case_back_and_opens_a_closed_one(
    ann: Browser, another: Another, store: Store
) -> None:
    bob, dia = in_as(another, "bob"), in_as(another, "dia")
    judge(bob, RING, "cleared")
    assert act(dia, RING, "send-back", reason="").status == 403
    assert act(dia, RING, "send-back", reason="look at the payer first").status == 303
    judge(bob, SMALL, "cleared")
    assert act(dia, SMALL, "reopen", reason="a new tie").status == 303
    states = rows(store, "SELECT state FROM cases WHERE case_id IN (?, ?) ORDER BY 1", RING, SMALL)
    assert [row["state"] for row in states] == ["in_review", "new"]
    assert "Judgements before it was opened again" in dia.get(f"/cases/{RING}").text
