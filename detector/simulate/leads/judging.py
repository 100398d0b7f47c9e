"""What lane E said of a world beside what it should say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from detector.simulate.leads.facts import ABSENT, INNOCENT

#: Strengths that accuse somebody.
_LEADS: Final = ("strong", "medium")
_KEY: Final = ("row", "published_at", "account_id")


@dataclass(frozen=True)
class Judged:
    """Lane E beside a truth.

    Attributes
    ----------
    cases : pl.DataFrame
        The truth, and what was said (``said``, ``queued``); ``right`` where it is as told.
    wrong : pl.DataFrame
        Leads that no case of the truth allows, by ``strength``.
    """

    cases: pl.DataFrame
    wrong: pl.DataFrame

    def wrongs(self, strength: str, role: str | None = None) -> int:
        """Leads of a strength that nobody should see; on accounts of a role, where told."""
        rows = self.wrong.filter(pl.col("strength") == strength)
        return rows.height if role is None else rows.filter(pl.col("role_right") == role).height


def judged(
    leads: pl.DataFrame, lane: pl.DataFrame, truth: pl.DataFrame, who: pl.DataFrame
) -> Judged:
    """Compare.

    Parameters
    ----------
    leads, lane
        ``Findings.leads`` and ``Findings.rows`` of lane E.
    truth, who
        The truth of leads, and that of accounts.
    """
    said = pl.concat([_notices(leads), _reports(lane)])
    cases = truth.join(said, on=_KEY, how="left", nulls_equal=True, maintain_order="left")
    cases = cases.with_columns(pl.col("said").fill_null(ABSENT))
    queues = pl.col("queues").is_null() | (pl.col("queues") == pl.col("queued"))
    right = pl.col("said").is_in(pl.col("strengths")) & queues
    allowed = cases.filter(right).select(*_KEY)
    wrong = (
        leads.filter(pl.col("strength").is_in(_LEADS)).with_columns(row="buyer")
        .join(allowed, on=_KEY, how="anti")
        .join(who.select("account_id", role_right="role"), on="account_id", how="left")
    )  # fmt: skip
    return Judged(cases.with_columns(right=right), wrong)


def innocent(cases: pl.DataFrame) -> pl.DataFrame:
    """Cases around innocents."""
    return cases.filter(pl.col("kind") == INNOCENT)


def _notices(leads: pl.DataFrame) -> pl.DataFrame:
    return leads.select(
        "published_at", "account_id", row="buyer", said=pl.col("strength").cast(pl.String),
        queued="queues",
    ).select("row", "published_at", "account_id", "said", "queued")  # fmt: skip


def _reports(lane: pl.DataFrame) -> pl.DataFrame:
    """Rows of reports and indicators: by source and category, the strength in brackets."""
    said = pl.col("evidence").str.extract(r"^(?:abuse report|indicator) \((\w+)\)")
    category = pl.coalesce(
        pl.col("evidence").str.extract(r"^abuse report \(\w+\) of [\d-]+: (.*), \w+(?:;|$)"),
        pl.col("evidence").str.extract(r"^indicator \(\w+\): \w+, ([^;]*)"),
    )
    rows = lane.with_columns(said=said, category=category).drop_nulls("said")
    return rows.select(
        row=pl.format("{}: {}", "source", "category"),
        published_at=pl.lit(None, dtype=pl.Datetime("us", "UTC")), account_id="account_id",
        said="said", queued=pl.lit(value=False),
    ).unique(_KEY, maintain_order=True)  # fmt: skip
