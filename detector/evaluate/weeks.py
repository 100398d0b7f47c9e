"""Weeks of review: a team decides the first cases, the model learns, and the list is made anew.

A case is a predicted ring or an account without one; it is right to confirm it where more than
half of its members are planted. What is decided, by the team or in the logs, and what is closed
leaves the list. The list is that of rank over all other accounts, so that a week has its
``capacity`` of cases also where fewer are in a queue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import numpy as np

from detector.evaluate.answers import Answers
from detector.evaluate.cap import Budget
from detector.evaluate.exposure import Used, used
from detector.evaluate.looks import Look
from detector.evaluate.reading import Bools, Ints
from detector.evaluate.team import Team
from models.account.decisions import Decisions
from models.account.model import ProxyModel

WORDS: Final = {True: "confirmed_proxy", False: "cleared"}
Told = Mapping[str, tuple[str, datetime]]


@dataclass(frozen=True)
class Decision:
    """A decision about an account, and how the account looked at the time."""

    confirmed: bool
    at: datetime
    values: tuple[float, ...]
    peers: tuple[int, ...]


@dataclass(frozen=True)
class Week:
    """What one week brought.

    Attributes
    ----------
    as_of
        When the world was looked at.
    reviewed, right
        Cases decided in it, and those of them that are planted.
    rings
        Planted rings that were confirmed in it for the first time.
    before, after
        AUROC of held-out decisions without and with learning; NaN where nothing was learnt or
        too little was decided to tell.
    refused
        Whether the check said that learning harms, so that what was learnt before stays.
    budget
        Who stood in the first 1 % of accounts before this week's decisions.
    used
        What each planted ring had used by then.
    """

    as_of: datetime
    reviewed: int
    right: int
    rings: frozenset[str]
    before: float
    after: float
    refused: bool
    budget: Budget
    used: Mapping[str, Used]


@dataclass(frozen=True)
class Way:
    """A team on its way down the list: what it decided, what was learnt of it, and its weeks.

    ``taught`` is how many of the first decisions the model has learnt from.
    """

    team: Team
    learn: bool
    decided: Mapping[str, Decision]
    taught: int
    weeks: tuple[Week, ...]

    @classmethod
    def begin(cls, team: Team, *, learn: bool) -> Way:
        """A team that has decided nothing."""
        return cls(team, learn, {}, 0, ())

    @property
    def rings(self) -> frozenset[str]:
        """Planted rings confirmed so far."""
        return frozenset[str]().union(*(week.rings for week in self.weeks))

    @property
    def told(self) -> Told:
        """Word and time of each decision, as the table of labels holds them."""
        return {key: (WORDS[one.confirmed], one.at) for key, one in self.decided.items()}

    def log(self, accounts: ProxyModel, count: int) -> Decisions:
        """The first ``count`` decisions, in the rows of a model."""
        keys = tuple(self.decided)[:count]
        if not keys:
            return Decisions.none(len(accounts.joint_names), len(accounts.families))
        seen = [self.decided[key] for key in keys]
        values = np.array([one.values for one in seen])
        peers = np.array([one.peers for one in seen], dtype=np.int64)
        labels = np.array([1 if one.confirmed else -1 for one in seen], dtype=np.int64)
        return Decisions(
            keys, accounts.joint_rows(values, peers), accounts.family_levels(values, peers), labels
        )


def a_week(way: Way, look: Look, answers: Answers, capacity: int) -> Way:
    """Let a team decide the first ``capacity`` cases of a population, and learn from them."""
    case = look.case(way.log(look.base.accounts, way.taught))
    score, groups = look.ranked(case)
    done = look.settled | look.accounts.is_in(list(way.decided)).to_numpy()
    order = np.lexsort((look.accounts.to_numpy(), -score))
    order = order[~done[order]]
    cases = first_cases(groups, order, capacity)
    planted = answers.planted(look.accounts)
    bad = np.array([2 * int(planted[rows].sum()) > len(rows) for rows in cases], dtype=bool)
    confirmed = way.team.confirms(bad, len(way.weeks))
    after = replace(way, decided={**way.decided, **_decisions(look, cases, confirmed)})
    after, before_it, after_it, refused = _learnt(after, look)
    week = Week(
        look.as_of, len(cases), int(bad.sum()),
        _rings(look, answers, cases, bad & confirmed) - way.rings,
        before_it, after_it, refused,
        Budget.of(look.accounts, groups, order, answers), used(look.prepared, answers),
    )  # fmt: skip
    return replace(after, weeks=(*way.weeks, week))


def first_cases(groups: Ints, order: Ints, capacity: int) -> list[Ints]:
    """The rows of the first cases; ``order`` holds the rows that are on the list, best first."""
    _, first, inverse = np.unique(groups[order], return_index=True, return_inverse=True)
    chosen = np.argsort(first)[:capacity]
    return [np.sort(order[inverse == case]) for case in chosen.tolist()]


def _decisions(look: Look, cases: Sequence[Ints], confirmed: Bools) -> dict[str, Decision]:
    prepared, found = look.prepared, dict[str, Decision]()
    for rows, word in zip(cases, confirmed.tolist(), strict=True):
        for row in rows.tolist():
            values, peers = prepared.values[row].tolist(), prepared.peers[row].tolist()
            found[look.accounts[row]] = Decision(word, look.as_of, tuple(values), tuple(peers))
    return found


def _rings(look: Look, answers: Answers, cases: Sequence[Ints], hit: Bools) -> frozenset[str]:
    keys = (look.accounts[row] for at in np.flatnonzero(hit).tolist() for row in cases[at].tolist())
    return frozenset(answers.rings[key] for key in keys if key in answers.rings)


def _learnt(way: Way, look: Look) -> tuple[Way, float, float, bool]:
    """Learn from all decisions unless the check says that it harms; and what the check says."""
    if not way.learn:
        return way, float("nan"), float("nan"), False
    held = look.corrected(way.log(look.base.accounts, len(way.decided))).check()
    taught = way.taught if held.harms else len(way.decided)
    return replace(way, taught=taught), held.before, held.after, held.harms


def still(
    look: Look, ways: Sequence[Way], answers: Answers, *, capacity: int, weeks: int
) -> list[Way]:
    """Look at one population again and again, so that learning alone changes the list."""
    for _ in range(weeks):
        ways = [a_week(way, look, answers, capacity) for way in ways]
    return list(ways)


def moving(
    looks: Iterable[Callable[[Told], Look]],
    ways: Sequence[Way],
    answers: Answers,
    *,
    capacity: int,
) -> list[Way]:
    """Look at a world week after week; what was decided comes back as its table of labels.

    Each of ``looks`` gives a week's population and model, once decisions so far are known.
    """
    for look in looks:
        seen: dict[tuple[tuple[str, tuple[str, datetime]], ...], Look] = {}
        after = []
        for way in ways:
            told = tuple(way.told.items())
            if told not in seen:  # teams that decided alike see the same
                seen[told] = look(way.told)
            after.append(a_week(way, seen[told], answers, capacity))
        ways = after
    return list(ways)
