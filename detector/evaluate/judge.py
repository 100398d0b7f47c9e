"""One world's scores against its truth, kept so that worlds can be pooled."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import polars as pl

from detector.errors import UsageError
from detector.evaluate.cases import Cases, Floats, review
from detector.evaluate.linked import ring_linkage
from detector.evaluate.mechanisms import FAMILIES_OF_TYPOLOGY
from detector.evaluate.reading import Bools, Ints, World, read_world
from detector.evaluate.tables import Table

REVIEW_BUDGET: Final = 0.01
TOP_FAMILIES: Final = 3


@dataclass(frozen=True)
class Rings:
    """The planted rings of one world; every array has one entry per ring.

    ``found_as_shown`` goes by the reviewer's page; NaN where the scores name no queues.
    """

    name: list[str]
    typology: list[str]
    size: Ints
    linkage: list[str]
    found: Floats
    found_as_shown: Floats


@dataclass(frozen=True)
class Proxies:
    """The planted proxies of one world in the order of their places.

    ``ahead`` and ``beside`` count the other accounts before and at the same place,
    ``end`` is the last proxy at the same place, ``caught`` the chance of being in a
    correct case within capacity, ``hit`` whether the planted mechanism is among the
    reasons (NaN where that cannot be said).
    """

    ring: Ints
    end: Ints
    ahead: Floats
    beside: Floats
    caught: Floats
    hit: Floats


@dataclass(frozen=True)
class Reviewable:
    """Cases with a chance of review; ``rings`` (n, r) is the mix of rings of the correct."""

    chance: Floats
    correct: Bools
    rings: Floats


@dataclass(frozen=True)
class Judgement:
    """Everything a figure of one or many worlds is computed from.

    ``reviewable`` goes by rank, ``shown`` by the reviewer's page (None where the scores name
    no queues).
    """

    capacity: int
    accounts: int
    cases: int
    rings: Rings
    proxies: Proxies
    reviewable: Reviewable
    shown: Reviewable | None
    others: int
    archetypes: dict[str, Floats]
    victims: Ints
    queue: Ints
    untold: int
    unscored: int


def judge(
    scores: Table,
    truth: Table,
    capacity: int = 50,
    *,
    links: pl.DataFrame | None = None,
) -> Judgement:
    """Judge one world.

    Parameters
    ----------
    scores, truth
        Tables or files of the data contract. Of the scores, ``account_id`` and ``rank``
        (or ``score``) are needed; queue, ring_id and families are read where present.
    capacity : int
        Cases that can be reviewed.
    links : DataFrame, optional
        The ``account_links`` table; with it rings are told apart as linked or unlinked.

    Raises
    ------
    DataError
        If a file or a column is missing or holds something else, an account appears twice,
        or the truth is of other accounts.
    UsageError
        If capacity is not positive.
    """
    if capacity < 1:
        raise UsageError(f"capacity is {capacity}; expected at least 1 case")
    world = read_world(scores, truth)
    cases, shown = Cases.of(world, capacity), Cases.shown(world, capacity)
    ring_count = int(world.ring.max(initial=-1)) + 1
    return Judgement(
        capacity=capacity,
        accounts=world.place.size,
        cases=cases.place.size,
        rings=_rings(world, cases, shown, ring_count, links),
        proxies=_proxies(world, cases),
        reviewable=_reviewable(world, cases, ring_count),
        shown=None if shown is None else _reviewable(world, shown, ring_count),
        others=int((~world.proxy).sum()),
        archetypes=_archetypes(world),
        victims=_in_proxy_queue(world, [role == "victim" for role in world.role]),
        queue=_in_proxy_queue(world, world.proxy.tolist()),
        untold=world.untold,
        unscored=world.unscored,
    )


def _rings(
    world: World, cases: Cases, shown: Cases | None, count: int, links: pl.DataFrame | None
) -> Rings:
    members = _members(world.ring, count)
    accounts = [[world.account[i] for i in rows] for rows in members]
    return Rings(
        name=[world.ring_name[rows[0]] for rows in members],
        typology=[_commonest([world.typology[i] for i in rows]) for rows in members],
        size=np.array([rows.size for rows in members], dtype=np.int64),
        linkage=ring_linkage(accounts, links),
        found=_found(world, cases, members),
        found_as_shown=_found(world, shown, members),
    )


def _found(world: World, cases: Cases | None, members: list[Ints]) -> Floats:
    if cases is None:
        return np.full(len(members), np.nan)
    return np.array([cases.found(world.case[rows]) for rows in members], dtype=np.float64)


def _members(code: Ints, count: int) -> list[Ints]:
    order = np.argsort(code, kind="stable")
    edges = np.searchsorted(code[order], np.arange(count + 1))
    return [order[a:b] for a, b in pairwise(edges)]


def _commonest(values: list[str]) -> str:
    return min(Counter(values).items(), key=lambda item: (-item[1], item[0]))[0]


def _proxies(world: World, cases: Cases) -> Proxies:
    rows = np.flatnonzero(world.proxy)
    rows = rows[np.lexsort((world.ring[rows], world.place[rows]))]
    place = world.place[rows]
    others = np.sort(world.place[~world.proxy])
    ahead = np.searchsorted(others, place, side="left")
    up_to = np.searchsorted(others, place, side="right")
    case = world.case[rows]
    return Proxies(
        ring=world.ring[rows],
        end=np.searchsorted(place, place, side="right") - 1,
        ahead=ahead.astype(np.float64),
        beside=(up_to - ahead).astype(np.float64),
        caught=cases.reviewed.chance[case] * cases.correct[case],
        hit=np.array([_hit(world, i) for i in rows.tolist()], dtype=np.float64),
    )


def _hit(world: World, row: int) -> float:
    """Tell whether the planted mechanism's family leads the reasons; NaN if untellable."""
    planted = FAMILIES_OF_TYPOLOGY.get(world.typology[row])
    named = world.families[row]
    if planted is None or named is None:
        return math.nan
    return float(not planted.isdisjoint(named[:TOP_FAMILIES]))


