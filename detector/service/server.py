"""The pages of the service on the house's one server."""

from __future__ import annotations

from collections.abc import Callable

from detector.http import BOUNDS, Bounds, PageServer, Site, Web
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
        super().__init__(listen, {**site_of(shown), **(more or {})}, web, bounds)
