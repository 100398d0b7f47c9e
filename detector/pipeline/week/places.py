"""Which cases rose and fell in the queue."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import polars as pl

from detector.dossier import review_order
from detector.results import Results

QUEUED: Final = pl.col("queue").cast(pl.String) != "none"


@dataclass(frozen=True)
class Place:
    """A case's place in the review, from 1, with its accounts in a queue and its score."""

    name: str
    queue: str
    place: int
    accounts: frozenset[str]
    score: float


def places(results: Results) -> list[Place]:
    """All cases of the review in order."""
    told = results.scores.filter(QUEUED).select("account_id", "ring_id", "score")
    of_ring: dict[str, set[str]] = {}
    scores: dict[str, float] = {}
    for account, ring, score in told.iter_rows():
        scores[account] = score
        if ring is not None:
            of_ring.setdefault(ring, set()).add(account)
    return [
        Place(
            key.name,
            key.queue,
            place,
            frozenset(of_ring[key.ring_id] if key.ring_id else (key.lead_id,)),
            scores[key.lead_id],
        )
        for place, key in enumerate(review_order(results), start=1)
    ]


@dataclass(frozen=True)
class Climb:
    """A case whose score moved, with where it stood before."""

    now: Place
    before: Place


def climbs(before: Collection[Place], now: Collection[Place], least: float) -> list[Climb]:
    """Cases whose score moved by more than ``least``, in the order of the review.

    A case goes on from the first of those that one of its accounts stood in.
    """
    stood: dict[str, Place] = {}
    for place in before:
        for account in place.accounts:
            stood.setdefault(account, place)
    found = []
    for place in now:
        ways = [stood[account] for account in place.accounts if account in stood]
        if ways:
            first = min(ways, key=lambda one: one.place)
            if abs(place.score - first.score) > least:
                found.append(Climb(place, first))
    return found
