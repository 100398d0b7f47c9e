"""Which rows of public notices are leads, and in what order rows are looked at.

Strength first, then what lists know of buyer or supplier. Nothing here reads a score, and a
notice that went nowhere is no lead, whatever else it says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeVar

import polars as pl

from detector.results.words import LEAD_OUTCOMES

Rows = TypeVar("Rows", pl.DataFrame, pl.LazyFrame)

#: How the evidence of a lead begins whose notice came true.
CONFIRMED: Final = "confirmed; "
#: Strengths that make a lead.
LEADS: Final = ("strong", "medium")
_STRENGTH: Final = pl.col("strength").cast(pl.String)
_ALONE: Final = _STRENGTH == "unattached"
#: Rows that are leads.
LEAD: Final = _STRENGTH.is_in(LEADS).fill_null(value=False)
#: Notices of no account that are about chips, models or clouds.
UNATTACHED: Final = (_ALONE & pl.col("evidence").is_not_null()).fill_null(value=False)
#: Notices that no account is near, whatever they are about, and those that went nowhere.
OF_NOBODY: Final = _STRENGTH.is_in(["unattached", "disposed"]).fill_null(value=False)


def in_order(rows: Rows) -> Rows:
    """Leads first, the strongest; a buyer or supplier that lists know before others.

    Of notices of no account, those about other things come last.
    """
    places = {word: place for place, word in enumerate(LEAD_OUTCOMES)}
    worst = pl.min_horizontal(
        pl.col(name).replace_strict(places, default=len(places), return_dtype=pl.Int32)
        for name in ("buyer_outcome", "supplier_outcome")
    )
    about = pl.when(_ALONE).then("evidence")
    return rows.sort(
        pl.col("strength").to_physical(), pl.col("evidence").is_null(), worst, about,
        "published_at", "notice", "account_id", nulls_last=True,
    )  # fmt: skip


def codes(row: Mapping[str, Any], seen: str) -> list[str]:
    """Codes of what was looked for and is ``yes``, ``no`` or ``not_seen``.

    Examples
    --------
    >>> codes({"parts": [{"code": "N", "seen": "yes"}, {"code": "Q", "seen": "no"}]}, "yes")
    ['N']
    """
    return [part["code"] for part in row["parts"] or () if part["seen"] == seen]
