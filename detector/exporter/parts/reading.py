"""What was read: rows by what became of them, and up to when the tables reach."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from prometheus_client.core import Metric

from detector.exporter.labels import distinct, largest
from detector.exporter.part import MetricSpec, Part, Shown, counter, gauge_of, seconds_of
from detector.results.words import OUTCOMES

# Of what was read, metrics show what became of it.
SHOWN_OUTCOMES: Final = OUTCOMES[1:]
_MOST_TABLES: Final = 40

_ROWS: Final = MetricSpec(
    "enduse_rows_total",
    "counter",
    "rows",
    ("table", "outcome"),
    "Rows read by table and outcome; begins anew with each run of a batch.",
    'sum by (table) (enduse_rows_total{outcome="quarantined"})',
)

_WATERMARKS: Final = MetricSpec(
    "enduse_watermark_timestamp_seconds",
    "gauge",
    "seconds since 1970 (UTC)",
    ("table",),
    "Latest time seen in a table.",
    "time() - min(enduse_watermark_timestamp_seconds) > 172800",
)

_LATER: Final = MetricSpec(
    "enduse_rows_later",
    "gauge",
    "rows",
    ("table",),
    "Rows dated further past the clock than the slack: they wait and count for nothing yet.",
    "sum(enduse_rows_later) > 0",
)


def _rows(shown: Shown) -> Iterable[Metric]:
    counts = shown.run.counts
    sizes = {table: counted.read for table, counted in counts.items()}
    named = distinct(sorted(sizes, key=lambda table: (-sizes[table], table))[:_MOST_TABLES])
    family = counter(_ROWS)
    for table, text in named.items():
        for outcome in SHOWN_OUTCOMES:
            family.add_metric([text, outcome], float(getattr(counts[table], outcome)))
    return [family]


def _later(shown: Shown) -> Iterable[Metric]:
    ahead = {table: float(a.waiting + a.far) for table, a in shown.run.ahead.items()}
    return [gauge_of(_LATER, {"usage": 0.0, **largest(ahead, most=_MOST_TABLES)})]


def _watermarks(shown: Shown) -> Iterable[Metric]:
    times = {str(t): seconds_of(v) for t, v in shown.run.watermarks.items() if v}
    return [gauge_of(_WATERMARKS, largest(times))]


PARTS: Final = (
    Part("rows", (_ROWS,), _rows),
    Part("later", (_LATER,), _later),
    Part("watermarks", (_WATERMARKS,), _watermarks),
)
