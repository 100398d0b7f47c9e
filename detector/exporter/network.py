"""What the server itself counts, below the metrics of the run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from detector.exporter.part import MetricSpec, counter
from detector.http import Counts, Reply, Request, Site

METRICS_PATH: Final = "/metrics"

_REFUSALS: Final = MetricSpec(
    "enduse_http_refused_total",
    "counter",
    "clients and requests",
    ("reason",),
    "Clients hung up on and requests refused since the start, by reason.",
    "sum by (reason) (increase(enduse_http_refused_total[1h])) > 0",
)

_FAILURES: Final = MetricSpec(
    "enduse_authentication_failures_total",
    "counter",
    "requests",
    ("reason",),
    "Requests of somebody who is not known, since the start, by what was given.",
    "sum by (reason) (increase(enduse_authentication_failures_total[1h])) > 0",
)

_RELOADS: Final = MetricSpec(
    "enduse_web_config_reloads_total",
    "counter",
    "reloads",
    ("outcome",),
    "Web configurations read again since the start; after one refused, the one before stays.",
    'increase(enduse_web_config_reloads_total{outcome="refused"}[1d]) > 0',
)

_CERTIFICATES: Final = MetricSpec(
    "enduse_certificate_reloads_total",
    "counter",
    "certificates",
    ("outcome",),
    "Certificates whose files changed since the start; after one refused, the one before stays.",
    'increase(enduse_certificate_reloads_total{outcome="refused"}[1d]) > 0',
)

NETWORK: Final = (_REFUSALS, _FAILURES, _RELOADS, _CERTIFICATES)


def with_counts(site: Site, counts: Counts) -> Site:
    """A site whose metrics end in what its server counts, at the moment of the scrape."""
    page = site[METRICS_PATH]

    def counted(request: Request) -> Reply:
        reply = page.answer(request)
        if reply.status is not HTTPStatus.OK:
            return reply
        return replace(reply, body=reply.body + _text(counts))

    return {**site, METRICS_PATH: replace(page, answer=counted)}


def _text(counts: Counts) -> bytes:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Counted(counts))
    return generate_latest(registry)


class _Counted(Collector):
    def __init__(self, counts: Counts) -> None:
        self._counts = counts

    def collect(self) -> Iterator[Metric]:
        """Yield a family for each tally."""
        counts = self._counts
        tallies = (counts.refusals, counts.failures, counts.reloads, counts.certificates)
        for spec, tally in zip(NETWORK, tallies, strict=True):
            yield _family(spec, tally.read())


def _family(spec: MetricSpec, values: Mapping[str, int]) -> Metric:
    family = counter(spec)
    for kind, count in values.items():
        family.add_metric([kind], float(count))
    return family
