"""How much more often one innocent kind stands in a small budget than in the population."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from detector.evaluate.answers import Answers
from detector.evaluate.judge import REVIEW_BUDGET
from detector.evaluate.reading import Ints

#: Accounts of a kind below which its figure is chance.
ENOUGH: Final = 30
_DRAWS: Final = 1000


@dataclass(frozen=True)
class Budget:
    """Innocent kinds in the first ``size`` accounts of a list of all ``accounts``.

    ``flagged`` counts accounts of each kind in the budget, ``cases`` the cases that these are
    in, ``kinds`` accounts of each kind in the population.
    """

    size: int
    accounts: int
    flagged: Counter[str]
    cases: Counter[str]
    kinds: Counter[str]

    @classmethod
    def of(cls, accounts: pl.Series, groups: Ints, order: Ints, answers: Answers) -> Budget:
        """The first 1 % of accounts; ``order`` holds the rows that are still on the list.

        ``groups`` numbers the case of each account.
        """
        size = min(math.ceil(REVIEW_BUDGET * len(accounts)), len(order))
        kinds = [answers.kinds.get(key) for key in accounts]
        first = [(kinds[row], int(groups[row])) for row in order[:size].tolist()]
        flagged = Counter(kind for kind, _ in first if kind is not None)
        cases = Counter(kind for kind, _ in set(first) if kind is not None)
        whole = Counter(kind for kind in kinds if kind is not None)
        return cls(size, len(accounts), flagged, cases, whole)


def pooled(budgets: Sequence[Budget]) -> Budget:
    """Budgets of some worlds of one make together."""
    return Budget(
        sum(one.size for one in budgets), sum(one.accounts for one in budgets),
        sum((one.flagged for one in budgets), Counter()),
        sum((one.cases for one in budgets), Counter()),
        sum((one.kinds for one in budgets), Counter()),
    )  # fmt: skip


def cap(budget: Budget) -> dict[str, Any]:
    """Tell how often each kind stands in the budget beside its share of the population.

    Returns
    -------
    dict
        ``worst`` (None where no kind has ``ENOUGH`` accounts) and ``kinds``, each with
        ``kind``, ``accounts``, ``flagged``, ``cases`` and ``times``, worst first; ``too_few``
        lists kinds of fewer accounts; ``by_chance`` is the worst kind's figure in half of all
        lists that are in no order at all.
    """
    enough = [kind for kind, count in budget.kinds.items() if count >= ENOUGH]
    rows = [_row(budget, kind) for kind in sorted(enough)]
    rows.sort(key=lambda row: -row["times"])
    return {
        "worst": rows[0] if rows else None,
        "by_chance": _by_chance(budget, enough),
        "budget": budget.size,
        "kinds": rows,
        "too_few": sorted(set(budget.kinds) - set(enough)),
    }


def _row(budget: Budget, kind: str) -> dict[str, Any]:
    count, flagged = budget.kinds[kind], budget.flagged[kind]
    times = (flagged / budget.size) / (count / budget.accounts) if budget.size else 0.0
    cases = budget.cases[kind]
    return {"kind": kind, "accounts": count, "flagged": flagged, "cases": cases, "times": times}


def _by_chance(budget: Budget, kinds: Sequence[str]) -> float | None:
    if not kinds or not budget.size:
        return None
    counts = np.array([budget.kinds[kind] for kind in sorted(kinds)])
    whole = np.append(counts, budget.accounts - counts.sum())
    draw = np.random.default_rng(0)
    drawn = draw.multivariate_hypergeometric(whole, budget.size, size=_DRAWS)[:, :-1]
    return float(np.median((drawn * (budget.accounts / budget.size) / counts).max(axis=1)))
