"""The p-value of an account that may stand in a ring, and how many are small by chance."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from detector.pipeline.bystanders import bystanders
from detector.pipeline.prepare import Prepared
from detector.results.runparts import RunChance
from features.evidence import confirmed
from models.account.chance import Chance, statistic
from models.account.rings import Opinion
from models.account.scores import AccountScores

# Standard deviations by which a number of cases has to differ before it is called another.
_APART: Final = 2.0


@dataclass(frozen=True)
class Together:
    """What speaks for a review of each account (n,), with ordinary places.

    Attributes
    ----------
    reached
        The statistic of `models.account.chance`.
    opened
        Whether the ring says more than the account alone.
    """

    reached: NDArray[np.float64]
    opened: NDArray[np.bool_]

    @classmethod
    def of(
        cls, accounts: AccountScores, placeless: Opinion, ring_of: NDArray[np.int64]
    ) -> Together:
        """Join what is said of accounts and of their rings (-1 is none)."""
        ring = of_members(placeless.ring_score, ring_of, np.nan)
        opened = ring > placeless.evidence
        tail = np.where(opened, of_members(placeless.ring_tail, ring_of, 1.0), 1.0)
        return cls(statistic(accounts.p_value, tail, accounts.placeless_level), opened)


def of_members(
    rings: NDArray[np.float64], ring_of: NDArray[np.int64], alone: float
) -> NDArray[np.float64]:
    """What holds for each account's ring, (n,); ``alone`` without one."""
    found: NDArray[np.float64] = np.append(rings, alone)[ring_of]
    return found


def reference(prepared: Prepared, accounts: AccountScores, placeless: Opinion) -> Chance:
    """Take a population as the reference of p-values.

    Who is known to be bad does not count: as people confirm, nobody else becomes less rare.
    Bystanders count as if they were alone, as they are when cases are made. A ring that falls
    apart without them still counts here, which makes p-values larger, if anything.
    """
    ring_of = np.where(bystanders(prepared, placeless), -1, prepared.ring_of)
    reached = Together.of(accounts, placeless, ring_of).reached
    alone = np.arange(ring_of.size) + prepared.rings.height
    case_of = np.where(ring_of >= 0, ring_of, alone)
    among = counted(prepared)
    return Chance.fit(reached[among], case_of[among])


def counted(prepared: Prepared) -> NDArray[np.bool_]:
    """Which accounts (n,) count where p-values are measured: those not known to be bad."""
    bad = confirmed(prepared.rollups)["account_id"].implode()
    return ~prepared.table["account_id"].is_in(bad).to_numpy()


def by_chance(scores: pl.DataFrame, chance: Chance, alpha: float, *, own_logs: bool) -> RunChance:
    """The cases of the proxy queue beside those of a population in which nothing is wrong."""
    queued = scores.filter(pl.col("queue") == "proxy")
    cases = queued.select(pl.coalesce("ring_id", "account_id")).n_unique()
    accounts = alpha * scores.height
    expected = accounts * chance.cases(alpha)
    # Both numbers vary: this run's, and the share that the reference population told.
    spread = sqrt(expected * (1.0 + scores.height / max(1, len(chance.reached))))
    said = _same(cases, expected) if own_logs else _beside(cases, expected, _APART * spread)
    return RunChance(
        cases=cases, accounts=queued.height,
        cases_by_chance=round(expected, 2), accounts_by_chance=round(accounts, 2),
        own_logs=own_logs, sentence=said,
    )  # fmt: skip


def _same(cases: int, expected: float) -> str:
    return (
        f"{_stand(cases)} in the proxy queue. P-values are measured on these same logs, so about "
        f"{expected:,.0f} would stand there if nothing were wrong, and hardly more if much is: "
        "their order tells, their number does not. Score later logs with a trained model to compare"
    )


def _beside(cases: int, expected: float, apart: float) -> str:
    lead = (
        f"{_stand(cases)} in the proxy queue; a population of this size in which nothing is wrong "
        f"gives about {expected:,.0f} by chance"
    )
    if cases > expected + apart:
        more = f"{lead}: {cases - expected:,.0f} more than chance explains"
        return f"{more}, unless customers have changed since the model was trained"
    fewer = cases < expected - apart
    return f"{lead}: {'fewer than that' if fewer else 'their number is no sign that anything is'}"


def _stand(cases: int) -> str:
    return f"{cases:,} case stands" if cases == 1 else f"{cases:,} cases stand"
