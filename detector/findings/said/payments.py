"""Who pays and with what (F03): words and rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from detector.findings.finding import Finding
from detector.findings.subjects import (
    BY_INSTRUMENT,
    LATER_PAYMENT,
    PAYMENT,
    PAYMENT_OF_KNOWN_PAYER,
    PAYMENT_OF_KNOWN_PLACE,
)
from detector.words import percent, plural
from features.payer import ANONYMOUS_INSTRUMENTS, BEARER_INSTRUMENTS

_PAID: Final = pl.col("kind").is_in(["top_up", "invoice"])
_NAMED: Final = pl.col("instrument_hash").is_not_null()
_SHOWN: Final = ("kind", "amount", "currency", "instrument_kind")


def _elsewhere() -> pl.Expr:
    return _PAID & (pl.col("instrument_country") != pl.col("own_billing_country"))


def _by_another() -> pl.Expr:
    return _PAID & ~pl.col("payer_name_matches")


def _anonymous() -> pl.Expr:
    return _PAID & pl.col("instrument_kind").is_in(ANONYMOUS_INSTRUMENTS)


def _bearer() -> pl.Expr:
    return _PAID & pl.col("instrument_kind").is_in(BEARER_INSTRUMENTS)


def _by_instrument() -> pl.Expr:
    return _NAMED


def _paid_by_instrument() -> pl.Expr:
    return _PAID & _NAMED


def _first_of_later_instrument() -> pl.Expr:
    """The first payment by each means of payment but the earliest."""
    at = pl.when(_PAID & _NAMED).then("time")
    begins = at.min().over("account_id", "instrument_hash")
    return (at == begins) & (begins > at.min().over("account_id"))


def _sharers(share: float) -> str:
    return plural(round(1.0 / share), "other account")


def _smaller_side(share: float) -> str:
    return percent(share / 2.0)


SAID: Final[Mapping[str, Finding]] = {
    "f03_third_party_payer": Finding(
        "{share} came from somebody other than the holder",
        PAYMENT_OF_KNOWN_PAYER, _by_another, (*_SHOWN, "payer_name_matches"),
    ),
    "f03_anonymous_instruments": Finding(
        "{share} came by prepaid or virtual card, voucher or crypto",
        PAYMENT, _anonymous, _SHOWN,
    ),
    "f03_instrument_rotation": Finding(
        "{share} came from a means of payment not used before",
        LATER_PAYMENT, _first_of_later_instrument, (*_SHOWN, "instrument_hash"),
    ),
    "f03_shared_instrument": Finding(
        "{share} came from one that other accounts use too",
        BY_INSTRUMENT, _by_instrument, (*_SHOWN, "instrument_hash"),
    ),
    "f03_instrument_elsewhere": Finding(
        "{share} came from an instrument issued in another place than is billed",
        PAYMENT_OF_KNOWN_PLACE, _elsewhere, (*_SHOWN, "instrument_country"),
    ),
    "f03_rare_shared_instrument": Finding(
        "it shares a means of payment with {value}",
        BY_INSTRUMENT, _by_instrument, (*_SHOWN, "instrument_hash"),
        reads=_sharers, none="no means of payment shared with few other accounts",
        zero="none with so few",
    ),
    "f03_new_payer": Finding(
        "it gave up every means of payment it had and went on with others: "
        "{value} of its payments or more came before that, and as many after it",
        BY_INSTRUMENT, _paid_by_instrument, (*_SHOWN, "instrument_hash"),
        reads=_smaller_side, none="no change of every means of payment", zero="no such change",
    ),
    "f03_crypto_or_voucher": Finding(
        "{share} came by crypto or voucher", PAYMENT, _bearer, _SHOWN,
    ),
}  # fmt: skip
