"""The last run at /metrics, for Prometheus.

One immutable snapshot per run; bounded series, never one per account; loopback only. A part
that fails reports itself and leaves the rest of the page alone.
"""

from __future__ import annotations

from detector.exporter.catalogue import METRICS, MetricSpec
from detector.exporter.collector import SnapshotCollector, exposition
from detector.exporter.serving import ResultsPage, serve_results, write_textfile
from detector.exporter.snapshot import Snapshot, read_snapshot

__all__ = [
    "METRICS",
    "MetricSpec",
    "ResultsPage",
    "Snapshot",
    "SnapshotCollector",
    "exposition",
    "read_snapshot",
    "serve_results",
    "write_textfile",
]
