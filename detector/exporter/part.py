"""A part of the page: its metrics, and what makes them of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from detector.cases.measuring.figures import CaseFigures
from detector.exporter.news import News
from detector.results.published import Published
from detector.results.run import Run


@dataclass(frozen=True)
class MetricSpec:
    """One metric family as the contract names it; ``meaning`` is also its HELP line."""

    name: str
    kind: Literal["gauge", "counter", "histogram"]
    unit: str
    labels: tuple[str, ...]
    meaning: str
    query: str


@dataclass(frozen=True)
class Fault:
    """What fails: since when (Unix time), and what is wrong, in one word."""

    since: float
    reason: str


@dataclass(frozen=True)
class Watch:
    """What a service knows of itself; a batch has nothing of it.

    Attributes
    ----------
    seconds, ended
        By stage: how long it took, and when it last ended well (Unix time).
    started
        When the service started (Unix time); None for a batch.
    deaths
        How often its worker ended before its time.
    failed
        By stage: how many looks it failed in.
    faults
        By stage: what fails now.
    aside
        By table: files that stand aside now; None where the run tells.
    """

    seconds: Mapping[str, float] = field(default_factory=dict)
    ended: Mapping[str, float] = field(default_factory=dict)
    started: float | None = None
    deaths: int = 0
    failed: Mapping[str, int] = field(default_factory=dict)
    faults: Mapping[str, Fault] = field(default_factory=dict)
    aside: Mapping[str, int] | None = None


@dataclass(frozen=True)
class Shown:
    """What the parts of a page are made from.

    ``cases`` counts those of a folder of cases; ``news`` tells since when who is in a queue.
    """

    published: Published
    key: bytes
    watch: Watch
    cases: Callable[[], CaseFigures] | None = None
    news: News | None = None

    @property
    def run(self) -> Run:
        """The run shown; asking for a part that is damaged is an AttributeError."""
        return self.published.run


@dataclass(frozen=True)
class Part:
    """Metrics that are made together; where that fails, they stay away and the part says so."""

    name: str
    metrics: tuple[MetricSpec, ...]
    make: Callable[[Shown], Iterable[Metric]]


def gauge(spec: MetricSpec) -> GaugeMetricFamily:
    """An empty gauge."""
    return GaugeMetricFamily(spec.name, spec.meaning, labels=spec.labels)


def counter(spec: MetricSpec) -> CounterMetricFamily:
    """An empty counter."""
    return CounterMetricFamily(spec.name, spec.meaning, labels=spec.labels)


def gauge_of(spec: MetricSpec, values: Mapping[str, float]) -> GaugeMetricFamily:
    """A gauge of one label."""
    family = gauge(spec)
    for text, value in values.items():
        family.add_metric([text], value)
    return family


def seconds_of(time: str) -> float:
    """Unix time of an ISO time; one without an offset is UTC."""
    moment = datetime.fromisoformat(time)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
