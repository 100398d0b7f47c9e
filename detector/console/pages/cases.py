"""All routes about cases, in one tuple."""

from __future__ import annotations

from typing import Final

from detector.console.pages import bulk, case, deciding, second

ROUTES: Final = (*case.ROUTES, *deciding.ROUTES, *second.ROUTES, *bulk.ROUTES)
