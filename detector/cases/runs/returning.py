"""When a closed case comes back: what was settled no longer holds, or it is another case now."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from detector.cases.showing.ties import new_things

#: Least share of its accounts, and least number, by which a case has to grow.
GROWN: Final = 5
GROWN_LEAST: Final = 2

Row = Mapping[str, Any]


def why_back(
    case: Row, members: Iterable[str], settled: Iterable[Row], now: Row, accounts: Iterable[str],
    at: str,
) -> str | None:  # fmt: skip
    """Why a closed case comes back; None where it is as it was decided.

    Parameters
    ----------
    case, members
        Its row and accounts, as they were when it was closed.
    settled
        Its accounts with their outcome and when that ends.
    now, accounts
        The same columns and the accounts as a run shows them.
    at
        The time.
    """
    held, seen = set(members), set(accounts)
    ended = sorted(row["account_id"] for row in settled
                   if row["outcome"] == "cleared" and row["account_id"] in seen
                   and row["expires_at"] is not None and row["expires_at"] <= at)  # fmt: skip
    if ended:
        return f"the clearing of {_some(len(ended))} has ended"
    kinds = new_things(json.loads(case["tie_kinds"] or "[]"), json.loads(now["tie_kinds"]))
    if kinds:
        return f"tied by another kind: {', '.join(kinds)}"
    grown = len(seen - held)
    if grown >= GROWN_LEAST and grown * GROWN >= len(held):
        return f"{_some(grown)} more"
    for name in ("queue", "typology"):
        if now[name] != case[name]:
            return f"{name} {now[name] or 'none'}, was {case[name] or 'none'}"
    return None


def _some(count: int) -> str:
    return f"{count} account{'' if count == 1 else 's'}"
