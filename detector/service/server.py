"""The pages of the service on the house's one server."""

from __future__ import annotations

from collections.abc import Callable

from detector.http import BOUNDS, Bounds, PageServer, Web
from detector.service.api import Shown, site_of


class LiveServer(PageServer):
    """Serves what ``shown`` returns.

    Raises
    ------
    UsageError
        If the address is taken, or open to others without authentication.
    """

    def __init__(
        self, listen: str, web: Web, shown: Callable[[], Shown], bounds: Bounds = BOUNDS
    ) -> None:
        super().__init__(listen, site_of(shown), web, bounds)
