"""Shares and agreement of few judgements, each with the interval that says how few they were."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

#: The normal distribution's 97.5th percentile: intervals hold in 95 of 100.
Z: Final = 1.959963984540054


@dataclass(frozen=True)
class Ratio:
    """``k`` of ``n``, as a share with its 95 % interval; of none, share and interval are None."""

    k: int
    n: int
    share: float | None
    low: float | None
    high: float | None

    @property
    def rest(self) -> Ratio:
        """What the others are: ``n - k`` of ``n``."""
        return ratio(self.n - self.k, self.n)


@dataclass(frozen=True)
class Kappa:
    """Agreement of ``n`` pairs beyond chance, with its 95 % interval."""

    n: int
    value: float
    low: float
    high: float


def ratio(k: int, n: int) -> Ratio:
    """A share with Wilson's interval (E. B. Wilson, JASA 22, 1927, 209-212).

    Examples
    --------
    >>> one = ratio(8, 10)
    >>> round(one.low, 3), round(one.high, 3)
    (0.49, 0.943)
    >>> ratio(0, 0).share is None
    True
    """
    if n == 0:
        return Ratio(0, 0, None, None, None)
    share, square = k / n, Z * Z
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = Z * math.sqrt(share * (1 - share) / n + square / (4 * n * n)) / (1 + square / n)
    low = 0.0 if k == 0 else max(0.0, middle - half)
    return Ratio(k, n, share, low, 1.0 if k == n else min(1.0, middle + half))


def kappa(pairs: Iterable[tuple[str, str]]) -> Kappa | None:
    """Cohen's kappa of pairs of words; None where chance alone would agree every time.

    The interval is of the large-sample standard error of Fleiss, Cohen and Everitt
    (Psychological Bulletin 72, 1969, 323-327; formula 18.13 in Fleiss, Levin and Paik,
    Statistical Methods for Rates and Proportions, 3rd edition, 2003), cut at -1 and 1. It is
    narrow where pairs are few and nobody differed; so figures of few pairs raise no alarm.

    Examples
    --------
    >>> both = kappa([("a", "a")] * 20 + [("a", "b")] * 5 + [("b", "a")] * 10 + [("b", "b")] * 15)
    >>> round(both.value, 3)
    0.4
    """
    table = Counter(pairs)
    n = sum(table.values())
    words = sorted({word for pair in table for word in pair})
    first = {w: sum(table[w, other] for other in words) / n for w in words}
    second = {w: sum(table[other, w] for other in words) / n for w in words}
    same = sum(table[w, w] for w in words) / n if n else 0.0
    chance = math.fsum(first[w] * second[w] for w in words)
    if n == 0 or chance >= 1.0:
        return None
    value = (same - chance) / (1 - chance)
    agreed = math.fsum(
        table[w, w] / n * (1 - (first[w] + second[w]) * (1 - value)) ** 2 for w in words
    )
    differed = (1 - value) ** 2 * math.fsum(
        table[a, b] / n * (second[a] + first[b]) ** 2 for a in words for b in words if a != b
    )
    spread = agreed + differed - (value - chance * (1 - value)) ** 2
    half = Z * math.sqrt(max(0.0, spread) / n) / (1 - chance)
    return Kappa(n, value, max(-1.0, value - half), min(1.0, value + half))
