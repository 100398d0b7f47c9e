"""Payer and instrument: who pays, with what, and since when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import polars as pl
import pytest

Features = Callable[..., dict[str, dict[str, float | None]]]
Table = Callable[..., pl.DataFrame]


def paid(day: int, instrument: str | None, **more: object) -> dict[str, object]:
    return {"account_id": "a", "time": datetime(2026, 2, day, tzinfo=UTC),
            "instrument_hash": instrument, **more}  # fmt: skip


def test_third_parties_and_anonymous_means(features: Features, table: Table) -> None:
    payments = table(
        "payments",
        paid(1, "i", payer_name_matches=False, instrument_kind="crypto"),
        paid(2, "i", payer_name_matches=True, instrument_kind="card"),
        paid(3, "i", instrument_kind="voucher"),
    )
    row = features(payments=payments)["a"]
    assert row["f03_third_party_payer"] == 0.5
    assert row["f03_anonymous_instruments"] == pytest.approx(2 / 3)


def test_rotation_and_a_new_payer(features: Features, table: Table) -> None:
    switched = table("payments", *(paid(d, "i") for d in (1, 2)), *(paid(d, "j") for d in (3, 4)))
    mixed = table("payments", paid(1, "i"), paid(2, "j"), paid(3, "i"), paid(4, "j"))
    row = features(payments=switched)["a"]
    assert row["f03_new_payer"] == 1.0
    assert row["f03_instrument_rotation"] == pytest.approx(1 / 3)
    assert features(payments=mixed)["a"]["f03_new_payer"] == 0.0


def test_an_instrument_of_two_accounts(features: Features, table: Table) -> None:
    payments = table("payments", paid(1, "i"), paid(2, "own"), paid(3, "i", account_id="b"))
    row = features(payments=payments)["a"]
    assert row["f03_shared_instrument"] == 0.5
    assert row["f03_rare_shared_instrument"] == 1.0


def test_places_are_compared_and_never_named(features: Features, table: Table) -> None:
    payments = table("payments", paid(1, "i", instrument_country="AA"), paid(2, "i"))
    same = table("accounts", {"account_id": "a", "billing_country": "AA"})
    other = table("accounts", {"account_id": "a", "billing_country": "BB"})
    assert features(payments=payments, accounts=same)["a"]["f03_instrument_elsewhere"] == 0.0
    assert features(payments=payments, accounts=other)["a"]["f03_instrument_elsewhere"] == 1.0


def test_crypto_and_vouchers_are_told_from_prepaid_cards(features: Features, table: Table) -> None:
    kinds = ("crypto", "voucher", "prepaid_card", "card")
    payments = table("payments", *(paid(k + 1, "i", instrument_kind=kind)
                                   for k, kind in enumerate(kinds)))  # fmt: skip
    row = features(payments=payments)["a"]
    assert row["f03_crypto_or_voucher"] == 0.5
    assert row["f03_anonymous_instruments"] == 0.75
