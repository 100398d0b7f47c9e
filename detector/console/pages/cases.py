"""All routes about cases, in one tuple."""

from __future__ import annotations

from typing import Final

from detector.console.pages import case, deciding

ROUTES: Final = (*case.ROUTES, *deciding.ROUTES)
