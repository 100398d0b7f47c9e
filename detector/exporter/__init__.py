"""The last run at /metrics, for Prometheus.

One page per run; bounded series, never one per account; loopback only. A part
that fails reports itself and leaves the rest of the page alone.
"""

from __future__ import annotations

from detector.exporter.catalogue import METRICS
from detector.exporter.collector import RunCollector, exposition
from detector.exporter.news import MEMORY, News, known, news_of, remember
from detector.exporter.part import Fault, MetricSpec, Watch
from detector.exporter.serving import ResultsPage, serve_results, write_textfile

__all__ = [
    "MEMORY",
    "METRICS",
    "Fault",
    "MetricSpec",
    "News",
    "ResultsPage",
    "RunCollector",
    "Watch",
    "exposition",
    "known",
    "news_of",
    "remember",
    "serve_results",
    "write_textfile",
]
