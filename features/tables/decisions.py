"""``labels`` and ``policy_decisions``: what reviewers decided."""

from __future__ import annotations

from typing import Final

import dataframely as dy
import polars as pl

from features.tables.columns import DROP, HIDE, KEEP, choice, identifier, moment, person, text
from features.tables.known import Known
from features.tables.table import Table, kept_as
from features.types import LONG_TEXT_BYTES

DECISIONS: Final = ["confirmed_proxy", "confirmed_victim", "cleared", "unresolved"]
BASES: Final = ["review", "appeal", "import"]
POLICY_DECISIONS_MADE: Final = ["false_match", "true_match", "licensed", "unresolved"]


class Labels(dy.Schema):
    """Reviewers' decisions."""

    account_id = identifier(HIDE)
    decision = choice(KEEP, DECISIONS, nullable=False)
    decided_at = moment(KEEP)
    # A ring's id is made of a member's.
    ring_id = identifier(HIDE, nullable=True)
    reviewer = person(HIDE)
    note = text(DROP, limit=LONG_TEXT_BYTES)
    expires_at = moment(KEEP, nullable=True)
    basis = choice(KEEP, BASES)


class PolicyDecisions(dy.Schema):
    """Decisions about matches with lists, and licences."""

    decided_at = moment(KEEP)
    decision = choice(KEEP, POLICY_DECISIONS_MADE, nullable=False)
    party_name = person(HIDE, nullable=False)
    entry_key = identifier(HIDE)
    account_id = identifier(HIDE, nullable=True)
    rule = text(KEEP)
    reviewer = person(HIDE)
    reason = text(DROP, limit=LONG_TEXT_BYTES)
    expires_at = moment(KEEP, nullable=True)


LABELS: Final = Table(
    name="labels",
    schema=Labels,
    title="reviewers' decisions",
    required=("account_id", "decision", "decided_at"),
    known=Known(since="decided_at"),
    ends=pl.col("expires_at"),
    account=("account_id",),
    rollup=kept_as("labels"),
    kept_whole=True,
)

POLICY_DECISIONS: Final = Table(
    name="policy_decisions",
    schema=PolicyDecisions,
    title="decisions about policy",
    required=("decided_at", "decision", "party_name", "entry_key"),
    known=Known(since="decided_at"),
    ends=pl.col("expires_at"),
    account=("account_id",),
)
