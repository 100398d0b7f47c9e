"""The pages of the service on the house's one server."""

from __future__ import annotations

from collections.abc import Callable

from detector.exporter.network import with_counts
from detector.http import BOUNDS, Bounds, Counts, PageServer, Site, Web
from detector.service.api import Shown, site_of


class LiveServer(PageServer):
    """Serves what ``shown`` returns.

    Pages of ``more`` stand beside it, and in the place of its own of the same path.

    Raises
    ------
    UsageError
        If the address is taken, or open to others without authentication.
    """

    def __init__(
        self, listen: str, web: Web, shown: Callable[[], Shown], bounds: Bounds = BOUNDS,
        more: Site | None = None,
    ) -> None:  # fmt: skip
        counts = Counts()
        site = with_counts({**site_of(shown), **(more or {})}, counts)
        super().__init__(listen, site, web, bounds, counts)
