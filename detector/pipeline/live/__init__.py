"""Scores that follow a state, each the same bits as a batch on the same data.

What does not change is not computed again: rollups of parts that stay, features of accounts
that nothing touched, scores of rows in which no number changed. The first run, the first of a
day (windows and days of silence move for everybody) and any that an earlier as-of makes, are
computed in full.

========= =====================================================================
rollups   the parts of a state, added up, and whose rows have changed
context   whose features change with an account's rows, and what they read
links     edges and pairs of accounts
features  features, totals and peers, and which rows have changed
scores    the model's word on each account
========= =====================================================================
"""

from __future__ import annotations

from dataclasses import dataclass, field

from detector.pipeline import score_logs
from detector.pipeline.card import drift, model_record
from detector.pipeline.live import features, scores
from detector.pipeline.live.features import Numbers
from detector.pipeline.live.rollups import KeptRollups
from detector.pipeline.live.scores import Remembering, Scores
from detector.pipeline.prepare import Progress, Stages, find_rings
from detector.pipeline.record import run_record, timelines
from detector.pipeline.scoring import assemble, score_rings
from detector.pipeline.stored import StoredLogs
from detector.pipeline.training import Trained, notes
from detector.pipeline.watching import watch
from detector.results import Results
from features.build import REGISTRY
from models.account.case import CaseModel

__all__ = ["LiveScorer"]


@dataclass
class LiveScorer:
    """Scores one state again and again with a model that is kept.

    Attributes
    ----------
    model
        The model; None learns from each state anew, which costs a full run each time.
    """

    model: Trained | None
    seed: int = 0
    alpha: float = 0.01
    threads: int = 1
    _rollups: KeptRollups = field(default_factory=KeptRollups)
    _kept: tuple[Numbers, Scores] | None = None

    def score(self, logs: StoredLogs, progress: Progress | None = None) -> Results:
        """Score a state as ``score_logs`` does.

        Raises
        ------
        DataError
            Where the state cannot be scored.
        """
        if self.model is None or self.model.choose(None) in self.model.later:
            return score_logs(
                logs, self.model, seed=self.seed, alpha=self.alpha, threads=self.threads,
                progress=progress,
            )  # fmt: skip
        stages = Stages(progress)
        case = self.model.cases[self.model.choose(None)]
        numbers, found = self._follow(logs, case, stages)
        prepared = find_rings(numbers.rollups, numbers.table, numbers.values, numbers.peers, stages)
        with stages.stage("explain", 0.95):
            scored, explainer = score_rings(case, prepared, found.accounts), Remembering(found)
            table, rings = assemble(
                prepared, scored, case.accounts.model_id, self.alpha, None, explainer
            )
            self._kept = numbers, explainer.scores
            lines = timelines(prepared.rollups, table)
        run = run_record(
            logs, prepared, table, rings, stages,
            engine="local", seed=self.seed, alpha=self.alpha, threads=self.threads,
            model_id=case.accounts.model_id,
            model={
                "trained_on_these_logs": False, "features": len(REGISTRY),
                "prior": self.model.choose(None),
                **model_record(case.accounts, self.model.card),
            },
            drift=drift(case.accounts, prepared),
            **watch(self.model, prepared, table, None, self.threads),
        )  # fmt: skip
        run["notes"] += notes(case)
        return Results(table, rings, prepared.table, logs.quarantine, lines, run)

    def _follow(self, logs: StoredLogs, case: CaseModel, stages: Stages) -> tuple[Numbers, Scores]:
        """Numbers and scores as of now; what was kept is used up, also where this fails."""
        kept, self._kept = self._kept, None
        rollups, self._rollups = self._rollups, KeptRollups()
        with stages.stage("merge", 0.1):
            moved = rollups.follow(logs)
        with stages.stage("features", 0.5):
            followed = None if kept is None else features.follow(kept[0], moved)
            if kept is None or followed is None:
                numbers = features.numbers(rollups.in_order())
            else:
                numbers = followed.numbers
        with stages.stage("score", 0.8):
            if kept is None or followed is None:
                found = scores.score_all(case.accounts, numbers.values, numbers.peers, self.threads)
            else:
                found = scores.follow(kept[1], followed, case.accounts, self.threads)
        self._rollups, self._kept = rollups, (numbers, found)
        return numbers, found
