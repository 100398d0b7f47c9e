"""Signs in the customer's records (F13)."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import polars as pl

from lab.signs.sign import CONTROLLED, Own, Sign


def _no_use(own: Own, _n: int) -> Own:
    return own.change("accounts", declared_use_class=pl.lit(None))


def _unverified(own: Own, _n: int) -> Own:
    return own.change("accounts", kyc_status=pl.lit("none"), kyc_verified_at=pl.lit(None))


def _failed(own: Own, _n: int) -> Own:
    return own.change("accounts", kyc_status=pl.lit("failed"))


def _verified_late(own: Own, _n: int) -> Own:
    return own.change("accounts", kyc_status=pl.lit("verified"), kyc_verified_at=pl.lit(own.day(1)))


def _young(own: Own, _n: int) -> Own:
    founded = pl.col("created_at") - timedelta(days=4)
    return own.change("accounts", entity_registered_at=founded)


def _missing(own: Own, _n: int) -> Own:
    facts = ("declared_use_class", "customer_class", "kyc_status", "org_name", "org_address",
             "declared_country")  # fmt: skip
    return own.change("accounts", **{fact: pl.lit(None) for fact in facts})


def _light_use(own: Own, _n: int) -> Own:
    return own.change("accounts", declared_use_class=pl.lit("web"))


def _disagree(own: Own, _n: int) -> Own:
    return own.change(
        "accounts", declared_country=pl.lit("QX"), billing_country=pl.lit("QY"),
        phone_country=pl.lit("QZ"),
    )  # fmt: skip


def _no_date(own: Own, _n: int) -> Own:
    return own.change(
        "accounts", customer_class=pl.lit("business"), entity_registered_at=pl.lit(None)
    )


def _unseen_owners(own: Own, _n: int) -> Own:
    alone = own.with_rows("account_owners", own.tables["account_owners"].clear())
    return alone.add("account_owners", {"owner_name": "Somebody", "share_min": 0.05})


_RECORDS: Final = ("accounts",)
_BOTH: Final = ("accounts", "usage")

SIGNS: Final = (
    Sign("T01-K-no-end-use", "no end use is stated", _BOTH, ("f13_no_end_use",), _no_use,
         CONTROLLED),
    Sign("T11-K-unverified", "pseudonymous: never verified", _BOTH,
         ("f13_unverified_controlled",), _unverified, CONTROLLED),
    Sign("F13-failed-check", "verification failed", _RECORDS, ("f13_failed_check",), _failed,
         common=True),
    Sign("F13-verified-late", "verified after controlled GPUs ran", _BOTH,
         ("f13_verified_after_use",), _verified_late, CONTROLLED),
    Sign("T08-K-young-entity", "entity younger than twelve months", _BOTH,
         ("f13_young_entity", "f13_young_entity_controlled"), _young, CONTROLLED),
    Sign("T12-K-thin-record", "thin record", _RECORDS, ("f13_missing_records",), _missing),
    Sign("T21-K-light-use", "declared use is web", _BOTH, ("f13_light_use_declared",), _light_use,
         CONTROLLED),
    Sign("T15-K-records-disagree", "declared, billed and phone places differ", _RECORDS,
         ("f13_records_disagree",), _disagree),
    Sign("T08-K-unregistered", "a company of unknown registration", _BOTH,
         ("f13_company_without_date",), _no_date, CONTROLLED),
    Sign("T18-L-unseen-owners", "share of ownership that cannot be seen", ("account_owners",),
         ("f13_ownership_unseen",), _unseen_owners),
)  # fmt: skip
