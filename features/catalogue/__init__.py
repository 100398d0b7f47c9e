"""GPU catalogue: instance type -> GPU model and count, and each GPU's export figures."""

from __future__ import annotations

from features.catalogue.book import MAPPED_SCHEMA, Catalogue
from features.catalogue.errors import CatalogueError
from features.catalogue.formula import class_3a090
from features.catalogue.matching import ROW_COLUMNS

__all__ = ["MAPPED_SCHEMA", "ROW_COLUMNS", "Catalogue", "CatalogueError", "class_3a090"]
