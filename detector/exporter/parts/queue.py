"""What came out: accounts and rings by queue, and scores."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from prometheus_client.core import HistogramMetricFamily, Metric

from detector.exporter.labels import pseudonym
from detector.exporter.part import MetricSpec, Part, Shown, gauge, gauge_of
from detector.results.published import SCORE_BANDS, SCORE_STEPS, ScoreSummary
from detector.results.words import QUEUES

_ACCOUNTS: Final = MetricSpec(
    "enduse_accounts",
    "gauge",
    "accounts",
    ("queue",),
    "Accounts by queue.",
    'enduse_accounts{queue="proxy"}',
)

_SCORES: Final = MetricSpec(
    "enduse_account_score",
    "histogram",
    "score, 0 to 1",
    (),
    "Accounts by score, in fixed bands, added up in steps of 0.01; 1 is most suspicious.",
    'enduse_account_score_count - ignoring(le) enduse_account_score_bucket{le="0.9"}',
)

_TOP: Final = MetricSpec(
    "enduse_top_account_score",
    "gauge",
    "score, 0 to 1, in steps of 0.01",
    ("account",),
    "Scores of the first accounts of the queue, under keyed pseudonyms.",
    "topk(10, enduse_top_account_score)",
)

_OMITTED: Final = MetricSpec(
    "enduse_top_accounts_omitted",
    "gauge",
    "accounts",
    (),
    "Accounts that have no series of their own here.",
    "enduse_top_accounts_omitted",
)

_RINGS: Final = MetricSpec(
    "enduse_rings",
    "gauge",
    "rings",
    ("queue",),
    "Linked groups of accounts by queue.",
    'enduse_rings{queue="proxy"}',
)


def _scores(shown: Shown) -> ScoreSummary:
    if shown.published.scores is None:
        raise ValueError("scores.parquet cannot be read")
    return shown.published.scores


def _accounts(shown: Shown) -> Iterable[Metric]:
    scores = _scores(shown)
    bands = [(str(b), float(n)) for b, n in zip(SCORE_BANDS, scores.bands, strict=True)]
    histogram = HistogramMetricFamily(
        _SCORES.name,
        _SCORES.meaning,
        buckets=[*bands, ("+Inf", float(scores.scored))],
        sum_value=scores.total,
    )
    queues = {queue: float(scores.queues.get(queue, 0)) for queue in QUEUES}
    return [gauge_of(_ACCOUNTS, queues), histogram]


def _top(shown: Shown) -> Iterable[Metric]:
    scores = _scores(shown)
    # Coarse steps: a prober who sees the page must not read his distance to a threshold.
    steps = {
        pseudonym(account, shown.key): round(score * SCORE_STEPS) / SCORE_STEPS
        for account, score in scores.top
    }
    omitted = gauge(_OMITTED)
    omitted.add_metric([], float(scores.accounts - len(steps)))
    return [gauge_of(_TOP, steps), omitted]


def _rings(shown: Shown) -> Iterable[Metric]:
    counts = shown.run.rings.queues
    return [gauge_of(_RINGS, {queue: float(counts.get(queue, 0)) for queue in QUEUES})]


PARTS: Final = (
    Part("accounts", (_ACCOUNTS, _SCORES), _accounts),
    Part("top_accounts", (_TOP, _OMITTED), _top),
    Part("rings", (_RINGS,), _rings),
)
