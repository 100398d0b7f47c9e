"""What was not yet known at as-of is taken out of the facts."""

from __future__ import annotations

from datetime import datetime

import polars as pl


def known_by(frame: pl.DataFrame, table: str, as_of: datetime) -> pl.DataFrame:
    """Null, clip or drop facts dated later than ``as_of`` (contract, section 1, Time).

    Closing, appeal and verification become null; ``last_seen`` and ends of validity are
    clipped; a decision, owner or sighting that began at or after ``as_of`` is left out.
    """
    now = pl.lit(as_of).cast(pl.Datetime("us", "UTC"))
    match table:
        case "accounts":
            return frame.with_columns(_account_facts(now))
        case "account_links":
            return frame.filter(pl.col("first_seen") < now).with_columns(
                pl.min_horizontal("last_seen", now).alias("last_seen")
            )
        case "account_owners":
            begun = pl.col("since").is_null() | (pl.col("since") < now)
            return frame.filter(begun).with_columns(_null_after("until", "until", now))
        case "inventory":
            return frame.filter(pl.col("valid_from") < now).with_columns(
                _null_after("valid_to", "valid_to", now)
            )
        case "labels":
            return frame.filter(pl.col("decided_at") < now)
        case _:
            return frame


def _account_facts(now: pl.Expr) -> list[pl.Expr]:
    return [
        _null_after("close_reason", "closed_at", now),
        _null_after("closed_at", "closed_at", now),
        _null_after("kyc_status", "kyc_verified_at", now),
        _null_after("kyc_verified_at", "kyc_verified_at", now),
        _null_after("appeal_upheld_at", "appeal_upheld_at", now),
        _null_after("entity_registered_at", "entity_registered_at", now),
    ]


def _null_after(column: str, date: str, now: pl.Expr) -> pl.Expr:
    """Null ``column`` where its date is later than as-of (a fact without a date stays)."""
    return (
        pl.when((pl.col(date) > now).fill_null(value=False))
        .then(None)
        .otherwise(pl.col(column))
        .alias(column)
    )
