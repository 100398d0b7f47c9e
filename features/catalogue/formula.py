"""Export class of a chip from its published figures.

The formula is that of ECCN 3A090 (Commerce Control List, Supplement No. 1 to 15 CFR Part
774): TPP = TOPS x bit length, the largest over the precisions, without sparsity; performance
density = TPP / applicable die area.
"""

from __future__ import annotations

from typing import Final, Literal

Class3A090 = Literal["a", "b", "none", "unknown"]
CLASSES: Final[tuple[Class3A090, ...]] = ("a", "b", "none", "unknown")
CONTROLLED: Final = frozenset({"a", "b"})


def total_processing_performance(dense_tops: float, bit_length: int) -> int:
    """Return TPP, rounded to a whole number.

    Parameters
    ----------
    dense_tops
        Tera-operations per second without sparsity, a multiply-add counted as two.
    bit_length
        Bits of the operands these operations work on.

    Examples
    --------
    >>> total_processing_performance(624, 8)
    4992
    """
    return round(dense_tops * bit_length)


def class_3a090(tpp: float | None, performance_density: float | None) -> Class3A090:
    """Return the paragraph of ECCN 3A090 that the figures fall under.

    Parameters
    ----------
    tpp
        Total processing performance; None where no figure is published.
    performance_density
        TPP per square millimetre of applicable die area; None where no area is known.

    Returns
    -------
    str
        ``a``, ``b`` or ``none``; ``unknown`` where the missing figure would decide.

    Examples
    --------
    >>> class_3a090(4992, 6.04), class_3a090(1940, 6.6), class_3a090(2394, 3.81)
    ('a', 'a', 'b')
    >>> class_3a090(2368, 2.91), class_3a090(2000, None), class_3a090(1040, None)
    ('none', 'unknown', 'none')
    """
    if tpp is None:
        return "unknown"
    if tpp >= 4800:
        return "a"
    if tpp < 1600:
        return "none"
    if performance_density is None:
        return "unknown"
    if performance_density >= 5.92:
        return "a"
    dense_enough = 1.6 if tpp >= 2400 else 3.2
    return "b" if performance_density >= dense_enough else "none"
