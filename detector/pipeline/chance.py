"""The p-value of an account that may stand in a ring: own and ring together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.pipeline.bystanders import bystanders
from detector.pipeline.prepare import Prepared
from features.evidence import confirmed
from models.account.chance import Chance, statistic
from models.account.rings import Opinion
from models.account.scores import AccountScores


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
    bad = confirmed(prepared.rollups)["account_id"].implode()
    counted = ~prepared.table["account_id"].is_in(bad).to_numpy()
    return Chance.fit(reached[counted], case_of[counted])
