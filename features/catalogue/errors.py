"""The one error of the catalogue."""

from __future__ import annotations


class CatalogueError(ValueError):
    """A catalogue file or question that cannot be used: what was found, what was expected."""
