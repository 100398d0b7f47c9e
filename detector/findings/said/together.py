"""Accounts that sign up, work and change together or in turns (F12): words and rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from detector.findings.finding import Finding, Reads
from detector.findings.reading import rare
from detector.findings.subjects import CALL_BESIDE, CHARGE_BESIDE, RECORD
from detector.words import number

_SPENT: Final = ("ServiceName", "ConsumedQuantity", "ConsumedUnit")
_CALLED: Final = ("model_id", "requests", "rate_limited_requests")


def _used() -> pl.Expr:
    """Of ``detector.findings.charges.ADDED``."""
    return pl.col("tokens") | (pl.col("gpu_model").is_not_null() & ~pl.col("unused"))


def _limited() -> pl.Expr:
    return pl.col("rate_limited_requests") > 0


def _spread(value: float) -> str:
    """Standard deviations, for who has never met one."""
    return f"{number(value, 2)} times the usual spread"


def _work(said: str, none: str, reads: Reads | None = None) -> Finding:
    return Finding(said, CHARGE_BESIDE, _used, _SPENT, none, reads)


SAID: Final[Mapping[str, Finding]] = {
    "f12_signup_crowd": Finding(
        "Sign-ups of strangers within 12 hours of its own exceed what the weeks around lead to "
        "expect by {value}",
        RECORD, None, ("created_at",),
        "No more strangers than usual signed up within 12 hours of it", _spread,
    ),
    "f12_same_spell": _work(
        "It used the same GPU or model, in the same region, from and to the same days as a "
        "stranger; {value} would by chance",
        "No stranger used the same GPU or model from and to the same days", rare("accounts"),
    ),
    "f12_starts_together": _work(
        "Its first use of a GPU or model came close to that of {whom}, closeness {value}",
        "No linked account began to use GPUs or models when it did",
    ),
    "f12_moves_together": _work(
        "Its use rises and falls on the same days as that of {whom}, agreement {value}",
        "Its use rises and falls with that of no linked account",
    ),
    "f12_conserved_demand": _work(
        "{value} of the changes in its use and in that of {whom} cancel out: as one falls, the "
        "other rises",
        "No linked account takes over when its use falls",
    ),
    "f12_succession": _work(
        "Its use begins where that of {whom} ends, or the other way round, closeness {value}",
        "Its use begins or ends where that of no linked account does",
    ),
    "f12_failover": Finding(
        "On days when one of it and {whom} is rate limited, the other is busier ({value})",
        CALL_BESIDE, _limited, _CALLED,
        "No linked account is busier on days when it is rate limited",
    ),
    "f12_new_model_together": Finding(
        "It took up a new model at about the same time as {whom}, closeness {value}",
        CALL_BESIDE, None, _CALLED,
        "It took up no new model when a linked account did",
    ),
}  # fmt: skip
