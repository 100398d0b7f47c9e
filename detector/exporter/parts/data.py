"""What the data holds: compute, tokens, and how far features have shifted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from prometheus_client.core import Metric

from detector.exporter.labels import fold, largest
from detector.exporter.part import MetricSpec, Part, Shown, counter, gauge_of
from detector.results.run import Run
from features.catalogue import Catalogue

_MOST_FEATURES: Final = 300

_HOURS: Final = MetricSpec(
    "enduse_controlled_gpu_hours_total",
    "counter",
    "GPU-hours",
    ("gpu",),
    "Controlled GPU-hours in the data read, by GPU; begins anew with each run of a batch.",
    "sum(enduse_controlled_gpu_hours_total)",
)

_TOKENS: Final = MetricSpec(
    "enduse_tokens_total",
    "counter",
    "tokens",
    ("direction",),
    "Model tokens in the data read; begins anew with each run of a batch.",
    "sum by (direction) (enduse_tokens_total)",
)

_DRIFT: Final = MetricSpec(
    "enduse_feature_drift_psi",
    "gauge",
    "population stability index",
    ("feature",),
    "Shift of a feature against the data the model was trained on.",
    "topk(5, enduse_feature_drift_psi) > 0.25",
)


def _compute(shown: Shown) -> Iterable[Metric]:
    family = counter(_HOURS)
    for gpu, hours in fold(_controlled_hours(shown.run)).items():
        family.add_metric([gpu], hours)
    return [family]


def _controlled_hours(run: Run) -> dict[str, float]:
    """GPU-hours of controlled GPUs; a run that does not tell them apart is asked by name."""
    if run.controlled_gpu_hours is not None:
        return dict(run.controlled_gpu_hours)
    gpus = Catalogue.load().gpus
    controlled = set(gpus.filter("controlled")["gpu_model"])
    return {gpu: h for gpu, h in run.gpu_hours.items() if gpu in controlled}


def _tokens(shown: Shown) -> Iterable[Metric]:
    counts = shown.run.tokens
    family = counter(_TOKENS)
    for direction in ("input", "output"):
        family.add_metric([direction], float(counts.get(direction, 0)))
    return [family]


def _drift(shown: Shown) -> Iterable[Metric]:
    values = largest(_numbers(shown.run.drift), most=_MOST_FEATURES)
    return [gauge_of(_DRIFT, values)]


def _numbers(values: Mapping[str, float | None]) -> dict[str, float]:
    """Numbers by name; what is null is left out."""
    return {name: value for name, value in values.items() if value is not None}


PARTS: Final = (
    Part("compute", (_HOURS,), _compute),
    Part("tokens", (_TOKENS,), _tokens),
    Part("drift", (_DRIFT,), _drift),
)
