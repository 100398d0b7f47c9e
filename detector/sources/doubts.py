"""What is doubtful about reviewers' decisions, in sentences."""

from __future__ import annotations

import polars as pl

from detector.sources.text import printable
from features.decided import contradicted


def doubts(labels: pl.DataFrame) -> list[str]:
    """A sentence about decisions that nobody signed, and one about those that contradict."""
    said = []
    unsigned = labels.filter(pl.col("reviewer").is_null()).sort("account_id")
    if unsigned.height:
        one = unsigned.height == 1
        verb, they = ("decision names", "it counts") if one else ("decisions name", "they count")
        said.append(
            f"{unsigned.height:,} {verb} no reviewer, {_first(unsigned)}; {they} all the same: "
            "say who decided, so that somebody can be asked"
        )
    against = contradicted(labels)
    if against.height:
        what = "1 account has" if against.height == 1 else f"{against.height:,} accounts have"
        said.append(
            f"{what} different decisions within 24 hours, {_first(against)}; the latest counts, "
            "and different ones at the same instant leave the account unresolved: settle them"
        )
    return said


def _first(rows: pl.DataFrame) -> str:
    word = "about" if rows.height == 1 else "first about"
    return f"{word} {printable(rows['account_id'][0], 80)}"
