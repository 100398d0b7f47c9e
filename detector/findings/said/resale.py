"""One account that looks like many customers (F04): words and rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from detector.findings.finding import Finding
from detector.findings.reading import counted, out_of, power, power_less_one
from detector.findings.subjects import API_KEY, CHARGE, END_USER, MODEL_CALL
from detector.words import percent

_OPEN: Final = "no resale is declared"
_OPEN_ALL: Final = "neither resale nor one common organisation is declared"
_BELOW: Final = ("BillingAccountId", "ServiceName")


def _names_user() -> pl.Expr:
    return pl.col("end_user_hash").is_not_null()


def _names_no_user() -> pl.Expr:
    return pl.col("end_user_hash").is_null() & (pl.col("requests") > 0)


def _has_key() -> pl.Expr:
    return pl.col("key_hash").is_not_null()


SAID: Final[Mapping[str, Finding]] = {
    "f04_unrelated_siblings": Finding(
        f"its payer carries accounts of {{value}}, and {_OPEN}", CHARGE, shows=_BELOW,
        none="none of its payers carries accounts of several organisations undeclared",
        reads=counted("organisation", of=power),
    ),
    "f04_unlike_siblings": Finding(
        "the services it is charged for differ by {value} from those of all accounts below its "
        f"payer, and {_OPEN_ALL}",
        CHARGE, shows=_BELOW,
        none="nothing undeclared sets its services apart from those of its payer's other accounts",
        reads=percent,
    ),
    "f04_undeclared_end_users": Finding(
        f"its model calls name {{value}}, and {_OPEN}", END_USER, _names_user,
        ("end_user_hash", "requests"),
        none="its model calls name no end users, or resale is declared",
        reads=counted("end user", of=power_less_one),
    ),
    "f04_users_per_client": Finding(
        f"its model calls name {{value}} per client software, and {_OPEN}", END_USER,
        _names_user, ("end_user_hash", "client_hash", "requests"),
        none="its model calls name no end users behind a client software, or resale is declared",
        reads=counted("end user", of=power_less_one),
    ),
    "f04_many_keys": Finding(
        f"it calls models with {{value}}, and {_OPEN}", API_KEY, _has_key,
        ("key_hash", "requests"),
        none="it calls models with one API key at most, or resale is declared",
        reads=counted("API key", of=power),
    ),
    "f04_unnamed_users": Finding(
        f"{{share}} named no end user, and {_OPEN}", MODEL_CALL,
        _names_no_user, ("key_hash", "requests"),
        none="none of its model calls lacked an end user, or resale is declared",
    ),
    "f04_unlike_clocks": Finding(
        "its hours of work differ from those of its payer's other accounts by {value} of the most "
        f"they could, and {_OPEN_ALL}",
        CHARGE, shows=("ChargePeriodEnd", *_BELOW),
        none="nothing undeclared sets its hours of work apart from those of its payer's other "
        "accounts",
        reads=percent,
    ),
    "f04_undeclared_fan_out": Finding(
        f"its payer carries {{value}}, and {_OPEN_ALL}", CHARGE, shows=_BELOW,
        none="none of its payers carries further accounts undeclared",
        reads=counted("account", of=power),
    ),
    "f04_reseller_undeclared": Finding(
        "signs of resale that nobody declares (organisations below one payer, end users, keys, "
        "unlike use) add up to {value}",
        none="it shows no sign of resale, or declares it",
        reads=out_of(4),
    ),
}  # fmt: skip
