"""Reasons as findings: the words of the accounts that people look at say what was seen there.

Scores, ranks and the order of reasons are settled before; only texts change here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import polars as pl

from detector.findings.company import company_of
from detector.findings.finding import NOBODY, Finding, Linked, Seen, sentence
from detector.findings.said import SAID
from detector.findings.seen import by_account, seen_in
from detector.findings.subjects import Subject
from detector.pipeline.prepare import Prepared
from detector.results import REASON
from detector.words import visible
from features.registry import Feature, Registry

#: Accounts by rank whose reasons are told in full, beside those in a queue or a ring.
FIRST: Final = 500


def with_findings(prepared: Prepared, scores: pl.DataFrame) -> pl.DataFrame:
    """The score table; of accounts in view, each reason says its subject, value, peers and time.

    Parameters
    ----------
    prepared
        Accounts and what ties them.
    scores
        ``SCORES_SCHEMA``, of which ``text`` of ``reasons`` alone is changed.
    """
    rows = scores.select(in_view().arg_true()).to_series().to_numpy()
    if not rows.size:
        return scores
    reasons = _told(prepared, scores[rows].select("account_id", "reasons"))
    at = np.arange(scores.height)
    at[rows] = scores.height + np.arange(rows.size)
    return scores.with_columns(pl.concat([scores["reasons"], reasons]).gather(at))


def in_view() -> pl.Expr:
    """Accounts in a queue, in a ring or among the first; of equal rank all are or none."""
    queued = pl.col("queue").cast(pl.String) != "none"
    return queued | pl.col("ring_id").is_not_null() | (pl.col("rank").rank("max") <= FIRST)


def _told(prepared: Prepared, view: pl.DataFrame) -> pl.Series:
    """The reasons of some accounts with their sentences."""
    long = view.explode("reasons").unnest("reasons")
    seen = prepared.seen
    ids = view["account_id"]
    counts = (
        seen_in(prepared.rollups, ids)
        if seen is None
        else seen.filter(pl.col("account_id").is_in(ids.implode()))
    )
    said = _sentences(
        long,
        by_account(counts),
        company_of(prepared.population, long.drop_nulls("value")),
        prepared.registry,
    )
    texts = long.with_columns(text=pl.Series(said, dtype=pl.String))
    grouped = texts.group_by("account_id", maintain_order=True).agg(
        reasons=pl.struct(list(REASON.to_schema()))
    )
    return grouped["reasons"].cast(pl.List(REASON))


def _sentences(
    reasons: pl.DataFrame,
    seen: Mapping[tuple[str, Subject], Seen],
    company: Mapping[tuple[str, str], Linked],
    registry: Registry,
) -> list[str]:
    features = {f.name: f for f in registry if f.own or f.name in SAID}
    columns = ("account_id", "feature", "value", "peer_median", "text")
    return [
        text
        if name not in features or value is None
        else _sentence(features[name], value, median, account, seen, company)
        for account, name, value, median, text in reasons.select(columns).iter_rows()
    ]


def _sentence(
    feature: Feature,
    value: float,
    median: float | None,
    account: str,
    seen: Mapping[tuple[str, Subject], Seen],
    company: Mapping[tuple[str, str], Linked],
) -> str:
    finding = SAID.get(feature.name) or _general(feature)
    counted = None if finding.subject is None else seen.get((account, finding.subject))
    linked = company.get((account, feature.name), NOBODY)
    return sentence(finding, feature.unit, feature.direction, value, median, counted, linked)


def _general(feature: Feature) -> Finding:
    """Of a column of one's own, whatever its docstring says, and the value."""
    said = visible(feature.sentence).rstrip(".").replace("{", "{{").replace("}", "}}")
    return Finding(f"{said}: {{value}}")
