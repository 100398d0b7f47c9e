"""Lane L: what was known of accounts at as-of, beside the rules and the lists of that day."""

from __future__ import annotations

from typing import Final

import polars as pl

from detector.policy.lane import Findings, Known
from detector.policy.law.decided import Decided, decided_at
from detector.policy.law.flags import on_flags
from detector.policy.law.found import EVIDENCE, found
from detector.policy.law.judging import judged, lane_rows
from detector.policy.law.links import owners_of
from detector.policy.law.listed import gaps, on_lists
from detector.policy.law.orders import on_orders
from detector.policy.law.owned import on_owners
from detector.policy.law.parties import parties_of
from detector.policy.law.places import on_places
from detector.policy.law.told import policy_told
from detector.policy.law.using import use_of
from detector.policy.packs.shape import ListRule
from detector.results import POLICY_SCHEMA

_QUIET: Final = ("not_met", "not_told", "not_screened")


def lane_l(known: Known) -> Findings:
    """Which rules say what of which accounts; see docs/policy.md.

    Rules about what an account uses give a row for each that uses it. Rules about everybody
    give a row where something was found; how many are clear is counted.
    """
    decided = decided_at(known["policy_decisions"], known.as_of)
    parties = parties_of(known)
    shown, quiet = _found(known, parties, decided)
    rows = judged(shown, known.packs, known.as_of, decided, _closed(known))
    asks = rows.filter("queues")["account_id"].unique(maintain_order=True).to_list()
    return Findings(
        "L", lane_rows(rows, known.as_of), asks=asks, policy=rows.select(list(POLICY_SCHEMA)),
        told=policy_told(known, rows, parties["name"].n_unique(), quiet),
    )  # fmt: skip


def _found(
    known: Known, parties: pl.DataFrame, decided: Decided
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows of ``FOUND`` that are shown, and how many by rule and condition are only counted."""
    use = use_of(known.rollups, known.packs, known.accounts)
    # All names of accounts are screened at once; of owners few are left then.
    listed = on_lists(known, parties)
    owners = owners_of(known, decided)
    owned = on_owners(known, use, owners)
    rows = found(
        listed,
        _not_screened(known),
        owned,
        on_places(known, use),
        on_flags(known, use, owners, owned),
        on_orders(known, use, parties),
    )
    everybody = [rule.id for _, rule in known.packs.rules() if rule.applies_to == "everything"]
    quiet = pl.col("condition").is_in(_QUIET) & pl.col("rule").is_in(everybody)
    scored = rows.filter(pl.col("account_id").is_in(known.accounts.implode()))
    counted = quiet & (pl.col("role") != NOT_SCREENED)
    tally = scored.filter(counted).group_by("rule", "condition").len().sort("rule", "condition")
    return scored.filter(~counted), tally


NOT_SCREENED: Final = "not screened"


def _not_screened(known: Known) -> pl.DataFrame:
    """Where lists are damaged, old or not whole: nobody is clear of them."""
    told = gaps(known)
    rule = next((rule for _, rule in known.packs.rules() if isinstance(rule, ListRule)), None)
    if not told or rule is None:
        return found()
    return known.accounts.to_frame("account_id").with_columns(
        rule=pl.lit(rule.id), role=pl.lit(NOT_SCREENED), condition=pl.lit("not_screened"),
        strength=pl.lit("weak"), evidence=pl.lit("; ".join(told)[:EVIDENCE]),
        case=pl.format("account:{}", "account_id"),
    )  # fmt: skip


def _closed(known: Known) -> pl.Series:
    accounts = known["accounts"]
    return accounts.filter(pl.col("closed_at").is_not_null())["account_id"]
