"""When a notice agrees with what an account did, and how strong that is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from tests.policy.leads.world import HOLDER, account, charge, day, notice, payment, tokens

Leads = Callable[..., pl.DataFrame]
FX = [{"date": "2026-03-01", "currency": "CNY", "rate": "0.125"},
      {"date": "2026-03-01", "currency": "USD", "rate": "1"}]  # fmt: skip


def said(rows: pl.DataFrame, code: str) -> str:
    (parts,) = rows["parts"].to_list()
    (seen,) = [part["seen"] for part in parts if part["code"] == code]
    return str(seen)


@pytest.fixture
def seen(leads: Leads) -> Callable[..., str]:
    """What of one agreement is seen of one account."""

    def asking(code: str, told: dict[str, Any], **tables: Any) -> str:
        accounts = tables.pop("accounts", [account()])
        return said(leads(accounts=accounts, tenders=[told], **tables), code)

    return asking


Seen = Callable[..., str]


@pytest.mark.parametrize(
    ("used", "agrees"),
    [(35_999_999, "no"), (36_000_000, "yes"), (44_000_000, "yes"), (44_000_001, "no")],
)
def test_tokens_agree_within_a_tenth(seen: Seen, used: int, agrees: str) -> None:
    told = notice(title="40 million tokens", text="model interface")
    used_up = [tokens(after=0, number=30_000_000), tokens(after=3, number=used - 30_000_000)]
    assert seen("Q", told, model_usage=used_up) == agrees


def test_tokens_before_the_notice_and_a_year_after_do_not_count(seen: Seen) -> None:
    told = notice(title="40 million tokens")
    early = [tokens(after=-1, number=40_000_000)]
    assert seen("Q", told, model_usage=early) == "no"


@pytest.mark.parametrize(
    ("hours", "agrees"), [(74, "no"), (75, "yes"), (125, "yes"), (126, "no")]
)  # fmt: skip
def test_gpu_hours_agree_within_a_quarter(seen: Seen, hours: int, agrees: str) -> None:
    told = notice(title="800 A100 hours")
    days = [charge(after=n, hours="24") for n in range(hours // 24)]
    days.append(charge(after=30, hours=str(hours % 24)))
    assert seen("Q", told, usage=days) == agrees


@pytest.mark.parametrize(
    ("machines", "agrees"), [(8, "no"), (9, "yes"), (11, "yes"), (12, "no")]
)  # fmt: skip
def test_gpus_of_the_busiest_day_agree_within_a_tenth(
    seen: Seen, machines: int, agrees: str
) -> None:
    told = notice(title="10 servers, each with eight A100")
    quiet = [charge(after=n) for n in range(5, 10)]
    busy = charge(after=4, hours=str(24 * machines))
    assert seen("Q", told, usage=[busy, *quiet]) == agrees


@pytest.mark.parametrize(
    ("hours", "agrees"), [(215, "no"), (216, "yes"), (264, "yes"), (265, "no")]
)  # fmt: skip
def test_gpus_of_usual_days_agree_within_a_tenth(seen: Seen, hours: int, agrees: str) -> None:
    told = notice(title="10 servers, each with eight A100")
    days = [charge(after=n, hours=str(hours)) for n in range(3)]
    peak = charge(after=9, hours="999")
    assert seen("Q", told, usage=[*days, peak]) == agrees


@pytest.mark.parametrize(
    ("paid", "agrees"),
    [("99999.99", "no"), ("100000", "yes"), ("210000", "yes"), ("210000.01", "no")],
)
def test_money_agrees_from_half_to_a_twentieth_over(seen: Seen, paid: str, agrees: str) -> None:
    assert seen("A", notice(), payments=[payment(amount=paid)]) == agrees
    dollars = str(float(paid) / 8)
    exchanged = [payment(amount=dollars, currency="USD")]
    assert seen("A", notice(), payments=exchanged, fx=FX) == agrees


def test_money_in_another_currency_is_not_seen_without_a_rate(seen: Seen) -> None:
    paid = [payment(amount="20000", currency="USD")]
    assert seen("A", notice(), payments=paid) == "not_seen"
    assert seen("A", notice(amount="", currency=""), payments=paid) == "not_seen"
    assert seen("A", notice(currency=""), payments=paid) == "not_seen"
    assert seen("A", notice(amount="-5"), payments=paid) == "not_seen"


def test_a_rate_of_nothing_is_none(seen: Seen) -> None:
    zero = [{**FX[0], "rate": "0"}, FX[1]]
    paid = [payment(amount="20000", currency="USD")]
    assert seen("A", notice(), payments=paid, fx=zero) == "not_seen"


def test_money_before_the_notice_does_not_count(seen: Seen) -> None:
    paid = [payment(after=-1, amount="200000"), payment(after=0, amount="1")]
    assert seen("A", notice(), payments=paid) == "no"
    assert seen("A", notice(), payments=[payment(after=0, amount="200000")]) == "yes"


def test_charges_agree_where_payments_do_not(seen: Seen) -> None:
    spent = [charge(cost="18000")]
    assert seen("A", notice(), usage=spent, payments=[payment(amount="5")], fx=FX) == "yes"


@pytest.mark.parametrize(("paid", "words"), [("300000", "payments"), ("5", "charges")])
def test_money_that_does_not_fit_is_called_what_it_is(leads: Leads, paid: str, words: str) -> None:
    told = leads(
        accounts=[account()], tenders=[notice()], usage=[charge(cost="1800")],
        payments=[payment(amount=paid)], fx=FX,
    )  # fmt: skip
    (parts,) = told["parts"].to_list()
    (amount,) = [part for part in parts if part["code"] == "A"]
    assert amount["seen"] == "no"
    assert amount["text"].startswith(f"{words} after the notice are")


@pytest.mark.parametrize(
    ("after", "agrees"),
    [(-31, "no"), (-30, "yes"), (0, "yes"), (70, "yes")],
)
def test_the_first_use_is_near_the_notice(seen: Seen, after: int, agrees: str) -> None:
    assert seen("T", notice(), usage=[charge(after=after)]) == agrees


@pytest.mark.parametrize(("after", "agrees"), [(180, "yes"), (181, "no")])
def test_half_a_year_after_a_notice_is_the_last_of_its_time(
    seen: Seen, after: int, agrees: str
) -> None:
    told = notice(published_at=day(-170))
    assert seen("T", told, usage=[charge(after=after - 170)]) == agrees
    made = [account(created_at=day(after - 170))]
    assert seen("H", told, accounts=made) == agrees


@pytest.mark.parametrize(("after", "agrees"), [(-31, "no"), (-30, "yes"), (10, "yes")])
def test_an_account_made_near_the_notice_was_handed_over(
    seen: Seen, after: int, agrees: str
) -> None:
    assert seen("H", notice(), accounts=[account(created_at=day(after))]) == agrees


def test_the_chip_that_a_notice_names_is_the_one_that_counts(seen: Seen) -> None:
    used = [charge()]
    assert seen("K", notice(), usage=used) == "yes"
    assert seen("K", notice(title="H100"), usage=used) == "no"
    assert seen("K", notice(title="GPU"), usage=used) == "yes"
    assert seen("K", notice(title="云服务"), usage=used) == "not_seen"
    assert seen("K", notice(title="GPU"), usage=[charge(sku="t3.large")]) == "no"
    assert seen("K", notice(title="Claude"), model_usage=[tokens()]) == "no"
    assert seen("K", notice(title="GPT"), model_usage=[tokens()]) == "yes"
    assert seen("K", notice(title="大模型"), model_usage=[tokens()]) == "yes"


STRONG = {"usage": [charge(cost="18000")], "fx": FX}


def strength(rows: pl.DataFrame) -> list[str]:
    return rows["strength"].cast(pl.String).to_list()


def test_name_keyword_time_and_amount_are_strong(leads: Leads) -> None:
    assert strength(leads(accounts=[account()], tenders=[notice()], **STRONG)) == ["strong"]


def test_a_quantity_is_strong_though_the_money_is_far_off(leads: Leads) -> None:
    told = notice(title="GPT, 40 million tokens", amount="64000")
    used = [tokens(number=40_000_000)]
    assert strength(leads(accounts=[account()], tenders=[told], model_usage=used)) == ["strong"]


def test_two_that_agree_are_medium_and_one_is_weak(leads: Leads) -> None:
    medium = leads(accounts=[account()], tenders=[notice()], usage=[charge(cost="1")])
    assert strength(medium) == ["medium"]
    weak = leads(accounts=[account()], tenders=[notice()], usage=[charge(after=-40, cost="1")])
    assert strength(weak) == ["weak"]
    assert strength(leads(accounts=[account()], tenders=[notice()])) == ["weak"]


def test_no_amount_of_agreement_makes_a_lead_without_a_name(leads: Leads) -> None:
    told = notice(supplier_name="Somebody Else Entirely")
    rows = leads(accounts=[account()], tenders=[told], **STRONG)
    assert strength(rows) == ["unattached"]
    assert rows["account_id"].to_list() == [None]


def test_a_declared_reseller_stays_weak_and_says_why(leads: Leads) -> None:
    sold = account(declared_reseller="true", partner_id="partner-77")
    rows = leads(accounts=[sold], tenders=[notice()], **STRONG)
    assert strength(rows) == ["weak"]
    assert "declared reseller behind partner partner-77" in rows["against"].to_list()[0]


def test_a_homonym_of_another_legal_form_stays_weak(leads: Leads) -> None:
    named = account(holder="Vantorre Brightline Trading GmbH")
    rows = leads(accounts=[named], tenders=[notice()], **STRONG)
    assert strength(rows) == ["weak"]
    assert any("legal form" in text for text in rows["against"].to_list()[0])
    # No form at all contradicts nothing.
    plain = account(holder="Vantorre Brightline Trading Ltd")
    assert strength(leads(accounts=[plain], tenders=[notice()], **STRONG)) == ["strong"]


def test_homonyms_are_each_told(leads: Leads) -> None:
    others = [account(), account("a2"), account("a3", "Vantorre Brightline Furniture")]
    rows = leads(accounts=others, tenders=[notice()], **STRONG)
    found = dict(rows.select("account_id", pl.col("strength").cast(pl.String)).iter_rows())
    assert found["a1"] == "strong"
    assert found["a2"] == "weak"
    assert found.get("a3", "weak") == "weak"


def test_a_chinese_supplier_stands_beside_a_latin_account(leads: Leads) -> None:
    told = notice(supplier_name="成都运达科技有限公司")
    named = account(holder="Chengdu Yunda Technology Co., Ltd")
    rows = leads(accounts=[named], tenders=[told], **STRONG)
    assert strength(rows) == ["strong"]
    local = account(holder="Something Different", local_name="成都運達科技有限公司")
    assert strength(leads(accounts=[local], tenders=[told], **STRONG)) == ["strong"]
    other = account(holder="Chengdu Technology Co Ltd")
    assert strength(leads(accounts=[other], tenders=[told], **STRONG)) == ["unattached"]


def test_a_supplier_is_looked_for_in_every_place_of_a_notice(leads: Leads) -> None:
    told = notice(supplier_name="", supplier_names=f"Somebody Else; {HOLDER} ;")
    assert strength(leads(accounts=[account()], tenders=[told], **STRONG)) == ["strong"]


def test_a_notice_of_many_accounts_has_a_row_each(leads: Leads) -> None:
    rows = leads(accounts=[account(), account("a2")], tenders=[notice()], **STRONG)
    assert rows["account_id"].to_list() == ["a1", "a2"]
    assert rows["notice"].unique().to_list() == ["n1"]
