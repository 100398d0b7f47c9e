"""The shape of every rollup, by its name; each stands beside what makes the rollup."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from features import charges, observed, ownership
from features.shape import Shape

SHAPES: Final[Mapping[str, Shape]] = {
    "usage": charges.SHAPE, "owners": ownership.SHAPE, **observed.SHAPES,
}  # fmt: skip

# Rollups whose times tell when an account was first active.
DATING: Final = tuple(name for name, shape in SHAPES.items() if shape.dates_accounts)
