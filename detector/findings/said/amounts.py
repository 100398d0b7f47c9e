"""How money comes in and runs out (F02), and what is cut to fit (F14): words and rows.

Rows of ``usage`` are read with ``detector.findings.charges.ADDED``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from detector.findings.finding import Finding
from detector.findings.reading import (
    at_least_days,
    by_same_measure,
    counted,
    differ_by,
    differ_more,
    power,
)
from detector.findings.subjects import (
    BILL,
    FUNDING,
    MODEL_DAY,
    ODD_PAYMENT,
    PAYMENT,
    POSITIVE_PAYMENT,
    POSITIVE_TOP_UP,
    PREPAID_MONEY,
    QUOTA_REQUEST,
    SHARED_IDENTIFIER,
    TOKENS,
    TOP_UP,
)
from detector.words import percent
from features.budget import is_round
from features.structuring import QUOTA, hugs

_KIND: Final = pl.col("kind")
_TOP_UP: Final = _KIND == "top_up"
_PAID: Final = _KIND.is_in(["top_up", "invoice"])
_AMOUNT: Final = pl.col("amount")
_MONEY: Final = ("kind", "amount", "currency")
_COST: Final = ("ChargeCategory", "ServiceName", "EffectiveCost", "BilledCost", "BillingCurrency")


def _round() -> pl.Expr:
    return _TOP_UP & is_round(_AMOUNT)


def _top_ups() -> pl.Expr:
    return _TOP_UP


def _largest() -> pl.Expr:
    """The largest top-up of each currency."""
    amount = pl.when(_TOP_UP).then(_AMOUNT)
    return amount == amount.max().over("account_id", "currency")


def _promotional() -> pl.Expr:
    return _KIND == "promo_credit"


def _back() -> pl.Expr:
    return _KIND.is_in(["refund", "chargeback"])


def _used() -> pl.Expr:
    return pl.col("ChargeCategory") == "Usage"


def _tokens() -> pl.Expr:
    return pl.col("tokens")


def _credited() -> pl.Expr:
    return pl.col("ChargeCategory") == "Credit"


def _hugging() -> pl.Expr:
    return _PAID & (_AMOUNT > 0) & hugs(_AMOUNT)


def _usual() -> pl.Expr:
    """Top-ups of the most usual amount, or amounts where several are as usual."""
    counts = _TOP_UP & (_AMOUNT > 0)
    alike = counts.sum().over("account_id", "currency", "amount")
    return counts & (alike == pl.when(counts).then(alike).max().over("account_id"))


def _odd() -> pl.Expr:
    return _PAID & (_AMOUNT > 0) & ~is_round(_AMOUNT)


def _asking() -> pl.Expr:
    return pl.col("operation") == QUOTA


def _refused() -> pl.Expr:
    return _asking() & (pl.col("status") == "failure")


def _alike(evenness: float) -> str:
    return "all" if evenness >= 1 - 1e-9 else percent(evenness)


SAID: Final[Mapping[str, Finding]] = {
    "f02_round_top_ups": Finding("{share} had a round amount", TOP_UP, _round, _MONEY),
    "f02_drained_budget": Finding(
        "its charges for use and its top-ups differ by {value}",
        PREPAID_MONEY, _top_ups, _MONEY,
        reads=differ_by, none="no top-ups that charges use up", beside=differ_more,
        zero="no such top-ups",
    ),
    "f02_one_off_budget": Finding(
        "{share} came in a single top-up", PREPAID_MONEY, _largest, _MONEY,
        none="no budget of top-ups alone",
    ),
    "f02_burst_then_silence": Finding(
        "at least {percent} of its spend fell within two weeks, and at least {value} of silence "
        "followed its last charge",
        BILL, _used, _COST,
        reads=at_least_days, none="no burst of spend with silence after it",
        beside=by_same_measure,
    ),
    "f02_credit_share": Finding("{share} is promotional credit", FUNDING, _promotional, _MONEY),
    "f02_money_back_share": Finding(
        "refunds and chargebacks came to {value} of what it paid", PAYMENT, _back, _MONEY,
        none="no refunds or chargebacks",
    ),
    "f02_prepaid_only": Finding(
        "{share} came ahead of use instead of on invoice", PAYMENT, _top_ups, _MONEY,
    ),
    "f02_clockwork_top_ups": Finding(
        "the intervals between its top-ups vary by {value} of their mean", TOP_UP, _top_ups, _MONEY,
        reads=differ_by, none="no regular intervals between top-ups", beside=differ_more,
        zero="no regular intervals",
    ),
    "f02_stops_with_credit": Finding(
        "at least {percent} of its funding is promotional credit, and at least {value} of "
        "silence followed its last charge",
        FUNDING, _promotional, _MONEY,
        reads=at_least_days, none="no promotional credit with silence after it",
        beside=by_same_measure,
    ),
    "f02_spent_and_gone": Finding(
        "one top-up brought at least {percent} of its prepaid money, its charges match its "
        "top-ups to at least {percent}, and at least {value} of silence followed",
        PREPAID_MONEY, _top_ups, _MONEY,
        reads=at_least_days, none="no prepaid budget used up with silence after it",
        beside=by_same_measure,
    ),
    "f02_ends_at_credit": Finding(
        "at least {percent} of its funding is promotional credit, and its charges match that "
        "credit to at least {percent}",
        FUNDING, _promotional, _MONEY,
        none="no promotional credit that charges use up", beside=by_same_measure,
    ),
    "f02_credits_on_bill": Finding(
        "{share} was paid by credits on the bill", BILL, _credited, _COST,
        none="no credits on the bill",
    ),
    "f02_silent_after_credits": Finding(
        "credits on the bill paid at least {percent} of the charges for use, and at least "
        "{value} of silence followed the last charge",
        BILL, _credited, _COST,
        reads=at_least_days, none="no credits on the bill with silence after them",
        beside=by_same_measure,
    ),
    "f14_threshold_hugging": Finding(
        "{share} stayed just below a round threshold", POSITIVE_PAYMENT, _hugging, _MONEY,
        none="no payments just below a round threshold among three or more",
    ),
    "f14_equal_top_ups": Finding(
        "{share} came to one and the same amount", POSITIVE_TOP_UP, _usual, _MONEY,
        none="fewer than three top-ups",
    ),
    "f14_siblings_pay_alike": Finding(
        "{share} had a twin, to the cent, at {whom}", ODD_PAYMENT, _odd, _MONEY,
    ),
    "f14_quota_requests": Finding(
        "it asked for more quota on {value}", QUOTA_REQUEST, _asking,
        ("operation", "service", "status"),
        reads=counted("day", of=power), none="more quota asked for on one day at most",
        zero="one day at most",
    ),
    "f14_quota_refused": Finding(
        "{share} met with refusal", QUOTA_REQUEST, _refused, ("operation", "service", "status"),
    ),
    "f14_daily_ceiling": Finding(
        "{share} came within 2 % of its busiest day", MODEL_DAY, None,
        ("model_id", "requests", "input_tokens", "output_tokens"),
        none="no ceiling at which five or more days of model use end",
    ),
    "f14_round_stop": Finding(
        "all its tokens together come within 1 % of a round total, and at least {value} of "
        "silence followed the last of them",
        TOKENS, _tokens, ("ServiceName", "ConsumedQuantity", "ConsumedUnit"),
        reads=at_least_days, none="no stop at a round total of tokens", beside=by_same_measure,
    ),
    "f14_equal_shares": Finding(
        "its linked group spreads its compute or tokens as if {value} of its members had equal "
        "parts of all{those}",
        SHARED_IDENTIFIER, None, ("kind", "value_hash"),
        reads=_alike, none="no linked group of three or more", zero="no such group",
    ),
    "f14_takes_turns": Finding(
        "on at least {value} of the days on which it or {whom} worked, one of the two rested: they "
        "take turns",
        SHARED_IDENTIFIER, None, ("kind", "value_hash"),
        none="no turns taken with a linked account", beside=by_same_measure,
    ),
}  # fmt: skip
