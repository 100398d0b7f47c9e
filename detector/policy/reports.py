"""Abuse reports and indicators beside accounts: what others say, each source once.

A report names an account, or a hashed value that accounts are tied to. Its word is as strong as
its confidence, and weaker the more accounts share the value. Rejected and withdrawn ones say
nothing. What is shared under ``red`` is never printed outside the case: no source, no category.
None of it teaches a model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from detector.policy.lane import Known
from detector.terminal import safe_text

#: More accounts than these share a value: it tells little of each.
MANY: Final = 50
_EVIDENCE: Final = 300
_CANCELLED: Final = ("rejected", "withdrawn")
_RED: Final = "red"
_STRENGTHS: Final = {"high": "strong", "medium": "medium", "low": "weak"}
#: Of several that say the same the weightiest comes first: sure of it, and of few accounts.
_BY_WEIGHT: Final = (
    pl.col("confidence").cast(pl.String).replace_strict({"high": 0, "medium": 1}, default=2),
    pl.col("shared"),
)
_TOLD: Final = pl.Schema(
    {"account_id": pl.String(), "source": pl.String(), "evidence": pl.String()}
)


@dataclass(frozen=True)
class Reported:
    """Rows of lane E (``account_id``, ``source``, ``evidence``), and how many were read."""

    rows: pl.DataFrame
    reports: int
    indicators: int


def reported(known: Known) -> Reported:
    """What reports and indicators say of accounts, in the order of accounts and sources."""
    reports, indicators = known["abuse_reports"], known["indicators"]
    rows = pl.concat([_of_reports(known, reports), _of_indicators(known, indicators)])
    scored = rows.filter(pl.col("account_id").is_in(known.accounts.implode())).with_columns(
        pl.col("source", "evidence").map_elements(_safe, return_dtype=pl.String)
    )
    order = ["account_id", "source", "evidence"]
    return Reported(scored.unique().sort(order), reports.height, indicators.height)


def _safe(text: str) -> str:
    """What others wrote is text to look at, one line of it."""
    return safe_text(text, limit=_EVIDENCE)


def _of_reports(known: Known, reports: pl.DataFrame) -> pl.DataFrame:
    """What reports stand; of several by one source about one thing, the newest."""
    told = _newest(reports)
    standing = told.filter(~pl.col("status").cast(pl.String).is_in(_CANCELLED).fill_null(False))
    named = standing.drop_nulls("account_id").with_columns(shared=pl.lit(1, dtype=pl.UInt32))
    nameless = standing.filter(pl.col("account_id").is_null()).drop("account_id")
    by_value = nameless.join(
        _holders(known, nameless["value_hash"]), right_on=["kind", "value"],
        left_on=[pl.col("indicator_kind").cast(pl.String), "value_hash"],
    )  # fmt: skip
    columns = ["account_id", "source", "category", "reported_at", "status", "confidence", "shared"]
    both = pl.concat([named.select(columns), by_value.select(columns)], how="vertical_relaxed")
    thing = ["account_id", "source", "category"]
    once = both.sort(*thing, "reported_at", *_BY_WEIGHT, "status", nulls_last=True,
                     descending=[False, False, False, True, False, False, False],
                     ).unique(thing, keep="first", maintain_order=True)  # fmt: skip
    return once.select(
        "account_id", "source",
        evidence=pl.format(
            "abuse report ({}) of {}: {}, {}{}", _strength(), pl.col("reported_at").dt.date(),
            "category", pl.coalesce(pl.col("status").cast(pl.String), pl.lit("open")), _rarity(),
        ),
    ).cast(_TOLD)  # fmt: skip


def _newest(reports: pl.DataFrame) -> pl.DataFrame:
    """A row a report: of each thing the newest word, for a later row may tell its state alone."""
    of_one = ["source", "report_id"]
    numbered = reports.drop_nulls("report_id").sort(
        *of_one, "reported_at", *sorted(reports.columns)
    )
    facts = [pl.col(name).drop_nulls().last() for name in reports.columns if name not in of_one]
    merged = numbered.group_by(of_one, maintain_order=True).agg(facts).select(reports.columns)
    return pl.concat([reports.filter(pl.col("report_id").is_null()), merged])


def _of_indicators(known: Known, indicators: pl.DataFrame) -> pl.DataFrame:
    """Indicators that are valid at as-of, beside the values that accounts are tied to."""
    now = pl.lit(known.as_of).cast(pl.Datetime("us", "UTC"))
    valid = indicators.filter((pl.col("valid_to") >= now).fill_null(value=True))
    met = valid.join(
        _holders(known, valid["value_hash"]), right_on=["kind", "value"],
        left_on=[pl.col("kind").cast(pl.String), "value_hash"],
    )  # fmt: skip
    red = pl.col("sharing").cast(pl.String).eq_missing(pl.lit(_RED))
    told = met.with_columns(
        kind_=pl.col("kind").cast(pl.String),
        source=pl.when(red).then(pl.lit("indicator (red)")).otherwise("source"),
        category=pl.when(red).then(pl.lit("not shown")).otherwise(pl.col("category")),
    )
    thing = ["account_id", "source", "kind_", "category"]
    once = told.sort(*thing, *_BY_WEIGHT, nulls_last=True).unique(
        thing, keep="first", maintain_order=True
    )
    return once.select(
        "account_id", "source",
        evidence=pl.format(
            "indicator ({}): {}, {}{}", _strength(), "kind_",
            pl.coalesce("category", pl.lit("no category")), _rarity(),
        ),
    ).cast(_TOLD)  # fmt: skip


def _holders(known: Known, values: pl.Series) -> pl.DataFrame:
    """Which of some values accounts are tied to, and how many accounts share each."""
    wanted = pl.col("value").is_in(values.unique().implode())
    found = known.rollups.where("links", wanted).select("account_id", "kind", "value")
    return found.unique().with_columns(shared=pl.len().over("kind", "value"))


def _strength() -> pl.Expr:
    told = pl.col("confidence").cast(pl.String).replace_strict(_STRENGTHS, default="weak")
    return pl.when(pl.col("shared") > MANY).then(pl.lit("weak")).otherwise(told)


def _rarity() -> pl.Expr:
    several = pl.format("; {} accounts share the value", "shared")
    return pl.when(pl.col("shared") > 1).then(several).otherwise(pl.lit(""))
