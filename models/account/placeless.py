"""What a model says of accounts if their places were ordinary: place never opens a case.

A place may raise a score and a rank. Whether an account is put before a reviewer is asked with
ordinary places in the stead of its own, against a reference population that is read in the same
way. So no set of place signs, in whichever families they live, can bring an account into the
queue: changing nothing but places changes no p-value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.account.columns import FeatureSpec, columns_of, families_of

Float32 = NDArray[np.float32]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Places:
    """Which columns (d,) and which families (F,) are about place."""

    columns: BoolArray
    families: BoolArray

    @classmethod
    def of(cls, specs: Sequence[FeatureSpec]) -> Places:
        """Read them from the columns; a family is, where all of its columns are."""
        columns = np.array([spec.place for spec in specs], dtype=np.bool_)
        whole = [columns[columns_of(specs, family)].all() for family in families_of(specs)]
        return cls(columns, np.array(whole, dtype=np.bool_))

    def seen(self, directed: Float32, columns: NDArray[np.int64] | slice) -> NDArray[np.int64]:
        """Return the rows of directed (n, d) that hold a suspicious place in some columns."""
        mine = directed[:, columns][:, self.columns[columns]]
        return np.flatnonzero((mine > 0.0).any(axis=1))

    def ordinary(self, directed: Float32, columns: NDArray[np.int64] | slice) -> Float32:
        """Return some columns of directed rows (n, d) with ordinary places; missing ones stay."""
        mine, place = directed[:, columns], self.columns[columns]
        calm: Float32 = np.where(place & ~np.isnan(mine), np.float32(0.0), mine)
        return calm
