"""The tables of a run: their columns and types, and how they look as CSV."""

from __future__ import annotations

import json
from typing import Any, Final

import polars as pl
import polars.selectors as cs

from detector.results.words import LEAD_STRENGTHS, POLICY_OUTCOMES, QUEUES, STANDINGS, STRENGTHS
from features.types import DECIMAL, SHARE, UTC_TIME

REASON: Final = pl.Struct(
    {
        "code": pl.String(), "family": pl.String(), "feature": pl.String(),
        "value": pl.Float64(), "peer_median": pl.Float64(), "tail": pl.Float64(),
        "contribution": pl.Float64(), "text": pl.String(),
    }
)  # fmt: skip
NOTE: Final = pl.Struct({"code": pl.String(), "text": pl.String()})
EDGE: Final = pl.Struct(
    {"a": pl.String(), "b": pl.String(), "kind": pl.String(), "weight": pl.Float64()}
)
LANE_L: Final = pl.Struct(
    {
        "rule": pl.String(), "instrument": pl.String(), "version": pl.String(),
        "as_of": pl.String(), "outcome": pl.String(), "evidence": pl.String(),
    }
)  # fmt: skip
LANE_E: Final = pl.Struct({"source": pl.String(), "evidence": pl.String()})

SCORES_SCHEMA: Final = pl.Schema(
    {
        "account_id": pl.String(), "rank": pl.Int64(), "score": pl.Float64(),
        "raw_score": pl.Float64(), "base": pl.Float64(), "ring_score": pl.Float64(),
        "p_value": pl.Float64(), "q_value": pl.Float64(), "standing": pl.Enum(STANDINGS),
        "standing_since": UTC_TIME, "standing_until": UTC_TIME, "standing_note": pl.String(),
        "queue_reason": pl.String(), "speaking": pl.List(pl.String()), "queue": pl.Enum(QUEUES),
        "ring_id": pl.String(), "change": pl.String(), "typology": pl.String(),
        "families": pl.List(pl.String()), "reasons": pl.List(REASON),
        "counter_evidence": pl.List(NOTE), "coverage": pl.Float64(),
        "lane_l": pl.List(LANE_L), "lane_e": pl.List(LANE_E), "model_id": pl.String(),
        "as_of": pl.Datetime("us", "UTC"),
    }
)  # fmt: skip
RINGS_SCHEMA: Final = pl.Schema(
    {
        "ring_id": pl.String(), "rank": pl.Int64(), "score": pl.Float64(), "size": pl.Int64(),
        "account_ids": pl.List(pl.String()), "edges": pl.List(EDGE), "tpp_hours": pl.Float64(),
        "tokens": pl.Int64(), "reasons": pl.List(NOTE),
    }
)  # fmt: skip
TIMELINES_SCHEMA: Final = pl.Schema(
    {"account_id": pl.String(), "day": pl.Date(), "tpp_hours": pl.Float64(), "tokens": pl.Int64()}
)
SHARED: Final = pl.Struct(
    {"code": pl.String(), "family": pl.String(), "text": pl.String(), "tail": pl.Float64()}
)
#: Accounts like a confirmed case: see ``detector.pipeline.followups``.
FOLLOWUPS_SCHEMA: Final = pl.Schema(
    {
        "case": pl.String(), "members": pl.List(pl.String()), "account_id": pl.String(),
        "position": pl.Int64(), "likeness": pl.Float64(), "chance": pl.Float64(),
        "shared": pl.List(SHARED), "ties": pl.List(pl.String()), "queue": pl.Enum(QUEUES),
        "rank": pl.Int64(),
    }
)  # fmt: skip
#: Why a name is taken for a listed one: words side by side, and the points they give or take.
PART: Final = pl.Struct(
    {
        "kind": pl.String(), "mine": pl.String(), "theirs": pl.String(),
        "weight": pl.Int32(), "points": pl.Int32(),
    }
)  # fmt: skip
#: What lane L found: a row for each account, party and rule, in the order of its queue.
POLICY_SCHEMA: Final = pl.Schema(
    {
        "account_id": pl.String(), "party": pl.String(), "role": pl.String(),
        "rule": pl.String(), "pack": pl.String(), "outcome": pl.Enum(POLICY_OUTCOMES),
        "strength": pl.Enum(STRENGTHS), "queues": pl.Boolean(), "evidence": pl.String(),
        "condition": pl.String(), "note": pl.String(), "source": pl.String(),
        "entry_name": pl.String(), "entry_key": pl.String(), "score": pl.Int64(),
        "parts": pl.List(PART), "list_sha256": pl.String(), "decision": pl.String(),
        "decided_until": pl.Datetime("us", "UTC"), "case": pl.String(),
    }
)  # fmt: skip
#: What of a notice agrees with an account: name, keyword, time, amount, quantity, hand-over.
AGREEMENT: Final = pl.Struct({"code": pl.String(), "seen": pl.String(), "text": pl.String()})
#: What public notices say: a row for each notice and account, one for a notice of no account.
LEADS_SCHEMA: Final = pl.Schema(
    {
        "notice": pl.String(), "account_id": pl.String(), "strength": pl.Enum(LEAD_STRENGTHS),
        "queues": pl.Boolean(), "published_at": pl.Datetime("us", "UTC"),
        "buyer": pl.String(), "supplier": pl.String(), "party": pl.String(),
        "role": pl.String(), "score": pl.Int64(), "amount": DECIMAL, "currency": pl.String(),
        "buyer_outcome": pl.String(), "supplier_outcome": pl.String(),
        "parts": pl.List(AGREEMENT), "against": pl.List(pl.String()), "evidence": pl.String(),
    }
)  # fmt: skip
#: Facts of record of the accounts in a queue or in a ring.
FACTS_SCHEMA: Final = pl.Schema(
    {
        "account_id": pl.String(), "created_at": UTC_TIME, "declared_use_class": pl.String(),
        "customer_class": pl.String(), "kyc_status": pl.String(), "kyc_verified_at": UTC_TIME,
        "entity_registered_at": UTC_TIME, "declared_reseller": pl.Boolean(),
        "partner_id": pl.String(), "payer_account_id": pl.String(),
        "organisation_id": pl.String(),
    }
)  # fmt: skip
OWNER: Final = pl.Struct(
    {
        "owner_name": pl.String(), "share_min": SHARE, "share_max": SHARE,
        "owner_kind": pl.String(), "owner_country": pl.String(),
    }
)  # fmt: skip
#: Names and places of the same accounts: for reviewers alone, no score reads them.
IDENTITY_SCHEMA: Final = pl.Schema(
    {
        "account_id": pl.String(), "org_name": pl.String(), "org_address": pl.String(),
        "email_domain": pl.String(), "declared_use": pl.String(),
        "declared_country": pl.String(), "billing_country": pl.String(),
        "phone_country": pl.String(), "owners": pl.List(OWNER),
    }
)  # fmt: skip
#: Identifiers of the same accounts; ``holders`` counts the accounts of the population.
LINKS_SCHEMA: Final = pl.Schema(
    {
        "account_id": pl.String(), "kind": pl.String(), "value": pl.String(),
        "first": UTC_TIME, "last": UTC_TIME, "holders": pl.Int64(),
    }
)  # fmt: skip
#: Tables that every run has, and those that runs of earlier versions lack.
REQUIRED: Final = ("scores", "rings", "features", "quarantine", "timelines")
TABLES: Final = (*REQUIRED, "followups", "policy", "leads", "facts", "identity", "links", "week")
# Leading characters that a spreadsheet would run as a formula.
FORMULA: Final = r"^[=+\-@\t\r]"


def flat_csv(frame: pl.DataFrame) -> pl.DataFrame:
    """Lists and structs as JSON text, and no cell that a spreadsheet would run."""
    nested = [name for name, dtype in frame.schema.items() if dtype.is_nested()]
    as_json = [
        pl.Series(name, [None if v is None else json.dumps(_plain(v)) for v in frame[name]])
        for name in nested
    ]
    flat = frame.with_columns(as_json) if as_json else frame
    text = (cs.string() | cs.enum()).cast(pl.String)
    harmless = pl.when(text.str.contains(FORMULA)).then(pl.lit("'") + text).otherwise(text)
    return flat.with_columns(harmless.name.keep()).select(frame.columns)


def _plain(value: Any) -> Any:
    return value.to_list() if isinstance(value, pl.Series) else value
