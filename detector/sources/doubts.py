"""What is doubtful about reviewers' decisions, in sentences."""

from __future__ import annotations

import polars as pl

from detector.sources.text import printable
from features.decided import contradicted, decided


def doubts(labels: pl.DataFrame) -> list[str]:
    """A sentence each about decisions that nobody signed, that contradict and that never end."""
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
    endless = decided(labels).filter(
        (pl.col("decision") == "cleared") & pl.col("expires_at").is_null()
    )
    if endless.height:
        what = "1 account is" if endless.height == 1 else f"{endless.height:,} accounts are"
        said.append(
            f"{what} cleared without an end (expires_at), {_first(endless)}, and would stay out "
            "of the queues for ever: say until when, 30 to 400 days on"
        )
    return said


def _first(rows: pl.DataFrame) -> str:
    word = "about" if rows.height == 1 else "first about"
    return f"{word} {printable(rows['account_id'][0], 80)}"
