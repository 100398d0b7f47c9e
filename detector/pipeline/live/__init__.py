"""Scores that follow a state, each the same bits as a batch on the same data.

What does not change is not computed again: rollups of parts that stay, features of accounts
that nothing touched, scores of rows in which no number changed. The first run, the first of a
day (windows and days of silence move for everybody) and any that an earlier as-of makes, are
computed in full.

========= =====================================================================
rollups   the parts of a state, added up, and whose rows have changed
context   whose features change with an account's rows, and what they read
moulds    the same where templates are compared
machines  the same where meters name no account
cutting   rollups of some accounts, in the order of a batch
weighing  identifiers that accounts share, and their edges
links     pairs of accounts, and how they move together
features  features, totals and peers, and which rows have changed
scores    the model's word on each account
engine    the same run as a batch's, on numbers that follow
========= =====================================================================
"""

from __future__ import annotations

from dataclasses import dataclass, field

from detector.pipeline.live.engine import Following
from detector.pipeline.prepare import Progress, Stages
from detector.pipeline.run import Asked, score_source
from detector.pipeline.stored import StoredLogs
from detector.pipeline.training import Trained
from detector.results import Results

__all__ = ["LiveScorer"]


@dataclass
class LiveScorer:
    """Scores one state again and again with a model that is kept.

    Attributes
    ----------
    model
        The model; None learns from each state anew.
    asked
        What each run is asked.
    """

    model: Trained | None
    asked: Asked = field(default_factory=Asked)
    _engine: Following = field(default_factory=Following)

    def score(self, logs: StoredLogs, progress: Progress | None = None) -> Results:
        """Score a state as ``score_logs`` does.

        Raises
        ------
        DataError
            Where the state cannot be scored.
        """
        return score_source(logs, self.model, self.asked, self._engine, Stages(progress))
