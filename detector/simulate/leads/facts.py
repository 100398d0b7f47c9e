"""Notices, reports and indicators of a world, and what lane E should say of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import polars as pl

#: Nothing is said of it: no row, where a notice is not yet known or names an account in vain.
ABSENT: Final = "absent"
TRUTH: Final = pl.Schema(
    {
        "shape": pl.String(),
        "kind": pl.String(),
        "row": pl.String(),
        "notice_id": pl.String(),
        "published_at": pl.Datetime("us", "UTC"),
        "account_id": pl.String(),
        "strengths": pl.List(pl.String()),
        "queues": pl.Boolean(),
    }
)
#: Kinds of what is planted: a shape of a public case, a ring's own trade, or nothing wrong.
PUBLIC, TRADE, INNOCENT = "public case", "trade of a ring", "innocent"


@dataclass(frozen=True, slots=True)
class Case:
    """What was planted, and what lane E should say of it.

    Attributes
    ----------
    shape : what it is, in words; public cases begin with their number.
    kind : ``PUBLIC``, ``TRADE`` or ``INNOCENT``.
    row : the buyer of a notice, else the report or indicator, by its source and category.
    notice_id : of the notice, or of the report.
    day : of a notice's first row.
    account : row of the account, or None where no account may be named.
    strengths : any of these is right; ``ABSENT`` where there may be no row.
    queues : whether it asks for a person; None where that is not told.
    """

    shape: str
    kind: str
    row: str
    notice_id: str | None
    day: float | None
    account: int | None
    strengths: tuple[str, ...]
    queues: bool | None = None


@dataclass(slots=True)
class Leads:
    """Rows of ``tenders`` beside the old ones, of reports and indicators, and the truth."""

    notices: list[dict[str, Any]] = field(default_factory=list)
    reports: list[dict[str, Any]] = field(default_factory=list)
    indicators: list[dict[str, Any]] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)

    def truth(self, ids: pl.Series, moment: Any) -> pl.DataFrame:
        """What was planted, by shape and account.

        Parameters
        ----------
        moment
            Turns a day of the world into a time.
        """
        rows = [
            {
                "shape": case.shape, "kind": case.kind, "row": case.row,
                "notice_id": case.notice_id,
                "published_at": None if case.day is None else moment(case.day),
                "account_id": None if case.account is None else ids[case.account],
                "strengths": list(case.strengths), "queues": case.queues,
            }
            for case in self.cases
        ]  # fmt: skip
        order = ["shape", "published_at", "row", "account_id"]
        return pl.DataFrame(rows, schema=TRUTH).sort(order, nulls_last=True)
