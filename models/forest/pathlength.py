"""Expected path lengths of isolation trees, and the integer unit in which they are stored.

Leaf values are stored as integers in units of 2**-20 of an edge. Integer sums are exact in
any order, so a score has the same bits on any number of threads.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: One edge of a tree, in stored units.
UNIT = 1 << 20


def average_path_length(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return c(n), the mean depth of an unsuccessful search in a tree of n points.

    c(1) = 0, c(2) = 1, c(n) = 2 (ln(n - 1) + gamma) - 2 (n - 1) / n: Liu, Ting and Zhou,
    "Isolation Forest", ICDM 2008, doi:10.1109/ICDM.2008.17, equation 1.

    Parameters
    ----------
    counts : (n,) int64
        Numbers of training points, at least 0.

    Returns
    -------
    (n,) float64
        Lengths in edges.

    Examples
    --------
    >>> average_path_length(np.array([1, 2, 256])).round(3).tolist()
    [0.0, 1.0, 10.245]
    """
    n = np.maximum(np.asarray(counts, dtype=np.float64), 3.0)
    long = 2.0 * (np.log(n - 1.0) + np.euler_gamma) - 2.0 * (n - 1.0) / n
    return np.where(counts <= 1, 0.0, np.where(counts == 2, 1.0, long))


def stored_length(depth: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return depth + c(counts) of leaves as integers in units of 2**-20 edges."""
    extra = np.rint(average_path_length(counts) * UNIT).astype(np.int64)
    return depth.astype(np.int64) * UNIT + extra
