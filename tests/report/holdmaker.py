"""Facts, names and identifiers of the accounts in review of a made run, invented alike anywhere."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl

from detector.results import FACTS_SCHEMA, IDENTITY_SCHEMA, LINKS_SCHEMA, Results

START = datetime(2026, 2, 1, 9, 30, tzinfo=UTC)
#: Texts of these tables that come from data.
TEXTS = (
    "customer_class", "declared_use_class", "kyc_status", "partner_id", "payer_account_id",
    "organisation_id", "org_name", "org_address", "email_domain", "declared_use",
    "declared_country", "billing_country", "phone_country", "owner_name", "owner_kind",
    "owner_country", "value",
)  # fmt: skip


def with_holders(results: Results) -> Results:
    """The run with what the records say of whoever is in a queue or a ring."""
    reviewed = (pl.col("queue").cast(pl.String) != "none") | pl.col("ring_id").is_not_null()
    found = results.scores.filter(reviewed).sort("account_id")
    pairs = list(found.select("account_id", "ring_id").iter_rows())
    return replace(
        results,
        facts=pl.DataFrame([_facts(account) for account, _ in pairs], schema=FACTS_SCHEMA),
        identity=pl.DataFrame([_names(account) for account, _ in pairs], schema=IDENTITY_SCHEMA),
        links=_links(pairs),
    )


def _facts(account: str) -> dict[str, Any]:
    dice = random.Random(account)
    created = START + timedelta(days=dice.randrange(200))
    verified = dice.random() < 0.5
    return {
        "account_id": account, "created_at": created,
        "declared_use_class": dice.choice(["rendering", "ml_inference", "web", None]),
        "customer_class": dice.choice(["individual", "startup", "business"]),
        "kyc_status": "verified" if verified else "pending",
        "kyc_verified_at": created + timedelta(days=2) if verified else None,
        "entity_registered_at": None, "declared_reseller": dice.choice([True, False, None]),
        "partner_id": None, "payer_account_id": f"payer-{dice.randrange(9)}",
        "organisation_id": None,
    }  # fmt: skip


def _names(account: str) -> dict[str, Any]:
    dice = random.Random(f"names of {account}")
    word = account.partition("-")[0].title()
    owner = {
        "owner_name": f"{word} Holding", "share_min": Decimal("0.25"),
        "share_max": Decimal("0.5"), "owner_kind": "entity", "owner_country": "FI",
    }  # fmt: skip
    return {
        "account_id": account, "org_name": f"{word} Works", "org_address": "7 Mill Road",
        "email_domain": f"{word.lower()}.example", "declared_use": "Frames for a film.",
        "declared_country": "SE", "billing_country": dice.choice(["SE", "NO"]),
        "phone_country": None, "owners": dice.choice([[owner], [], None]),
    }  # fmt: skip


def _links(pairs: list[tuple[str, str | None]]) -> pl.DataFrame:
    """Each ring has a device of its own, everybody a phone, and a network that many have."""
    held = [(a, "device", f"d{ring}") for a, ring in pairs if ring is not None]
    held += [(a, "phone", f"p{a}") for a, _ in pairs] + [(a, "ip", "9c1f") for a, _ in pairs]
    counts = Counter(value for _, _, value in held)
    return pl.DataFrame(
        [
            {"account_id": account, "kind": kind, "value": value, "first": START,
             "last": START + timedelta(days=90), "holders": counts[value]}
            for account, kind, value in sorted(held)
        ],
        schema=LINKS_SCHEMA,
    )  # fmt: skip
