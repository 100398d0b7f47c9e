"""Accounts, people and machines under keyed pseudonyms, from ingest on.

Keyed BLAKE2b of the distinct values: the same value has the same pseudonym in every table, so
that linkage and joins are those of the plain data, and nobody without the key can go back or
test a guess. Free text that no feature reads is left out.
"""

from __future__ import annotations

import hashlib
from typing import Final

import polars as pl

_DIGEST: Final = 16
_KEY_BYTES: Final = 64
_PERSON: Final = b"enduse state"
_KEY_PERSON: Final = b"enduse key id"

HIDDEN: Final = {
    "usage": (
        "BillingAccountId", "SubAccountId", "ResourceId", "CapacityReservationId",
    ),
    "accounts": (
        "account_id", "payer_account_id", "organisation_id", "partner_id", "org_name",
        "org_address", "email_domain",
    ),
    "account_links": ("account_id",),
    "account_owners": ("account_id", "owner_name"),
    "payments": ("account_id",),
    "events": ("account_id", "actor_uid", "credential_uid", "session_uid"),
    "model_usage": ("account_id",),
    "gpu_telemetry": ("account_id", "instance_id", "gpu_uuid"),
    "inventory": ("account_id", "instance_id", "gpu_uuid"),
    "labels": ("account_id", "reviewer"),
}  # fmt: skip
DROPPED: Final = {"usage": ("Tags",), "accounts": ("declared_use",), "labels": ("note",)}


def key_id(key: bytes) -> str:
    """A name of the key that tells nothing about it, so that one state has one key."""
    return hashlib.blake2b(key=key[:_KEY_BYTES], digest_size=8, person=_KEY_PERSON).hexdigest()


def hide(frame: pl.DataFrame, table: str, key: bytes) -> pl.DataFrame:
    """Replace identifiers by pseudonyms of 32 hex digits and drop free text."""
    hidden = [_hidden(frame[name], key) for name in HIDDEN.get(table, ()) if name in frame.columns]
    dropped = [
        pl.lit(None, dtype=frame.schema[name]).alias(name)
        for name in DROPPED.get(table, ())
        if name in frame.columns
    ]
    return frame.with_columns(*hidden, *dropped)


def _hidden(values: pl.Series, key: bytes) -> pl.Series:
    distinct = values.unique().drop_nulls()
    shown = pl.Series([pseudonym(value, key) for value in distinct], dtype=pl.String)
    return values.replace_strict(distinct, shown, default=None, return_dtype=pl.String)


def pseudonym(value: str, key: bytes) -> str:
    """The name of one value under a key."""
    text = value.encode("utf-8", "surrogatepass")
    digest = hashlib.blake2b(text, key=key[:_KEY_BYTES], digest_size=_DIGEST, person=_PERSON)
    return digest.hexdigest()
