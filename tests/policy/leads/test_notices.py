"""Twins, corrections, cancellations, dispositions: which rows are one, and what stands of it."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime

import polars as pl
import pytest

from tests.policy.leads.conftest import Asking
from tests.policy.leads.world import account, charge, day, notice

Leads = Callable[..., pl.DataFrame]


def told(rows: pl.DataFrame) -> list[tuple[str, str]]:
    found = rows.select("notice", pl.col("strength").cast(pl.String)).sort("notice").iter_rows()
    return [(name, strength) for name, strength in found]


def without_id(**more: object) -> dict[str, object]:
    return notice(notice_id="", supplier_name="", **more)


def test_rows_of_one_id_are_one_notice(leads: Leads) -> None:
    later = notice(published_at=day(1), notice_type="correction", supplier_name="", title="H100")
    rows = leads(accounts=[account()], tenders=[notice(), later], usage=[charge(cost="1")])
    assert told(rows) == [("n1", "medium")]
    assert rows["published_at"].to_list() == [datetime(2026, 3, 11, tzinfo=UTC)]


def test_the_newest_amount_and_quantity_of_a_notice_count(leads: Leads) -> None:
    first = notice(text="400 A100", amount="999")
    second = notice(text="8 A100", amount="200000", published_at=day(2), notice_type="correction")
    rows = leads(accounts=[account()], tenders=[first, second], usage=[charge()])
    parts = {part["code"]: part for part in rows["parts"].to_list()[0]}
    assert parts["Q"]["seen"] == "yes"
    assert "8 GPUs" in parts["Q"]["text"]
    assert rows["amount"].to_list() == [200000]


def test_a_twin_in_another_language_is_the_same_notice(leads: Leads) -> None:
    chinese = without_id(buyer_name="四川大学", title="云服务账号采购")
    english = without_id(buyer_name="Sichuan University", title="A100", published_at=day(7))
    assert leads(tenders=[chinese, english]).height == 1
    assert leads(tenders=[english, chinese]).height == 1


@pytest.mark.parametrize(
    "other",
    [
        {"published_at": day(8)}, {"amount": "200001"}, {"currency": "USD"},
        {"buyer_name": "Brackwater University"},
    ],
)  # fmt: skip
def test_another_week_amount_currency_or_buyer_is_another_notice(
    leads: Leads, other: dict[str, str]
) -> None:
    assert leads(tenders=[without_id(), without_id(**other)]).height == 2


def test_without_an_amount_the_title_tells_notices_apart(leads: Leads) -> None:
    plain = without_id(amount="", currency="")
    assert leads(tenders=[plain, {**plain, "title": "H100"}]).height == 2
    assert leads(tenders=[plain, {**plain, "published_at": day(3)}]).height == 1


def test_equal_content_twice_is_one_notice_and_a_month_later_another(leads: Leads) -> None:
    rows = leads(tenders=[without_id(), without_id(), without_id(published_at=day(30))])
    assert rows.height == 2
    assert rows["notice"].n_unique() == 2


def test_a_cancelled_notice_is_never_a_lead(leads: Leads) -> None:
    later = notice(published_at=day(5), notice_type="cancelled", supplier_name="")
    rows = leads(accounts=[account()], tenders=[notice(), later], usage=[charge()])
    assert told(rows) == [("n1", "disposed")]
    assert rows["account_id"].to_list() == [None]


@pytest.mark.parametrize(
    ("disposition", "strength"),
    [("did_not_proceed", "disposed"), ("other_supplier", "disposed"), ("confirmed", "medium")],
)
def test_dispositions_decide(leads: Leads, disposition: str, strength: str) -> None:
    one = notice(disposition=disposition)
    rows = leads(accounts=[account()], tenders=[one], usage=[charge(cost="1")])
    assert told(rows) == [("n1", strength)]
    assert rows["evidence"].to_list()[0].startswith("confirmed; ") is (disposition == "confirmed")


def test_the_newest_disposition_counts_wherever_it_stands(leads: Leads) -> None:
    early = notice(disposition="did_not_proceed", disposition_at=day(5), text="z")
    late = notice(disposition="confirmed", disposition_at=day(9), text="a")
    for rows in ([early, late], [late, early]):
        found = leads(accounts=[account()], tenders=rows, usage=[charge(cost="1")])
        assert told(found) == [("n1", "medium")]


def test_what_is_decided_or_cancelled_after_as_of_is_not_known_yet(ask: Asking) -> None:
    decided = notice(disposition="did_not_proceed", disposition_at=day(40))
    over = notice(notice_id="n2", published_at=day(40), notice_type="cancelled")
    tables = {
        "accounts": [account()], "usage": [charge(cost="1")],
        "tenders": [decided, notice(notice_id="n2"), over],
    }  # fmt: skip
    before = ask(as_of=datetime(2026, 4, 20, tzinfo=UTC), **tables).leads
    assert told(before) == [("n1", "medium"), ("n2", "medium")]
    after = ask(as_of=datetime(2026, 4, 21, tzinfo=UTC), **tables).leads
    assert told(after) == [("n1", "disposed"), ("n2", "disposed")]


def test_a_notice_without_our_words_is_kept_and_no_lead(leads: Leads) -> None:
    one = notice(title="Laboratory furniture", text="H100 shelf")
    rows = leads(accounts=[account()], tenders=[one], usage=[charge()])
    assert told(rows) == [("n1", "unattached")]


@pytest.mark.long
def test_the_order_of_rows_changes_nothing(leads: Leads) -> None:
    rows = [
        notice(), notice(published_at=day(1), notice_type="correction", amount="3"),
        notice(published_at=day(1), notice_type="correction", amount="4", text="H100 x 8"),
        without_id(), without_id(buyer_name="Quillmere  UNIVERSITY", published_at=day(2)),
        without_id(amount="", currency=""), without_id(amount="", currency="", title="GPU"),
        notice(notice_id="n3", disposition="confirmed"),
        notice(notice_id="n3", disposition="did_not_proceed"),
    ]  # fmt: skip
    accounts, usage = [account(), account("a2")], [charge(), charge("a2")]
    expected = leads(accounts=accounts, tenders=rows, usage=usage)
    for seed in range(4):
        mixed = random.Random(seed).sample(rows, len(rows))
        again = leads(accounts=accounts[::-1], tenders=mixed, usage=usage[::-1])
        assert again.equals(expected)
