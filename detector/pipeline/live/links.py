"""Links that follow rollups: made anew where an identifier, a payer, a record or work has changed.

Pairs are added up again where their edges may be others, and compared again where one of the two
has other rows. What is measured against all others at once (lock-step, coincidences) is measured
again for all: it reads no rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from detector.pipeline.live.weighing import (
    Moment,
    Reweighed,
    Weighed,
    both_in,
    follow_edges,
)
from features.appeals import settled
from features.blocks import Rows, each
from features.coincidences import with_coincidences
from features.decided import spared
from features.partners import LINKED_COLUMNS, PAIR_SCHEMA, Daily, compared, evident
from features.population import Population, linked_pairs, payers
from features.rollups import Rollups
from features.spells import used_by
from features.ties import Ids, of, union, unlike

_PAIR = ["a", "b"]


@dataclass(frozen=True)
class Links:
    """What ties a population, and what that was made from."""

    population: Population
    weighed: Weighed
    daily: Daily

    @classmethod
    def of(cls, rollups: Rollups) -> Links:
        """Tie everybody, as ``Population.of`` does."""
        paid = payers(rollups["usage"])
        weighed = Weighed.of(rollups, paid)
        found = settled(weighed.edges, rollups)
        pairs = linked_pairs(found, rollups)
        ends = evident(pairs)
        daily = Daily.of(rollups, _accounts_of(ends))
        moves = compared(ends, daily, rollups, PAIR_SCHEMA.to_frame())
        told = with_coincidences(pairs, moves, rollups["accounts"])
        return cls(
            Population(rollups, paid, found, told, moves, used_by(rollups)), weighed, daily
        )


def follow_links(before: Links, now: Rollups, touched: Ids) -> tuple[Links, Ids]:
    """The links as of now, and accounts whose links are not what they were.

    Nobody but ``touched`` has other rows than before, and as-of is of the same day.
    """
    was = before.population
    rest = was.payers.join(touched, on="account_id", how="anti")
    paid = pl.concat([rest, payers(of(now["usage"], touched))])
    moments = Moment(was.rollups, was.payers), Moment(now, paid)
    again = follow_edges(before.weighed, *moments, touched)
    heard = again.stood and spared(was.rollups).equals(spared(now))
    found = was.edges if heard else settled(again.weighed.edges, now)
    ends = _reached(before, again, found)
    if was.rollups["accounts"].height != now["accounts"].height:
        ends = None
    pairs = _pairs(was.pairs, found, now, ends)
    moves, daily = _moves(before, pairs, now, touched)
    told = with_coincidences(pairs, moves, now["accounts"])
    relinked = union(_repaired(was.pairs, told, ends), _moved(was.moves, moves))
    assert was.used is not None  # noqa: S101 - links keep it
    used = was.used.again(now, touched["account_id"])
    return Links(Population(now, paid, found, told, moves, used), again.weighed, daily), relinked


def _reached(before: Links, again: Reweighed, found: Rows) -> Ids | None:
    """Accounts between which edges may be others now that appeals are heard; None: everybody."""
    if again.between is None:
        return None
    old, new = before.population.edges, found
    if old is new:
        return again.between
    answers = [
        _answered(*both) for both in ((before.weighed.edges, old), (again.weighed.edges, new))
    ]
    return union(again.between, _ends(unlike(*answers)))


def _answered(raw: pl.DataFrame, found: Rows) -> pl.DataFrame:
    """Edges that an appeal alone explains."""
    whole = pl.concat(each(found))
    return whole.filter(whole["explained"] & ~raw["explained"]).select("a", "b", "kind")


def _pairs(before: Rows, found: Rows, now: Rollups, ends: Ids | None) -> Rows:
    """``linked_pairs`` as of now; ``coincident`` is still to be told."""
    if ends is None:
        return linked_pairs(found, now)
    bare = pl.concat(each(before)).drop("coincident")
    if ends.is_empty():
        return bare
    fresh = linked_pairs(found.filter(both_in(ends)), now)
    return pl.concat([bare.filter(~both_in(ends)), *each(fresh)]).sort(_PAIR)


def _moves(before: Links, pairs: Rows, now: Rollups, touched: Ids) -> tuple[pl.DataFrame, Daily]:
    """How pairs move together, and what their accounts did: asked of who is touched or new."""
    ends, old = evident(pairs), before.population.moves
    ids = _accounts_of(ends)
    known = _accounts_of(old).to_frame("account_id").join(touched, on="account_id", how="anti")
    fresh = ids.to_frame("account_id").join(known, on="account_id", how="anti")["account_id"]
    some = Daily.of(now, fresh)
    stand = known.filter(pl.col("account_id").is_in(ids.implode()))
    daily = Daily(
        pl.concat([of(before.daily.calls, stand), some.calls]),
        pl.concat([of(before.daily.compute, stand), some.compute]),
    )
    return compared(ends, daily, now, old.filter(both_in(stand))), daily


def _repaired(before: Rows, now: Rows, ends: Ids | None) -> Ids:
    """Ends of pairs that are not what they were; their edges are others between ``ends`` alone."""
    old, new = (pl.concat(each(rows)) for rows in (before, now))
    if ends is None:
        return _ends(unlike(old, new))
    bare = (rows.filter(both_in(ends)).drop("coincident") for rows in (old, new))
    coincident = (rows.filter("coincident").select(_PAIR) for rows in (old, new))
    return union(_ends(unlike(*bare)), _ends(unlike(*coincident)))


def _moved(before: pl.DataFrame, now: pl.DataFrame) -> Ids:
    """Ends of pairs that move otherwise in what families of linked accounts see of it."""
    return _ends(unlike(before.select(LINKED_COLUMNS), now.select(LINKED_COLUMNS)))


def _accounts_of(pairs: pl.DataFrame) -> pl.Series:
    return pl.concat([pairs["a"], pairs["b"]]).unique()


def _ends(pairs: pl.DataFrame) -> Ids:
    return union(*(pairs.select(account_id=end) for end in _PAIR))
