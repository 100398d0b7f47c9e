"""Customer records: `accounts`, `account_links`, `account_owners` and `labels`."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import numpy as np
import polars as pl

from detector.simulate import habits
from detector.simulate.frame import blank, hexes, times, words
from detector.simulate.names import PLACES, USE_TEXTS, addresses_of, domains_of
from detector.simulate.policy.facts import Policy
from detector.simulate.records import holders
from detector.simulate.rng import Floats, Ints
from detector.simulate.tables.folder import Folder
from detector.simulate.traits import Pool
from detector.simulate.world import BENIGN, VICTIM, World

_CLASSES: Final = (
    "individual", "startup", "business", "enterprise", "education", "government", "reseller",
)  # fmt: skip
_USES: Final = (
    "web", "analytics", "rendering", "scientific", "ml_training", "ml_inference", "finance",
    "gaming", "education", "other",
)  # fmt: skip
_KYC: Final = ("none", "pending", "verified", "failed", "expired")
_CLOSED: Final = ("customer", "fraud", "policy", "restricted_party", "other")
KINDS: Final = (
    "payment", "email", "phone", "device", "ip", "ssh_key", "access_key", "image", "tax_id",
    "address", "form_text", "referral",
)  # fmt: skip
DAY_S: Final = 86_400.0


def write(world: World, folder: Folder, policy: Policy) -> pl.DataFrame:
    """Write all customer records; return ``account_links``."""
    accounts = _accounts(world).with_columns(policy.known.columns())
    folder.whole("accounts", accounts.sort("account_id"))
    links = _links(world).sort("account_id", "kind", "value_hash", "first_seen")
    folder.whole("account_links", links)
    folder.whole("account_owners", policy.owners)
    folder.whole("labels", _labels(world))
    return links


def _day_or_null(days: Floats, limit: float, name: str = "") -> pl.Series:
    return times(np.where(days < limit, days * DAY_S, np.nan), name)


def _accounts(world: World) -> pl.DataFrame:
    t, salt = world.traits, world.seed
    firm = t["customer_class"] > 0
    verified = np.where(t["kyc"] == 2, t["created"] + t["kyc_delay"], 1e9)
    registered = np.where(firm, t["created"] - t["entity_age"], 1e9)
    payer = np.where(t["payer"] < 0, 0, t["payer"])
    return pl.DataFrame(
        {
            "account_id": world.ids,
            "created_at": times(t["created"] * DAY_S),
            "payer_account_id": blank(world.ids.gather(payer.astype(np.uint32)), t["payer"] < 0),
            "organisation_id": hexes(t["organisation"], salt + 40),
            "declared_reseller": t["reseller"] == 1,
            "partner_id": hexes(t["partner"], salt + 41),
            "declared_use": words(t["use_text"].astype(np.int64), USE_TEXTS),
            "declared_use_class": words(t["use_class"].astype(np.int64), _USES),
            "customer_class": words(t["customer_class"].astype(np.int64), _CLASSES),
            "org_name": holders(world),
            "org_address": addresses_of(t["name_id"], salt),
            "declared_country": words(t["place"].astype(np.int64), PLACES),
            "billing_country": words(t["billing_place"].astype(np.int64), PLACES),
            "phone_country": words(t["phone_place"].astype(np.int64), PLACES),
            "email_domain": domains_of(t["name_id"], salt),
            "kyc_status": words(t["kyc"].astype(np.int64), _KYC),
            "kyc_verified_at": _day_or_null(verified, world.days),
            "entity_registered_at": _day_or_null(registered, world.days),
            "closed_at": _day_or_null(t["closed"], world.days),
            "close_reason": words(
                np.where(t["closed"] < world.days, t["close_reason"], -1).astype(np.int64), _CLOSED
            ),
            "appeal_upheld_at": _day_or_null(t["appeal"], world.days),
        }
    )


def _links(world: World) -> pl.DataFrame:
    """Identifiers of pools and those planned singly, clipped to the account's life."""
    parts = [_pool(world.instruments, habits.PAYMENT), _pool(world.operators, habits.DEVICE, 0.8),
             _pool(world.tenants, habits.SSH_KEY), _pool(world.keys, habits.ACCESS_KEY),
             _pool(world.tenants, habits.IMAGE)]  # fmt: skip
    if world.spec.access:
        parts.append(_pool(world.networks, habits.IP))
    links = world.links
    single = tuple(
        np.concatenate(getattr(links, name))
        for name in ("account", "kind", "value", "since", "until")
    )
    account, kind, value, since, until = (
        np.concatenate(columns) for columns in zip(*parts, single, strict=True)
    )
    created = world.traits["created"][account]
    end = np.minimum(world.traits["closed"][account], world.days - 1 / 86_400)
    first = np.maximum(np.maximum(since, created), -700)
    last = np.minimum(until, end)
    if not world.spec.access:
        kind = np.where(kind == habits.DEVICE, -1, kind)
    keep = np.flatnonzero((first < last) & (value > 0) & (kind >= 0))
    return pl.DataFrame(
        {
            "account_id": world.ids.gather(account[keep].astype(np.uint32)),
            "kind": words(kind[keep], KINDS),
            "value_hash": hexes(value[keep], world.seed),
            "first_seen": times(first[keep] * DAY_S),
            "last_seen": times(last[keep] * DAY_S),
        }
    )


