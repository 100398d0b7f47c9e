"""The metrics of one snapshot, part by part; a part that fails reports itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

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
from detector.exporter.catalogue import METRICS, OUTCOMES, QUEUES, SCORE_BANDS
from detector.exporter.labels import distinct, fold, label, largest, pseudonym
from detector.exporter.snapshot import ScoreSummary, Snapshot
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


class SnapshotCollector(Collector):
    """Yields the metrics of one snapshot.

    Parameters
    ----------
    snapshot : Snapshot
    key : bytes
        Key of the pseudonyms.
    healthy : bool
        Whether the last attempt to read results succeeded; False while an old snapshot is
        shown because a newer one cannot be read.
    """

    def __init__(self, snapshot: Snapshot, key: bytes, *, healthy: bool = True) -> None:
        self._snapshot = snapshot
        self._key = key
        self._healthy = healthy

    def collect(self) -> Iterator[Metric]:
        """Yield every family; `enduse_collector_success` last."""
        outcome = {"results": self._healthy}
        for name, part in _PARTS.items():
            try:
                families = list(part(self._snapshot, self._key))
            except _DAMAGE:
                outcome[name] = False
            else:
                outcome[name] = True
                yield from families
        success = _gauge("enduse_collector_success")
        for name in sorted(outcome):
            success.add_metric([name], float(outcome[name]))
        yield success


def exposition(snapshot: Snapshot, key: bytes, *, healthy: bool = True) -> bytes:
    """Return the whole page in the Prometheus text format, version 0.0.4."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(SnapshotCollector(snapshot, key, healthy=healthy))
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


def _numbers(values: Any) -> dict[str, float]:
    """Read a JSON object of numbers; nulls are left out."""
    return {str(name): float(value) for name, value in values.items() if value is not None}


def _seconds(time: str) -> float:
    moment = datetime.fromisoformat(time)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _build(_snapshot: Snapshot, _key: bytes) -> Iterable[Metric]:
    return [_gauge_of("enduse_build_info", {__version__: 1.0})]


def _model(snapshot: Snapshot, _key: bytes) -> Iterable[Metric]:
    model = snapshot.run.get("model") or {}
    info = _gauge("enduse_model_info")
    info.add_metric([label(snapshot.run["model_id"]), label(model.get("sha256") or "")], 1.0)
    trained = _gauge("enduse_model_trained_timestamp_seconds")
    if model.get("trained_at"):
        trained.add_metric([], _seconds(model["trained_at"]))
    elif model.get("trained_on_these_logs"):
        trained.add_metric([], snapshot.published)
    return [info, trained]


def _stages(snapshot: Snapshot, _key: bytes) -> Iterable[Metric]:
    durations = largest(_numbers(snapshot.run["timings"]))
    # A service says of each stage when it ended; a batch ends all at once.
    known = snapshot.run.get("ended") or {}
    ended = {s: _seconds(known[s]) if s in known else snapshot.published for s in durations}
    return [
        _gauge_of("enduse_last_success_timestamp_seconds", ended),
        _gauge_of("enduse_stage_duration_seconds", durations),
    ]


def _rows(snapshot: Snapshot, _key: bytes) -> Iterable[Metric]:
    counts = snapshot.run["counts"]
    sizes = {table: float(outcomes.get("read") or 0) for table, outcomes in counts.items()}
    shown = distinct(sorted(sizes, key=lambda table: (-sizes[table], table))[:_MOST_TABLES])
    family = _counter("enduse_rows_total")
    for table, text in shown.items():
        for outcome in OUTCOMES:
            family.add_metric([text, outcome], float(counts[table].get(outcome) or 0))
    return [family]


_MOST_TABLES: Final = 40


def _watermarks(snapshot: Snapshot, _key: bytes) -> Iterable[Metric]:
    times = {str(t): _seconds(v) for t, v in snapshot.run["watermarks"].items() if v}
    return [_gauge_of("enduse_watermark_timestamp_seconds", largest(times))]


def _scores(snapshot: Snapshot) -> ScoreSummary:
    if snapshot.scores is None:
        raise ValueError("scores.parquet cannot be read")
    return snapshot.scores


def _accounts(snapshot: Snapshot, _key: bytes) -> Iterable[Metric]:
    scores = _scores(snapshot)
    bands = [(str(b), float(n)) for b, n in zip(SCORE_BANDS, scores.bands, strict=True)]
    histogram = HistogramMetricFamily(
        "enduse_account_score",
        METRICS["enduse_account_score"].meaning,
        buckets=[*bands, ("+Inf", float(scores.scored))],
        sum_value=scores.total,
    )
    queues = {queue: float(scores.queues.get(queue, 0)) for queue in QUEUES}
    return [_gauge_of("enduse_accounts", queues), histogram]


def _top(snapshot: Snapshot, key: bytes) -> Iterable[Metric]:
    scores = _scores(snapshot)
    # Coarse steps: a prober who sees the page must not read his distance to a threshold.
    steps = {pseudonym(a, key): round(score * _QUANTUM) / _QUANTUM for a, score in scores.top}
    omitted = _gauge("enduse_top_accounts_omitted")
    omitted.add_metric([], float(scores.accounts - len(steps)))
    return [_gauge_of("enduse_top_account_score", steps), omitted]


def _rings(snapshot: Snapshot, _key: bytes) -> Iterable[Metric]:
    counts = _numbers(snapshot.run["rings"].get("queues") or {})
    return [_gauge_of("enduse_rings", {queue: counts.get(queue, 0.0) for queue in QUEUES})]


def _compute(snapshot: Snapshot, _key: bytes) -> Iterable[Metric]:
    family = _counter("enduse_controlled_gpu_hours_total")
    for gpu, hours in fold(_controlled_hours(snapshot.run)).items():
        family.add_metric([gpu], hours)
    return [family]


def _controlled_hours(run: Mapping[str, Any]) -> dict[str, float]:
    """GPU-hours of controlled GPUs; a run that does not tell them apart is asked by name."""
    if "controlled_gpu_hours" in run:
        return _numbers(run["controlled_gpu_hours"])
    gpus = Catalogue.load().gpus
    controlled = set(gpus.filter("controlled")["gpu_model"])
    return {gpu: h for gpu, h in _numbers(run["gpu_hours"]).items() if gpu in controlled}


def _tokens(snapshot: Snapshot, _key: bytes) -> Iterable[Metric]:
    counts = _numbers(snapshot.run["tokens"])
    family = _counter("enduse_tokens_total")
    for direction in ("input", "output"):
        family.add_metric([direction], counts.get(direction, 0.0))
    return [family]


def _drift(snapshot: Snapshot, _key: bytes) -> Iterable[Metric]:
    values = largest(_numbers(snapshot.run.get("drift") or {}), most=_MOST_FEATURES)
    return [_gauge_of("enduse_feature_drift_psi", values)]


_MOST_FEATURES: Final = 300

_PARTS: Final[dict[str, Callable[[Snapshot, bytes], Iterable[Metric]]]] = {
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
