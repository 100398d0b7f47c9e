"""What scores accounts and rings of one population, and what was calibrated on clean ones."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.account.chance import Chance
from models.account.model import ProxyModel
from models.account.rings import RingModel
from models.account.scores import AccountScores
from models.population.conformal import Calibration


@dataclass(frozen=True)
class CaseModel:
    """Models of accounts and of rings, with the reference population of both.

    ``chance`` is what the reference population's accounts reach; None in a model that an earlier
    version trained, whose p-values are then measured on the accounts that are scored.
    ``calibration`` holds the statistic of accounts that reviewers cleared and that the model
    did not learn from; None where nobody calibrated the model.
    """

    accounts: ProxyModel
    rings: RingModel
    chance: Chance | None = None
    calibration: Calibration | None = None

    def with_q_values(self, scores: AccountScores, peers: NDArray[np.int64]) -> AccountScores:
        """Return the scores of a whole population with q-values; as they are uncalibrated.

        A q-value depends on everybody who is scored, so parts of a population have none.
        """
        if self.calibration is None or not len(scores.statistic):
            return scores
        return replace(scores, q_value=self.calibration.q_values(scores.statistic, peers))
