"""What was said of a case since it was opened, by whom, and whether another says the same."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Final

from detector.cases.deciding.states import ADVERSE_OUTCOMES, is_adverse
from detector.cases.record.store import Writing

#: The event of a judgement that was made elsewhere and typed in by somebody: see ``importing``.
IMPORTED: Final = "judgement.imported"


def heard(tx: Writing, case: sqlite3.Row, rounds: Sequence[str]) -> list[sqlite3.Row]:
    """All judgements of some rounds that count: several first ones where some were imported."""
    rows = tx.all(
        "SELECT * FROM judgements WHERE case_id = ? AND reopened = ? AND undone = 0 "
        "ORDER BY judgement_id", case["case_id"], case["reopened"],
    )  # fmt: skip
    amended = {row["amends"] for row in rows}
    return [row for row in rows if row["round"] in rounds and row["judgement_id"] not in amended]


def agrees(tx: Writing, first: sqlite3.Row, outcome: str, words: Mapping[str, str]) -> bool:
    """Whether a first judgement says the same; an imported one speaks of its accounts only."""
    said = said_of(tx, first)
    if was_imported(tx, first["judgement_id"]):
        return all(words.get(key, word) == word for key, word in said.items())
    return first["outcome"] == outcome and said == words


def alone(tx: Writing, firsts: Sequence[sqlite3.Row], words: Mapping[str, str]) -> bool:
    """Whether something adverse is said of an account of which nobody spoke before."""
    spoken = {key for row in firsts for key in said_of(tx, row)}
    return any(word in ADVERSE_OUTCOMES and key not in spoken for key, word in words.items())


def said_of(tx: Writing, judgement: sqlite3.Row) -> dict[str, str]:
    """The word of each account in a judgement."""
    rows = tx.all(
        "SELECT account_id, outcome FROM judgement_accounts WHERE judgement_id = ?",
        judgement["judgement_id"],
    )
    return {row["account_id"]: row["outcome"] for row in rows}


def was_adverse(tx: Writing, judgement: sqlite3.Row) -> bool:
    """Whether a judgement harms somebody."""
    return is_adverse(judgement["outcome"], judgement["step"]) or bool(
        ADVERSE_OUTCOMES & set(said_of(tx, judgement).values())
    )


def was_imported(tx: Writing, judgement_id: int) -> bool:
    """Whether a judgement was made elsewhere."""
    row = tx.one("SELECT action FROM events WHERE seq = ?", judgement_id)
    return row is not None and row["action"] == IMPORTED
