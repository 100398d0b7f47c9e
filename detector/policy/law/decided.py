"""Decisions about findings: by party and content, for as long as they last.

A decision is kept under the name of the party and the key of what it is about; so it stands
when a publisher's id changes, and falls when the content does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import polars as pl

from detector.policy.owners.parties import folded

#: How long a decision lasts that names no end.
LASTS: Final = timedelta(days=365)
FALSE_MATCH: Final = "false_match"
#: Decisions that leave nothing to be asked while they last.
SETTLING: Final = (FALSE_MATCH, "licensed")
_COLUMNS: Final = (
    "name", "entry_key", "account_id", "rule", "decision", "decided_at", "decided_until"
)  # fmt: skip


@dataclass(frozen=True)
class Decided:
    """Decisions that last at as-of, newest first."""

    rows: pl.DataFrame

    def without_false(self, hits: pl.DataFrame) -> pl.DataFrame:
        """Hits (``name``, ``entry_key``) but for those that are no match, for everybody."""
        widest = self._newest().filter(
            pl.col("account_id").is_null(), pl.col("rule").is_null(),
            pl.col("decision") == FALSE_MATCH,
        )  # fmt: skip
        return (
            hits.with_columns(_name=folded(pl.col("name")))
            .join(widest, left_on=["_name", "entry_key"], right_on=["name", "entry_key"],
                  how="anti", maintain_order="left")
            .drop("_name")
        )  # fmt: skip

    def beside(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows with ``decision`` and ``decided_until``: of the newest that is about them."""
        numbered = rows.with_row_index("_row").with_columns(_name=folded(pl.col("party")))
        about = (
            numbered.select("_row", "_name", "entry_key", "account_id", "rule")
            .join(self.rows, left_on=["_name", "entry_key"], right_on=["name", "entry_key"],
                  suffix="_told")
            .filter(
                pl.col("account_id_told").is_null()
                | (pl.col("account_id_told") == pl.col("account_id")),
                pl.col("rule_told").is_null() | (pl.col("rule_told") == pl.col("rule")),
            )
            .sort("decided_at", "decision", "decided_until", descending=True)
            .unique("_row", keep="first", maintain_order=True)
            .select("_row", "decision", "decided_until")
        )  # fmt: skip
        return numbered.join(about, on="_row", how="left", maintain_order="left").drop(
            "_row", "_name"
        )

    def _newest(self) -> pl.DataFrame:
        keys = ["name", "entry_key", "account_id", "rule"]
        return self.rows.unique(keys, keep="first", maintain_order=True)


def decided_at(decisions: pl.DataFrame, as_of: datetime) -> Decided:
    """Decisions of the table ``policy_decisions`` that last at as-of."""
    now = pl.lit(as_of).cast(pl.Datetime("us", "UTC"))
    ends = pl.coalesce("expires_at", pl.col("decided_at") + LASTS)
    lasting = decisions.with_columns(
        name=folded(pl.col("party_name")), decision=pl.col("decision").cast(pl.String),
        decided_until=ends,
    ).filter((pl.col("decided_until") > now).fill_null(value=True))  # fmt: skip
    order = ["decided_at", "decision", "name", "entry_key"]
    return Decided(
        lasting.select(_COLUMNS).sort(order, descending=[True, True, False, False],
                                      nulls_last=True)
    )  # fmt: skip
