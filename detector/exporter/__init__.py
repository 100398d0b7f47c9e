"""The last run at /metrics, for Prometheus.

One page per run; bounded series, never one per account; loopback only. A part
that fails reports itself and leaves the rest of the page alone.
"""

from __future__ import annotations

from detector.exporter.catalogue import METRICS
from detector.exporter.collector import RunCollector, exposition
from detector.exporter.part import MetricSpec, Watch
from detector.exporter.serving import ResultsPage, serve_results, write_textfile

__all__ = [
    "METRICS",
    "MetricSpec",
    "ResultsPage",
    "RunCollector",
    "Watch",
    "exposition",
    "serve_results",
    "write_textfile",
]
