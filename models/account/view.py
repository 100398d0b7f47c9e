"""What a scorer of rows is. One of your own is a class like these, or an `OutlierView`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from models.account.ecod import Ecod
from models.forest.forest import ArrayForest

Rows = NDArray[np.float32]
FloatArray = NDArray[np.float64]


class View(Protocol):
    """Scores directed rows: 0 is ordinary among peers, larger is farther out, NaN is missing.

    Every row is scored alone, so company, order and threads change no bit. Tails, families,
    evidence and reasons are made of these scores by ``models.account.model.ProxyModel``.

    It is made by a `ViewMaker`: mostly by its own class. ``models/account/ecod.py`` is one of a
    hundred lines.
    """

    @property
    def kind(self) -> str:
        """The name it is chosen and stored by."""
        ...

    @property
    def n_features(self) -> int:
        """Columns that are read."""
        ...

    @property
    def base(self) -> float:
        """Raw score before anything is known about a row."""
        ...

    def raw(self, X: Rows, *, threads: int = 1) -> FloatArray:
        """Return (n,) float64 scores of (n, d) rows: larger = more suspicious."""
        ...

    def attributions(self, X: Rows, *, threads: int = 1) -> FloatArray:
        """Return (n, d) contributions, never NaN; each row sums with ``base`` to ``raw``."""
        ...

    def exact_attributions(self, X: Rows) -> FloatArray:
        """Return the same for the rows that people are shown, however long it takes."""
        ...

    def to_arrays(self, prefix: str) -> dict[str, NDArray[np.generic]]:
        """Return one-dimensional arrays of numbers that say everything: no code, no pickle."""
        ...


@runtime_checkable
class ViewMaker(Protocol):
    """Makes views: a class with these as class methods, or an object that has settings."""

    @property
    def kind(self) -> str:
        """The name its views are chosen and stored by, of a-z, 0-9, ``-`` and ``_``."""
        ...

    def fit(
        self,
        X: Rows,
        *,
        groups: NDArray[np.generic] | None,
        sample_weight: FloatArray | None,
        seed: int,
        n_estimators: int,
        max_samples: int,
    ) -> View:
        """Learn what is ordinary from (n, d) rows.

        Parameters
        ----------
        X : (n, d) float32
            Directed rows: 0 is ordinary among peers, larger is farther out, NaN is missing.
        groups : (n,) or None
            Linked component of each row, which must not make itself ordinary by its size.
        sample_weight : (n,) float64 or None
            A row of weight 0 teaches nothing.
        seed : int
            Same seed, same bits.
        n_estimators, max_samples : int
            Trees and their samples; a view without trees passes them over.

        Returns
        -------
        View
            What it learnt; it scores rows of the same d columns.
        """
        ...

    def from_arrays(self, arrays: Mapping[str, NDArray[np.generic]], prefix: str) -> View:
        """Check and assemble what `View.to_arrays` gave.

        Raises
        ------
        ModelFormatError
            If anything does not fit.
        """
        ...


_ALL: Final[tuple[ViewMaker, ...]] = (ArrayForest, Ecod)
#: Views that ship, by name; the first is used where nothing is said.
VIEWS: Final[dict[str, ViewMaker]] = {view.kind: view for view in _ALL}
FOREST: Final = ArrayForest.kind
