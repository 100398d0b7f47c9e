"""The metrics of one run, part by part; a part that fails reports itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import polars as pl
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from detector import __version__
from detector.exporter.catalogue import METRICS, SHOWN_OUTCOMES
from detector.exporter.labels import distinct, fold, label, largest, pseudonym
from detector.results.published import SCORE_BANDS, Published, ScoreSummary
from detector.results.run import Run
from detector.results.words import QUEUES
from features.catalogue import Catalogue

# What damaged or unexpected results can raise while a part is made.
_DAMAGE: Final = (
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
    pl.exceptions.PolarsError,
)
_QUANTUM: Final = 100


@dataclass(frozen=True)
class Watch:
    """What a service knows of its stages: seconds of each, and when it last ended (Unix time)."""

    seconds: Mapping[str, float] = field(default_factory=dict)
    ended: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Shown:
    """What the parts of a page are made from."""

    published: Published
    key: bytes
    watch: Watch

    @property
    def run(self) -> Run:
        """The run shown; asking for a part that is damaged is an AttributeError."""
        return self.published.run


class RunCollector(Collector):
    """Yields the metrics of one run.

    Parameters
    ----------
    shown : Shown
    healthy : bool
        Whether the last attempt to read results succeeded; False while an old run is shown
        because a newer one cannot be read.
    """

    def __init__(self, shown: Shown, *, healthy: bool = True) -> None:
        self._shown = shown
        self._healthy = healthy

    def collect(self) -> Iterator[Metric]:
        """Yield every family; `enduse_collector_success` last."""
        outcome = {"results": self._healthy}
        for name, part in _PARTS.items():
            try:
                families = list(part(self._shown))
            except _DAMAGE:
                outcome[name] = False
            else:
                outcome[name] = True
                yield from families
        success = _gauge("enduse_collector_success")
        for name in sorted(outcome):
            success.add_metric([name], float(outcome[name]))
        yield success


def exposition(
    published: Published, key: bytes, *, healthy: bool = True, watch: Watch | None = None
) -> bytes:
    """Return the whole page in the Prometheus text format, version 0.0.4.

    ``key`` is that of the pseudonyms; ``watch`` is what a service knows beside the run.
    """
    registry = CollectorRegistry(auto_describe=False)
    shown = Shown(published, key, watch or Watch())
    registry.register(RunCollector(shown, healthy=healthy))
    return generate_latest(registry)


def _gauge(name: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, METRICS[name].meaning, labels=METRICS[name].labels)


def _counter(name: str) -> CounterMetricFamily:
    return CounterMetricFamily(name, METRICS[name].meaning, labels=METRICS[name].labels)


def _gauge_of(name: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    family = _gauge(name)
    for text, value in values.items():
        family.add_metric([text], value)
    return family


def _numbers(values: Mapping[str, float | None]) -> dict[str, float]:
    """Numbers by name; what is null is left out."""
    return {name: value for name, value in values.items() if value is not None}


def _seconds(time: str) -> float:
    moment = datetime.fromisoformat(time)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _build(_shown: Shown) -> Iterable[Metric]:
    return [_gauge_of("enduse_build_info", {__version__: 1.0})]


def _model(shown: Shown) -> Iterable[Metric]:
    model = shown.run.model
    info = _gauge("enduse_model_info")
    info.add_metric([label(shown.run.model_id), label(model.sha256 or "")], 1.0)
    trained = _gauge("enduse_model_trained_timestamp_seconds")
    if model.trained_at:
        trained.add_metric([], _seconds(model.trained_at))
    elif model.trained_on_these_logs:
        trained.add_metric([], shown.published.at)
    return [info, trained]


def _stages(shown: Shown) -> Iterable[Metric]:
    watch = shown.watch
    unmeasured = dict.fromkeys(watch.ended, 0.0)
    durations = largest({**unmeasured, **shown.run.timings, **watch.seconds})
    # A service says of each stage when it ended; a batch ends all at once.
    ended = {stage: watch.ended.get(stage, shown.published.at) for stage in durations}
    return [
        _gauge_of("enduse_last_success_timestamp_seconds", ended),
        _gauge_of("enduse_stage_duration_seconds", durations),
    ]


def _rows(shown: Shown) -> Iterable[Metric]:
    counts = shown.run.counts
    sizes = {table: counted.read for table, counted in counts.items()}
    named = distinct(sorted(sizes, key=lambda table: (-sizes[table], table))[:_MOST_TABLES])
    family = _counter("enduse_rows_total")
    for table, text in named.items():
        for outcome in SHOWN_OUTCOMES:
            family.add_metric([text, outcome], float(getattr(counts[table], outcome)))
    return [family]


_MOST_TABLES: Final = 40


def _watermarks(shown: Shown) -> Iterable[Metric]:
    times = {str(t): _seconds(v) for t, v in shown.run.watermarks.items() if v}
    return [_gauge_of("enduse_watermark_timestamp_seconds", largest(times))]


def _scores(shown: Shown) -> ScoreSummary:
    if shown.published.scores is None:
        raise ValueError("scores.parquet cannot be read")
    return shown.published.scores


def _accounts(shown: Shown) -> Iterable[Metric]:
    scores = _scores(shown)
    bands = [(str(b), float(n)) for b, n in zip(SCORE_BANDS, scores.bands, strict=True)]
    histogram = HistogramMetricFamily(
        "enduse_account_score",
        METRICS["enduse_account_score"].meaning,
        buckets=[*bands, ("+Inf", float(scores.scored))],
        sum_value=scores.total,
    )
    queues = {queue: float(scores.queues.get(queue, 0)) for queue in QUEUES}
    return [_gauge_of("enduse_accounts", queues), histogram]


def _top(shown: Shown) -> Iterable[Metric]:
    scores = _scores(shown)
    # Coarse steps: a prober who sees the page must not read his distance to a threshold.
    steps = {pseudonym(a, shown.key): round(score * _QUANTUM) / _QUANTUM for a, score in scores.top}
    omitted = _gauge("enduse_top_accounts_omitted")
    omitted.add_metric([], float(scores.accounts - len(steps)))
    return [_gauge_of("enduse_top_account_score", steps), omitted]


def _rings(shown: Shown) -> Iterable[Metric]:
    counts = shown.run.rings.queues
    return [_gauge_of("enduse_rings", {queue: float(counts.get(queue, 0)) for queue in QUEUES})]


def _compute(shown: Shown) -> Iterable[Metric]:
    family = _counter("enduse_controlled_gpu_hours_total")
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
    family = _counter("enduse_tokens_total")
    for direction in ("input", "output"):
        family.add_metric([direction], float(counts.get(direction, 0)))
    return [family]


def _drift(shown: Shown) -> Iterable[Metric]:
    values = largest(_numbers(shown.run.drift), most=_MOST_FEATURES)
    return [_gauge_of("enduse_feature_drift_psi", values)]


_MOST_FEATURES: Final = 300

_PARTS: Final[dict[str, Callable[[Shown], Iterable[Metric]]]] = {
    "build": _build,
    "model": _model,
    "stages": _stages,
    "rows": _rows,
    "watermarks": _watermarks,
    "accounts": _accounts,
    "top_accounts": _top,
    "rings": _rings,
    "compute": _compute,
    "tokens": _tokens,
    "drift": _drift,
}
