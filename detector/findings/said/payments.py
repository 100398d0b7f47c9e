"""Who pays and with what (F03): words and rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from detector.findings.finding import Finding
from detector.findings.subjects import PAYMENT

_PAID: Final = pl.col("kind").is_in(["top_up", "invoice"])


def _elsewhere() -> pl.Expr:
    return _PAID & (pl.col("instrument_country") != pl.col("own_billing_country"))


def _by_another() -> pl.Expr:
    return _PAID & ~pl.col("payer_name_matches")


SAID: Final[Mapping[str, Finding]] = {
    "f03_third_party_payer": Finding(
        "{share} were made by somebody other than the holder",
        PAYMENT, _by_another, ("amount", "instrument_kind", "payer_name_matches"),
    ),
    "f03_instrument_elsewhere": Finding(
        "{share} came from instruments issued in another place than is billed",
        PAYMENT, _elsewhere, ("amount", "instrument_kind", "instrument_country"),
    ),
}  # fmt: skip
