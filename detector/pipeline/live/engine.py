"""The engine of a state that is scored again and again: it computes what has changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from detector.errors import UsageError
from detector.pipeline.live import features, scores
from detector.pipeline.live.features import Followed, Numbers
from detector.pipeline.live.rollups import KeptRollups, Moved
from detector.pipeline.live.scores import Remembering
from detector.pipeline.prepare import Prepared, Stages, find_rings
from detector.pipeline.scoring import Explainer
from detector.pipeline.stored import StoredLogs
from detector.sources import Source
from models.account.model import ProxyModel
from models.account.said import RawViews
from models.account.scores import AccountScores


@dataclass
class Following:
    """Numbers and scores of the run before, and what has changed since.

    What was kept is used up by a run: where one fails, the next is computed in full.
    """

    name: str = "local"
    _rollups: KeptRollups = field(default_factory=KeptRollups)
    _numbers: Numbers | None = None
    _followed: Followed | None = None
    _model: ProxyModel | None = None
    _before: Remembering | None = None
    _explainer: Remembering | None = None

    def prepare(self, source: Source, as_of: datetime | None, stages: Stages) -> Prepared:
        """Bring numbers to what a state holds now.

        Raises
        ------
        UsageError
            Where the source is no state, or is asked for another moment than its own.
        """
        if not isinstance(source, StoredLogs) or as_of not in (None, source.as_of):
            raise UsageError("live scores follow a state as it is; open it at the as-of wanted")
        kept, self._numbers = self._numbers, None
        rollups, self._rollups = self._rollups, KeptRollups()
        self._before, self._explainer = self._explainer, None
        with stages.stage("merge", 0.1):
            moved = rollups.follow(source)
        with stages.stage("features", 0.5):
            numbers = self._numbers_of(kept, moved, rollups)
        self._rollups, self._numbers = rollups, numbers
        return find_rings(numbers.population, numbers.table, numbers.values, numbers.peers, stages)

    def _numbers_of(self, kept: Numbers | None, moved: Moved, rollups: KeptRollups) -> Numbers:
        """Features as of now, and which rows of them are others than before."""
        self._followed = None if kept is None else features.follow(kept, moved)
        if self._followed is not None:
            return self._followed.numbers
        numbers = features.numbers(rollups.in_order())
        self._followed = None if kept is None else features.compared(kept, numbers)
        return numbers

    def score(
        self,
        model: ProxyModel,
        prepared: Prepared,
        threads: int,
        known: RawViews | None = None,  # noqa: ARG002 - a model that was learnt here scores once
    ) -> AccountScores:
        """Score the rows that have changed; all, where the model is another."""
        before, self._before = self._before, None
        if before is None or self._followed is None or self._model is not model:
            found = scores.score_all(model, prepared.values, prepared.peers, threads)
        else:
            found = scores.follow(before.scores, self._followed, model, threads)
        self._explainer, self._model = Remembering(found), model
        return found.accounts

    def explainer(self) -> Explainer:
        """One that remembers what it said of rows that have not changed."""
        return self._explainer or Explainer()
