"""The metrics of one run, part by part; a part that fails reports itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import polars as pl
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from detector.cases.measuring.figures import CaseFigures
from detector.errors import EnduseError
from detector.exporter.catalogue import SUCCESS
from detector.exporter.news import News, news_of
from detector.exporter.part import Shown, Watch, gauge
from detector.exporter.parts import PARTS
from detector.results.published import Published

# What damaged or unexpected results, or cases, can raise while a part is made.
_DAMAGE: Final = (
    ArithmeticError,
    AttributeError,
    EnduseError,
    LookupError,
    TypeError,
    ValueError,
    pl.exceptions.PolarsError,
)


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
        for part in PARTS:
            try:
                families = list(part.make(self._shown))
            except _DAMAGE:
                outcome[part.name] = False
            else:
                outcome[part.name] = True
                yield from families
        success = gauge(SUCCESS)
        for name in sorted(outcome):
            success.add_metric([name], float(outcome[name]))
        yield success


def exposition(
    published: Published, key: bytes, *, healthy: bool = True, watch: Watch | None = None,
    cases: Callable[[], CaseFigures] | None = None, news: News | None = None,
) -> bytes:  # fmt: skip
    """Return the whole page in the Prometheus text format, version 0.0.4.

    ``key`` is that of the pseudonyms; ``watch`` is what a service knows beside the run;
    ``cases`` counts its folder of cases, once a page, and may fail without the page; ``news``
    tells since when who is in a queue: without it, since this run, but whom the run knew before.
    """
    registry = CollectorRegistry(auto_describe=False)
    told = news_of(published) if news is None else news
    shown = Shown(published, key, watch or Watch(), cases, told)
    registry.register(RunCollector(shown, healthy=healthy))
    return generate_latest(registry)
