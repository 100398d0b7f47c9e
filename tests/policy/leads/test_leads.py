"""From notices to leads: a made case, what asks for a person, and what is never a lead."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from detector.policy.evidence import lane_e
from tests.policy.leads.conftest import Asking
from tests.policy.leads.world import HOLDER, account, charge, day, known, notice, strengths, write

Leads = Callable[..., pl.DataFrame]
CASE = Path(__file__).parent / "case"
FX = [{"date": "2026-03-01", "currency": "CNY", "rate": "0.125"},
      {"date": "2026-03-01", "currency": "USD", "rate": "1"}]  # fmt: skip
STRONG = {"usage": [charge(cost="18000")], "fx": FX}
BUYER = "name,list,country,aliases\nQuillmere University,EL,CN,\n"
SUPPLIER = "name,list,country,aliases\nVantorre Brightline Trading,EL,CN,\n"
OTHERS = "name,list,country,aliases\nZarkov Orlavane Institute,EL,CN,\n"


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    """The made case, one of whose amounts is no number."""
    folder = tmp_path_factory.mktemp("case") / "logs"
    shutil.copytree(CASE, folder, ignore=shutil.ignore_patterns("expected.json"))
    return lane_e(known(folder, datetime(2026, 6, 1, tzinfo=UTC))).leads


def test_every_notice_of_the_made_case_is_found_as_what_it_is(case: pl.DataFrame) -> None:
    assert strengths(case) == {
        ("n1", "700000000001"): "strong", ("n2", None): "disposed", ("n3", None): "unattached",
        ("n4", "700000000004"): "strong", ("n5", "700000000005"): "strong",
        ("n6", "700000000006"): "weak", ("n7", None): "unattached", ("n8", None): "unattached",
    }  # fmt: skip


def test_what_agrees_in_the_made_case_is_said_in_words(case: pl.DataFrame) -> None:
    told = dict(case.select("notice", "evidence").iter_rows())
    assert "first such use 9 days after the notice" in told["n1"]
    assert "82% of 200000 CNY" in told["n1"]
    assert "used 40,000,000 of 40,000,000 tokens" in told["n4"]
    assert "4,000 GPUs" in told["n5"]
    against = dict(case.select("notice", "against").iter_rows())
    assert "declared reseller behind partner partner-77" in against["n6"]
    assert case.filter(notice="n8")["amount"].to_list() == [None]
    assert "700000000009" not in case["account_id"].drop_nulls().to_list()


@pytest.mark.parametrize(
    ("lists", "country", "outcomes", "asks"),
    [
        (BUYER, "CN", ("match", "not found"), ["a1"]),
        (BUYER, "China", ("match", "not found"), ["a1"]),
        (BUYER, "", ("inquire", "not found"), ["a1"]),
        (SUPPLIER, "", ("not found", "inquire"), ["a1"]),
        (OTHERS, "", ("not found", "not found"), []),
    ],
)
def test_a_strong_lead_asks_for_a_person_where_lists_may_know_buyer_or_supplier(
    ask: Asking, lists: str, country: str, outcomes: tuple[str, str], asks: list[str]
) -> None:
    found = ask(
        accounts=[account()], tenders=[notice(buyer_country=country)], lists=lists, **STRONG
    )
    told = found.leads.select("buyer_outcome", "supplier_outcome").rows()
    assert told == [outcomes]
    assert list(found.asks) == asks
    assert found.leads["queues"].to_list() == [bool(asks)]


def test_without_lists_nothing_is_clear_and_nobody_is_asked_for(ask: Asking) -> None:
    found = ask(accounts=[account()], tenders=[notice()], **STRONG)
    assert found.leads.select("buyer_outcome", "supplier_outcome").rows() == [(None, None)]
    assert list(found.asks) == []
    assert found.evidence is not None
    assert "lists" in found.evidence.not_read


def test_a_medium_lead_on_a_listed_buyer_asks_for_nobody(ask: Asking) -> None:
    found = ask(
        accounts=[account()], tenders=[notice(buyer_country="CN")], lists=BUYER,
        usage=[charge(cost="1")],
    )  # fmt: skip
    assert found.leads["strength"].cast(pl.String).to_list() == ["medium"]
    assert list(found.asks) == []


def test_a_closed_account_is_told_and_asks_for_nobody(ask: Asking) -> None:
    closed = account(closed_at=day(60))
    tables = {"accounts": [closed], "tenders": [notice()], **STRONG}
    found = ask(lists=BUYER, **tables)
    assert found.leads["strength"].cast(pl.String).to_list() == ["strong"]
    assert list(found.asks) == []
    # Before it was closed, it did.
    assert list(ask(as_of=datetime(2026, 5, 1, tzinfo=UTC), lists=BUYER, **tables).asks) == ["a1"]


def test_an_unattached_notice_accuses_nobody(ask: Asking) -> None:
    """An amount that an account spent to the cent is no name."""
    one = notice(supplier_name="", title="Claude 3 账号")
    found = ask(accounts=[account()], tenders=[one], lists=BUYER, **STRONG)
    assert strengths(found.leads) == {("n1", None): "unattached"}
    assert found.leads["buyer_outcome"].to_list() == ["inquire"]
    assert found.rows.is_empty()
    assert "claude" in found.leads["evidence"].to_list()[0]


def test_a_disposed_notice_shows_nothing_beside_an_account(ask: Asking) -> None:
    one = notice(disposition="did_not_proceed", buyer_country="CN")
    found = ask(accounts=[account()], tenders=[one], lists=BUYER, **STRONG)
    assert strengths(found.leads) == {("n1", None): "disposed"}
    assert found.rows.is_empty()
    assert list(found.asks) == []


def test_what_lane_e_shows_names_no_party(ask: Asking) -> None:
    found = ask(accounts=[account()], tenders=[notice()], lists=BUYER, **STRONG)
    (text,) = found.rows["evidence"].to_list()
    assert text.startswith("notice n1 of 2026-03-11: strong lead, agrees: N K T A")
    for name in (HOLDER, "Quillmere", "Vantorre"):
        assert name not in str(found.rows.to_dicts())


def test_a_weak_row_is_kept_and_shown_nowhere(ask: Asking) -> None:
    found = ask(accounts=[account()], tenders=[notice()])
    assert strengths(found.leads) == {("n1", "a1"): "weak"}
    assert found.rows.is_empty()


def test_a_supplier_that_is_the_partner_or_end_customer_says_so(ask: Asking) -> None:
    behind = account(holder="Somebody Else", partner_id="p1")
    tables = {
        "accounts": [behind], "tenders": [notice()], **STRONG,
        "partners": [{"partner_id": "p1", "name": HOLDER, "since": day(-400)}],
    }  # fmt: skip
    found = ask(**tables)
    assert found.leads["role"].to_list() == ["partner"]
    assert any("not the holder" in text for text in found.leads["against"].to_list()[0])


def test_without_any_table_of_its_own_the_lane_does_not_run(ask: Asking) -> None:
    assert not ask(accounts=[account()]).ran


def test_leads_stand_first_then_what_lists_know(ask: Asking) -> None:
    rows = [
        notice(notice_id="z", supplier_name=""),
        notice(notice_id="b", supplier_name="", buyer_name="Brackwater School"),
        notice(notice_id="a", disposition="did_not_proceed"),
        notice(notice_id="y"),
    ]
    found = ask(accounts=[account()], tenders=rows, lists=BUYER, **STRONG)
    assert found.leads["notice"].to_list() == ["y", "z", "b", "a"]


def test_open_contracting_data_makes_leads(tmp_path: Path) -> None:
    """From releases as their publisher ships them to a lead; what it cancels is none."""
    folder = write(tmp_path / "logs", {"accounts": [account()], **STRONG})
    release = {
        "ocid": "ocds-x-1", "date": day(0), "tag": ["award"],
        "buyer": {"id": "b", "name": "Quillmere University"},
        "tender": {"items": [{"quantity": 8, "description": "A100"}]},
        "awards": [{"id": "1", "status": "active", "suppliers": [{"name": HOLDER}],
                    "value": {"amount": 200000, "currency": "CNY"}}],
    }  # fmt: skip
    over = {"ocid": "ocds-x-1", "date": day(40), "tag": ["awardCancellation"],
            "awards": [{"id": "1", "status": "cancelled"}]}  # fmt: skip
    (folder / "tenders.json").write_text(json.dumps({"releases": [release, over]}))
    before = lane_e(known(folder, datetime(2026, 4, 1, tzinfo=UTC))).leads
    assert strengths(before) == {("ocds-x-1", "a1"): "strong"}
    parts = {part["code"]: part["seen"] for part in before["parts"].to_list()[0]}
    assert (parts["Q"], parts["A"]) == ("yes", "yes")
    after = lane_e(known(folder, datetime(2026, 5, 1, tzinfo=UTC))).leads
    assert strengths(after) == {("ocds-x-1", None): "disposed"}
