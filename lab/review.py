"""Weeks of review: a team decides the first cases, the model learns, and the list is made anew.

One population is looked at again and again, so that learning alone changes the list: what is
decided leaves it, and everything else stays where its odds put it. A case is a predicted ring
or an account without one; it is right to confirm it where more than half of its members are
planted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from detector.pipeline.bystanders import bystanders, without_bystanders
from detector.pipeline.decisions import Correction, with_decisions
from detector.pipeline.scoring import score_rings
from lab.trial import Trial
from models.account.case import CaseModel
from models.account.decisions import Decisions
from models.account.said import RawViews

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

CONFIRMED: Final = 1
CLEARED: Final = -1


@dataclass(frozen=True)
class Team:
    """Reviewers: how many cases they decide a week, and how often they are right."""

    capacity: int = 50
    accuracy: float = 1.0
    seed: int = 0


@dataclass(frozen=True)
class Week:
    """What is known after a week: planted cases met so far, planted rings confirmed so far.

    ``before`` and ``after`` are the AUROC of held-out decisions, NaN where nothing was learnt;
    ``learnt`` is whether the check let it.
    """

    right: int
    rings: int
    before: float
    after: float
    learnt: bool


def weeks(trial: Trial, base: CaseModel, team: Team, count: int, *, learn: bool) -> Iterator[Week]:
    """Review a world week after week.

    Parameters
    ----------
    trial : Trial
        A world with its truth.
    base : CaseModel
        The model without decisions; see `models.account.case`.
    team : Team
    count : int
        How many weeks.
    learn : bool
        Whether what was decided changes the list; where the held-out check says that it harms,
        the list of the week before stays.
    """
    draw, case = np.random.default_rng(team.seed), base
    accounts, prepared = base.accounts, trial.prepared
    log = Decisions.none(len(accounts.joint_names), len(accounts.families))
    correction = Correction.of(base, log, prepared, threads=1)
    done, rings, right = np.zeros(len(trial.proxy), dtype=bool), set[str](), 0
    for _ in range(count):
        score, groups = ranked(trial, case, correction.raw)
        labels: dict[str, int] = {}
        for group in first_cases(trial, score, groups, done, team.capacity):
            members = np.flatnonzero((groups == group) & ~done)
            bad = 2 * int(trial.proxy[members].sum()) > len(members)
            confirmed = bad == (draw.random() < team.accuracy)
            right += bad
            if bad and confirmed:
                rings |= {name for name in _planted(trial, members) if name}
            done[members] = True
            word = CONFIRMED if confirmed else CLEARED
            labels |= dict.fromkeys(trial.accounts[members].to_list(), word)
        log = with_decisions(log, labels, accounts, prepared)
        if not learn:
            yield Week(right, len(rings), float("nan"), float("nan"), learnt=False)
            continue
        correction = correction.after(log)
        held = correction.check()
        case = case if held.harms else correction.case(threads=1)
        yield Week(right, len(rings), held.before, held.after, learnt=not held.harms)


def ranked(trial: Trial, case: CaseModel, known: RawViews) -> tuple[Floats, Ints]:
    """Scores of all accounts as `score` gives them, and the case of each."""
    prepared = trial.prepared
    accounts = case.accounts.score(
        prepared.values, prepared.peers, contributions=False, known=known
    )
    scored = score_rings(case, prepared, accounts)
    prepared, part_of = without_bystanders(prepared, bystanders(prepared, scored.placeless))
    ring = np.append(scored.said.of_rings(part_of).ring_score, -1.0)[prepared.ring_of]
    return np.maximum(scored.accounts.evidence, ring), prepared.groups


def first_cases(trial: Trial, score: Floats, groups: Ints, done: Bools, capacity: int) -> list[int]:
    """The first cases of the list with an account that nobody has decided."""
    order = np.lexsort((trial.accounts.to_numpy(), -score))
    open_ones = order[~done[order]]
    _, first = np.unique(groups[open_ones], return_index=True)
    return [int(groups[open_ones[at]]) for at in np.sort(first)[:capacity]]


def _planted(trial: Trial, members: Ints) -> list[str | None]:
    """Planted ring of each member, its own name where it is a ring of one; None if innocent."""
    return [trial.planted[at] for at in members.tolist()]
