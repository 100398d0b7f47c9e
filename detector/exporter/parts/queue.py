"""What came out: accounts and rings by queue, and scores."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from prometheus_client.core import HistogramMetricFamily, Metric

from detector.exporter.labels import pseudonym
from detector.exporter.news import Newest
from detector.exporter.part import MetricSpec, Part, Shown, gauge, gauge_of
from detector.results.published import P_BANDS, SCORE_BANDS, STEPS, ScoreSummary, Spread
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
    "Accounts by score, in even bands; where the highest lies is the model's own.",
    "histogram_quantile(0.99, enduse_account_score_bucket)",
)

_TAILS: Final = MetricSpec(
    "enduse_account_p_value",
    "histogram",
    "p-value, 0 to 1",
    (),
    "Accounts by p-value: the share of the reference population that stands out as much.",
    'enduse_account_p_value_bucket{le="0.01"} / ignoring(le) (0.01 * enduse_account_p_value_count)',
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

_FIRST: Final = MetricSpec(
    "enduse_first_seen_timestamp_seconds",
    "gauge",
    "seconds since 1970 (UTC)",
    ("queue",),
    "When a ring (proxy) or an account (victim) last was in its queue for the first time; 0 never.",
    'time() - enduse_first_seen_timestamp_seconds{queue="victim"} < 3600',
)

_FIRST_COUNT: Final = MetricSpec(
    "enduse_first_seen_cases",
    "gauge",
    "rings or accounts",
    ("queue",),
    "How many they were at that time, told by id and not by how counts differ.",
    "enduse_first_seen_cases",
)


def _scores(shown: Shown) -> ScoreSummary:
    if shown.published.scores is None:
        raise ValueError("scores.parquet cannot be read")
    return shown.published.scores


def _accounts(shown: Shown) -> Iterable[Metric]:
    scores = _scores(shown)
    queues = {queue: float(scores.queues.get(queue, 0)) for queue in QUEUES}
    return [
        gauge_of(_ACCOUNTS, queues),
        _histogram(_SCORES, SCORE_BANDS, scores.spread),
        _histogram(_TAILS, P_BANDS, scores.tails),
    ]


def _histogram(spec: MetricSpec, bounds: Sequence[float], spread: Spread) -> Metric:
    bands = [(str(b), float(n)) for b, n in zip(bounds, spread.bands, strict=True)]
    return HistogramMetricFamily(
        spec.name,
        spec.meaning,
        buckets=[*bands, ("+Inf", float(spread.counted))],
        sum_value=spread.total,
    )


def _top(shown: Shown) -> Iterable[Metric]:
    scores = _scores(shown)
    # Coarse steps: a prober who sees the page must not read his distance to a threshold.
    steps = {
        pseudonym(account, shown.key): round(score * STEPS) / STEPS for account, score in scores.top
    }
    omitted = gauge(_OMITTED)
    omitted.add_metric([], float(scores.accounts - len(steps)))
    return [gauge_of(_TOP, steps), omitted]


def _rings(shown: Shown) -> Iterable[Metric]:
    counts = shown.run.rings.queues
    return [gauge_of(_RINGS, {queue: float(counts.get(queue, 0)) for queue in QUEUES})]


def _first_seen(shown: Shown) -> Iterable[Metric]:
    if shown.published.queue is None or shown.news is None:
        raise ValueError("who is in a queue cannot be read")
    newest = {queue: shown.news.newest.get(queue, Newest()) for queue in ("proxy", "victim")}
    return [
        gauge_of(_FIRST, {queue: one.at for queue, one in newest.items()}),
        gauge_of(_FIRST_COUNT, {queue: float(one.count) for queue, one in newest.items()}),
    ]


PARTS: Final = (
    Part("accounts", (_ACCOUNTS, _SCORES, _TAILS), _accounts),
    Part("top_accounts", (_TOP, _OMITTED), _top),
    Part("rings", (_RINGS,), _rings),
    Part("first_seen", (_FIRST, _FIRST_COUNT), _first_seen),
)
