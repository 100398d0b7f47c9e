"""An account that changes hands (F05): words and rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from detector.findings.finding import Finding
from detector.findings.reading import counted, days_of, one_more, out_of, power_less_one
from detector.findings.subjects import (
    CHARGE,
    EVENT,
    HOLDER_CHANGE,
    LASTING_IDENTIFIER,
    MODEL_CALL,
    MODEL_PROBE,
    PEOPLES_EVENT,
    RECORDS_OFF,
    SIGN_UP,
    USAGE_CHARGE,
)
from detector.words import number, percent, quantity
from features.handover import CHANGES, LOGGING_OFF, RECON
from features.links.kinds import LASTING_KINDS

#: What the longest silence is measured by: the days that features look back.
_WINDOW: Final = 90
_OPERATOR: Final = ("actor_uid", "device_hash", "user_agent_hash", "src_asn")
_OPERATION: Final = ("operation", "status", "actor_uid")


def _changes() -> pl.Expr:
    return pl.col("operation").is_in(list(CHANGES))


def _probes() -> pl.Expr:
    return pl.col("operation").is_in(RECON)


def _records_off() -> pl.Expr:
    return pl.col("operation") == LOGGING_OFF


def _used() -> pl.Expr:
    return pl.col("ChargeCategory") == "Usage"


def _lasting() -> pl.Expr:
    return pl.col("kind").cast(pl.String).is_in(LASTING_KINDS)


def _by_newcomers() -> pl.Expr:
    """Events by people first seen a week or more after the first of the account's people."""
    named = pl.col("actor_uid").is_not_null()
    joined = pl.col("time").min().over("account_id", "actor_uid")
    begin = pl.col("time").filter(named).min().over("account_id")
    return named & (joined >= begin + pl.duration(days=7))


def _silence(value: float) -> str:
    return quantity(_WINDOW * value, "days")


def _half(value: float) -> str:
    return percent(value / 2.0)


SAID: Final[Mapping[str, Finding]] = {
    "f05_change_burst": Finding(
        "of its changes to contact, password, second factor, keys or card, {value} came within "
        "72 hours",
        HOLDER_CHANGE, _changes, _OPERATION,
        none="no two kinds of change to contact, password, second factor, keys or card came "
        "within 72 hours",
        reads=counted("kind", of=one_more),
    ),
    "f05_operator_break": Finding(
        "its earlier people, devices, programs or networks were all gone before the next ones "
        "appeared, to a degree of {value}, 1 for each that changed halfway",
        EVENT, shows=_OPERATOR,
        none="none of its people, devices, programs and networks gave way all at once to others",
        reads=out_of(4),
    ),
    "f05_dormancy_break": Finding(
        "its deepest silence comes to {value}, weighed by how much of its activity came after it",
        CHARGE, shows=("ServiceName",),
        none="it was never silent for a day and then active again",
        reads=_silence,
    ),
    "f05_service_jump": Finding(
        "the services it is charged for changed by {value} between the first and the second half "
        "of its time",
        USAGE_CHARGE, _used, ("ServiceName",),
        none="the services it is charged for did not change between the halves of its time",
        reads=percent,
    ),
    "f05_spend_jump": Finding(
        "{value} of its spending went to other services in the second half of its time than in "
        "the first",
        USAGE_CHARGE, _used, ("ServiceName", "EffectiveCost", "BillingCurrency"),
        none="its spending did not go to other services in the second half of its time",
        reads=percent,
    ),
    "f05_newcomers": Finding(
        "{share} came from newcomers, first seen a week or more after the first person",
        PEOPLES_EVENT, _by_newcomers, _OPERATION,
        none="none of its events came from people first seen a week or more after the first",
    ),
    "f05_replaced_identity": Finding(
        "within one fortnight it replaced {value}{detail}",
        LASTING_IDENTIFIER, _lasting, ("kind", "value_hash", "first_seen", "last_seen"),
        none="it replaced none of its means of payment, contacts, devices and keys",
        reads=counted("lasting kind of identifier", "lasting kinds of identifier"),
        vague=" (means of payment, contacts, devices, keys)",
    ),
    "f05_handover": Finding(
        "changes of contact, of operators and of use come to {value} of a complete change of "
        "hands",
        EVENT, shows=_OPERATION,
        none="no burst of changed contacts came with changed operators",
        reads=percent,
    ),
    "f05_model_recon": Finding(
        "of four steps that try a key out on models (list them, ask for access, fill in the form, "
        "switch off records) it took {value} within 72 hours",
        MODEL_PROBE, _probes, _OPERATION,
        none="no two steps that try a key out on models came within 72 hours",
        reads=lambda value: number(value + 1.0), within=3,
    ),
    "f05_woken_account": Finding(
        "it lay unused for {value} after sign-up and then came to life",
        SIGN_UP, shows=("created_at",),
        none="it was in use from sign-up on, or from before the records begin",
        reads=days_of(90.0),
    ),
    "f05_sudden_models": Finding(
        "it used other services on {value} before its first model call", MODEL_CALL,
        shows=("model_id", "requests"),
        none="no model call came after days of other use",
        reads=days_of(30.0),
    ),
    "f05_logging_off": Finding(
        "it switched off the records of model calls on {value}", RECORDS_OFF, _records_off,
        _OPERATION,
        none="it never switched off the records of model calls",
        reads=counted("day", of=power_less_one),
    ),
    "f05_bill_moved": Finding(
        "from one day on another party was billed, with {value} of its charges on the smaller "
        "side of that day",
        CHARGE, shows=("BillingAccountId", "ServiceName"),
        none="no other party took over its bill",
        reads=_half,
    ),
}  # fmt: skip
