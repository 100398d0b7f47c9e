"""What a scorer of rows is. A second one is a class like these and its name in `VIEWS`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from models.account.ecod import Ecod
from models.forest.forest import ArrayForest
from models.forest.kernel import Kernel

Rows = NDArray[np.float32]
FloatArray = NDArray[np.float64]


class View(Protocol):
    """Scores directed rows: 0 is ordinary among peers, larger is farther out, NaN is missing.

    Every row is scored alone, so company, order and threads change no bit. Tails, families,
    evidence and reasons are made of these scores by `models.account.model.ProxyModel`.

    Attributes
    ----------
    kind : str
        The name it is chosen and stored by.
    """

    kind: ClassVar[str]

    @classmethod
    def fit(
        cls,
        X: Rows,
        *,
        groups: NDArray[np.generic] | None,
        sample_weight: FloatArray | None,
        seed: int,
        n_estimators: int,
        max_samples: int,
    ) -> Self:
        """Learn what is ordinary from (n, d) rows.

        Parameters
        ----------
        groups : (n,) or None
            Linked component of each row, which must not make itself ordinary by its size.
        sample_weight : (n,) float64 or None
            A row of weight 0 teaches nothing.
        seed : int
            Same seed, same bits.
        n_estimators, max_samples : int
            Trees and their samples; a view without trees passes them over.
        """
        ...

    @property
    def n_features(self) -> int:
        """Columns that are read."""
        ...

    @property
    def base(self) -> float:
        """Raw score before anything is known about a row."""
        ...

    def raw(self, X: Rows, *, kernel: Kernel = "auto", threads: int = 1) -> FloatArray:
        """Return (n,) scores: larger = more suspicious."""
        ...

    def attributions(self, X: Rows, *, kernel: Kernel = "auto", threads: int = 1) -> FloatArray:
        """Return (n, d) contributions, never NaN; each row sums with ``base`` to ``raw``."""
        ...

    def exact_attributions(self, X: Rows) -> FloatArray:
        """Return the same for the rows that people are shown, however long it takes."""
        ...

    def to_arrays(self, prefix: str) -> dict[str, NDArray[np.generic]]:
        """Return one-dimensional arrays of numbers that say everything."""
        ...

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]], prefix: str) -> Self:
        """Check and assemble what `to_arrays` gave.

        Raises
        ------
        ModelFormatError
            If anything does not fit.
        """
        ...


_ALL: Final[tuple[type[View], ...]] = (ArrayForest, Ecod)
#: Views by name; the first is used where nothing is said.
VIEWS: Final[dict[str, type[View]]] = {view.kind: view for view in _ALL}
FOREST: Final = ArrayForest.kind
