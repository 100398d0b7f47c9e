"""Who holds the accounts that are reviewed: facts, names and identifiers, from their records.

They are for whoever reads a case. Nothing here reaches a score, a rank or a queue: those are
settled before.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from detector.pipeline.states import as_stored
from detector.policy.owners.shares import current
from detector.results import FACTS_SCHEMA, IDENTITY_SCHEMA, LINKS_SCHEMA, OWNER
from detector.sources import Source
from features.holding import held
from features.rollups import Rollups
from features.tables import TABLES

_OWNERS = "account_owners"


@dataclass(frozen=True)
class Held:
    """``facts.parquet``, ``identity.parquet`` (None: not written) and ``links.parquet``."""

    facts: pl.DataFrame
    identity: pl.DataFrame | None
    links: pl.DataFrame


def holders_of(source: Source, rollups: Rollups, scores: pl.DataFrame) -> Held:
    """Facts, names and identifiers of every account in a queue or in a ring."""
    ids = in_review(scores)
    rows = pl.DataFrame(ids).join(rollups["accounts"], on="account_id", how="left").sort(ids.name)
    stored = as_stored(source)
    hidden = stored is not None and stored.pseudonymised
    return Held(
        facts=rows.select(list(FACTS_SCHEMA)).cast(FACTS_SCHEMA),
        identity=None if hidden else _identity(rows, _owners(source, rollups, ids)),
        links=held(rollups, ids).select(list(LINKS_SCHEMA)).cast(LINKS_SCHEMA),
    )


def in_review(scores: pl.DataFrame) -> pl.Series:
    """Accounts in a queue or in a ring."""
    reviewed = (pl.col("queue").cast(pl.String) != "none") | pl.col("ring_id").is_not_null()
    return scores.select("account_id", "queue", "ring_id").filter(reviewed)["account_id"]


def _identity(rows: pl.DataFrame, owners: pl.DataFrame | None) -> pl.DataFrame:
    """Names, addresses and countries; without a table of owners these are unknown."""
    if owners is None:
        told = rows.with_columns(owners=pl.lit(None, dtype=IDENTITY_SCHEMA["owners"]))
    else:
        told = rows.join(owners, on="account_id", how="left").with_columns(
            pl.col("owners").fill_null([])
        )
    return told.sort("account_id").select(list(IDENTITY_SCHEMA)).cast(IDENTITY_SCHEMA)


def _owners(source: Source, rollups: Rollups, ids: pl.Series) -> pl.DataFrame | None:
    """Owners at as-of as a list an account, the largest first; None where no table tells."""
    if _OWNERS not in source.tables():
        return None
    record, fields = TABLES[_OWNERS], list(OWNER.to_schema())
    # Part by part: of most accounts nobody asks who owns them.
    parts = (
        current(record.known(rows, rollups.as_of), rollups.as_of).filter(
            pl.col("account_id").is_in(ids.implode())
        )
        for rows in source.parts(_OWNERS)
    )
    found = pl.concat([record.schema.create_empty(), *parts])
    largest = ["share_min", "share_max"]
    ordered = found.select("account_id", *fields).unique().sort(
        [*largest, *(name for name in fields if name not in largest)],
        descending=[True, True, False, False, False], nulls_last=True,
    )  # fmt: skip
    return ordered.group_by("account_id", maintain_order=True).agg(owners=pl.struct(fields))
