"""Signs that take several accounts (F04, F11, F12, F14)."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import polars as pl

from lab.signs.rows import call, calls, charge, gpus, linked, payment
from lab.signs.sign import ANY, CALLS, CONTROLLED, PLAIN, Own, Sign

_OPERATOR: Final = ("payment", "phone", "device")


def _tie(own: Own, name: str) -> Own:
    return linked(own, name, *_OPERATOR)


def _bare(own: Own) -> Own:
    return own.with_rows("usage", own.tables["usage"].clear())


def _shared(own: Own, _n: int) -> Own:
    return linked(own, "shared", *_OPERATOR)


def _tools(own: Own, _n: int) -> Own:
    return linked(own, "tools", "ssh_key", "access_key", "image")


def _form_text(own: Own, _n: int) -> Own:
    return linked(own, "form", "form_text", "phone")


def _signed_up(own: Own, n: int) -> Own:
    made = own.day(20, 9 + n)
    young = own.silent_before(made).change("accounts", created_at=pl.lit(made))
    return linked(young, "signed up", *_OPERATOR, since=19)


def _replaced(own: Own, _n: int) -> Own:
    old = own.with_rows("account_links", own.tables["account_links"].clear())
    rows = [
        {"kind": kind, "value_hash": f"{age}-{own.id}-{kind}",
         "first_seen": own.day(a), "last_seen": own.day(b)}
        for kind in ("payment", "email", "phone", "device")
        for age, a, b in (("old", 38, 16), ("new", 15, 1))
    ]  # fmt: skip
    return old.add("account_links", *rows)


def _crowd(own: Own, n: int) -> Own:
    made = own.day(30, 9) + timedelta(minutes=7 * n)
    return own.silent_before(made).change("accounts", created_at=pl.lit(made))


def _equal_shares(own: Own, _n: int) -> Own:
    return gpus(_tie(own, "equal"), range(2, 20), range(9, 15))


def _turns(own: Own, n: int) -> Own:
    return gpus(_tie(_bare(own), "turns"), range(1 + n, 35, 2), range(9, 15))


def _pay_alike(own: Own, n: int) -> Own:
    amounts = (317.41, 288.13, 402.77)
    rows = [payment(own, own.day(5 + 6 * k, n), a) for k, a in enumerate(amounts)]
    none = own.with_rows("payments", own.tables["payments"].clear())
    return _tie(none, "alike").add("payments", *rows)


def _failover(own: Own, n: int) -> Own:
    none = own.with_rows("model_usage", own.tables["model_usage"].clear())
    rows = []
    for day in range(2, 32):
        turned = day % 3 == 0
        requests = (5 if turned else 60) if n == 0 else (200 if turned else 20)
        limited = 300 if turned and n == 0 else 0
        rows += [call(own.day(day, h), requests, rate_limited_requests=limited)
                 for h in range(9, 15)]  # fmt: skip
    return _tie(none, "failover").add("model_usage", *rows)


def _conserved(own: Own, n: int) -> Own:
    rows = []
    for day in range(2, 35):
        part = 4 + (day * 7) % 9
        hours = part if n == 0 else 16 - part
        rows += [charge(own, own.day(day, h)) for h in range(hours)]
    return _tie(_bare(own), "conserved").add("usage", *rows)


def _together(own: Own, _n: int) -> Own:
    rows = [charge(own, own.day(d, h)) for d in range(2, 35) for h in range(2 + (d * 5) % 11)]
    return _tie(_bare(own), "together").add("usage", *rows)


def _succession(own: Own, n: int) -> Own:
    days = range(18, 35) if n == 0 else range(1, 17)
    return gpus(_tie(_bare(own), "succession"), days)


def _starts(own: Own, _n: int) -> Own:
    return gpus(_tie(own, "starts"), range(2, 12))


def _new_model(own: Own, _n: int) -> Own:
    known = calls(own.change("model_usage", model_id=pl.lit("medium-1")), range(20, 35), [9])
    return calls(_tie(known, "new model"), range(2, 14), model_id="novel together")


def _same_spell(own: Own, _n: int) -> Own:
    return gpus(own, range(5, 14), RegionId="there-9")


def _near(own: Own, n: int) -> Own:
    tied = _tie(own, "near")
    if n:
        return tied
    label = {"decision": "confirmed_proxy", "decided_at": own.day(10), "reviewer": "reviewer-1"}
    return tied.add("labels", label)


def _returned(own: Own, n: int) -> Own:
    tied = linked(own, "returned", *_OPERATOR, since=12)
    if n:
        made = pl.lit(own.day(14))
        return tied.silent_before(own.day(14)).change("accounts", created_at=made)
    shut = {"closed_at": pl.lit(own.day(18)), "close_reason": pl.lit("policy")}
    return tied.change("accounts", **shut)


def _one_payer(own: Own, n: int) -> Own:
    payer = pl.lit("payer of strangers")
    billed = own.change("usage", BillingAccountId=payer, SubAccountId=pl.lit(own.id))
    return billed.change("accounts", organisation_id=pl.lit(f"organisation {n}"))


def _unlike(own: Own, n: int) -> Own:
    billed = _one_payer(own, n)
    hour = 2 if n else 14
    rows = [charge(billed, own.day(d, hour + h), BillingAccountId="payer of unlike",
                   ResourceType="m5.large", ServiceName=f"service {n}")
            for d in range(1, 30) for h in range(8)]  # fmt: skip
    return _bare(billed).add("usage", *rows)


_LINKS: Final = ("account_links",)
_USED: Final = ("account_links", "usage")
_CALLED: Final = ("account_links", "model_usage")

SIGNS: Final = (
    Sign("T03-L-shared", "shared instruments, phones and devices", _LINKS,
         ("f11_shared_bits", "f11_shared_kinds", "f11_partners", "f11_group_size",
          "f11_group_density"),
         _shared, ANY, 3),
    Sign("T08-L-tools", "same operators, keys and images across entities", _LINKS,
         ("f11_shared_bits", "f11_shared_kinds"), _tools, ANY, 2),
    Sign("T03-K-form-text", "form text is used again", _LINKS,
         ("f11_shared_bits", "f11_shared_kinds"), _form_text, ANY, 3, common=True),
    Sign("T03-L-signed-up-together", "linked accounts sign up together",
         ("account_links", "accounts"), ("f11_signed_up_together",), _signed_up, ANY, 2),
    Sign("T02-K-replaced", "instrument, contacts and devices are replaced", _LINKS,
         ("f05_replaced_identity",), _replaced),
    Sign("T03-K-sign-up-burst", "bursty sign-ups", ("accounts",),
         ("f12_signup_crowd",), _crowd, ANY, 14),
    Sign("T03-M-equal-shares", "equal shares over siblings", _USED,
         ("f14_equal_shares",), _equal_shares, PLAIN, 3),
    Sign("T14-B-rotation", "siblings take turns", _USED, ("f14_takes_turns",), _turns, PLAIN, 2),
    Sign("T14-B-siblings-pay-alike", "siblings pay the same odd amounts",
         ("account_links", "payments"), ("f14_siblings_pay_alike",), _pay_alike, CONTROLLED, 2),
    Sign("T04-M-failover", "failover to a sibling on 429", _CALLED,
         ("f12_failover",), _failover, CALLS, 2),
    Sign("F12-conserved-demand", "one cools down, a sibling rises", _USED,
         ("f12_conserved_demand",), _conserved, PLAIN, 2),
    Sign("F12-moves-together", "co-activity by days", _USED,
         ("f12_moves_together",), _together, PLAIN, 2),
    Sign("F12-succession", "one begins where a sibling ends", _USED,
         ("f12_succession",), _succession, PLAIN, 2),
    Sign("F12-starts-together", "siblings start together", _USED,
         ("f12_starts_together",), _starts, PLAIN, 2, common=True),
    Sign("F12-new-model-together", "siblings adopt a new model together", _CALLED,
         ("f12_new_model_together",), _new_model, CALLS, 2),
    Sign("F12-same-spell", "same GPU, region and days as a stranger", ("usage",),
         ("f12_same_spell",), _same_spell, PLAIN, 2),
    Sign("T16-L-near", "identifiers near an enforced account", ("account_links", "labels"),
         ("f11_near_confirmed", "f11_suspicion"), _near, ANY, 2),
    Sign("T16-L-returned", "signs up soon after an enforced account",
         ("account_links", "labels", "accounts"), ("f11_returned",), _returned, ANY, 2),
    Sign("F04-fan-out", "a payer of many strangers", ("usage", "accounts"),
         ("f04_unrelated_siblings", "f04_undeclared_fan_out", "f04_reseller_undeclared"),
         _one_payer, PLAIN, 6),
    Sign("F04-heterogeneity", "siblings of other services and hours", ("usage", "accounts"),
         ("f04_unlike_siblings", "f04_unlike_clocks"), _unlike, PLAIN, 3),
)  # fmt: skip
