"""The shape of every rollup, by its name; each stands beside what makes the rollup."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from features import charges, observed
from features.shape import Shape

SHAPES: Final[Mapping[str, Shape]] = {"usage": charges.SHAPE, **observed.SHAPES}

# Rollups whose times tell when an account was first active.
DATING: Final = tuple(name for name, shape in SHAPES.items() if shape.dates_accounts)
