"""The page of metrics and its probes, on the house's one server."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from detector.exporter.network import METRICS_PATH, with_counts
from detector.http import (
    BOUNDS,
    Bounds,
    Counts,
    Page,
    PageServer,
    Reply,
    Request,
    Site,
    Web,
    probes,
    text,
)

_NONE_YET: Final = "no results yet"

Text = Callable[[], bytes | None]


class MetricsServer(PageServer):
    """Serves what ``page`` returns; None means that nothing is ready.

    Pages of ``more`` stand beside it, and in the place of its own of the same path.

    Raises
    ------
    UsageError
        If the address is taken, or open to others without authentication.
    """

    def __init__(
        self, listen: str, page: Text, web: Web | None = None, bounds: Bounds = BOUNDS,
        more: Site | None = None,
    ) -> None:  # fmt: skip
        counts = Counts()
        site = with_counts({**metrics_site(page), **(more or {})}, counts)
        super().__init__(listen, site, web or Web(), bounds, counts)


def metrics_site(page: Text) -> Site:
    """The pages beside a text of metrics."""

    def metrics(_request: Request) -> Reply:
        shown = page()
        if shown is None:
            return text(HTTPStatus.SERVICE_UNAVAILABLE, _NONE_YET)
        return Reply(HTTPStatus.OK, CONTENT_TYPE_PLAIN_0_0_4, shown)

    def other(_request: Request) -> Reply:
        return text(HTTPStatus.NOT_FOUND, "see /metrics, /healthz, /readyz")

    return {
        **probes(lambda: page() is not None, _NONE_YET),
        METRICS_PATH: Page(metrics),
        "/": Page(other),
    }