Columns: TypeAlias = tuple[Ints, Ints, Ints, Floats, Floats]


def _pool(pool: Pool, kind: int, _share: float = 1.0) -> Columns:
    ids = pool.code if kind == habits.IMAGE else pool.ids
    account, slot = np.nonzero((ids > 0) & (pool.weight > 0))
    return (
        account.astype(np.int64), np.full(len(account), kind, dtype=np.int64),
        ids[account, slot], pool.since[account, slot], pool.until[account, slot],
    )  # fmt: skip


def _labels(world: World) -> pl.DataFrame:
    """Decisions: the planned ones, cleared innocents and a few confirmed victims."""
    rng = world.streams.of("labels")
    rows: list[dict[str, Any]] = list(world.labels)
    for role, decision, share in ((BENIGN, "cleared", 0.004), (BENIGN, "unresolved", 0.001),
                                  (VICTIM, "confirmed_victim", 0.1)):  # fmt: skip
        some = np.flatnonzero((world.role == role) & (rng.random(world.accounts) < share))
        rows += [{"account": int(i), "decision": decision, "day": float(d)} for i, d in
                 zip(some, _after(world, rng, some), strict=True)]  # fmt: skip
    rings = world.ring_ids()
    account = np.array([row["account"] for row in rows], dtype=np.int64)
    day = np.array([row["day"] for row in rows], dtype=np.float64)
    cleared = np.array([row["decision"] == "cleared" for row in rows], dtype=bool)
    number = [row.get("ring") for row in rows]
    return pl.DataFrame(
        {
            "account_id": world.ids.gather(account.astype(np.uint32)),
            "decision": pl.Series([row["decision"] for row in rows], dtype=pl.String),
            "decided_at": times(day * DAY_S),
            "ring_id": pl.Series(
                [None if i is None else rings[i] for i in number], dtype=pl.String
            ),
            "reviewer": pl.Series([f"reviewer-{i % 4 + 1}" for i in range(len(rows))]),
            "note": pl.Series([row.get("note") for row in rows], dtype=pl.String),
            "expires_at": times(np.where(cleared, (day + 180) * DAY_S, np.nan)),
        }
    ).sort("decided_at", "account_id")


def _after(world: World, rng: np.random.Generator, account: Ints) -> Floats:
    """Draw a day in the window on which an account was already there."""
    opened = np.clip(world.traits["created"][account] + 1, 0, world.days - 1)
    return np.asarray(opened + rng.random(len(account)) * (world.days - opened))
