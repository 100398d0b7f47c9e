"""The metrics of the data contract, all parts together."""

from __future__ import annotations

from typing import Final

from detector.exporter.network import NETWORK
from detector.exporter.part import MetricSpec
from detector.exporter.parts import PARTS

SUCCESS: Final = MetricSpec(
    "enduse_collector_success",
    "gauge",
    "1 or 0",
    ("collector",),
    "Whether a part of this page could be made; 0 means its metrics are missing or old.",
    "enduse_collector_success == 0",
)

METRICS: Final = {
    spec.name: spec
    for spec in (*(spec for part in PARTS for spec in part.metrics), SUCCESS, *NETWORK)
}
