"""What becomes of cases: their states, how they are judged, and whether the record is whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric

from detector.cases.deciding.states import DONE, OPEN, OUTCOMES, POLICY_OUTCOMES
from detector.cases.measuring.figures import CASE_QUEUES, ROUNDS, SECONDS, CaseFigures
from detector.exporter.part import MetricSpec, Part, Shown, counter, gauge, gauge_of

STATES: Final = (*OPEN, *DONE)
#: Who else says something of a case: the queue it is in, and another person.
WITH: Final = ("tool", "second")
#: What a judgement may be: round and outcome; counsel has words of its own.
JUDGED: Final = tuple(
    (round_, word) for round_ in ROUNDS
    for word in (*OUTCOMES, *(POLICY_OUTCOMES if round_ in ("1", "appeal") else ()))
)  # fmt: skip

_CASES: Final = MetricSpec(
    "enduse_cases",
    "gauge",
    "cases",
    ("queue", "state"),
    "Cases by queue and state.",
    'sum by (queue) (enduse_cases{state!~"closed|merged|erased"})',
)

_OLDEST: Final = MetricSpec(
    "enduse_case_oldest_open_timestamp_seconds",
    "gauge",
    "seconds since 1970 (UTC)",
    ("queue",),
    "Since when the open case waits that waits longest; one opened again waits from then.",
    'time() - enduse_case_oldest_open_timestamp_seconds{queue="victim"} > 86400',
)

_JUDGEMENTS: Final = MetricSpec(
    "enduse_judgements_total",
    "counter",
    "judgements",
    ("round", "outcome"),
    "Judgements stored, also those amended or taken back, by round and outcome.",
    "sum by (outcome) (increase(enduse_judgements_total[7d]))",
)

_SECONDS: Final = MetricSpec(
    "enduse_review_active_seconds",
    "histogram",
    "seconds",
    (),
    "Judgements by the time that somebody was active at the page.",
    "histogram_quantile(0.5, increase(enduse_review_active_seconds_bucket[28d])) < 60",
)

_AGREEMENT: Final = MetricSpec(
    "enduse_review_agreement_ratio",
    "gauge",
    "share of judgements",
    ("with",),
    "First judgements that fit the queue (tool), and pairs of one opinion (second), to last week.",
    'enduse_review_agreement_ratio{with="tool"} > 0.97',
)

_OVERRIDE: Final = MetricSpec(
    "enduse_review_override_ratio",
    "gauge",
    "share of judgements",
    (),
    "First judgements that do not fit the queue, up to the end of last week.",
    "enduse_review_override_ratio < 0.03",
)

_GOLDEN: Final = MetricSpec(
    "enduse_golden_accuracy_ratio",
    "gauge",
    "share of golden cases",
    (),
    "Cases settled before and served again that are judged as they were settled, to last week.",
    "enduse_golden_accuracy_ratio < 0.8",
)

_CHANGED: Final = MetricSpec(
    "enduse_reveal_changed_ratio",
    "gauge",
    "share of blind judgements",
    (),
    "First judgements changed once names and places opened, up to the end of last week.",
    "enduse_reveal_changed_ratio > 0.1",
)

_ALARMS: Final = MetricSpec(
    "enduse_review_alarms",
    "gauge",
    "people",
    ("figure",),
    "For how many people, and all together as one more, a figure of quality is beyond its bar.",
    "enduse_review_alarms > 0",
)

_APPEALS: Final = MetricSpec(
    "enduse_appeals", "gauge", "appeals", ("state",), "Appeals by state.", "enduse_appeals"
)

_LETTERS: Final = MetricSpec(
    "enduse_letters",
    "gauge",
    "letters",
    ("kind", "state"),
    "Letters to holders by kind and state.",
    'enduse_letters{state="approved"} > 0',
)

_SUPPRESSED: Final = MetricSpec(
    "enduse_suppressed_accounts",
    "gauge",
    "accounts",
    (),
    "Accounts that open no case now, since an appeal was upheld.",
    "enduse_suppressed_accounts",
)

_EVENTS: Final = MetricSpec(
    "enduse_audit_events_total",
    "counter",
    "events",
    (),
    "Events in the chain of the folder of cases.",
    "increase(enduse_audit_events_total[1d])",
)

_VERIFIED: Final = MetricSpec(
    "enduse_audit_verified_timestamp_seconds",
    "gauge",
    "seconds since 1970 (UTC)",
    (),
    "When the folder of cases was last checked and found whole.",
    "time() - enduse_audit_verified_timestamp_seconds > 8 * 86400",
)

_ANCHORED: Final = MetricSpec(
    "enduse_audit_anchor_timestamp_seconds",
    "gauge",
    "seconds since 1970 (UTC)",
    (),
    "Of when the last head of the chain in anchors.jsonl is.",
    "time() - enduse_audit_anchor_timestamp_seconds > 8 * 86400",
)


def _make(shown: Shown) -> Iterable[Metric]:
    """All of it: the figures are of one moment, or there are none."""
    found = None if shown.cases is None else shown.cases()
    return [*_states(found), *_reviews(found), *_letters(found), *_record(found)]


def _states(found: CaseFigures | None) -> Iterable[Metric]:
    cases, oldest = gauge(_CASES), gauge(_OLDEST)
    if found is not None:
        for queue in CASE_QUEUES:
            for state in STATES:
                cases.add_metric([queue, state], float(found.cases.get((queue, state), 0)))
            if queue in found.oldest:
                oldest.add_metric([queue], found.oldest[queue])
    return [cases, oldest]


def _reviews(found: CaseFigures | None) -> Iterable[Metric]:
    judged = counter(_JUDGEMENTS)
    shares: Mapping[str, float] = {} if found is None else found.shares
    seconds = HistogramMetricFamily(_SECONDS.name, _SECONDS.meaning)
    if found is not None:
        for key in JUDGED:
            judged.add_metric(list(key), float(found.judgements.get(key, 0)))
        ends = (*map(str, SECONDS), "+Inf")
        bands = [(end, float(n)) for end, n in zip(ends, found.seconds, strict=True)]
        seconds.add_metric([], bands, found.seconds_sum)
    return [
        judged, seconds,
        gauge_of(_AGREEMENT, {name: shares[name] for name in WITH if name in shares}),
        _one(_OVERRIDE, shares.get("override")), _one(_GOLDEN, shares.get("golden")),
        _one(_CHANGED, shares.get("changed")),
        gauge_of(_ALARMS, {} if found is None else {k: float(n) for k, n in found.alarms.items()}),
    ]  # fmt: skip


def _letters(found: CaseFigures | None) -> Iterable[Metric]:
    appeals, letters = gauge(_APPEALS), gauge(_LETTERS)
    if found is not None:
        for state, count in sorted(found.appeals.items()):
            appeals.add_metric([state], float(count))
        for key, count in sorted(found.letters.items()):
            letters.add_metric(list(key), float(count))
    return [appeals, letters, _one(_SUPPRESSED, None if found is None else found.suppressed)]


def _record(found: CaseFigures | None) -> Iterable[Metric]:
    events = counter(_EVENTS)
    if found is not None:
        events.add_metric([], float(found.events))
    return [
        events,
        _one(_VERIFIED, None if found is None else found.verified),
        _one(_ANCHORED, None if found is None else found.anchored),
    ]


def _one(spec: MetricSpec, value: float | None) -> GaugeMetricFamily:
    """A gauge without labels; no series where there is no value."""
    family = gauge(spec)
    if value is not None:
        family.add_metric([], float(value))
    return family


PARTS: Final = (
    Part(
        "cases",
        (
            _CASES, _OLDEST, _JUDGEMENTS, _SECONDS, _AGREEMENT, _OVERRIDE, _GOLDEN, _CHANGED,
            _ALARMS, _APPEALS, _LETTERS, _SUPPRESSED, _EVENTS, _VERIFIED, _ANCHORED,
        ),
        _make,
    ),
)  # fmt: skip
