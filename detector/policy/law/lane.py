"""Lane L: what was known of accounts at as-of, beside the rules and the lists of that day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from detector.policy.lane import Findings, Known
from detector.policy.law.decided import Decided, decided_at
from detector.policy.law.flags import on_flags
from detector.policy.law.found import EVIDENCE, found
from detector.policy.law.judging import judged, lane_rows
from detector.policy.law.links import owners_of
from detector.policy.law.listed import gaps, hits_of, on_lists
from detector.policy.law.orders import on_orders
from detector.policy.law.owned import on_owners
from detector.policy.law.parties import PARTIES, parties_of
from detector.policy.law.places import on_places
from detector.policy.law.told import policy_told
from detector.policy.law.using import Use, use_of
from detector.policy.packs.shape import ListRule
from detector.results import POLICY_SCHEMA

_QUIET: Final = ("not_met", "not_told", "not_screened")
#: Accounts whose parties and owners are held at once: some kB each.
AT_ONCE: Final = 1 << 17
NOT_SCREENED: Final = "not screened"
_NO_NAMES: Final = pl.Series("name", [], dtype=pl.String)


def lane_l(known: Known) -> Findings:
    """Which rules say what of which accounts; see docs/policy.md.

    Rules about what an account uses give a row for each that uses it. Rules about everybody
    give a row where something was found; how many are clear is counted.
    """
    decided = decided_at(known["policy_decisions"], known.as_of)
    use = use_of(known.rollups, known.packs, known.accounts)
    if known.accounts.len() > AT_ONCE:
        _compare(known)
    told = [
        _Told.of(known, on_places(known, use)),
        *(_of_some(part, use.among(part.accounts), decided) for part in known.parts(AT_ONCE)),
    ]
    shown = pl.concat(one.shown for one in told)
    rows = judged(shown, known.packs, known.as_of, decided, _closed(known))
    asks = rows.filter("queues")["account_id"].unique(maintain_order=True).to_list()
    counted = pl.concat(one.counted for one in told).group_by("rule", "condition")
    return Findings(
        "L", lane_rows(rows, known.as_of), asks=asks, policy=rows.select(list(POLICY_SCHEMA)),
        told=policy_told(
            known, rows, pl.concat(one.names for one in told).n_unique(),
            counted.agg(pl.col("len").sum()).sort("rule", "condition"),
        ),
    )  # fmt: skip


def _compare(known: Known) -> None:
    """Compare the names of all parties with lists at once: those of each part are known then."""
    names = pl.concat(_names(parties_of(part)) for part in known.parts(AT_ONCE)).unique()
    nothing = [pl.lit(None).alias(name) for name in PARTIES if name != "name"]
    hits_of(known, names.to_frame("name").with_columns(nothing).cast(PARTIES))


@dataclass(frozen=True)
class _Told:
    """Rows of ``FOUND`` that are shown, how many are only counted (``len``), names of parties."""

    shown: pl.DataFrame
    counted: pl.DataFrame
    names: pl.Series

    @classmethod
    def of(cls, known: Known, rows: pl.DataFrame, names: pl.Series = _NO_NAMES) -> _Told:
        """Tell rows that are shown from those that are counted."""
        everybody = [rule.id for _, rule in known.packs.rules() if rule.applies_to == "everything"]
        quiet = pl.col("condition").is_in(_QUIET) & pl.col("rule").is_in(everybody)
        scored = rows.filter(pl.col("account_id").is_in(known.accounts.implode()))
        counted = quiet & (pl.col("role") != NOT_SCREENED)
        tally = scored.filter(counted).group_by("rule", "condition").len()
        return cls(scored.filter(~counted), tally, names)


def _of_some(known: Known, use: Use, decided: Decided) -> _Told:
    """What is said of accounts by who stands behind them."""
    parties = parties_of(known)
    # All names of accounts are screened at once; of owners few are left then.
    listed = on_lists(known, parties)
    owners = owners_of(known, decided)
    owned = on_owners(known, use, owners)
    rows = found(
        listed,
        _not_screened(known),
        owned,
        on_flags(known, use, owners, owned),
        on_orders(known, use, parties),
    )
    return _Told.of(known, rows, _names(parties))


def _names(parties: pl.DataFrame) -> pl.Series:
    return parties["name"].unique()


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
