"""Signs in payments, bills and who is billed (F02, F03, F14)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

import polars as pl

from lab.signs.rows import charge, gpus, payment
from lab.signs.sign import CONTROLLED, PLAIN, Own, Sign

_ODD: Final = (211.37, 187.11, 164.93, 243.59, 198.47, 171.83)


def _pays(own: Own, amounts: Sequence[Any], *, ends: int = 3, **more: Any) -> Own:
    """Payments a few days apart, in place of what it paid."""
    none = own.with_rows("payments", own.tables["payments"].clear())
    days = range(ends + 5 * len(amounts), ends, -5)
    rows = [payment(own, own.day(d, d % 7), a, **more) for d, a in zip(days, amounts, strict=True)]
    return none.add("payments", *rows)


def _one_off(own: Own, _n: int) -> Own:
    return _pays(own, [28_213.37])


def _round(own: Own, _n: int) -> Own:
    return _pays(own, [500, 1500, 800, 2000, 900])


def _drained(own: Own, _n: int) -> Own:
    part = own.spent / Decimal(4)
    return _pays(own, [part, part * Decimal("1.37"), part * Decimal("0.63"), part])


def _spent_and_gone(own: Own, _n: int) -> Own:
    quiet = gpus(own, range(26, 34)).silent_from(own.day(25))
    return _pays(quiet, [max(quiet.spent, Decimal(1))], ends=30)


def _burst(own: Own, _n: int) -> Own:
    rows = [charge(own, own.day(d, 9), EffectiveCost=9_000) for d in range(30, 34)]
    return own.silent_from(own.day(29)).add("usage", *rows)


def _credits(own: Own, _n: int) -> Own:
    return _pays(own, [5000.21, 3000.37], kind="promo_credit")


def _stops(own: Own, _n: int) -> Own:
    quiet = own.silent_from(own.day(22))
    return _pays(quiet, [max(quiet.spent, Decimal(1))], ends=30, kind="promo_credit")


def _bill_credits(own: Own, _n: int) -> Own:
    paid = charge(
        own, own.day(3), ChargeCategory="Credit", EffectiveCost=-own.spent, BilledCost=-own.spent,
        ConsumedQuantity=None, ConsumedUnit=None, ResourceType=None,
        ChargeDescription="credit",
    )  # fmt: skip
    return own.keep("usage", pl.col("ChargeCategory") == "Usage").add("usage", paid)


def _bill_credits_end(own: Own, n: int) -> Own:
    quiet = own.silent_from(own.day(22))
    moved = _bill_credits(quiet, n)
    return moved.change("usage", ChargePeriodStart=pl.min_horizontal(
        "ChargePeriodStart", pl.lit(own.day(23))), ChargePeriodEnd=pl.min_horizontal(
        "ChargePeriodEnd", pl.lit(own.day(22, 23))))  # fmt: skip


def _refunds(own: Own, _n: int) -> Own:
    return own.add("payments", *(
        payment(own, own.day(d), 400, "refund") for d in (4, 9)), payment(own, own.day(12), 450.5)
    )  # fmt: skip


def _chargeback(own: Own, _n: int) -> Own:
    paid = _pays(own, _ODD[:2])
    return paid.add("payments", payment(own, own.day(1), _ODD[0], "chargeback"))


def _prepaid(own: Own, _n: int) -> Own:
    return _pays(own, _ODD)


def _clockwork(own: Own, _n: int) -> Own:
    paid = _pays(own, _ODD)
    rows = paid.tables["payments"].sort("time").with_row_index("k")
    exact = pl.lit(own.day(33)) + pl.duration(days=5) * pl.col("k")
    return paid.with_rows("payments", rows.with_columns(time=exact).drop("k"))


def _third_party(own: Own, _n: int) -> Own:
    return _pays(own, _ODD, payer_name_matches=False)


def _crypto(own: Own, _n: int) -> Own:
    return _pays(own, _ODD, instrument_kind="crypto")


def _rotation(own: Own, _n: int) -> Own:
    paid = _pays(own, _ODD)
    number = pl.lit(f"card-{own.id}-") + pl.int_range(pl.len()).cast(pl.String)
    return paid.change("payments", instrument_hash=number)


def _new_instrument(own: Own, _n: int) -> Own:
    late = pl.col("time") >= own.day(20)
    other = pl.when(late).then(pl.lit(f"other-{own.id}")).otherwise("instrument_hash")
    return _pays(own, _ODD).change("payments", instrument_hash=other)


def _shared_instrument(own: Own, _n: int) -> Own:
    return _pays(own, _ODD, instrument_hash="a card of two")


def _issued_elsewhere(own: Own, _n: int) -> Own:
    paid = _pays(own, _ODD, instrument_country="QY")
    return paid.change("accounts", billing_country=pl.lit("QZ"))


def _hugs(own: Own, _n: int) -> Own:
    return _pays(own, [990, 985.5, 1990, 4950, 997])


def _equal(own: Own, _n: int) -> Own:
    return _pays(own, [173.37] * 6)


def _other_party(own: Own, _n: int) -> Own:
    middle = own.tables["usage"]["ChargePeriodStart"].median()
    late = pl.col("ChargePeriodStart") >= middle
    payer = pl.when(late).then(pl.lit(f"new-{own.id}")).otherwise(pl.lit(own.payer))
    whose = pl.lit(own.id)
    ended = own.keep("usage", late | (pl.col("ChargePeriodEnd") <= middle))
    return ended.change("usage", BillingAccountId=payer, SubAccountId=whose)


_PAID: Final = ("payments",)
_BOTH: Final = ("payments", "usage")

SIGNS: Final = (
    Sign("T01-B-one-off-budget", "one-off prepaid budget", _PAID,
         ("f02_one_off_budget",), _one_off, common=True),
    Sign("T01-B-drained", "prepaid budget drains to about 0", _BOTH,
         ("f02_drained_budget",), _drained, CONTROLLED),
    Sign("T01-B-round-amounts", "round amounts", _PAID, ("f02_round_top_ups",), _round,
         common=True),
    Sign("T01-B-spent-and-gone", "one budget, spent, then silence", _BOTH,
         ("f02_spent_and_gone",), _spent_and_gone, CONTROLLED),
    Sign("F02-burst-then-silence", "burst, then silence", ("usage",),
         ("f02_burst_then_silence",), _burst, PLAIN),
    Sign("T12-B-credit-funded", "credits are 95 % of the funding or more", _PAID,
         ("f02_credit_share",), _credits),
    Sign("T12-B-ends-at-credit", "spend stops where the credit ends", _BOTH,
         ("f02_ends_at_credit", "f02_stops_with_credit"), _stops, CONTROLLED),
    Sign("T12-B-credits-on-bill", "credits pay 95 % of the bill or more", ("usage",),
         ("f02_credits_on_bill",), _bill_credits, CONTROLLED),
    Sign("T12-B-bill-credits-end", "spend stops where the bill's credits end", ("usage",),
         ("f02_silent_after_credits",), _bill_credits_end, CONTROLLED),
    Sign("F02-refunds", "refund rate", _PAID, ("f02_money_back_share",), _refunds),
    Sign("F02-chargeback", "a payment is charged back", _PAID,
         ("f02_money_back_share",), _chargeback),
    Sign("F02-prepaid-only", "everything is paid ahead", _PAID, ("f02_prepaid_only",), _prepaid,
         common=True),
    Sign("F02-clockwork", "top-ups at equal intervals", _PAID,
         ("f02_clockwork_top_ups",), _clockwork),
    Sign("F03-third-party", "payer is not the holder", _PAID,
         ("f03_third_party_payer",), _third_party, common=True),
    Sign("T11-B-crypto", "crypto or vouchers", _PAID,
         ("f03_crypto_or_voucher", "f03_anonymous_instruments"), _crypto),
    Sign("F03-rotation", "instruments rotate", _PAID, ("f03_instrument_rotation",), _rotation),
    Sign("T02-B-new-instrument", "a new instrument takes over", _PAID,
         ("f03_new_payer",), _new_instrument),
    Sign("T03-L-shared-instrument", "an instrument shared with one other account", _PAID,
         ("f03_rare_shared_instrument", "f03_shared_instrument"), _shared_instrument, accounts=2),
    Sign("F03-issued-elsewhere", "instrument issued in another place than is billed",
         ("payments", "accounts"), ("f03_instrument_elsewhere",), _issued_elsewhere, common=True),
    Sign("T14-B-hugs-threshold", "values hug a threshold", _PAID,
         ("f14_threshold_hugging",), _hugs),
    Sign("T14-B-equal-amounts", "top-ups all alike", _PAID, ("f14_equal_top_ups",), _equal),
    Sign("T08-K-party-swap", "contract party swaps A to B, same workload", ("usage",),
         ("f05_bill_moved",), _other_party, CONTROLLED),
)  # fmt: skip
