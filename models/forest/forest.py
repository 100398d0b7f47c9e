"""The isolation forest that serves: arrays only, no library but NumPy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from models.arrays import ArrayReader
from models.errors import ModelFormatError
from models.forest.attribution import expected_sum, path_attributions
from models.forest.builder import grow
from models.forest.kernel import SHARE, leaf_sums, run_blocks
from models.forest.layout import leaf_depths
from models.forest.pathlength import UNIT, average_path_length, stored_length
from models.forest.sampling import make_units
from models.forest.trees import Trees, Values, as_rows, check_trees
from models.forest.treeshap import exact_attributions

Float64 = NDArray[np.float64]
Float32 = NDArray[np.float32]


@dataclass(frozen=True)
class ArrayForest:
    """An isolation forest as flat arrays.

    When it works: many unlabelled rows, few of them odd, oddness visible in single columns or
    small combinations. When not: large coherent groups of odd rows look ordinary to it; and a
    tree on 256 samples cannot tell fine shades inside the bulk.

    Attributes
    ----------
    trees : Trees
        Splits and leaf counts.
    values : (L,) int64 or float64
        Path length of each leaf: integers in units of 2**-20 edges for own forests (sums are
        exact), float64 edges for converted ones (added in tree order, as their library does).
    max_samples : int
        Samples a tree was grown on; the raw score is relative to c(max_samples).
    """

    kind: ClassVar[str] = "forest"

    trees: Trees
    values: Values
    max_samples: int

    @classmethod
    def fit(
        cls,
        X: NDArray[np.floating],
        *,
        n_estimators: int = 1000,
        max_samples: int = 256,
        seed: int = 0,
        groups: NDArray[np.generic] | None = None,
        sample_weight: Float64 | None = None,
    ) -> ArrayForest:
        """Grow a forest.

        Parameters
        ----------
        X : (n, d) float
            Training rows, NaN for missing. Values are used in float32.
        n_estimators, max_samples : int
            Trees, and distinct units drawn for each (at most what there is).
        seed : int
            Same seed, same bits, on every platform.
        groups : (n,) or None
            Linked component of each row: one vote each in a tree's sample, so that many
            linked rows cannot make themselves look ordinary.
        sample_weight : (n,) float64 or None
            Chance weights; a row of weight 0 is never drawn.

        Raises
        ------
        ValueError
            If ``X`` is empty or holds infinities, or a weight is not valid.
        """
        data = as_rows(X, None)
        if not len(data) or not data.shape[1]:
            raise ValueError(f"a forest needs rows and columns, found shape {data.shape}")
        if np.isinf(data).any():
            raise ValueError("X holds an infinity or a value too large for float32")
        units = make_units(len(data), groups, sample_weight)
        size = min(max_samples, units.count)
        trees = grow(data, units, n_estimators, size, seed)
        return cls(trees, stored_length(leaf_depths(trees), trees.cover), size)

    @property
    def n_features(self) -> int:
        """Columns the forest reads."""
        return self.trees.n_features

    @cached_property
    def scale(self) -> float:
        """What a sum of leaf values is divided by: trees x c(max_samples), in stored units."""
        c = float(average_path_length(np.array([self.max_samples]))[0])
        unit = UNIT if self.values.dtype == np.int64 else 1
        return unit * self.trees.count * c

    @property
    def base(self) -> float:
        """Raw score of the average training sample."""
        return float(self._raw(np.array([expected_sum(self.trees, self.values)]))[0])

    def sums(self, X: NDArray[np.floating], *, threads: int = 1) -> Values:
        """Return the summed leaf values of each row, (n,)."""
        data = as_rows(X, self.n_features)
        return leaf_sums(self.trees, data, self.values, threads=threads)

    def raw(self, X: NDArray[np.floating], *, threads: int = 1) -> Float64:
        """Return the depth score 1 - mean depth / c(max_samples): larger = more suspicious.

        It is linear in depth, which makes attributions additive; at most 1, about 0 for
        ordinary rows. A forest grown on one sample gives 0.
        """
        return self._raw(self.sums(X, threads=threads))

    def score_samples(self, X: NDArray[np.floating], *, threads: int = 1) -> Float64:
        """Return -2**(-mean depth / c(max_samples)): larger = more normal (scikit-learn's)."""
        total = self.sums(X, threads=threads)
        if self.scale == 0.0:
            return np.full(len(total), -0.5)
        scores = np.empty(len(total))

        def finish(rows: slice) -> None:
            scores[rows] = -(2.0 ** -(total[rows] / self.scale))

        run_blocks(len(total), threads, SHARE, finish)
        return scores

    def attributions(self, X: NDArray[np.floating], *, threads: int = 1) -> Float64:
        """Return (n, d) contributions; each row sums with `base` to `raw`.

        See `models.forest.attribution.path_attributions`.
        """
        data = as_rows(X, self.n_features)
        if self.scale == 0.0 or not len(data):
            return np.zeros(data.shape)
        sums = path_attributions(self.trees, self.values, data, threads=threads)
        return -(sums / self.scale)

    def exact_attributions(self, X: NDArray[np.floating]) -> Float64:
        """Return (n, d) Shapley values that sum with `base` to `raw`: for the rows people see."""
        return exact_attributions(self, X)

    def with_values(self, values: Values) -> ArrayForest:
        """Return the same trees with other leaf values (decisions or a prior)."""
        return replace(self, values=values)

    def among(self, own: Sequence[str], columns: Sequence[str]) -> ArrayForest:
        """Return the same forest on a matrix of other ``columns`` that holds its ``own``, by name.

        Raises
        ------
        ModelFormatError
            If a column is not there, or they are not as many as the forest reads.
        """
        if len(own) != self.n_features or not set(own) <= set(columns):
            missing = sorted(set(own) - set(columns))
            raise ModelFormatError(
                f"a forest of {self.n_features} columns was to read {len(own)} by name"
                f" (not there: {', '.join(missing) or 'none'}); teach it anew"
            )
        places = np.array([list(columns).index(name) for name in own], dtype=np.int32)
        trees = replace(self.trees, n_features=len(columns), feature=places[self.trees.feature])
        return replace(self, trees=trees)

    def subset(self, chosen: NDArray[np.int64]) -> ArrayForest:
        """Return the forest of some of its trees, in the given order."""
        start = self.trees.leaf_start
        values = [self.values[start[tree] : start[tree + 1]] for tree in chosen]
        return replace(self, trees=self.trees.subset(chosen), values=np.concatenate(values))

    def _raw(self, total: Values) -> Float64:
        if self.scale == 0.0:
            return np.zeros(len(total))
        result: Float64 = 1.0 - total / self.scale
        return result

    def to_arrays(self, prefix: str = "") -> dict[str, NDArray[np.generic]]:
        """Return the arrays that make up the forest, for `models.files.store`."""
        t = self.trees
        arrays: dict[str, NDArray[np.generic]] = {
            "leaf_start": t.leaf_start, "feature": t.feature, "threshold": t.threshold,

            "missing_right": t.missing_right, "left": t.left, "cover": t.cover,
            "values": self.values,
            "shape": np.array([t.n_features, self.max_samples], dtype=np.int64),
        }  # fmt: skip
        return {prefix + name: array for name, array in arrays.items()}

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, NDArray[np.generic]], prefix: str = ""
    ) -> ArrayForest:
        """Check and assemble a stored forest.

        Raises
        ------
        ModelFormatError
            If an array is missing, of a wrong type, or an index points outside its tree.
        """
        get = ArrayReader(arrays, prefix)
        shape = get("shape", np.int64)
        if len(shape) != 2 or not 1 <= shape[0] < 1 << 20 or not 1 <= shape[1] < 1 << 31:
            raise ModelFormatError(f"{prefix}shape must hold columns and samples, found {shape}")
        trees = check_trees(
            int(shape[0]), get("leaf_start", np.int64), get("feature", np.int32),
            get("threshold", np.float32), get("missing_right", np.bool_),
            get("left", np.int32), get("cover", np.int64),
        )  # fmt: skip
        values = get("values", np.int64, np.float64)
        if len(values) != len(trees.cover) or not np.isfinite(values.astype(np.float64)).all():
            raise ModelFormatError(f"{prefix}values must hold one finite number for each leaf")
        if np.abs(values.astype(np.float64)).max() > 2.0**36:
            raise ModelFormatError(f"{prefix}values holds a path length no tree can have")
        return cls(trees, values, int(shape[1]))