def _reviewable(world: World, cases: Cases, ring_count: int) -> Reviewable:
    open_cases = np.flatnonzero(cases.reviewed.chance > 0)
    row_of_case = np.full(cases.place.size, -1)
    row_of_case[open_cases] = np.arange(open_cases.size)
    row = row_of_case[world.case]
    wanted = world.proxy & (row >= 0)
    mix = np.zeros((open_cases.size, ring_count))
    np.add.at(mix, (row[wanted], world.ring[wanted]), 1.0)
    mix /= np.maximum(mix.sum(axis=1, keepdims=True), 1.0)
    return Reviewable(cases.reviewed.chance[open_cases], cases.correct[open_cases], mix)


def _archetypes(world: World) -> dict[str, Floats]:
    """Benign accounts by archetype: how many, flagged within the budget, in queue proxy."""
    flagged = review(world.place, math.ceil(REVIEW_BUDGET * world.place.size)).chance
    table: dict[str, Floats] = {}
    for row in np.flatnonzero(~world.proxy):
        if world.role[row] == "benign":
            entry = table.setdefault(world.archetype[row], np.zeros(3))
            entry += (1.0, flagged[row], float(world.queue[row] == "proxy"))
    return {name: table[name] for name in sorted(table)}


def _in_proxy_queue(world: World, wanted: list[bool]) -> Ints:
    """Count the wanted accounts, those of them in queue proxy, and all in queue proxy."""
    queued = np.array([queue == "proxy" for queue in world.queue], dtype=bool)
    chosen = np.array(wanted, dtype=bool)
    return np.array([chosen.sum(), (chosen & queued).sum(), queued.sum()], dtype=np.int64)
