"""From which networks and places an account is used (F06): words and rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from detector.findings.finding import Finding
from detector.findings.reading import counted, one_more, power
from detector.findings.subjects import (
    FACTORED_LOGIN,
    FINGERPRINT,
    LATER_ACCESS,
    LOGIN,
    PLACED_ACCESS,
    PLACED_DAY,
    TRACED_ACCESS,
)
from detector.words import percent

_DAY: Final = pl.col("time").dt.date()
_NETWORK: Final = ("operation", "src_ip_hash", "src_asn", "src_asn_class")
_PLACE: Final = ("operation", "actor_uid", "src_country")
_LOGIN: Final = ("operation", "status", "mfa", "actor_uid")


def _hosted() -> pl.Expr:
    return pl.col("src_asn_class") == "hosting"


def _tunnelled() -> pl.Expr:
    return pl.col("src_asn_class") == "vpn"


def _placed() -> pl.Expr:
    return pl.col("src_country").is_not_null()


def _away() -> pl.Expr:
    return pl.col("src_country") != pl.col("own_declared_country")


def _never_home() -> pl.Expr:
    """Events from elsewhere on days without one from the declared place."""
    return _away() & _away().all().over("account_id", _DAY)


def _unbilled() -> pl.Expr:
    return pl.col("src_country") != pl.col("own_billing_country")


def _several(column: str, *within: pl.Expr) -> pl.Expr:
    """Rows that have a value of a column which has several within these groups of the account."""
    some = pl.col(column).is_not_null()
    values = pl.col(column).drop_nulls().n_unique()
    return some & (values.over("account_id", *within) > 1)


def _twice_in_a_day() -> pl.Expr:
    return _several("src_country", _DAY)


def _two_at_once() -> pl.Expr:
    hour = pl.col("time").dt.truncate("1h")
    return pl.col("actor_uid").is_not_null() & _several("src_country", pl.col("actor_uid"), hour)


def _of_one_person() -> pl.Expr:
    return pl.col("actor_uid").is_not_null() & _several("src_country", pl.col("actor_uid"))


def _of_one_agent() -> pl.Expr:
    agent = pl.col("user_agent_hash")
    return agent.is_not_null() & _several("tls_fingerprint", agent)


def _from_new_networks() -> pl.Expr:
    """Events from networks that are first seen in the second half of the account's time."""
    numbered = pl.col("src_asn").is_not_null()
    begin = _DAY.filter(numbered).min().over("account_id")
    end = _DAY.filter(numbered).max().over("account_id")
    since = (_DAY.min().over("account_id", "src_asn") - begin).dt.total_days()
    return numbered & (since * 2 > (end - begin).dt.total_days())


def _failed() -> pl.Expr:
    return (pl.col("operation") == "ConsoleLogin") & (pl.col("status") == "failure")


def _one_factor() -> pl.Expr:
    return (pl.col("operation") == "ConsoleLogin") & ~pl.col("mfa")


SAID: Final[Mapping[str, Finding]] = {
    "f06_hosting_share": Finding(
        "{share} came from hosting providers", TRACED_ACCESS, _hosted, _NETWORK
    ),
    "f06_vpn_share": Finding(
        "{share} came through VPN services", TRACED_ACCESS, _tunnelled, _NETWORK
    ),
    "f06_away_share": Finding(
        "{share} came from another place than the declared one", PLACED_ACCESS, _away,
        (*_PLACE, "own_declared_country"),
    ),
    "f06_never_home": Finding(
        "{share} passed without any from the declared one", PLACED_DAY, _never_home,
        (*_PLACE, "own_declared_country"),
    ),
    "f06_away_from_billing": Finding(
        "{share} came from another place than the one that is billed", PLACED_ACCESS, _unbilled,
        (*_PLACE, "own_billing_country"),
    ),
    "f06_places_per_day": Finding(
        "it was used from {value} on an average day", PLACED_DAY, _twice_in_a_day, _PLACE,
        none="it was never used from more than one place in a day",
        reads=counted("place", of=one_more),
    ),
    "f06_two_places_at_once": Finding(
        "{share} saw one person act from two places within the same hour", PLACED_DAY,
        _two_at_once, _PLACE,
        none="nobody acted from two places within the same hour",
    ),
    "f06_new_networks": Finding(
        "{share} came from networks that the first half never used", LATER_ACCESS,
        _from_new_networks, _NETWORK,
        none="no access in the second half of its time came from networks that the first half "
        "never used",
    ),
    "f06_one_hosted_address": Finding(
        "one single address, and hosting providers, each carried no less than {value} of its "
        "access",
        TRACED_ACCESS, _hosted, _NETWORK,
        none="none of its access came from hosting providers, or there is too little of it",
        reads=percent,
    ),
    "f06_failed_logins": Finding("{share} failed", LOGIN, _failed, _LOGIN),
    "f06_logins_without_mfa": Finding(
        "{share} went without a second one", FACTORED_LOGIN, _one_factor, _LOGIN,
        none="none of its console log-ins went without a second factor",
    ),
    "f06_disguised_agents": Finding(
        "one of its user agents showed {value}, as several programs would", FINGERPRINT,
        _of_one_agent, ("user_agent_hash", "tls_fingerprint"),
        none="none of its user agents showed more than one TLS fingerprint",
        reads=counted("TLS fingerprint", of=power),
    ),
    "f06_places_per_person": Finding(
        "one person, or one key, acted from {value}", PLACED_ACCESS, _of_one_person, _PLACE,
        none="nobody acted from more than one place",
        reads=counted("place", of=power),
    ),
}  # fmt: skip
