"""How a service does: what fails and since when, and what it could not take in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from prometheus_client.core import Metric

from detector.exporter.labels import fold, label
from detector.exporter.part import MetricSpec, Part, Shown, counter, gauge, gauge_of

_STARTED: Final = MetricSpec(
    "enduse_start_timestamp_seconds",
    "gauge",
    "seconds since 1970 (UTC)",
    (),
    "When the service started.",
    "changes(enduse_start_timestamp_seconds[30m]) > 2",
)

_RESTARTS: Final = MetricSpec(
    "enduse_worker_restarts_total",
    "counter",
    "ends",
    (),
    "How often the worker of a service ended before its time and was started anew.",
    "increase(enduse_worker_restarts_total[1h])",
)

_FAILED: Final = MetricSpec(
    "enduse_looks_failed_total",
    "counter",
    "looks",
    ("stage",),
    "Looks at the inbox in which a stage failed.",
    "sum by (stage) (increase(enduse_looks_failed_total[1h]))",
)

_SINCE: Final = MetricSpec(
    "enduse_failing_since_timestamp_seconds",
    "gauge",
    "seconds since 1970 (UTC)",
    ("stage", "reason"),
    "Since when a stage fails at each look, and what is wrong; no series where nothing fails.",
    "time() - enduse_failing_since_timestamp_seconds > 300",
)

_ASIDE: Final = MetricSpec(
    "enduse_inputs_set_aside",
    "gauge",
    "files",
    ("table",),
    "Files that could not be read and stand aside until they change.",
    "sum(enduse_inputs_set_aside) > 0",
)


def _running(shown: Shown) -> Iterable[Metric]:
    watch, started, deaths = shown.watch, gauge(_STARTED), counter(_RESTARTS)
    failed, since = counter(_FAILED), gauge(_SINCE)
    if watch.started is not None:
        started.add_metric([], watch.started)
        deaths.add_metric([], float(watch.deaths))
    for stage, count in sorted(watch.failed.items()):
        failed.add_metric([label(stage)], float(count))
    for stage, fault in sorted(watch.faults.items()):
        since.add_metric([label(stage), label(fault.reason)], fault.since)
    return [started, deaths, failed, since]


def _aside(shown: Shown) -> Iterable[Metric]:
    told = shown.watch.aside
    if told is None:
        told = Counter(file.table or "" for file in shown.run.unread if file.aside)
    # A table that is always there: who waits for the alert to end sees it end.
    counts = {"usage": 0.0, **{table: float(count) for table, count in told.items()}}
    return [gauge_of(_ASIDE, fold(counts))]


PARTS: Final = (
    Part("service", (_STARTED, _RESTARTS, _FAILED, _SINCE), _running),
    Part("aside", (_ASIDE,), _aside),
)
